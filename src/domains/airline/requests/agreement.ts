import type { Call } from "../../domain.ts";
import type { PaymentRef, ReservationRef } from "./schema.ts";

/** What a user can notice in an offer: only what they said themselves, in their own terms. */

/** The objection to a call about another reservation than the one named by id. */
export function sameReservation(ref: ReservationRef, call: Call): string | null {
  if (!("id" in ref) || call.arguments.reservation_id === ref.id) return null;
  return `it is about another reservation than ${ref.id}`;
}

/** The objection to a call that pays with another method than the one named by id. */
export function samePayment(ref: PaymentRef, call: Call): string | null {
  if (!("id" in ref) || call.arguments.payment_id === ref.id) return null;
  return `it is not paid with ${ref.id}`;
}
