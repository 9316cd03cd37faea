import { isObject } from "../../../core/json.ts";
import { type Answer, type AxisValues, type Call, ToolError, type View } from "../../domain.ts";
import { type Planning, peek } from "../../planning.ts";
import type { PaymentMethod, Reservation, Segment, User } from "../state.ts";
import { today } from "../state.ts";
import type { PaymentRef, ReservationRef } from "./schema.ts";

/** The plannings that several request kinds share: finding the user, a reservation, a payment, a flight's fate. */

/** The id that the user gave. */
export function userId(view: Pick<View, "identity">): string {
  return String(view.identity.user_id);
}

/** The records of some answers; a lookup that the tool refused is a ToolError. */
function found<T>(answers: readonly Answer[], what: string): readonly T[] {
  return answers.map((answer) => {
    if (!answer.ok) throw new ToolError(`${what} could not be found.`);
    return answer.result as T;
  });
}

function only<T>(items: readonly T[], what: string): T {
  const [first, second] = items;
  if (first === undefined) throw new ToolError(`No ${what} fits.`);
  if (second !== undefined) throw new ToolError(`More than one ${what} fits.`);
  return first;
}

export const userCall = (id: string): Call => ({ name: "get_user_details", arguments: { user_id: id } });

export const reservationCall = (id: string): Call => ({
  name: "get_reservation_details",
  arguments: { reservation_id: id },
});

export function* readUser(id: string): Planning<User> {
  return only(found<User>(yield [userCall(id)], `User ${id}`), "user");
}

/** The reservation that a user means: by its id, or the only uncancelled one of theirs on a route. */
export function* findReservation(ref: ReservationRef, owner: string): Planning<Reservation> {
  if ("id" in ref) {
    return only(found<Reservation>(yield [reservationCall(ref.id)], `Reservation ${ref.id}`), "reservation");
  }
  const user: User = yield* readUser(owner);
  const all = found<Reservation>(yield user.reservations.map(reservationCall), "A reservation");
  const fits = all.filter(
    (one) => one.origin === ref.origin && one.destination === ref.destination && one.status !== "cancelled",
  );
  return only(fits, `reservation from ${ref.origin} to ${ref.destination}`);
}

/** The payment method that a user means; null if an id is not in the profile. */
export function paymentOf(ref: PaymentRef, user: User): PaymentMethod | null {
  if ("id" in ref) return user.payment_methods[ref.id] ?? null;
  const all = Object.values(user.payment_methods);
  if ("card" in ref) {
    return only(
      all.filter((method) => method.source === "credit_card" && method.last_four === ref.card),
      `card ending in ${ref.card}`,
    );
  }
  const kind = all.flatMap((method) => (method.source === ref.largest ? [method] : []));
  const most = Math.max(...kind.map((method) => method.amount));
  return only(
    kind.filter((method) => method.amount === most),
    `largest ${ref.largest}`,
  );
}

/** What an id or a description says of a payment method's kind before anything is looked up. */
export function paymentSource(ref: PaymentRef): PaymentMethod["source"] {
  if ("card" in ref) return "credit_card";
  if ("largest" in ref) return ref.largest;
  if (ref.id.startsWith("gift_card")) return "gift_card";
  return ref.id.startsWith("certificate") ? "certificate" : "credit_card";
}

const statusCall = (segment: Segment): Call => ({
  name: "get_flight_status",
  arguments: { flight_number: segment.flight_number, date: segment.date },
});

/** A reservation's segments that may have left: those up to today. */
export function dueSegments(reservation: Pick<Reservation, "flights">): readonly Segment[] {
  return reservation.flights.filter((segment) => segment.date <= today);
}

/** The statuses of some segments on their days. */
export function* readStatuses(segments: readonly Segment[]): Planning<readonly string[]> {
  return found<string>(yield segments.map(statusCall), "A flight's status");
}

/** The record of a segment's flight. */
export const flightRecord = (segment: Segment) => `flights/${segment.flight_number}`;

export const isFlown = (status: string) => status === "landed" || status === "flying";

/** The axes that every request about a reservation shares, as far as seen. */
export function reservationCell(ref: ReservationRef, view: View): AxisValues {
  const reference = { reference: "id" in ref ? "id" : "described" };
  const reservation = peek(findReservation(ref, userId(view)), view);
  if (reservation === undefined) return { ...reference, ...membershipCell(view) };
  return {
    ...reference,
    ...membershipCell(view),
    cabin: reservation.cabin,
    trip: reservation.flight_type,
    insurance: reservation.insurance,
    passengers: Math.min(5, reservation.passengers.length),
  };
}

/** The user's membership, once the profile has been looked up. */
export function membershipCell(view: View): AxisValues {
  const answer = view.lookup(userCall(userId(view)));
  if (answer?.ok !== true || !isObject(answer.result)) return {};
  return { membership: String(answer.result.membership) };
}
