import type { AxisValue } from "../../domain.ts";
import type { Cancel, Compensation, Rule } from "../requests/schema.ts";
import type { Cabin, Membership } from "../state.ts";

export const kinds = [
  "book",
  "cancel",
  "change_flights",
  "change_cabin",
  "change_passengers",
  "add_bags",
  "add_insurance",
  "compensation",
] as const;
export type Kind = (typeof kinds)[number];

/** All that a wish may fix of one request, fixed. An axis that the kind does not have is drawn all the same. */
export interface Shape {
  readonly kind: Kind;
  readonly verdict: "granted" | "refused" | "handover";
  /** The clause that refuses, or "none". */
  readonly clause: string;
  readonly rule: Rule["by"];
  readonly stops: "direct" | "one_stop";
  /** Options that fit, among which the rule chooses; 4 means four or more. */
  readonly alternatives: number;
  readonly trip: "one_way" | "round_trip";
  readonly passengers: number;
  readonly bags: number;
  readonly insurance: "yes" | "no";
  readonly payments: number;
  readonly pays_with: "card" | "gift_card" | "certificate" | "mixed";
  readonly cabin: Cabin;
  readonly membership: Membership;
  readonly reference: "id" | "described";
  readonly reason: Cancel["reason"];
  readonly ground: "recent" | "airline_cancelled" | "business" | "insured" | "none";
  readonly event: Compensation["event"];
}

export type Axis = Exclude<keyof Shape, "kind" | "verdict">;

/** The values of every axis, whatever the kind. */
export const axisValues: { readonly [A in Exclude<Axis, "clause">]: readonly Shape[A][] } = {
  rule: ["cheapest", "earliest", "shortest", "under"],
  stops: ["direct", "one_stop"],
  alternatives: [1, 2, 3, 4],
  trip: ["one_way", "round_trip"],
  passengers: [1, 2, 3, 4, 5],
  bags: [0, 1, 2, 3, 4],
  insurance: ["no", "yes"],
  payments: [1, 2, 3],
  pays_with: ["card", "gift_card", "certificate", "mixed"],
  cabin: ["economy", "basic_economy", "business"],
  membership: ["regular", "silver", "gold"],
  reference: ["id", "described"],
  reason: ["change_of_plan", "airline_cancelled", "health", "weather"],
  ground: ["recent", "airline_cancelled", "business", "insured", "none"],
  event: ["cancelled", "delayed"],
};

const common: readonly Axis[] = [
  "clause",
  "trip",
  "passengers",
  "insurance",
  "cabin",
  "membership",
  "reference",
];

/** What is particular to a kind: its axes, the clauses that can refuse it, and which values go together. */
interface KindRules {
  readonly axes: readonly Axis[];
  readonly clauses: readonly string[];
  /** The axes that depend on each other, in the order in which they are drawn. */
  readonly bound: readonly Axis[];
  readonly fits: (shape: Shape) => boolean;
}

/** Ways to share a bill: sources in order, with what a booking so paid would break. */
export interface Mix {
  readonly sources: readonly ("credit_card" | "gift_card" | "certificate")[];
  readonly clause: "none" | "book_one_certificate" | "book_one_credit_card" | "book_three_gift_cards";
}

const mix = (clause: Mix["clause"], text: string): Mix => ({
  clause,
  sources: text
    .split(" ")
    .map((word) => (word === "card" ? "credit_card" : word === "gift" ? "gift_card" : "certificate")),
});

const mixes: readonly Mix[] = [
  mix("none", "card"),
  mix("none", "gift"),
  mix("none", "cert"),
  mix("none", "gift gift"),
  mix("none", "gift card"),
  mix("none", "cert card"),
  mix("none", "cert gift"),
  mix("none", "gift gift gift"),
  mix("none", "gift gift card"),
  mix("none", "cert gift card"),
  mix("none", "cert gift gift"),
  mix("book_one_certificate", "cert cert"),
  mix("book_one_certificate", "cert cert card"),
  mix("book_one_certificate", "cert cert gift"),
  mix("book_one_credit_card", "card card"),
  mix("book_one_credit_card", "gift card card"),
  mix("book_one_credit_card", "cert card card"),
  mix("book_three_gift_cards", "gift gift gift gift"),
  mix("book_three_gift_cards", "gift gift gift gift card"),
];

/** The mixes that a shape allows; the clauses on people and profile leave the mix itself sound. */
export function mixesOf(shape: Shape): readonly Mix[] {
  const own = shape.clause.startsWith("book_one_") || shape.clause === "book_three_gift_cards";
  return mixes.filter(({ sources, clause }) => {
    const kindsUsed = new Set(sources);
    const word = sources[0] === "credit_card" ? "card" : sources[0];
    return (
      clause === (own ? shape.clause : "none") &&
      Math.min(3, sources.length) === shape.payments &&
      (kindsUsed.size > 1 ? "mixed" : word) === shape.pays_with
    );
  });
}

