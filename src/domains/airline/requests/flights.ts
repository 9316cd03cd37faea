import type { Answer, Call, Habits, Option } from "../../domain.ts";
import { ToolError } from "../../domain.ts";
import type { Planning } from "../../planning.ts";
import type { Cabin, Segment } from "../state.ts";
import type { Rule } from "./schema.ts";

/** Choosing among the flights that a search finds. */

/** One flight as a search answers it. A direct flight's date is that of the search. */
interface Found {
  readonly flight_number: string;
  readonly origin: string;
  readonly destination: string;
  readonly scheduled_departure_time_est: string;
  readonly scheduled_arrival_time_est: string;
  readonly date: string | null;
  readonly available_seats: Readonly<Record<Cabin, number>>;
  readonly prices: Readonly<Record<Cabin, number>>;
}

/** What is searched for, and how one of the results is chosen. */
export interface Wanted {
  readonly origin: string;
  readonly destination: string;
  readonly date: string;
  readonly stops: "direct" | "one_stop";
  readonly rule: Rule;
  readonly cabin: Cabin;
  readonly seats: number;
}

/** The way that was chosen: its segments, and the price of one seat on all of them, in dollars. */
export interface Way {
  readonly segments: readonly Segment[];
  readonly price: number;
}

const searchCall = (wanted: Pick<Wanted, "origin" | "destination" | "date" | "stops">): Call => ({
  name: wanted.stops === "direct" ? "search_direct_flight" : "search_onestop_flight",
  arguments: { origin: wanted.origin, destination: wanted.destination, date: wanted.date },
});

/** Minutes since the midnight before a date, in whole days from the searched date, of a clock text HH:MM:SS[+1]. */
function minutes(clock: string, days: number): number {
  const [hours = 0, mins = 0] = clock.split(":").map((part) => Number.parseInt(part, 10));
  return (days + (clock.endsWith("+1") ? 1 : 0)) * 1440 + hours * 60 + mins;
}

const daysBetween = (from: string, to: string) =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);

function ways(answers: readonly Answer[], wanted: Wanted): readonly (readonly Found[])[] {
  return answers.flatMap((answer) => {
    if (!answer.ok) throw new ToolError(`The search from ${wanted.origin} to ${wanted.destination} failed.`);
    const results = answer.result as unknown as readonly (Found | readonly Found[])[];
    return results.map((result) =>
      Array.isArray(result) ? (result as readonly Found[]) : [result as Found],
    );
  });
}

function scoreOf(way: readonly Found[], wanted: Wanted): number {
  const first = way[0] as Found;
  const last = way.at(-1) as Found;
  const departs = minutes(first.scheduled_departure_time_est, 0);
  switch (wanted.rule.by) {
    case "cheapest":
      return priceOf(way, wanted.cabin);
    case "earliest":
      return departs;
    case "shortest":
      return (
        minutes(last.scheduled_arrival_time_est, daysBetween(wanted.date, last.date ?? wanted.date)) - departs
      );
    case "under":
      return 0;
  }
}

const priceOf = (way: readonly Found[], cabin: Cabin) =>
  way.reduce((sum, flight) => sum + flight.prices[cabin], 0);

/** Searches, ranks what has seats by the rule, and takes what the habits say. */
export function* chooseWay(wanted: Wanted, habits: Habits): Planning<Way> {
  const all = ways(yield [searchCall(wanted)], wanted);
  const fits = all.filter((way) =>
    way.every((flight) => flight.available_seats[wanted.cabin] >= wanted.seats),
  );
  const limit = wanted.rule.by === "under" ? wanted.rule.price : Number.POSITIVE_INFINITY;
  const ranked = fits
    .filter((way) => priceOf(way, wanted.cabin) < limit)
    .map((way) => ({ way, score: scoreOf(way, wanted) }))
    .sort((a, b) => a.score - b.score);
  if (ranked.length === 0) {
    throw new ToolError(`No flight from ${wanted.origin} to ${wanted.destination} on ${wanted.date} fits.`);
  }
  const options: readonly Option[] = ranked.map(({ way, score }) => ({
    label: way.map((flight) => flight.flight_number).join("+"),
    score,
  }));
  const taken = ranked[habits.choose(options)] ?? ranked[0];
  const way = taken?.way ?? [];
  const segments = way.map((flight) => ({
    flight_number: flight.flight_number,
    origin: flight.origin,
    destination: flight.destination,
    date: flight.date ?? wanted.date,
    price: flight.prices[wanted.cabin],
  }));
  return { segments, price: priceOf(way, wanted.cabin) };
}

/** Today's price of the same segments in another cabin, in dollars for one seat. */
export function* priceInCabin(segments: readonly Segment[], cabin: Cabin): Planning<number> {
  let total = 0;
  for (const segment of segments) {
    const wanted = {
      ...segment,
      stops: "direct" as const,
      rule: { by: "cheapest" as const },
      cabin,
      seats: 0,
    };
    const same = ways(yield [searchCall(wanted)], wanted)
      .flat()
      .find((flight) => flight.flight_number === segment.flight_number);
    if (same === undefined) throw new ToolError(`Flight ${segment.flight_number} can no longer be bought.`);
    total += same.prices[cabin];
  }
  return total;
}

/** The segments as a write names them. */
export const named = (segments: readonly Segment[]) =>
  segments.map(({ flight_number, date }) => ({ flight_number, date }));
