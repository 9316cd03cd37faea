import type { AxisValue } from "../../domain.ts";
import type { Cancel, Compensation, Rule } from "../requests/schema.ts";
import type { Cabin, Membership } from "../state.ts";
import {
  bookConstraints,
  type Constraint,
  cancelConstraints,
  compensationConstraints,
  constraint,
  noCertificate,
  oneMethod,
  ownOrId,
} from "./constraints.ts";

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
  readonly constraints: readonly Constraint[];
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
    constraints: bookConstraints,
  },
  cancel: {
    axes: [...common, "reason", "ground"],
    clauses: ["own_reservations", "cancel_flown", "cancel_eligibility"],
    bound: ["clause", "ground", "reason", "cabin", "insurance", "reference"],
    constraints: cancelConstraints,
  },
  change_flights: {
    axes: [...common, "rule", "stops", "alternatives", "pays_with"],
    clauses: ["own_reservations", "change_basic_economy", "change_route_fixed", "change_payment"],
    bound: ["clause", "cabin", "pays_with", "reference"],
    constraints: [
      ownOrId,
      oneMethod,
      noCertificate,
      constraint(
        "the flights of basic economy cannot be changed (change_basic_economy), and only those cannot",
        (shape) => (shape.cabin === "basic_economy") === (shape.clause === "change_basic_economy"),
      ),
    ],
  },
  change_cabin: {
    axes: [...common, "pays_with"],
    clauses: ["own_reservations", "cabin_flown", "change_payment"],
    bound: ["clause", "pays_with", "reference"],
    constraints: [ownOrId, oneMethod, noCertificate],
  },
  change_passengers: {
    axes: common,
    clauses: ["own_reservations", "passengers_count_fixed"],
    bound: ["clause", "reference"],
    constraints: [ownOrId],
  },
  add_bags: {
    axes: [...common, "bags", "pays_with"],
    clauses: ["own_reservations", "bags_only_added", "change_payment"],
    bound: ["clause", "pays_with", "reference", "bags"],
    constraints: [
      ownOrId,
      oneMethod,
      noCertificate,
      constraint("a change of bags is about one bag or more", (shape) => shape.bags > 0),
    ],
  },
  add_insurance: {
    axes: common,
    clauses: ["own_reservations", "insurance_only_at_booking"],
    bound: ["clause", "insurance", "reference"],
    constraints: [
      ownOrId,
      constraint(
        "insurance is never added to a booking that stands (insurance_only_at_booking)",
        (shape) => shape.clause !== "none",
      ),
      constraint("who asks for insurance has none yet", (shape) => shape.insurance === "no"),
    ],
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
    constraints: compensationConstraints,
  },
};

/** The values of an axis for a kind. */
export function valuesOf(kind: Kind, axis: Axis): readonly AxisValue[] {
  return axis === "clause" ? ["none", ...rulesOf[kind].clauses] : axisValues[axis];
}
