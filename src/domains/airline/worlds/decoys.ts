import type { Rng } from "../../../core/rng.ts";
import { cabins, type Reservation, type User } from "../state.ts";
import { may } from "./calendar.ts";
import {
  addBalance,
  addCard,
  addFlight,
  asPassenger,
  freshReservationId,
  landedDay,
  price,
} from "./draft.ts";
import type { Holding } from "./holdings.ts";
import { people } from "./people.ts";
import { airportCodes } from "./places.ts";
import { addStranger, type Bed, type Plot } from "./plot.ts";
import { addReservation, type Booked, bookedAt } from "./reservations.ts";
import { addWay, departureOf, lengthOf } from "./ways.ts";

interface Route {
  readonly origin: string;
  readonly destination: string;
}

/** An id that differs from another one in one place, or in the order of two. */
function nearlyEqualId(plot: Plot, id: string, rng: Rng): string {
  const signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const at = rng.int(0, id.length - 2);
  const near = rng.chance(0.5)
    ? `${id.slice(0, at)}${signs[rng.int(0, signs.length - 1)]}${id.slice(at + 1)}`
    : `${id.slice(0, at)}${id[at + 1]}${id[at]}${id.slice(at + 2)}`;
  const taken = Object.hasOwn(plot.draft.reservations, near) || near.startsWith("HATHA");
  return taken ? freshReservationId(plot.draft, rng) : near;
}

/** A direct flight that somebody took earlier this month, or will take later. */
function decoyWay(plot: Plot, route: Route, past: boolean, rng: Rng): Booked {
  const day = past ? rng.int(3, 13) : rng.int(17, 29);
  const cabin = rng.pick(cabins);
  if (past) {
    const flight = addFlight(plot.draft, { ...route, departs: departureOf("direct", rng), lasts: 120 }, rng);
    flight.dates[may(day)] = landedDay(flight, may(day), rng);
    return { flight, date: may(day), price: price(cabin, rng) };
  }
  const times = { departs: departureOf("direct", rng), lasts: lengthOf("direct", rng) };
  const plan = {
    ...route,
    ...times,
    date: may(day),
    stops: "direct",
    cabin,
    seats: { from: 0, to: 20 },
  } as const;
  const [booked] = addWay(plot.draft, plan, rng);
  if (booked === undefined) throw new RangeError("decoyWay: expected a direct way to have a flight");
  return booked;
}

function addTrip(
  plot: Plot,
  trip: {
    readonly owner: User;
    readonly outbound: readonly Booked[];
    readonly id?: string;
    readonly cabin?: Reservation["cabin"];
  },
  rng: Rng,
): void {
  const self = asPassenger(trip.owner);
  addReservation(
    plot.draft,
    {
      cabin: rng.pick(cabins),
      ...trip,
      back: [],
      passengers: [self, ...people(rng.int(0, 2), [self], rng)],
      bags: rng.int(0, 2),
      insurance: rng.pick(["yes", "no"]),
      createdAt: bookedAt({ recent: false, before: trip.outbound[0]?.date ?? may(14) }, rng),
      cancelled: rng.chance(0.15),
    },
    rng,
  );
}

/** A trip of the user's own between airports that no request is about. */
export function addOtherTrip(plot: Plot, rng: Rng): void {
  const [origin, destination] = rng.sample(plot.free, 2);
  if (origin === undefined || destination === undefined) return;
  const outbound = [decoyWay(plot, { origin, destination }, rng.chance(0.5), rng)];
  addTrip(plot, { owner: plot.user, outbound }, rng);
}

/** A trip that shares one end with another trip, or goes the opposite way. */
function similarRoute({ origin, destination }: Route, rng: Rng): Route {
  const other = rng.pick(airportCodes.filter((code) => code !== origin && code !== destination));
  return rng.pick([
    { origin: other, destination },
    { origin, destination: other },
    { origin: destination, destination: origin },
  ]);
}

/** Plants records that are nearly those which a request is about: an id, a route, a namesake. */
export function addHoldingDecoys(bed: Bed, holding: Holding & { readonly described: boolean }): void {
  const { plot, rng } = bed;
  const { reservation } = holding;
  for (let i = 0; i < Math.min(plot.distractors, 6); i++) {
    const what = rng.pick(["near_id", "similar_trip", "same_flights"] as const);
    const near = similarRoute(reservation, rng);
    const past = rng.chance(0.6);
    if (what === "near_id") {
      const owner = rng.chance(0.5) ? plot.user : addStranger(plot, rng);
      const id = nearlyEqualId(plot, reservation.reservation_id, rng);
      addTrip(plot, { owner, id, outbound: [decoyWay(plot, near, past, rng)] }, rng);
    }
    if (what === "similar_trip") {
      addTrip(plot, { owner: plot.user, outbound: [decoyWay(plot, near, past, rng)] }, rng);
    }
    if (what === "same_flights") {
      // A second trip of the user's own on the route would make a described one ambiguous.
      const owner = !holding.described && rng.chance(0.5) ? plot.user : addStranger(plot, rng);
      addTrip(plot, { owner, outbound: holding.outbound }, rng);
    }
  }
}

/** Adds payment methods that are nearly one of the user's: a card's digits off by one, a balance by a dollar. */
export function addPaymentDecoys(plot: Plot, rng: Rng): void {
  for (let i = 0; i < Math.min(plot.distractors, 3); i++) {
    const method = rng.pick(Object.values(plot.user.payment_methods));
    if (method.source === "credit_card") {
      addCard(plot.user, rng, String((Number(method.last_four) + 1) % 10_000).padStart(4, "0"));
    } else if (method.amount > 1) {
      addBalance(plot.user, { source: method.source, amount: method.amount - 1 }, rng);
    }
  }
}
