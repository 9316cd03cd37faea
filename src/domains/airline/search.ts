import type { Table } from "../../core/table.ts";
import { ToolError } from "../domain.ts";
import type { Flight } from "./state.ts";

/** One available flight as a search answers it; a direct search leaves the date null. */
export type Leg = Readonly<{
  flight_number: string;
  origin: string;
  destination: string;
  status: "available";
  scheduled_departure_time_est: string;
  scheduled_arrival_time_est: string;
  date: string | null;
  available_seats: Readonly<Record<string, number>>;
  prices: Readonly<Record<string, number>>;
}>;

interface SearchIndex {
  readonly byOrigin: ReadonlyMap<string, readonly Flight[]>;
  /** Answers that found something, by their arguments: rollouts on one world ask the same again and again. */
  readonly answers: Map<string, unknown>;
}

const indexes = new WeakMap<Table<Flight>, SearchIndex>();

function indexOf(flights: Table<Flight>): SearchIndex {
  const known = indexes.get(flights);
  if (known !== undefined) return known;
  const byOrigin = new Map<string, Flight[]>();
  for (const flight of flights.records()) {
    const group = byOrigin.get(flight.origin);
    if (group === undefined) byOrigin.set(flight.origin, [flight]);
    else group.push(flight);
  }
  const index = { byOrigin, answers: new Map<string, unknown>() };
  indexes.set(flights, index);
  return index;
}

function legOn(flight: Flight, on: string, shownDate: string | null): Leg | null {
  const day = Object.hasOwn(flight.dates, on) ? flight.dates[on] : undefined;
  if (day?.status !== "available") return null;
  return {
    flight_number: flight.flight_number,
    origin: flight.origin,
    destination: flight.destination,
    status: "available",
    scheduled_departure_time_est: flight.scheduled_departure_time_est,
    scheduled_arrival_time_est: flight.scheduled_arrival_time_est,
    date: shownDate,
    available_seats: day.available_seats,
    prices: day.prices,
  };
}

/** What is asked of a search. */
export interface Trip {
  readonly origin: string;
  readonly destination: string;
  readonly date: string;
}

function remembered<T>(index: SearchIndex, key: string, find: () => readonly T[]): readonly T[] {
  const known = index.answers.get(key);
  if (known !== undefined) return known as readonly T[];
  const found = find();
  if (found.length > 0) index.answers.set(key, found);
  return found;
}

/** The available flights from one airport to another on a date, in the order of the table. */
export function searchDirect(flights: Table<Flight>, { origin, destination, date }: Trip): readonly Leg[] {
  const index = indexOf(flights);
  return remembered(index, `direct|${origin}|${destination}|${date}`, () =>
    (index.byOrigin.get(origin) ?? [])
      .filter((flight) => flight.destination === destination)
      .map((flight) => legOn(flight, date, null))
      .filter((leg) => leg !== null),
  );
}

/** τ²'s date of the second leg after a night flight: the next day of May 2024, not padded to two digits. */
function dayAfter(date: string): string {
  const day = Number(date.slice(-2));
  if (!Number.isInteger(day)) throw new ToolError(`"${date}" is not a date: expected YYYY-MM-DD.`);
  return `2024-05-${day + 1}`;
}

/**
 * The pairs of available flights with one stop. As in τ²-bench the times compare as texts, and after a night
 * flight the connection leaves on the next day of May (found from the 10th on only).
 */
export function searchOneStop(
  flights: Table<Flight>,
  { origin, destination, date }: Trip,
): readonly (readonly [Leg, Leg])[] {
  const index = indexOf(flights);
  return remembered(index, `onestop|${origin}|${destination}|${date}`, () => {
    const pairs: (readonly [Leg, Leg])[] = [];
    for (const flight of index.byOrigin.get(origin) ?? []) {
      const first = legOn(flight, date, date);
      if (first === null) continue;
      const arrival = flight.scheduled_arrival_time_est;
      const secondDate = arrival.includes("+1") ? dayAfter(date) : date;
      for (const next of index.byOrigin.get(flight.destination) ?? []) {
        if (next.destination !== destination || next.scheduled_departure_time_est < arrival) continue;
        const second = legOn(next, secondDate, secondDate);
        if (second !== null) pairs.push([first, second]);
      }
    }
    return pairs;
  });
}

/** The airports that the airline serves: code and city. */
export const airports = [
  ["SFO", "San Francisco"],
  ["JFK", "New York"],
  ["LAX", "Los Angeles"],
  ["ORD", "Chicago"],
  ["DFW", "Dallas"],
  ["DEN", "Denver"],
  ["SEA", "Seattle"],
  ["ATL", "Atlanta"],
  ["MIA", "Miami"],
  ["BOS", "Boston"],
  ["PHX", "Phoenix"],
  ["IAH", "Houston"],
  ["LAS", "Las Vegas"],
  ["MCO", "Orlando"],
  ["EWR", "Newark"],
  ["CLT", "Charlotte"],
  ["MSP", "Minneapolis"],
  ["DTW", "Detroit"],
  ["PHL", "Philadelphia"],
  ["LGA", "LaGuardia"],
].map(([iata = "", city = ""]) => ({ iata, city }));
