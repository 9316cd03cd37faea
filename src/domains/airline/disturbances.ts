import { pointerStep } from "../../core/json.ts";
import type { Call, State } from "../domain.ts";
import type { Disturbance } from "../scenario.ts";
import type { Booking } from "./book.ts";
import { airline, type Cabin, type FlightDate, type Reservation } from "./state.ts";

/** What could change just before a write so that its tool refuses it. */

/** One flight on one day, as a write wants it: in which cabin, for how many. */
interface Wanted {
  readonly flight_number: string;
  readonly date: string;
  readonly cabin: Cabin;
  readonly seats: number;
}

type OpenDay = Extract<FlightDate, { status: "available" }>;

/** By how much a price may rise, as shares of it: by a little, so that the same flight may stay best, or by much. */
const rises = [0.02, 0.6] as const;

/** Price rises are told in whole steps of this many dollars. */
const riseStep = 5;

const placeOf = ({ flight_number, date }: Wanted) =>
  `/flights/${pointerStep(flight_number)}/dates/${pointerStep(date)}`;

function openDay(state: State, { flight_number, date }: Wanted): OpenDay | null {
  const dates = airline(state).flights.get(flight_number)?.dates ?? {};
  const day = Object.hasOwn(dates, date) ? dates[date] : undefined;
  return day?.status === "available" ? day : null;
}

/** The seats of the cabin go but for one too few. */
function seatsGo(state: State, wanted: Wanted): readonly Disturbance[] {
  const { flight_number, date, cabin, seats } = wanted;
  const left = openDay(state, wanted)?.available_seats[cabin] ?? 0;
  if (seats === 0 || left < seats) return [];
  const what = `all but ${seats - 1} of the ${cabin} seats on ${flight_number} on ${date} go`;
  return [{ what, patches: [{ path: `${placeOf(wanted)}/available_seats/${cabin}`, value: seats - 1 }] }];
}

function priceRises(state: State, wanted: Wanted): readonly Disturbance[] {
  const { flight_number, date, cabin, seats } = wanted;
  const day = openDay(state, wanted);
  if (seats === 0 || day === null) return [];
  return rises.map((share) => {
    const rise = riseStep * Math.ceil((share * day.prices[cabin] + 1) / riseStep);
    const what = `the ${cabin} price of ${flight_number} on ${date} rises by $${rise}`;
    const patches = [{ path: `${placeOf(wanted)}/prices/${cabin}`, value: day.prices[cabin] + rise }];
    return { what, patches };
  });
}

/** A booking needs its seats, and payments that add up to the exact price. */
function againstBooking(state: State, { flights, cabin, passengers }: Booking): readonly Disturbance[] {
  return flights.flatMap((flight) => {
    const wanted = { ...flight, cabin, seats: passengers.length };
    return [...seatsGo(state, wanted), ...priceRises(state, wanted)];
  });
}

type FlightChange = Pick<Reservation, "reservation_id" | "cabin"> & Pick<Booking, "flights">;

/** A change needs seats on what it adds; a flight that stays in its cabin keeps its own, and a price is just charged. */
function againstChange(
  state: State,
  { reservation_id, cabin, flights }: FlightChange,
): readonly Disturbance[] {
  const record = airline(state).reservations.get(reservation_id);
  if (record === undefined) return [];
  const isKept = ({ flight_number, date }: Booking["flights"][number]) =>
    cabin === record.cabin &&
    record.flights.some((flight) => flight.flight_number === flight_number && flight.date === date);
  return flights
    .filter((flight) => !isKept(flight))
    .flatMap((flight) => seatsGo(state, { ...flight, cabin, seats: record.passengers.length }));
}

/** Every change of the airline's world that gets in the way of a write which would succeed. */
export function disturbances({ name, arguments: args }: Call, state: State): readonly Disturbance[] {
  if (name === "book_reservation") return againstBooking(state, args as unknown as Booking);
  if (name === "update_reservation_flights") return againstChange(state, args as unknown as FlightChange);
  return [];
}
