import type { Cabin, Flight, FlightDate } from "../state.ts";
import { dayAfter } from "./calendar.ts";
import type { Draft } from "./draft.ts";

/** One flight of a way on its date, open for booking. */
export interface OpenFlight {
  readonly flight: Flight;
  readonly date: string;
  readonly day: Extract<FlightDate, { status: "available" }>;
}

function open(flight: Flight, date: string): readonly OpenFlight[] {
  const day = flight.dates[date];
  return day?.status === "available" ? [{ flight, date, day }] : [];
}

/** Every way that a search of the airline finds, by its rules: connections of the same day, or overnight ones. */
export function waysOf(
  draft: Draft,
  asked: {
    readonly origin: string;
    readonly destination: string;
    readonly date: string;
    readonly stops: string;
  },
): readonly (readonly OpenFlight[])[] {
  const { origin, destination, date, stops } = asked;
  const from = Object.values(draft.flights).filter((flight) => flight.origin === origin);
  if (stops === "direct") {
    return from
      .filter((flight) => flight.destination === destination)
      .flatMap((f) => open(f, date).map((o) => [o]));
  }
  const into = Object.values(draft.flights).filter((flight) => flight.destination === destination);
  return from.flatMap((first) => {
    const arrival = first.scheduled_arrival_time_est;
    const onDate = arrival.endsWith("+1") ? dayAfter(date, 1) : date;
    // As texts, like the airline's own search: an arrival on the next day is early in that day.
    const next = into.filter(
      (second) => second.origin === first.destination && arrival <= second.scheduled_departure_time_est,
    );
    return open(first, date).flatMap((a) =>
      next.flatMap((second) => open(second, onDate).map((b) => [a, b])),
    );
  });
}

/** The price of one seat on a whole way, in dollars. */
export function priceOf(way: readonly OpenFlight[], cabin: Cabin): number {
  return way.reduce((sum, { day }) => sum + day.prices[cabin], 0);
}

export function hasSeats(way: readonly OpenFlight[], cabin: Cabin, seats: number): boolean {
  return way.every(({ day }) => day.available_seats[cabin] >= seats);
}
