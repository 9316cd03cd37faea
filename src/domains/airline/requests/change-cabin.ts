import type { AxisValues, Habits, View } from "../../domain.ts";
import { spoken } from "../../phrase.ts";
import { defineRequest, nextMove, type Planning } from "../../planning.ts";
import { samePayment, sameReservation } from "./agreement.ts";
import { named, priceInCabin } from "./flights.ts";
import { hold } from "./held.ts";
import { dueSegments, isFlown, paymentSource, readStatuses, reservationCell } from "./lookups.ts";
import { payableWith, resolvePayment } from "./payment.ts";
import { type ChangeCabin, changeCabinSchema } from "./schema.ts";
import * as slots from "./slots.ts";

const speech = spoken(
  "change_cabin",
  [
    "Please move {reservation} to {cabin} and charge {payment}.",
    "I would rather sit in {cabin} on {reservation}; the difference goes to {payment}.",
    "Concerning {reservation}: everybody should travel in {cabin}. Settle it with {payment}.",
    "New cabin for {reservation}: {cabin}. Bill {payment}.",
    "My knees and I have talked it over, and we both want {cabin} on {reservation}. Just put any difference on {payment}, would you?",
    "I hate to reopen something that was settled, but would it be a lot of work to have {reservation} in {cabin} from now on? If that makes a difference in price, {payment} is the one to use.",
  ],
  { reservation: slots.reservationSlot, cabin: slots.cabinSlot, payment: slots.paymentSlot },
);

function* plan(request: ChangeCabin, view: View, habits: Habits): Planning {
  const held = yield* hold(request.reservation, { view, habits, tool: "update_reservation_flights" });
  const { reservation, owner } = held;
  const foreign = held.refusal({});
  if (foreign !== null) return foreign;
  const statuses = yield* readStatuses(dueSegments(reservation));
  const refused = held.refusal({
    cabin_flown: statuses.some(isFlown),
    change_payment: !payableWith(request.payment),
  });
  if (refused !== null) return refused;
  const payment_id = yield* resolvePayment(request.payment, owner);
  yield* priceInCabin(reservation.flights, request.cabin);
  const args = { cabin: request.cabin, flights: named(reservation.flights), payment_id };
  return { move: "offer", calls: [held.write(args)] };
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
  weighs: ["reservation", "profile", "flight_status", "fare"],
  handsOver: false,
  next: (request, view, habits) => nextMove(plan(request, view, habits), view),
  objection: (request, call) => {
    if (call.name !== "update_reservation_flights") return "I asked for another cabin";
    if (call.arguments.cabin !== request.cabin) return "the cabin is another one";
    return sameReservation(request.reservation, call) ?? samePayment(request.payment, call);
  },
  smaller: () => [],
  cell,
});
