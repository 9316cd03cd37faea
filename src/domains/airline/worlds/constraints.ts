import { mixesOf } from "./mixes.ts";
import type { Shape } from "./shapes.ts";

/** A reason why some values cannot go together, said so that whoever asked for them can mend it. */
export interface Constraint {
  readonly says: string;
  holds(shape: Shape): boolean;
}

/** Declares a constraint. */
export const constraint = (says: string, holds: (shape: Shape) => boolean): Constraint => ({ says, holds });

export const ownOrId = constraint(
  "somebody else's reservation (own_reservations) can only be named by its id",
  (shape) => shape.clause !== "own_reservations" || shape.reference === "id",
);
export const oneMethod = constraint(
  "a change is paid with one method, not with several",
  (shape) => shape.pays_with !== "mixed",
);
export const noCertificate = constraint(
  "a change cannot be paid with a certificate, and only that is refused by change_payment",
  (shape) => (shape.pays_with === "certificate") === (shape.clause === "change_payment"),
);

const covers = ({ insurance, reason }: Shape) =>
  insurance === "yes" && (reason === "health" || reason === "weather");

export const cancelConstraints: readonly Constraint[] = [
  ownOrId,
  constraint(
    "a business trip, or an insured one for health or weather, has a ground to be cancelled",
    (shape) => shape.ground !== "none" || (shape.cabin !== "business" && !covers(shape)),
  ),
  constraint(
    "the ground insured takes insurance, a reason of health or weather, and another cabin than business",
    (shape) => shape.ground !== "insured" || (shape.cabin !== "business" && covers(shape)),
  ),
  constraint(
    "the ground business takes the cabin business",
    (shape) => shape.ground !== "business" || shape.cabin === "business",
  ),
  constraint(
    "what has a ground is not refused by cancel_eligibility, and what has none is not granted",
    (shape) =>
      shape.clause === "cancel_flown" ||
      (shape.clause === "cancel_eligibility") === (shape.ground === "none"),
  ),
  constraint(
    "a trip that was flown (cancel_flown) was neither booked within a day nor cancelled by the airline",
    (shape) =>
      shape.clause !== "cancel_flown" || (shape.ground !== "recent" && shape.ground !== "airline_cancelled"),
  ),
];

export const compensationConstraints: readonly Constraint[] = [
  ownOrId,
  constraint(
    "silver and gold members, business trips and insured ones are entitled, and only others are refused by compensation_membership",
    ({ membership, cabin, insurance, clause }) =>
      (membership !== "regular" || cabin === "business" || insurance === "yes") !==
      (clause === "compensation_membership"),
  ),
  constraint(
    "compensation_delay_needs_change is about delays",
    (shape) => shape.clause !== "compensation_delay_needs_change" || shape.event === "delayed",
  ),
  constraint(
    "a granted compensation for a delay follows a cancellation, after which the trip can only be named by its id",
    (shape) => shape.clause !== "none" || shape.event !== "delayed" || shape.reference === "id",
  ),
  constraint(
    "a stranger's compensation (own_reservations) is for a cancelled flight",
    (shape) => shape.clause !== "own_reservations" || shape.event === "cancelled",
  ),
];

export const bookConstraints: readonly Constraint[] = [
  constraint(
    "no bill is paid so: one certificate at most (book_one_certificate), one credit card (book_one_credit_card), three gift cards (book_three_gift_cards), and mixed takes two methods or more",
    (shape) => mixesOf(shape).length > 0,
  ),
  constraint(
    "only a party of five or more goes beyond the limit (book_passenger_limit)",
    (shape) => shape.clause !== "book_passenger_limit" || shape.passengers === 5,
  ),
  constraint(
    "a method that is not in the profile (book_profile_payments) can only be named by its id",
    (shape) => shape.clause !== "book_profile_payments" || shape.reference === "id",
  ),
];
