import type { Clause, ClauseContext } from "../../domain.ts";
import { airline, freeBags, type Segment, today } from "../state.ts";
import { allowed, clause, reservationOf, unless, userOf } from "./verdicts.ts";

const section = "change";

/** Whether a segment has left: by its flight's status that day, or by the calendar where none is recorded. */
export function hasFlown(
  segment: Pick<Segment, "flight_number" | "date">,
  context: Pick<ClauseContext, "state">,
): boolean {
  const day = airline(context.state).flights.get(segment.flight_number)?.dates[segment.date];
  if (day === undefined) return segment.date < today;
  return day.status === "landed" || day.status === "flying";
}

type Named = readonly { readonly flight_number: string; readonly date: string }[];

function sameFlights(context: ClauseContext): boolean {
  const before = reservationOf(context)?.flights ?? [];
  const after = context.call.arguments.flights as unknown as Named;
  return (
    before.length === after.length &&
    before.every(
      (segment, i) => segment.flight_number === after[i]?.flight_number && segment.date === after[i]?.date,
    )
  );
}

/** The airports that a list of flights passes, in order; null where a flight is unknown or does not connect. */
function route(flights: Named, context: ClauseContext): readonly string[] | null {
  const passed: string[] = [];
  for (const { flight_number } of flights) {
    const flight = airline(context.state).flights.get(flight_number);
    if (flight === undefined) return null;
    if (passed.length > 0 && passed.at(-1) !== flight.origin) return null;
    if (passed.length === 0) passed.push(flight.origin);
    passed.push(flight.destination);
  }
  return passed;
}

export const changeClauses: readonly Clause[] = [
  clause(
    {
      id: "change_basic_economy",
      section,
      tools: ["update_reservation_flights"],
      text: "The flights of a basic economy reservation cannot be changed. Its cabin, its passengers and its bags can, as below.",
    },
    (context) => {
      const reservation = reservationOf(context);
      if (reservation?.cabin !== "basic_economy" || sameFlights(context)) return allowed;
      return unless(`reservation ${reservation.reservation_id} is basic economy`);
    },
  ),
  clause(
    {
      id: "change_route_fixed",
      section,
      tools: ["update_reservation_flights"],
      text: "A change keeps the origin, the destination and the kind of trip (one way or round trip).",
    },
    (context) => {
      const reservation = reservationOf(context);
      if (reservation === undefined) return allowed;
      const passed = route(context.call.arguments.flights as unknown as Named, context);
      const { origin, destination, flight_type } = reservation;
      const end = flight_type === "round_trip" ? origin : destination;
      const kept = passed?.[0] === origin && passed.at(-1) === end && passed.includes(destination);
      return unless(
        kept ? null : `the new flights do not lead from ${origin} to ${destination} as a ${flight_type}`,
      );
    },
  ),
  clause(
    {
      id: "change_payment",
      section,
      tools: ["update_reservation_flights", "update_reservation_baggages"],
      text: "A change is paid or refunded with one credit card or one gift card from the profile, never with a certificate.",
    },
    ({ call }) =>
      unless(
        String(call.arguments.payment_id).startsWith("certificate")
          ? "a certificate was to pay for a change"
          : null,
      ),
  ),
  clause(
    {
      id: "cabin_flown",
      section,
      tools: ["update_reservation_flights"],
      text: "A cabin change covers every segment and every passenger, at today's prices, and is open to basic economy too; once any segment has been flown it is no longer possible.",
    },
    (context) => {
      const reservation = reservationOf(context);
      if (reservation === undefined || context.call.arguments.cabin === reservation.cabin) return allowed;
      const flown = reservation.flights.find((segment) => hasFlown(segment, context));
      return unless(flown === undefined ? null : `${flown.flight_number} of ${flown.date} has been flown`);
    },
  ),
  clause(
    {
      id: "bags_only_added",
      section,
      tools: ["update_reservation_baggages"],
      text: "Checked bags can be added to a reservation but not taken off.",
    },
    (context) => {
      const before = reservationOf(context)?.total_baggages ?? 0;
      const after = Number(context.call.arguments.total_baggages);
      return unless(after >= before ? null : `${before} bags before, ${after} after`);
    },
  ),
  clause(
    {
      id: "bags_charged",
      section,
      tools: ["update_reservation_baggages"],
      text: "Added bags are free up to the same allowance as in a booking and cost $50 each beyond it.",
    },
    (context) => {
      const reservation = reservationOf(context);
      const user = userOf(context);
      if (reservation === undefined || user === undefined) return allowed;
      const free = freeBags[user.membership][reservation.cabin] * reservation.passengers.length;
      const due = Math.max(
        reservation.nonfree_baggages,
        Number(context.call.arguments.total_baggages) - free,
        0,
      );
      const charged = Number(context.call.arguments.nonfree_baggages);
      return unless(charged === due ? null : `${charged} bag(s) charged, ${due} due`);
    },
  ),
  clause(
    {
      id: "insurance_only_at_booking",
      section,
      tools: [],
      text: "Insurance can be bought only together with the booking, not later.",
    },
    () => allowed,
  ),
  clause(
    {
      id: "passengers_count_fixed",
      section,
      tools: ["update_reservation_passengers"],
      text: "Passengers can be replaced by others, but their number cannot change, not even by a human agent.",
    },
    (context) => {
      const before = reservationOf(context)?.passengers.length ?? 0;
      const after = (context.call.arguments.passengers as readonly unknown[]).length;
      return unless(before === after ? null : `${before} passengers before, ${after} after`);
    },
  ),
];
