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
import { addStranger, type Bed, mayHoldMore, type Plot, stepOff } from "./plot.ts";
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
    /** Drawn if absent. */
    readonly cancelled?: boolean;
  },
  rng: Rng,
): Reservation {
  const self = asPassenger(trip.owner);
  return addReservation(
    plot.draft,
    {
      cabin: rng.pick(cabins),
      back: [],
      passengers: [self, ...people(rng.int(0, 2), [self], rng)],
      bags: rng.int(0, 2),
      insurance: rng.pick(["yes", "no"]),
      createdAt: bookedAt({ recent: false, before: trip.outbound[0]?.date ?? may(14) }, rng),
      cancelled: rng.chance(0.15),
      ...trip,
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

type Decoy = "near_id" | "similar_trip" | "namesake" | "second_trip" | "older_trip";

/** What a decoy loses by, and by how much. */
const losesBy: Readonly<Record<Decoy, string>> = {
  near_id: "id",
  similar_trip: "route",
  namesake: "owner",
  second_trip: "id",
  older_trip: "status",
};

/** The decoys that leave the right reservation the only right one. */
function decoysFor({ plot, shape }: Bed): readonly Decoy[] {
  const elsewhere = ["near_id", "namesake"] as const;
  if (!mayHoldMore(plot)) return elsewhere;
  // A second trip of the user's own on the route would make a described one ambiguous.
  const second = shape.reference === "described" ? [] : (["second_trip"] as const);
  return [...elsewhere, "similar_trip", ...second, "older_trip"];
}

/** Plants records that are nearly those which a request is about: an id, a route, a namesake, an older trip. */
export function addHoldingDecoys(bed: Bed, holding: Holding): void {
  const { plot } = bed;
  plot.fillings.push((rng) => {
    for (let i = 0; i < Math.min(plot.distractors, 6); i++) {
      const decoy = rng.pick(decoysFor(bed));
      const { reservation_id } = addDecoy(bed, { holding, decoy }, rng);
      const near = `reservations/${holding.reservation.reservation_id}`;
      const by = decoy === "near_id" ? 1 : null;
      plot.planted.push({ record: `reservations/${reservation_id}`, near, losesBy: losesBy[decoy], by });
    }
  });
}

function addDecoy(
  { plot }: Bed,
  { holding, decoy }: { readonly holding: Holding; readonly decoy: Decoy },
  rng: Rng,
): Reservation {
  const { reservation, outbound } = holding;
  const near = similarRoute(reservation, rng);
  const elsewhere = () => [decoyWay(plot, near, rng.chance(0.6), rng)];
  switch (decoy) {
    case "near_id": {
      const own = mayHoldMore(plot) && rng.chance(0.5);
      const owner = own ? plot.user : addStranger(plot, rng);
      const id = nearlyEqualId(plot, reservation.reservation_id, rng);
      return addTrip(plot, { owner, id, outbound: elsewhere() }, rng);
    }
    case "similar_trip":
      return addTrip(plot, { owner: plot.user, outbound: elsewhere(), cancelled: false }, rng);
    case "namesake":
      return addTrip(plot, { owner: addStranger(plot, rng), outbound }, rng);
    case "second_trip":
      return addTrip(plot, { owner: plot.user, outbound }, rng);
    case "older_trip": {
      const { origin, destination } = reservation;
      const past = [decoyWay(plot, { origin, destination }, true, rng)];
      return addTrip(plot, { owner: plot.user, outbound: past, cancelled: true }, rng);
    }
  }
}

/** Adds payment methods that are nearly one of the user's: a card's digits off by one, a balance by a dollar. */
export function addPaymentDecoys(plot: Plot, rng: Rng): void {
  const { user } = plot;
  for (let i = 0; i < Math.min(plot.distractors, 3); i++) {
    const method = rng.pick(Object.values(user.payment_methods));
    const near = `users/${user.user_id}/${method.id}`;
    const step = stepOff(plot, rng);
    if (method.source === "credit_card") {
      const digits = String((Number(method.last_four) + step) % 10_000).padStart(4, "0");
      const { id } = addCard(user, rng, digits);
      plot.planted.push({ record: `users/${user.user_id}/${id}`, near, losesBy: "digits", by: step });
    } else if (method.amount > step) {
      const { id } = addBalance(user, { source: method.source, amount: method.amount - step }, rng);
      plot.planted.push({ record: `users/${user.user_id}/${id}`, near, losesBy: "amount", by: step });
    }
  }
}
