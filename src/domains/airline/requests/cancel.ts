import type { AxisValues, Habits, View } from "../../domain.ts";
import { spoken, wordsSlot } from "../../phrase.ts";
import { defineRequest, nextMove, type Planning, peek } from "../../planning.ts";
import { now, type Reservation } from "../state.ts";
import { sameReservation } from "./agreement.ts";
import { hold } from "./held.ts";
import { findReservation, flightRecord, isFlown, readStatuses, reservationCell, userId } from "./lookups.ts";
import { type Cancel, cancelSchema } from "./schema.ts";
import { reservationSlot } from "./slots.ts";

const reasonSlot = wordsSlot({
  change_of_plan: "my plans have changed",
  airline_cancelled: "the airline cancelled the flight",
  health: "I have fallen ill",
  weather: "the weather makes it impossible to travel",
});

const speech = spoken(
  "cancel",
  [
    "Please cancel {reservation}, because {reason}.",
    "I can no longer use {reservation} and want it cancelled; {reason}.",
    "About {reservation}: it has to be cancelled. You should know that {reason}.",
    "Cancel {reservation}. Reason: {reason}.",
    "I feel bad about this, and I did look forward to it, but {reason}, so I have to ask you to cancel {reservation}.",
    "It is one of those weeks in which nothing goes as it should: {reason}. That leaves me with {reservation}, which I would like to have cancelled.",
  ],
  { reservation: reservationSlot, reason: reasonSlot },
);

const dayMs = 86_400_000;

/** True if a reservation was made within the 24 hours before the domain's clock. */
export function isRecent(reservation: Pick<Reservation, "created_at">): boolean {
  return Date.parse(`${now}Z`) - Date.parse(`${reservation.created_at}Z`) <= dayMs;
}

export type Ground = "recent" | "airline_cancelled" | "business" | "insured" | "none";

/** Why a reservation may be cancelled, given its segments' statuses and the reason that the user gave. */
export function cancelGround(
  reservation: Reservation,
  statuses: readonly string[],
  reason: Cancel["reason"],
): Ground {
  if (isRecent(reservation)) return "recent";
  if (statuses.includes("cancelled")) return "airline_cancelled";
  if (reservation.cabin === "business") return "business";
  const covered = reason === "health" || reason === "weather";
  return reservation.insurance === "yes" && covered ? "insured" : "none";
}

function* readGround(request: Cancel, owner: string): Planning<Ground> {
  const reservation: Reservation = yield* findReservation(request.reservation, owner);
  return cancelGround(reservation, yield* readStatuses(reservation.flights), request.reason);
}

function* plan(request: Cancel, view: View, habits: Habits): Planning {
  const held = yield* hold(request.reservation, { view, habits, tool: "cancel_reservation" });
  const { reservation, record } = held;
  const foreign = held.refusal({});
  if (foreign !== null) return foreign;
  const statuses = yield* readStatuses(reservation.flights);
  if (statuses.some(isFlown) && !habits.overlooks("cancel_flown")) {
    return { move: "handover", clauses: ["cancel_flown"], restsOn: [record], forbids: [held.write()] };
  }
  const ground = cancelGround(reservation, statuses, request.reason);
  const flights = request.reason === "airline_cancelled" ? reservation.flights.map(flightRecord) : [];
  return (
    held.refusal({ cancel_eligibility: ground === "none" }, flights) ?? {
      move: "offer",
      calls: [held.write()],
    }
  );
}

function cell(request: Cancel, view: View): AxisValues {
  const ground = peek(readGround(request, userId(view)), view);
  return {
    ...reservationCell(request.reservation, view),
    reason: request.reason,
    ...(ground === undefined ? {} : { ground }),
  };
}

/** Cancelling a whole reservation, with the reason that the policy asks for. */
export const cancel = defineRequest<Cancel>({
  ...speech,
  summary: "Cancel a reservation, for a reason.",
  schema: cancelSchema,
  writes: ["cancel_reservation"],
  weighs: ["reservation", "flight_status"],
  handsOver: true,
  next: (request, view, habits) => nextMove(plan(request, view, habits), view),
  objection: (request, call) =>
    call.name === "cancel_reservation"
      ? sameReservation(request.reservation, call)
      : "I asked for a cancellation",
  smaller: (request) =>
    request.reason === "change_of_plan"
      ? []
      : [{ removes: `the reason "${request.reason}"`, request: { ...request, reason: "change_of_plan" } }],
  cell,
});
