import type { Rng } from "../../../core/rng.ts";
import type { Table } from "../../../core/table.ts";
import type { Rule } from "../requests/schema.ts";
import { type Leg, searchDirect, searchOneStop } from "../search.ts";
import type { Flight } from "../state.ts";
import { minutesFromToday } from "./calendar.ts";
import type { ChoicePlan, Merits } from "./choice-plan.ts";
import { airportCodes } from "./places.ts";
import type { Guarantee, Plot } from "./plot.ts";
import type { Booked } from "./reservations.ts";
import { addRivals, recordOf, viaOf } from "./rivals.ts";
import { addWay, departureOf, lengthOf, wayPrice } from "./ways.ts";

interface Choice {
  /** The one right way. */
  readonly way: readonly Booked[];
  /** Of one seat on it, in dollars. */
  readonly price: number;
  readonly rule: Rule;
}

function bestMerits(plan: ChoicePlan, rng: Rng): Merits {
  const departs = plan.by === "earliest" ? rng.int(60, 110) * 5 : departureOf(plan.stops, rng);
  const lasts = lengthOf(plan.stops, rng) - (plan.by === "shortest" ? 30 : 0);
  const own = wayPrice(plan.stops, plan.cabin, rng);
  return {
    departs,
    lasts,
    price: plan.limit === undefined ? own : Math.min(own, plan.limit - rng.int(1, 9)),
  };
}

/** Plants a search of which one option is right by the rule; filling adds the others, as many as planned. */
export function plantChoice(plot: Plot, plan: ChoicePlan, rng: Rng): Choice {
  const { draft } = plot;
  const best = bestMerits(plan, rng);
  const stopovers = rng.shuffle(
    airportCodes.filter((code) => code !== plan.origin && code !== plan.destination),
  );
  const seats = { from: plan.seats, to: Math.max(plan.seats, 20) };
  const way = addWay(draft, { ...plan, ...best, seats, ...viaOf(stopovers, 0) }, rng);
  const limit = plan.limit ?? best.price + rng.int(1, plot.distractors > 0 ? 3 : 40);
  plot.fillings.push((dice) => addRivals(plot, { plan, best, limit, stopovers, right: recordOf(way) }, dice));
  const rule: Rule = plan.by === "under" ? { by: "under", price: limit } : { by: plan.by };
  plot.guarantees.push(isUnique(plan, rule, way));
  if (plan.fewest !== undefined) plot.guarantees.push(isUnique({ ...plan, seats: plan.fewest }, rule, way));
  return { way, price: best.price, rule };
}

/** The ways that the airline's own search finds. */
function waysOf(flights: Table<Flight>, plan: ChoicePlan): readonly (readonly Leg[])[] {
  return plan.stops === "direct"
    ? searchDirect(flights, plan).map((leg) => [leg])
    : searchOneStop(flights, plan);
}

const hasSeats = (way: readonly Leg[], plan: ChoicePlan) =>
  way.every((leg) => (leg.available_seats[plan.cabin] ?? 0) >= plan.seats);

function scoreOf(way: readonly Leg[], plan: ChoicePlan, by: Rule["by"]): number {
  const first = way[0];
  const last = way.at(-1);
  if (first === undefined || last === undefined) return Number.POSITIVE_INFINITY;
  const departs = minutesFromToday(plan.date, first.scheduled_departure_time_est);
  if (by === "earliest") return departs;
  if (by === "shortest") {
    return minutesFromToday(last.date ?? plan.date, last.scheduled_arrival_time_est) - departs;
  }
  return way.reduce((sum, leg) => sum + (leg.prices[plan.cabin] ?? 0), 0);
}

const numbersOf = (way: readonly { readonly flight_number: string }[]) =>
  way.map((one) => one.flight_number).join();

/** The finished world's search must offer as many options as planned, the right one ahead of all others. */
function isUnique(plan: ChoicePlan, rule: Rule, right: readonly Booked[]): Guarantee {
  const wanted = numbersOf(right.map(({ flight }) => flight));
  return (flights) => {
    const options = waysOf(flights, plan).filter((way) => hasSeats(way, plan));
    const scores = options.map((way) => scoreOf(way, plan, rule.by));
    const own = scores[options.findIndex((way) => numbersOf(way) === wanted)];
    if (own === undefined || options.length !== plan.options) return false;
    if (new Set(scores).size < scores.length) return false;
    if (rule.by !== "under") return own === Math.min(...scores);
    return own < rule.price && scores.filter((score) => score < rule.price).length === 1;
  };
}
