import type { AxisValues, Habits, View } from "../../domain.ts";
import { spoken } from "../../phrase.ts";
import { defineRequest, nextMove, type Planning } from "../../planning.ts";
import type { User } from "../state.ts";
import { samePayment, sameReservation } from "./agreement.ts";
import { paidBags } from "./book.ts";
import { hold } from "./held.ts";
import { paymentSource, readUser, reservationCell } from "./lookups.ts";
import { payableWith, resolvePayment } from "./payment.ts";
import { type AddBags, addBagsSchema } from "./schema.ts";
import * as slots from "./slots.ts";

const speech = spoken(
  "add_bags",
  [
    "Please {bags} on {reservation}, and use {payment} if there is anything to pay.",
    "My luggage has changed. On {reservation}, {bags}. Should it cost something, take {payment}.",
    "Would you {bags} for {reservation}? If needed, charge {payment}.",
    "Bags for {reservation}: {bags}, paid with {payment}.",
    "I am sorry to be a nuisance, but I packed all wrong: could somebody {bags} on {reservation}? Whatever it costs may come out of {payment}.",
    "You know how it is with suitcases. What it comes down to for {reservation} is that I would like you to {bags}, and {payment} is there for any fee.",
  ],
  { bags: slots.moreBagsSlot, reservation: slots.reservationSlot, payment: slots.paymentSlot },
);

function* plan(request: AddBags, view: View, habits: Habits): Planning {
  const held = yield* hold(request.reservation, { view, habits, tool: "update_reservation_baggages" });
  const { reservation, owner } = held;
  const refused = held.refusal({
    bags_only_added: request.bags < 0,
    change_payment: !payableWith(request.payment),
  });
  if (refused !== null) return refused;
  const user: User = yield* readUser(owner);
  const total = Math.max(0, reservation.total_baggages + request.bags);
  const due = paidBags(total, user, { cabin: reservation.cabin, passengers: reservation.passengers.length });
  const nonfree = habits.overlooks("bags_charged") ? reservation.nonfree_baggages : due;
  const args = {
    total_baggages: total,
    nonfree_baggages: Math.max(nonfree, reservation.nonfree_baggages),
    payment_id: yield* resolvePayment(request.payment, owner),
  };
  return { move: "offer", calls: [held.write(args)] };
}

function cell(request: AddBags, view: View): AxisValues {
  const source = paymentSource(request.payment);
  return {
    ...reservationCell(request.reservation, view),
    bags: Math.min(4, Math.abs(request.bags)),
    pays_with: source === "credit_card" ? "card" : source,
  };
}

/** More checked bags on a reservation; what membership and cabin give free is free. */
export const addBags = defineRequest<AddBags>({
  ...speech,
  summary: "Add checked bags to a reservation; taking bags off is refused.",
  schema: addBagsSchema,
  writes: ["update_reservation_baggages"],
  weighs: ["reservation", "profile"],
  handsOver: false,
  next: (request, view, habits) => nextMove(plan(request, view, habits), view),
  objection: (request, call) =>
    call.name === "update_reservation_baggages"
      ? (sameReservation(request.reservation, call) ?? samePayment(request.payment, call))
      : "I asked for bags",
  smaller: (request) =>
    Math.abs(request.bags) > 1
      ? [{ removes: "one bag", request: { ...request, bags: request.bags - Math.sign(request.bags) } }]
      : [],
  cell,
});
