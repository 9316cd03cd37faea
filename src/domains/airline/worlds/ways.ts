import type { Rng } from "../../../core/rng.ts";
import type { Cabin } from "../state.ts";
import { cabins } from "../state.ts";
import { dayAfter } from "./calendar.ts";
import { addFlight, type Draft, type OpenDay, openDay, price, type Timetable } from "./draft.ts";
import { airportCodes } from "./places.ts";
import type { Booked } from "./reservations.ts";

/** A way to be: when it leaves, how many minutes it takes door to door, and what one seat costs on all of it. */
export interface WayPlan extends Timetable {
  readonly origin: string;
  readonly destination: string;
  readonly date: string;
  readonly stops: "direct" | "one_stop";
  readonly cabin: Cabin;
  /** Of one seat in the cabin on the whole way, in dollars; drawn if absent. */
  readonly price?: number;
  /** Seats in the cabin, at least on the fullest flight of the way. */
  readonly seats: { readonly from: number; readonly to: number };
}

/** An everyday length for a way, in minutes. */
export function lengthOf(stops: WayPlan["stops"], rng: Rng): number {
  return stops === "direct" ? rng.int(75, 320) : rng.int(270, 540);
}

/** An everyday time to leave, in minutes after midnight. */
export function departureOf(stops: WayPlan["stops"], rng: Rng): number {
  return stops === "direct" ? rng.int(60, 250) * 5 : rng.int(60, 156) * 5;
}

/** An everyday price of one seat on a whole way, in dollars. */
export function wayPrice(stops: WayPlan["stops"], cabin: Cabin, rng: Rng): number {
  return stops === "direct" ? price(cabin, rng) : price(cabin, rng) + price(cabin, rng);
}

/** The times of the two flights of a way with one stop; overnight if it leaves in the last hours of the day. */
function splitTimes({ departs, lasts }: Timetable, rng: Rng): readonly [Timetable, Timetable] {
  const overnight = departs >= 1260;
  const first = overnight ? 1440 - departs + rng.int(5, 40) : Math.round((lasts * rng.int(28, 38)) / 100);
  const wait = overnight ? rng.int(40, 70) : Math.round((lasts * rng.int(14, 24)) / 100);
  const next = (departs + first + wait) % 1440;
  return [
    { departs, lasts: first },
    { departs: next, lasts: lasts - first - wait },
  ];
}

function dayWith(plan: WayPlan, onePrice: number, seats: number): OpenDay {
  return { prices: { [plan.cabin]: onePrice }, seats: { [plan.cabin]: seats } };
}

/** Adds the flights of one way that can be booked; through a stop that is drawn unless `via` names it. */
export function addWay(draft: Draft, plan: WayPlan & { readonly via?: string }, rng: Rng): readonly Booked[] {
  const { origin, destination, date, seats } = plan;
  const total = plan.price ?? wayPrice(plan.stops, plan.cabin, rng);
  const few = rng.int(seats.from, seats.to);
  const many = Math.max(few, rng.int(few, 20));
  if (plan.stops === "direct") {
    const flight = addFlight(draft, { ...plan, origin, destination }, rng);
    flight.dates[date] = openDay(dayWith(plan, total, few), rng);
    return [{ flight, date, price: total }];
  }
  const via = plan.via ?? rng.pick(airportCodes.filter((code) => code !== origin && code !== destination));
  const [times, nextTimes] = splitTimes(plan, rng);
  const share = Math.max(1, Math.round((total * rng.int(40, 60)) / 100));
  const [fewFirst, fewNext] = rng.chance(0.5) ? [few, many] : [many, few];
  const first = addFlight(draft, { ...times, origin, destination: via }, rng);
  const next = addFlight(draft, { ...nextTimes, origin: via, destination }, rng);
  const nextDate = plan.departs >= 1260 ? dayAfter(date, 1) : date;
  first.dates[date] = openDay(dayWith(plan, share, fewFirst), rng);
  next.dates[nextDate] = openDay(dayWith(plan, total - share, fewNext), rng);
  return [
    { flight: first, date, price: share },
    { flight: next, date: nextDate, price: total - share },
  ];
}

/** Raises every cabin's seats on the flights of a way to what a party needs. */
export function makeRoom(way: readonly Booked[], seats: number, rng: Rng): void {
  for (const { flight, date } of way) {
    const day = flight.dates[date];
    if (day?.status !== "available") continue;
    for (const cabin of cabins) {
      if (day.available_seats[cabin] < seats) day.available_seats[cabin] = rng.int(seats, 20);
    }
  }
}
