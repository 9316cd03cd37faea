import type { Rng } from "../../../core/rng.ts";
import type { ReservationRef } from "../requests/schema.ts";
import type { Cabin, Flight, Person, Reservation, User } from "../state.ts";
import { may } from "./calendar.ts";
import { addFlight, asPassenger, flyingDay, landedDay, price, waitingDay } from "./draft.ts";
import { people } from "./people.ts";
import { addStranger, type Bed, takeAirport } from "./plot.ts";
import { addReservation, type Booked, bookedAt } from "./reservations.ts";
import { addWay, departureOf, lengthOf, makeRoom } from "./ways.ts";

/** In what state the reservation is that a request is about. */
export type Stage = "upcoming" | "flown" | "cancelled_today" | "delayed_today" | "on_time_today";

interface HoldingPlan {
  readonly stage: Stage;
  readonly recent: boolean;
  readonly bags?: number;
}

/** A planted reservation, with its flights by leg. */
export interface Holding {
  readonly reservation: Reservation;
  readonly ref: ReservationRef;
  readonly outbound: readonly Booked[];
  readonly back: readonly Booked[];
  readonly outDay: number;
  /** The day of the way back, or 0 for a one-way trip. */
  readonly backDay: number;
}

interface Route {
  readonly origin: string;
  readonly destination: string;
}

/** The flights of a way on a day of May that is past or today; each gets its day from `dayOf`, the last first. */
function addDatedWay(
  bed: Bed,
  way: Route & { readonly day: number; readonly departs: number },
  dayOf: (flight: Flight, index: number, count: number) => Flight["dates"][string],
): readonly Booked[] {
  const { plot, shape, rng } = bed;
  const date = may(way.day);
  const stops = rng.chance(0.3) ? "one_stop" : "direct";
  const given = { ...way, date, stops, cabin: shape.cabin, seats: { from: 0, to: 20 } } as const;
  const lasts = stops === "direct" ? rng.int(75, 200) : rng.int(270, 330);
  const booked = addWay(plot.draft, { ...given, lasts }, rng);
  for (const [i, { flight }] of booked.entries()) flight.dates[date] = dayOf(flight, i, booked.length);
  return booked;
}

function addOpenWay(bed: Bed, way: Route & { readonly day: number }): readonly Booked[] {
  const { plot, shape, rng } = bed;
  const stops = rng.chance(0.3) ? "one_stop" : "direct";
  const plan = { ...way, date: may(way.day), stops, cabin: shape.cabin, seats: { from: 0, to: 20 } } as const;
  const booked = addWay(
    plot.draft,
    { ...plan, departs: departureOf(stops, rng), lasts: lengthOf(stops, rng) },
    rng,
  );
  makeRoom(booked, rng.chance(0.5) ? shape.passengers : 0, rng);
  // What was paid is not always what a seat costs today.
  return rng.chance(0.4) ? booked : booked.map((one) => ({ ...one, price: price(shape.cabin, rng) }));
}

/** The way out today: late enough to be still to come, one flight of it in the state that the stage names. */
function addTodaysWay(bed: Bed, route: Route, stage: Stage): readonly Booked[] {
  const { rng } = bed;
  const struck = rng.int(0, 1);
  return addDatedWay(bed, { ...route, day: 15, departs: rng.int(192, 210) * 5 }, (flight, i, count) => {
    if (stage === "on_time_today" || i !== struck % count) return waitingDay(flight, 0);
    return stage === "cancelled_today" ? { status: "cancelled" } : waitingDay(flight, rng.int(30, 300));
  });
}

function addFlownWay(bed: Bed, route: Route, day: number): readonly Booked[] {
  const { rng } = bed;
  if (day < 15) {
    return addDatedWay(bed, { ...route, day, departs: rng.int(60, 120) * 5 }, (flight) =>
      landedDay(flight, may(day), rng),
    );
  }
  const departs = rng.int(150, 174) * 5;
  const lasts = 15 * 60 - departs + rng.int(20, 200);
  const flight = addFlight(bed.plot.draft, { ...route, departs, lasts }, rng);
  flight.dates[may(15)] = flyingDay(flight);
  return [{ flight, date: may(15), price: price(bed.shape.cabin, rng) }];
}

function daysFor(stage: Stage, round: boolean, rng: Rng): { outDay: number; backDay: number } {
  if (stage === "upcoming") {
    return round
      ? { outDay: rng.int(18, 21), backDay: rng.int(25, 28) }
      : { outDay: rng.int(18, 28), backDay: 0 };
  }
  if (stage !== "flown") return { outDay: 15, backDay: round ? rng.int(18, 28) : 0 };
  const outDay = rng.pick([rng.int(3, 12), rng.int(10, 14), 15]);
  if (!round) return { outDay, backDay: 0 };
  return { outDay, backDay: outDay < 13 && rng.chance(0.4) ? rng.int(outDay + 1, 14) : rng.int(18, 28) };
}

function travellers(owner: User, count: number, rng: Rng): readonly Person[] {
  const self = asPassenger(owner);
  if (rng.chance(0.8)) return [self, ...people(count - 1, [self], rng)];
  return people(count, [self], rng);
}

/** Plants the reservation that a request is about: the user's own, or a stranger's if that is what refuses. */
export function plantHolding(bed: Bed, plan: HoldingPlan): Holding {
  const { plot, shape, rng } = bed;
  const origin = takeAirport(plot);
  const destination = takeAirport(plot);
  const there = { origin, destination };
  const home = { origin: destination, destination: origin };
  const { outDay, backDay } = daysFor(plan.stage, shape.trip === "round_trip", rng);
  const outbound =
    plan.stage === "upcoming"
      ? addOpenWay(bed, { ...there, day: outDay })
      : plan.stage === "flown"
        ? addFlownWay(bed, there, outDay)
        : addTodaysWay(bed, there, plan.stage);
  const backOf = () =>
    backDay < 15 ? addFlownWay(bed, home, backDay) : addOpenWay(bed, { ...home, day: backDay });
  const back = backDay === 0 ? [] : backOf();
  const owner = shape.clause === "own_reservations" ? addStranger(plot, rng) : plot.user;
  const close = plot.distractors > 0 && plan.stage === "upcoming" && rng.chance(0.3);
  const reservation = addReservation(
    plot.draft,
    {
      owner,
      outbound,
      back,
      cabin: shape.cabin,
      passengers: travellers(owner, shape.passengers, rng),
      bags: plan.bags ?? rng.int(0, shape.passengers + 1),
      insurance: shape.insurance,
      createdAt: bookedAt({ recent: plan.recent, before: may(outDay), close }, rng),
    },
    rng,
  );
  const ref = shape.reference === "id" ? { id: reservation.reservation_id } : there;
  return { reservation, ref, outbound, back, outDay, backDay };
}

/** True if the party can have seats in a cabin on every flight, with what one of them costs more than was paid. */
export function priceToday(holding: Holding, cabin: Cabin): number {
  return [...holding.outbound, ...holding.back].reduce((sum, { flight, date }) => {
    const day = flight.dates[date];
    return sum + (day?.status === "available" ? day.prices[cabin] : 0);
  }, 0);
}

/** What one passenger has paid for the flights of a holding, in dollars. */
export function paidEach(holding: Holding): number {
  return holding.reservation.flights.reduce((sum, segment) => sum + segment.price, 0);
}
