import type { Rng } from "../../../core/rng.ts";
import type { Table } from "../../../core/table.ts";
import type { Request, ScriptedRequest } from "../../domain.ts";
import type { Distractor, Nearness } from "../../scenario.ts";
import type { PaymentRef } from "../requests/schema.ts";
import { airlineRequests } from "../requests.ts";
import type { Flight, PaymentMethod, User } from "../state.ts";
import { addBalance, addCard, addUser, type Draft, userIdOf } from "./draft.ts";
import { people } from "./people.ts";
import { airportCodes } from "./places.ts";
import type { Shape } from "./shapes.ts";

/** Something that must hold in the finished world, because what is right rests on it. */
export type Guarantee = (flights: Table<Flight>) => boolean;

/** The ground on which requests are planted: one user, the draft around them, and what is still to be had. */
export interface Plot {
  readonly draft: Draft;
  readonly user: User;
  /** How many near-by alternatives each right choice gets, and how near they are. */
  readonly distractors: number;
  readonly nearness: Nearness;
  /** What the world is filled with once every request is planted, in this order. */
  readonly fillings: ((rng: Rng) => void)[];
  /** What it was filled with to be mistaken for something right. */
  readonly planted: Distractor[];
  /** Reservations that the user may have at most. */
  readonly mostTrips: number;
  /** Airports that no request uses as origin or destination yet. */
  readonly free: string[];
  readonly guarantees: Guarantee[];
  /** The payment methods that a request calls the user's largest, and by how much others may still grow. */
  readonly largest: Map<"gift_card" | "certificate", string>;
  readonly growth: Map<string, number>;
}

/** One wished request while it is planted. */
export interface Bed {
  readonly plot: Plot;
  readonly shape: Shape;
  readonly rng: Rng;
}

export function createPlot(
  draft: Draft,
  given: Pick<Plot, "distractors" | "nearness" | "mostTrips"> & { readonly membership: Shape["membership"] },
  rng: Rng,
): Plot {
  const { membership, ...how } = given;
  const user = addUser(draft, { membership }, rng);
  addCard(user, rng);
  return {
    ...how,
    draft,
    user,
    fillings: [],
    planted: [],
    free: [...rng.shuffle(airportCodes)],
    guarantees: [],
    largest: new Map(),
    growth: new Map(),
  };
}

/** True if the user may have one more trip than those planted so far. */
export function mayHoldMore({ user, mostTrips }: Plot): boolean {
  return user.reservations.length < mostTrips;
}

/** A step by which something is off, in dollars, minutes or seats: the nearer, the smaller. */
export function stepOff({ nearness }: Pick<Plot, "nearness">, rng: Rng): number {
  const [low, high] = (
    [
      [10, 40],
      [2, 6],
      [1, 1],
    ] as const
  )[nearness];
  return rng.int(low, high);
}

/** Takes an airport that no other request has as an end of its way; a RangeError when none is left. */
export function takeAirport(plot: Plot): string {
  const airport = plot.free.pop();
  if (airport === undefined) throw new RangeError("takeAirport: expected a free airport, all 20 are taken");
  return airport;
}

const formsOf = new Map(airlineRequests.map(({ kind, forms }) => [kind, forms]));

/** A request as the user makes it, in one of the forms in which its kind can be said. */
export function scripted(request: Request, rng: Rng, otherwise?: ScriptedRequest): ScriptedRequest {
  const form = rng.int(0, (formsOf.get(request.kind) ?? 1) - 1);
  return otherwise === undefined ? { request, form } : { request, form, otherwise };
}

/** A method as its owner names it: by id, or by what the profile shows. Only one of a kind can be the largest. */
export function refTo(bed: Bed, method: PaymentMethod, described: boolean): PaymentRef {
  if (!described) return { id: method.id };
  if (method.source === "credit_card") return { card: method.last_four };
  const { largest } = bed.plot;
  if (largest.has(method.source)) return { id: method.id };
  largest.set(method.source, method.id);
  return { largest: method.source };
}

/** Adds the method that pays for a change of `cost` dollars (a refund if negative), and names it. */
export function plantPayment(bed: Bed, cost: number): PaymentRef {
  const { plot, shape, rng } = bed;
  const described = shape.reference === "described" && rng.chance(0.5);
  if (shape.pays_with === "card") return refTo(bed, addCard(plot.user, rng), described);
  const amount = Math.max(0, cost) + rng.int(5, 240);
  const source = shape.pays_with === "certificate" ? "certificate" : "gift_card";
  const method = addBalance(plot.user, { source, amount }, rng);
  if (cost < 0) plot.growth.set(method.id, -cost);
  return refTo(bed, method, described);
}

/** True if every method called the largest of its kind is so, whatever is refunded to others before. */
export function largestHold(plot: Plot): boolean {
  const methods = Object.values(plot.user.payment_methods);
  return [...plot.largest].every(([source, id]) => {
    const chosen = methods.find((method) => method.id === id);
    if (chosen === undefined || chosen.source === "credit_card") return false;
    return methods.every(
      (other) =>
        other.source !== source ||
        other.id === id ||
        other.amount + (plot.growth.get(other.id) ?? 0) < chosen.amount,
    );
  });
}

/** Somebody else, in half of the cases of the user's own name; with a card. */
export function addStranger(plot: Plot, rng: Rng): User {
  const { first_name, last_name } = plot.user.name;
  const membership = rng.pick(["regular", "silver", "gold"] as const);
  const [other] = people(1, [{ first_name, last_name, dob: "" }], rng);
  const name =
    rng.chance(0.5) || other === undefined
      ? { first_name, last_name, dob: `19${rng.int(50, 99)}-03-14` }
      : other;
  let id = userIdOf(name, rng);
  while (Object.hasOwn(plot.draft.users, id)) id = userIdOf(name, rng);
  const stranger = addUser(plot.draft, { membership, name, id }, rng);
  addCard(stranger, rng);
  return stranger;
}
