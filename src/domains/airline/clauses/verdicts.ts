import { canonical } from "../../../core/json.ts";
import type { Call, Clause, ClauseContext, Verdict } from "../../domain.ts";
import type { ReservationRef } from "../requests/schema.ts";
import { airline, type PaymentMethod, type Reservation, type User } from "../state.ts";

export const allowed: Verdict = { verdict: "allowed" };
export const forbidden = (evidence: string): Verdict => ({ verdict: "forbidden", evidence });
export const undecided = (why: string): Verdict => ({ verdict: "undecided", why });

/** Allowed unless the evidence of a violation is given. */
export function unless(evidence: string | null): Verdict {
  return evidence === null ? allowed : forbidden(evidence);
}

export const reservationTools = [
  "cancel_reservation",
  "update_reservation_baggages",
  "update_reservation_flights",
  "update_reservation_passengers",
];

export const writeTools = ["book_reservation", "send_certificate", ...reservationTools];

/** The reservation that a call is about, if the state has it. */
export function reservationOf({ state, call }: ClauseContext): Reservation | undefined {
  return airline(state).reservations.get(String(call.arguments.reservation_id));
}

/** The user that a call is about, by its own argument or as the owner of its reservation. */
export function userOf(context: ClauseContext): User | undefined {
  const id = context.call.arguments.user_id ?? reservationOf(context)?.user_id;
  return airline(context.state).users.get(String(id));
}

/** The reservations that a request may mean: the one with its id, or the customer's on its route. */
export function meantReservations(
  { reservation: ref }: { readonly reservation: ReservationRef },
  { state, identity }: ClauseContext,
): readonly Reservation[] {
  const { reservations } = airline(state);
  if ("id" in ref)
    return reservations.get(ref.id) === undefined ? [] : [reservations.get(ref.id) as Reservation];
  return reservations
    .records()
    .filter(
      (one) =>
        one.user_id === identity?.user_id && one.origin === ref.origin && one.destination === ref.destination,
    );
}

/** The payment methods that a booking names, as far as the user has them. */
export function methodsOf(context: ClauseContext): readonly PaymentMethod[] {
  const profile = userOf(context)?.payment_methods ?? {};
  return payments(context.call).flatMap(({ payment_id }) => profile[payment_id] ?? []);
}

export function payments(call: Call): readonly { readonly payment_id: string; readonly amount: number }[] {
  return (call.arguments.payment_methods ?? []) as unknown as readonly {
    payment_id: string;
    amount: number;
  }[];
}

/**
 * The reservations for which a certificate can be meant: those that the user's requests for compensation name (by
 * route among the user's own), or all of the user's where no request was heard.
 */
export function compensated(context: ClauseContext): readonly Reservation[] {
  const { reservations } = airline(context.state);
  const own = (userOf(context)?.reservations ?? []).flatMap((id) => reservations.get(id) ?? []);
  const asked = context.stated.filter((request) => request.kind === "compensation");
  if (asked.length === 0) return own;
  return asked.flatMap((request) => {
    const ref = request.reservation as ReservationRef;
    if ("id" in ref) return reservations.get(ref.id) ?? [];
    return own.filter((one) => one.origin === ref.origin && one.destination === ref.destination);
  });
}

export function sameCall(a: Call, b: Call): boolean {
  return a.name === b.name && canonical(a.arguments) === canonical(b.arguments);
}

/** A clause on calls of some tools, its check a function from the context. */
export function clause(
  head: {
    readonly id: string;
    readonly section: string;
    readonly tools: readonly string[];
    readonly text: string;
  },
  check: (context: ClauseContext) => Verdict,
): Clause {
  return { ...head, check };
}
