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