const ownOrId = (shape: Shape) => shape.clause !== "own_reservations" || shape.reference === "id";
const certificateOnlyIfRefused = (shape: Shape) =>
  shape.pays_with !== "mixed" && (shape.pays_with === "certificate") === (shape.clause === "change_payment");

function cancelFits(shape: Shape): boolean {
  const { clause, ground, reason, cabin, insurance } = shape;
  const covered = insurance === "yes" && (reason === "health" || reason === "weather");
  if (!ownOrId(shape)) return false;
  if (ground === "none" && (cabin === "business" || covered)) return false;
  if (ground === "insured" && (cabin === "business" || !covered)) return false;
  if (ground === "business" && cabin !== "business") return false;
  if (clause === "cancel_eligibility") return ground === "none";
  if (clause === "cancel_flown") return ground !== "recent" && ground !== "airline_cancelled";
  return ground !== "none";
}

function compensationFits(shape: Shape): boolean {
  const { clause, event, membership, cabin, insurance, reference } = shape;
  const entitled = membership !== "regular" || cabin === "business" || insurance === "yes";
  if (!ownOrId(shape) || entitled === (clause === "compensation_membership")) return false;
  if (clause === "compensation_delay_needs_change") return event === "delayed";
  if (clause === "none" && event === "delayed") return reference === "id";
  return clause !== "own_reservations" || event === "cancelled";
}

export const rulesOf: { readonly [K in Kind]: KindRules } = {
  book: {
    axes: [...common, "rule", "stops", "alternatives", "bags", "payments", "pays_with"],
    clauses: [
      "book_passenger_limit",
      "book_one_certificate",
      "book_one_credit_card",
      "book_three_gift_cards",
      "book_profile_payments",
    ],
    bound: ["clause", "pays_with", "payments", "reference", "passengers"],
    fits: (shape) =>
      mixesOf(shape).length > 0 &&
      (shape.clause !== "book_passenger_limit" || shape.passengers === 5) &&
      (shape.clause !== "book_profile_payments" || shape.reference === "id"),
  },
  cancel: {
    axes: [...common, "reason", "ground"],
    clauses: ["own_reservations", "cancel_flown", "cancel_eligibility"],
    bound: ["clause", "ground", "reason", "cabin", "insurance", "reference"],
    fits: cancelFits,
  },
  change_flights: {
    axes: [...common, "rule", "stops", "alternatives", "pays_with"],
    clauses: ["own_reservations", "change_basic_economy", "change_route_fixed", "change_payment"],
    bound: ["clause", "cabin", "pays_with", "reference"],
    fits: (shape) =>
      ownOrId(shape) &&
      certificateOnlyIfRefused(shape) &&
      (shape.cabin === "basic_economy") === (shape.clause === "change_basic_economy"),
  },
  change_cabin: {
    axes: [...common, "pays_with"],
    clauses: ["own_reservations", "cabin_flown", "change_payment"],
    bound: ["clause", "pays_with", "reference"],
    fits: (shape) => ownOrId(shape) && certificateOnlyIfRefused(shape),
  },
  change_passengers: {
    axes: common,
    clauses: ["own_reservations", "passengers_count_fixed"],
    bound: ["clause", "reference"],
    fits: ownOrId,
  },
  add_bags: {
    axes: [...common, "bags", "pays_with"],
    clauses: ["own_reservations", "bags_only_added", "change_payment"],
    bound: ["clause", "pays_with", "reference", "bags"],
    fits: (shape) => ownOrId(shape) && certificateOnlyIfRefused(shape) && shape.bags > 0,
  },
  add_insurance: {
    axes: common,
    clauses: ["own_reservations", "insurance_only_at_booking"],
    bound: ["clause", "insurance", "reference"],
    fits: (shape) => ownOrId(shape) && shape.clause !== "none" && shape.insurance === "no",
  },
  compensation: {
    axes: [...common, "event"],
    clauses: [
      "own_reservations",
      "compensation_membership",
      "compensation_facts",
      "compensation_delay_needs_change",
    ],
    bound: ["clause", "event", "membership", "cabin", "insurance", "reference"],
    fits: compensationFits,
  },
};

/** The values of an axis for a kind. */
export function valuesOf(kind: Kind, axis: Axis): readonly AxisValue[] {
  return axis === "clause" ? ["none", ...rulesOf[kind].clauses] : axisValues[axis];
}
