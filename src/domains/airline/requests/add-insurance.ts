import type { Habits, View } from "../../domain.ts";
import { spoken } from "../../phrase.ts";
import { defineRequest, nextMove, type Planning } from "../../planning.ts";
import { insurancePrice } from "../state.ts";
import { hold } from "./held.ts";
import { reservationCell } from "./lookups.ts";
import { type AddInsurance, addInsuranceSchema } from "./schema.ts";
import { reservationSlot } from "./slots.ts";

const speech = spoken(
  "add_insurance",
  [
    "Please put travel insurance on {reservation}.",
    "I forgot to insure {reservation} when I booked; add the insurance now.",
    "As for {reservation}, it should be insured after all.",
    "Insurance for {reservation}, please.",
    "Silly of me, I know, but {reservation} went through without any cover; could you still insure it?",
    "I have been reading about all that can go wrong on the way, and now I will not sleep well until {reservation} has travel insurance.",
  ],
  { reservation: reservationSlot },
);

function* plan(request: AddInsurance, view: View, habits: Habits): Planning {
  const held = yield* hold(request.reservation, { view, habits, tool: "send_certificate", forbids: [] });
  const refused = held.refusal({ insurance_only_at_booking: true });
  if (refused !== null) return refused;
  // No tool adds insurance; an agent that overlooks the rule pays the premium out as a certificate instead.
  const amount = insurancePrice * held.reservation.passengers.length;
  return { move: "offer", calls: [{ name: "send_certificate", arguments: { user_id: held.owner, amount } }] };
}

/** Insurance on a reservation that is already made, which the policy always refuses. */
export const addInsurance = defineRequest<AddInsurance>({
  ...speech,
  summary: "Add insurance to an existing reservation: always refused.",
  schema: addInsuranceSchema,
  writes: [],
  weighs: ["reservation"],
  handsOver: false,
  next: (request, view, habits) => nextMove(plan(request, view, habits), view),
  objection: () => null,
  smaller: () => [],
  cell: (request, view) => reservationCell(request.reservation, view),
});
