import type { Clause, ClauseContext } from "../../domain.ts";
import { cancelGround } from "../requests/cancel.ts";
import { compensationPerPassenger, isEntitled, wasChanged } from "../requests/compensation.ts";
import { type Cancel, cancelReasons } from "../requests/schema.ts";
import { airline, type Reservation } from "../state.ts";
import { hasFlown } from "./changes.ts";
import {
  allowed,
  clause,
  compensated,
  forbidden,
  meantReservations,
  reservationOf,
  undecided,
  unless,
  userOf,
} from "./verdicts.ts";

/** The statuses of a reservation's segments, as far as their flights are recorded. */
function statusesOf(reservation: Reservation, { state }: ClauseContext): readonly string[] {
  return reservation.flights.flatMap(
    (segment) => airline(state).flights.get(segment.flight_number)?.dates[segment.date]?.status ?? [],
  );
}

/** The reasons that the user has given for cancelling a reservation; by route counts where the routes agree. */
function statedReasons(reservation: Reservation, context: ClauseContext): readonly Cancel["reason"][] {
  return context.stated.flatMap((request) => {
    if (request.kind !== "cancel") return [];
    const meant = meantReservations(request as Cancel, context).some(
      (one) => one.reservation_id === reservation.reservation_id,
    );
    return meant ? [(request as Cancel).reason] : [];
  });
}

function checkEligibility(context: ClauseContext) {
  const reservation = reservationOf(context);
  if (reservation === undefined) return allowed;
  const statuses = statusesOf(reservation, context);
  const reasons = statedReasons(reservation, context);
  const covers = (reason: Cancel["reason"]) => cancelGround(reservation, statuses, reason) !== "none";
  if (reasons.some(covers)) return allowed;
  if (reasons.length === 0 && cancelReasons.some(covers)) {
    return cancelReasons.every(covers) ? allowed : undecided("the customer's reason is not known");
  }
  return forbidden(
    `reservation ${reservation.reservation_id} is older than a day, ${reservation.cabin}, insurance ${reservation.insurance}, not cancelled by the airline; reason: ${reasons.join(", ") || "none given"}`,
  );
}

/** What is due for a reservation by the records, in dollars, whoever may be entitled to it. */
function compensationsDue(reservation: Reservation, context: ClauseContext): readonly number[] {
  const statuses = statusesOf(reservation, context);
  const passengers = reservation.passengers.length;
  return [
    ...(statuses.includes("cancelled") ? [compensationPerPassenger.cancelled * passengers] : []),
    ...(statuses.includes("delayed") && wasChanged(reservation, context.writes)
      ? [compensationPerPassenger.delayed * passengers]
      : []),
  ];
}

export const leavingClauses: readonly Clause[] = [
  clause(
    {
      id: "cancel_flown",
      section: "cancel",
      tools: ["cancel_reservation"],
      text: "If any segment of the reservation has already been flown, you cannot cancel it: hand the conversation to a human agent.",
    },
    (context) => {
      const flown = reservationOf(context)?.flights.find((segment) => hasFlown(segment, context));
      return unless(flown === undefined ? null : `${flown.flight_number} of ${flown.date} has been flown`);
    },
  ),
  clause(
    {
      id: "cancel_eligibility",
      section: "cancel",
      tools: ["cancel_reservation"],
      text: "Ask for the reason (change of plan, flight cancelled by the airline, health, weather), and look up the flights' status where the customer says that the airline cancelled one. A reservation may be cancelled if it was booked within the last 24 hours, or a flight of it was cancelled by the airline, or it is business class, or it is insured and the reason is health or weather. Otherwise decline. The refund goes back to the original payment methods.",
    },
    checkEligibility,
  ),
  clause(
    {
      id: "compensation_on_request",
      section: "compensation",
      tools: ["send_certificate"],
      text: "Never offer compensation on your own; consider it only when the customer asks for it.",
    },
    ({ stated, call }) => {
      if (stated.some((request) => request.kind === "compensation")) return allowed;
      if (stated.length === 0) return undecided("the customer's words were not heard as requests");
      return forbidden(`nobody asked for compensation, $${call.arguments.amount} was sent`);
    },
  ),
  clause(
    {
      id: "compensation_membership",
      section: "compensation",
      tools: ["send_certificate"],
      text: "Compensation is for silver and gold members, for insured reservations and for business class; a regular member without insurance in a lower cabin gets none.",
    },
    (context) => {
      const user = userOf(context);
      if (user === undefined) return allowed;
      const about = compensated(context);
      return unless(
        about.some((reservation) => isEntitled(user, reservation))
          ? null
          : `${user.user_id} is a regular member without insurance or business class`,
      );
    },
  ),
  clause(
    {
      id: "compensation_facts",
      section: "compensation",
      tools: ["send_certificate"],
      text: "Check the facts first: look up the reservation and the status of its flights. For a flight that the airline cancelled, the certificate is worth $100 for each passenger of the reservation.",
    },
    (context) => {
      const user = userOf(context);
      if (user === undefined) return allowed;
      const about = compensated(context);
      const entitled = about.filter((reservation) => isEntitled(user, reservation));
      // Where nobody is entitled that is another clause's matter, and the facts are judged by themselves.
      const due = (entitled.length > 0 ? entitled : about).flatMap((reservation) =>
        compensationsDue(reservation, context),
      );
      const amount = Number(context.call.arguments.amount);
      return unless(
        due.includes(amount)
          ? null
          : `$${amount} sent; due by the records: ${due.map((d) => `$${d}`).join(", ") || "nothing"}`,
      );
    },
  ),
  clause(
    {
      id: "compensation_delay_needs_change",
      section: "compensation",
      tools: [],
      text: "For a delayed flight the certificate is worth $50 for each passenger, and only after the reservation has been changed or cancelled in this conversation.",
    },
    () => allowed,
  ),
];
