import { ToolError } from "../../domain.ts";
import type { Planning } from "../../planning.ts";
import type { User } from "../state.ts";
import { paymentOf, paymentSource, readUser } from "./lookups.ts";
import type { PaymentRef } from "./schema.ts";

/** A change is paid with one card or gift card, never with a certificate. */
export function payableWith(ref: PaymentRef): boolean {
  return paymentSource(ref) !== "certificate";
}

/** The id of the one method that pays for a change, found in the profile: a change costs what the profile can bear. */
export function* resolvePayment(ref: PaymentRef, owner: string): Planning<string> {
  const user: User = yield* readUser(owner);
  const method = paymentOf(ref, user);
  if (method === null) throw new ToolError("The payment method named is not in the profile.");
  return method.id;
}
