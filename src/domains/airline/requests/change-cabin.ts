import type { AxisValues, Habits, View } from "../../domain.ts";
import { spoken } from "../../phrase.ts";
import { defineRequest, nextMove, type Planning } from "../../planning.ts";
import type { Reservation } from "../state.ts";
import { samePayment, sameReservation } from "./agreement.ts";
import { named, priceInCabin } from "./flights.ts";
import {
  findReservation,
  foreign,
  isFlown,
  paymentSource,
  readStatuses,
  recordOf,
  reservationCell,
  userId,
} from "./lookups.ts";
import { payableWith, resolvePayment } from "./payment.ts";
import { type ChangeCabin, changeCabinSchema } from "./schema.ts";
import * as slots from "./slots.ts";

const speech = spoken(
  "change_cabin",
  [
    "Please move {reservation} to {cabin} and charge {payment}.",
    "I would rather sit in {cabin} on {reservation}; the difference goes to {payment}.",
    "Concerning {reservation}: everybody should travel in {cabin}. Settle it with {payment}.",
  ],
  { reservation: slots.reservationSlot, cabin: slots.cabinSlot, payment: slots.paymentSlot },
);

function* plan(request: ChangeCabin, view: View, habits: Habits): Planning {
  const owner = userId(view);
  const reservation: Reservation = yield* findReservation(request.reservation, owner);
  const write = {
    name: "update_reservation_flights",
    arguments: { reservation_id: reservation.reservation_id },
  };
  const turnedDown = { restsOn: [recordOf(reservation)], forbids: [write] };
  const refuse = (clause: string) => ({ move: "refuse" as const, clauses: [clause], ...turnedDown });
  if (foreign(reservation, owner) && !habits.overlooks("own_reservations")) return refuse("own_reservations");
  const statuses = yield* readStatuses(reservation);
  if (statuses.some(isFlown) && !habits.overlooks("cabin_flown")) return refuse("cabin_flown");
  if (!payableWith(request.payment) && !habits.overlooks("change_payment")) return refuse("change_payment");
  const payment = yield* resolvePayment(request.payment, owner);
  yield* priceInCabin(reservation.flights, request.cabin);
  const args = {
    ...write.arguments,
    cabin: request.cabin,
    flights: named(reservation.flights),
    payment_id: payment,
  };
  return { move: "offer", calls: [{ name: write.name, arguments: args }] };
}

function cell(request: ChangeCabin, view: View): AxisValues {
  const source = paymentSource(request.payment);
  return {
    ...reservationCell(request.reservation, view),
    pays_with: source === "credit_card" ? "card" : source,
  };
}

/** Moving a whole reservation to another cabin. */
export const changeCabin = defineRequest<ChangeCabin>({
  ...speech,
  summary: "Move every segment of a reservation to another cabin, at today's prices.",
  schema: changeCabinSchema,
  writes: ["update_reservation_flights"],
  next: (request, view, habits) => nextMove(plan(request, view, habits), view),
  objection: (request, call) => {
    if (call.name !== "update_reservation_flights") return "I asked for another cabin";
    if (call.arguments.cabin !== request.cabin) return "the cabin is another one";
    return sameReservation(request.reservation, call) ?? samePayment(request.payment, call);
  },
  smaller: () => [],
  cell,
});
