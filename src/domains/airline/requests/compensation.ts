import type { Call, Habits, View } from "../../domain.ts";
import { spoken, wordsSlot } from "../../phrase.ts";
import { defineRequest, nextMove, type Planning } from "../../planning.ts";
import type { Reservation, User } from "../state.ts";
import { hold } from "./held.ts";
import { flightRecord, readStatuses, readUser, reservationCell, userId } from "./lookups.ts";
import { type Compensation, compensationSchema } from "./schema.ts";
import { reservationSlot } from "./slots.ts";

const speech = spoken(
  "compensation",
  [
    "I want to be compensated, since a flight of {reservation} {event}.",
    "A flight of {reservation} {event}. What do I get for the trouble?",
    "Since one flight of {reservation} {event}, I am asking for compensation.",
    "Compensation, please: one flight of {reservation} {event}.",
    "I was rather looking forward to {reservation}, and now I hear that one of its flights {event}. Surely there is something that you can give me for that?",
    "I do not like to complain, and I know that it is no fault of yours, but as things stand a flight of {reservation} {event}, and I think that some compensation would be fair.",
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
  const forbids = [{ name: "send_certificate", arguments: { user_id: userId(view) } }];
  const held = yield* hold(request.reservation, { view, habits, tool: "send_certificate", forbids });
  const { reservation, owner } = held;
  const foreign = held.refusal({});
  if (foreign !== null) return foreign;
  const user: User = yield* readUser(owner);
  const unentitled = held.refusal({ compensation_membership: !isEntitled(user, reservation) }, [
    `users/${owner}`,
  ]);
  if (unentitled !== null) return unentitled;
  const statuses = yield* readStatuses(reservation.flights);
  const refused = held.refusal(
    {
      compensation_facts: !statuses.includes(request.event),
      compensation_delay_needs_change: request.event === "delayed" && !wasChanged(reservation, view.writes),
    },
    reservation.flights.map(flightRecord),
  );
  if (refused !== null) return refused;
  const amount = compensationPerPassenger[request.event] * reservation.passengers.length;
  return { move: "offer", calls: [{ name: "send_certificate", arguments: { user_id: owner, amount } }] };
}

/** A certificate for a cancelled or delayed flight, given only to those who ask and are entitled. */
export const compensation = defineRequest<Compensation>({
  ...speech,
  summary: "Ask for compensation for a cancelled or delayed flight.",
  schema: compensationSchema,
  writes: ["send_certificate"],
  weighs: ["reservation", "profile", "flight_status"],
  handsOver: false,
  next: (request, view, habits) => nextMove(plan(request, view, habits), view),
  objection: (_, call) => (call.name === "send_certificate" ? null : "I asked for compensation"),
  smaller: () => [],
  cell: (request, view) => ({ ...reservationCell(request.reservation, view), event: request.event }),
});
