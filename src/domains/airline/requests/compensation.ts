import type { Call, Habits, View } from "../../domain.ts";
import { spoken, wordsSlot } from "../../phrase.ts";
import { defineRequest, nextMove, type Planning } from "../../planning.ts";
import type { Reservation, User } from "../state.ts";
import {
  findReservation,
  foreign,
  readStatuses,
  readUser,
  recordOf,
  reservationCell,
  userId,
} from "./lookups.ts";
import { type Compensation, compensationSchema } from "./schema.ts";
import { reservationSlot } from "./slots.ts";

const speech = spoken(
  "compensation",
  [
    "I want to be compensated, since a flight of {reservation} {event}.",
    "A flight of {reservation} {event}. What do I get for the trouble?",
    "Since one flight of {reservation} {event}, I am asking for compensation.",
  ],
  {
    reservation: reservationSlot,
    event: wordsSlot({ cancelled: "was cancelled by the airline", delayed: "is delayed" }),
  },
);

/** Dollars for each passenger of a reservation with such a flight. */
export const compensationPerPassenger = { cancelled: 100, delayed: 50 } as const;

const changing = new Set(["update_reservation_flights", "cancel_reservation"]);

/** True if the conversation has changed or cancelled the reservation. */
export function wasChanged(reservation: Reservation, writes: readonly Call[]): boolean {
  return writes.some(
    (call) => changing.has(call.name) && call.arguments.reservation_id === reservation.reservation_id,
  );
}

/** True if membership, cabin or insurance entitle to compensation. */
export function isEntitled(user: User, reservation: Reservation): boolean {
  return user.membership !== "regular" || reservation.insurance === "yes" || reservation.cabin === "business";
}

function* plan(request: Compensation, view: View, habits: Habits): Planning {
  const owner = userId(view);
  const reservation: Reservation = yield* findReservation(request.reservation, owner);
  const forbids = [{ name: "send_certificate", arguments: { user_id: owner } }];
  const refuse = (clause: string, restsOn: readonly string[]) => ({
    move: "refuse" as const,
    clauses: [clause],
    restsOn,
    forbids,
  });
  if (foreign(reservation, owner) && !habits.overlooks("own_reservations")) {
    return refuse("own_reservations", [recordOf(reservation)]);
  }
  const user: User = yield* readUser(owner);
  if (!isEntitled(user, reservation) && !habits.overlooks("compensation_membership")) {
    return refuse("compensation_membership", [recordOf(reservation), `users/${owner}`]);
  }
  const statuses = yield* readStatuses(reservation);
  if (!statuses.includes(request.event) && !habits.overlooks("compensation_facts")) {
    return refuse("compensation_facts", [recordOf(reservation)]);
  }
  const unchanged = request.event === "delayed" && !wasChanged(reservation, view.writes);
  if (unchanged && !habits.overlooks("compensation_delay_needs_change")) {
    return refuse("compensation_delay_needs_change", [recordOf(reservation)]);
  }
  const amount = compensationPerPassenger[request.event] * reservation.passengers.length;
  return { move: "offer", calls: [{ name: "send_certificate", arguments: { user_id: owner, amount } }] };
}

/** A certificate for a cancelled or delayed flight, given only to those who ask and are entitled. */
export const compensation = defineRequest<Compensation>({
  ...speech,
  summary: "Ask for compensation for a cancelled or delayed flight.",
  schema: compensationSchema,
  writes: ["send_certificate"],
  next: (request, view, habits) => nextMove(plan(request, view, habits), view),
  objection: (_, call) => (call.name === "send_certificate" ? null : "I asked for compensation"),
  smaller: () => [],
  cell: (request, view) => ({ ...reservationCell(request.reservation, view), event: request.event }),
});
