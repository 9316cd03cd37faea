import type { Habits, View } from "../../domain.ts";
import { spoken } from "../../phrase.ts";
import { defineRequest, nextMove, type Planning } from "../../planning.ts";
import type { Reservation } from "../state.ts";
import { findReservation, foreign, recordOf, reservationCell, userId } from "./lookups.ts";
import { type AddInsurance, addInsuranceSchema } from "./schema.ts";
import { reservationSlot } from "./slots.ts";

const speech = spoken(
  "add_insurance",
  [
    "Please put travel insurance on {reservation}.",
    "I forgot to insure {reservation} when I booked; add the insurance now.",
    "As for {reservation}, it should be insured after all.",
  ],
  { reservation: reservationSlot },
);

function* plan(request: AddInsurance, view: View, habits: Habits): Planning {
  const owner = userId(view);
  const reservation: Reservation = yield* findReservation(request.reservation, owner);
  const turnedDown = { restsOn: [recordOf(reservation)], forbids: [] };
  if (foreign(reservation, owner) && !habits.overlooks("own_reservations")) {
    return { move: "refuse", clauses: ["own_reservations"], ...turnedDown };
  }
  const clauses = ["insurance_only_at_booking"];
  if (!habits.overlooks("insurance_only_at_booking")) return { move: "refuse", clauses, ...turnedDown };
  // No tool adds insurance; an agent that overlooks the rule pays the premium out as a certificate instead.
  const amount = 30 * reservation.passengers.length;
  return { move: "offer", calls: [{ name: "send_certificate", arguments: { user_id: owner, amount } }] };
}

/** Insurance on a reservation that is already made, which the policy always refuses. */
export const addInsurance = defineRequest<AddInsurance>({
  ...speech,
  summary: "Add insurance to an existing reservation: always refused.",
  schema: addInsuranceSchema,
  writes: [],
  next: (request, view, habits) => nextMove(plan(request, view, habits), view),
  objection: () => null,
  smaller: () => [],
  cell: (request, view) => reservationCell(request.reservation, view),
});
