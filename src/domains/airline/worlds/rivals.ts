import type { Rng } from "../../../core/rng.ts";
import { cabins } from "../state.ts";
import { dayAfter } from "./calendar.ts";
import type { ChoicePlan, Merits } from "./choice-plan.ts";
import { type Plot, stepOff } from "./plot.ts";
import type { Booked } from "./reservations.ts";
import { addWay, departureOf, lengthOf, makeRoom, type WayPlan, wayPrice } from "./ways.ts";

/** What stands beside the right option of a search: others that fit and lose by the rule, and better ones that do not fit. */

const meritOf = { cheapest: "price", under: "price", shortest: "lasts", earliest: "departs" } as const;

/** The flights of a way as one record: their numbers joined by "+". */
export function recordOf(way: readonly Booked[]): string {
  return `flights/${way.map(({ flight }) => flight.flight_number).join("+")}`;
}

/** The stop of the i-th way, so that no two ways share one and make a third between them. */
export const viaOf = (stopovers: readonly string[], i: number) => {
  const via = stopovers[i];
  return via === undefined ? {} : { via };
};

interface Around {
  readonly plan: ChoicePlan;
  readonly best: Merits;
  /** The price per seat below which \`under\` looks, in dollars. */
  readonly limit: number;
  readonly stopovers: readonly string[];
  /** The right option's record. */
  readonly right: string;
}

/** Adds the options that fit and lose, as many as planned, and after them what would win but does not fit. */
export function addRivals(plot: Plot, around: Around, rng: Rng): void {
  const { plan, stopovers } = around;
  for (const [i, behind] of lags(plan.options - 1, plot, rng).entries()) {
    const seats = { from: plan.seats, to: Math.max(plan.seats, 20) };
    const merits = loserMerits(around, behind, rng);
    const way = addWay(plot.draft, { ...plan, ...merits, seats, ...viaOf(stopovers, i + 1) }, rng);
    const losesBy = meritOf[plan.by] === "price" ? "price" : "minutes";
    plot.planted.push({ record: recordOf(way), near: around.right, losesBy, by: behind });
  }
  const menu = rng.shuffle(temptations);
  for (let i = 0; i < Math.min(plot.distractors, 6); i++) {
    const tempt = menu[i % menu.length] ?? addFull;
    const via = viaOf(stopovers, plan.options + i);
    const { record, losesBy, by } = tempt(plot, { ...plan, ...betterMerits(around, rng), ...via }, rng);
    plot.planted.push({ record, near: around.right, losesBy, by });
  }
}

/** An option like any other, but worse by the rule: \`behind\` dollars or minutes behind the right one. */
function loserMerits({ plan, best, limit }: Around, behind: number, rng: Rng): Merits {
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

/** How far each losing option is behind: as many as there are distractors by a step each, others clearly. */
function lags(count: number, plot: Plot, rng: Rng): readonly number[] {
  let behind = 0;
  return Array.from({ length: count }, (_, i) => {
    behind += i < plot.distractors ? stepOff(plot, rng) : rng.int(7, 40);
    return behind;
  });
}

/** Better than the right option by the rule. */
function betterMerits({ plan, best }: Around, rng: Rng): Merits {
  const merit = meritOf[plan.by];
  return { ...best, [merit]: Math.max(30, best[merit] - rng.int(1, 25)) };
}

type Like = ChoicePlan & Merits & { readonly via?: string };

interface Tempting {
  readonly record: string;
  readonly losesBy: string;
  readonly by: number | null;
}

type Temptation = (plot: Plot, like: Like, rng: Rng) => Tempting;

const add = (
  plot: Plot,
  like: Omit<WayPlan, "seats"> & Partial<WayPlan> & { readonly seats: WayPlan["seats"] },
  rng: Rng,
) => addWay(plot.draft, like, rng);

/** Too few seats are left: one too few where it is to be near. */
const addFull: Temptation = (plot, like, rng) => {
  const fewest = like.fewest ?? like.seats;
  const short = Math.min(fewest, plot.nearness === 0 ? fewest : stepOff(plot, rng));
  const way = add(plot, { ...like, seats: { from: fewest - short, to: fewest - short } }, rng);
  return { record: recordOf(way), losesBy: "seats", by: like.seats - (fewest - short) };
};

/** It leaves on another day. */
const addOtherDate: Temptation = (plot, like, rng) => {
  const days = plot.nearness === 0 ? rng.int(2, 3) : 1;
  const later = like.date < "2024-05-20" || (like.date < "2024-05-28" && rng.chance(0.5));
  const date = dayAfter(like.date, later ? days : -days);
  const way = add(plot, { ...like, date, seats: { from: like.seats, to: Math.max(like.seats, 20) } }, rng);
  return { record: recordOf(way), losesBy: "date", by: days };
};

/** It is direct where a stop is wanted, or the other way round. */
const addOtherStops: Temptation = (plot, like, rng) => {
  const stops = like.stops === "direct" ? "one_stop" : "direct";
  const lasts = stops === "one_stop" ? lengthOf(stops, rng) : like.lasts;
  const departs = stops === "one_stop" ? Math.min(like.departs, 780) : like.departs;
  const seats = { from: like.seats, to: Math.max(like.seats, 20) };
  const way = add(plot, { ...like, stops, lasts, departs, seats }, rng);
  return { record: recordOf(way), losesBy: "stops", by: null };
};

/** The wanted cabin is sold out; another one has seats, at the better price. */
const addOtherCabin: Temptation = (plot, like, rng) => {
  const cabin = rng.pick(cabins.filter((other) => other !== like.cabin));
  const way = add(plot, { ...like, cabin, seats: { from: like.seats, to: Math.max(like.seats, 20) } }, rng);
  makeRoom(way, like.seats, rng);
  for (const { flight, date, price } of way) {
    const day = flight.dates[date];
    if (day?.status !== "available") continue;
    day.available_seats[like.cabin] = 0;
    // No dearer in the wanted cabin: that it is sold out there is all that speaks against it.
    day.prices[like.cabin] = price;
  }
  return { record: recordOf(way), losesBy: "cabin", by: null };
};

const temptations: readonly Temptation[] = [addFull, addOtherDate, addOtherStops, addOtherCabin];
