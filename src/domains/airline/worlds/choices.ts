import type { Rng } from "../../../core/rng.ts";
import type { Table } from "../../../core/table.ts";
import type { Rule } from "../requests/schema.ts";
import { type Leg, searchDirect, searchOneStop } from "../search.ts";
import type { Flight } from "../state.ts";
import { dayAfter, minutesFromToday } from "./calendar.ts";
import { airportCodes } from "./places.ts";
import type { Guarantee, Plot } from "./plot.ts";
import type { Booked } from "./reservations.ts";
import { addWay, departureOf, lengthOf, type WayPlan, wayPrice } from "./ways.ts";

/** A choice to be planted: what is searched for, how many options fit, and by which rule one is right. */
interface ChoicePlan extends Pick<WayPlan, "origin" | "destination" | "date" | "stops" | "cabin"> {
  readonly seats: number;
  /** The smallest party for which the same answer must be right, if it is smaller than `seats`. */
  readonly fewest?: number;
  readonly options: number;
  readonly by: Rule["by"];
  /** The price per seat below which exactly one option must lie; drawn if absent. */
  readonly limit?: number;
}

interface Choice {
  /** The one right way. */
  readonly way: readonly Booked[];
  /** Of one seat on it, in dollars. */
  readonly price: number;
  readonly rule: Rule;
}

/** What an option is by each of the rules. */
interface Merits {
  readonly departs: number;
  readonly lasts: number;
  readonly price: number;
}

const meritOf = { cheapest: "price", under: "price", shortest: "lasts", earliest: "departs" } as const;

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

/** An option like any other, but worse by the rule: `behind` dollars or minutes behind the right one. */
function loserMerits(
  plan: ChoicePlan,
  against: { best: Merits; limit: number; behind: number },
  rng: Rng,
): Merits {
  const { best, limit, behind } = against;
  const overnight =
    plan.stops === "one_stop" && plan.by !== "earliest" && plan.date < "2024-05-28" && rng.chance(0.15);
  const drawn = {
    departs: overnight ? rng.int(1260, 1310) : departureOf(plan.stops, rng),
    lasts: overnight ? rng.int(370, 540) : lengthOf(plan.stops, rng),
    price: wayPrice(plan.stops, plan.cabin, rng),
  };
  const merit = meritOf[plan.by];
  if (merit === "lasts" && overnight) return { ...drawn, lasts: Math.max(370, best.lasts) + behind };
  if (plan.by === "under") return { ...drawn, price: limit + behind - 1 };
  return { ...drawn, [merit]: best[merit] + behind };
}

/** How far each losing option is behind: the near-by ones by one dollar or minute each, others clearly. */
function lags(count: number, near: number, rng: Rng): readonly number[] {
  let behind = 0;
  return Array.from({ length: count }, (_, i) => {
    behind += i < near ? 1 : rng.int(7, 40);
    return behind;
  });
}

/** Plants a search whose options number exactly as planned and of which one alone is right by the rule. */
export function plantChoice(plot: Plot, plan: ChoicePlan, rng: Rng): Choice {
  const { draft } = plot;
  const best = bestMerits(plan, rng);
  const stopovers = rng.shuffle(
    airportCodes.filter((code) => code !== plan.origin && code !== plan.destination),
  );
  const room = { from: plan.seats, to: Math.max(plan.seats, 20) };
  const add = (merits: Merits, i: number) =>
    addWay(draft, { ...plan, ...merits, seats: room, ...viaOf(stopovers, i) }, rng);
  const way = add(best, 0);
  const limit = plan.limit ?? best.price + rng.int(1, plot.distractors > 0 ? 3 : 40);
  for (const [i, behind] of lags(plan.options - 1, plot.distractors, rng).entries()) {
    add(loserMerits(plan, { best, limit, behind }, rng), i + 1);
  }
  addTemptations(plot, { plan, best, stopovers: stopovers.slice(plan.options) }, rng);
  const rule: Rule = plan.by === "under" ? { by: "under", price: limit } : { by: plan.by };
  plot.guarantees.push(isUnique(plan, rule, way));
  if (plan.fewest !== undefined) plot.guarantees.push(isUnique({ ...plan, seats: plan.fewest }, rule, way));
  return { way, price: best.price, rule };
}

const viaOf = (stopovers: readonly string[], i: number) => {
  const via = stopovers[i];
  return via === undefined ? {} : { via };
};

/** Ways that would be better by the rule but for one thing: no seat left, another date, or another number of stops. */
function addTemptations(
  plot: Plot,
  around: { readonly plan: ChoicePlan; readonly best: Merits; readonly stopovers: readonly string[] },
  rng: Rng,
): void {
  const { plan, best, stopovers } = around;
  const menu = rng.shuffle(["full", "other_date", "other_stops"] as const);
  for (let i = 0; i < Math.min(plot.distractors, 6); i++) {
    const better = { ...best, [meritOf[plan.by]]: Math.max(30, best[meritOf[plan.by]] - rng.int(1, 25)) };
    const room = { from: plan.seats, to: 20 };
    const like = { ...plan, ...better, ...viaOf(stopovers, i) };
    const temptation = menu[i % menu.length];
    if (temptation === "full")
      addWay(plot.draft, { ...like, seats: { from: 0, to: (plan.fewest ?? plan.seats) - 1 } }, rng);
    if (temptation === "other_date") {
      const date = dayAfter(plan.date, plan.date < "2024-05-17" || rng.chance(0.5) ? 1 : -1);
      addWay(plot.draft, { ...like, date, seats: room }, rng);
    }
    if (temptation === "other_stops") {
      const stops = plan.stops === "direct" ? "one_stop" : "direct";
      const lasts = stops === "one_stop" ? lengthOf(stops, rng) : better.lasts;
      const departs = stops === "one_stop" ? Math.min(better.departs, 780) : better.departs;
      addWay(plot.draft, { ...like, stops, lasts, departs, seats: room }, rng);
    }
  }
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
