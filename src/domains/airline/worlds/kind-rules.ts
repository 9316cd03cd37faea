import type { AxisValue } from "../../domain.ts";
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
import { type Axis, axisValues, type Kind } from "./shapes.ts";

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
