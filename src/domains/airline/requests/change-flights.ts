import type { AxisValues, Habits, View } from "../../domain.ts";
import { slot, spoken, wordsSlot } from "../../phrase.ts";
import { defineRequest, nextMove, type Planning, peek } from "../../planning.ts";
import type { Reservation, Segment } from "../state.ts";
import { samePayment, sameReservation } from "./agreement.ts";
import { chooseWay, named } from "./flights.ts";
import { hold } from "./held.ts";
import { findReservation, paymentSource, reservationCell, userId } from "./lookups.ts";
import { payableWith, resolvePayment } from "./payment.ts";
import { type ChangeFlights, changeFlightsSchema } from "./schema.ts";
import * as slots from "./slots.ts";

const destinationSlot = slot<string | null>(
  "(?:the same places as now|a flight to [A-Z]{3} instead)",
  (to) => (to === null ? "the same places as now" : `a flight to ${to} instead`),
  (text) => /to ([A-Z]{3}) instead/.exec(text)?.[1] ?? null,
);

const speech = spoken(
  "change_flights",
  [
    "I need to move {leg} of {reservation} to {date}, {stops}, with {destination}. Please take {rule} and settle the difference with {payment}.",
    "For {reservation}, {leg} no longer suits me: it should be on {date}, {stops}, with {destination}, and of those {rule}. Any difference goes to {payment}.",
    "On {date} I want to fly {leg} of {reservation}, {stops}, with {destination}, and I want {rule}. Use {payment} for the difference.",
    "Flight change on {reservation}: {leg}, new date {date}, {stops}, {destination}, {rule}. Difference by {payment}.",
    "I am terribly sorry, I mixed up my own calendar. Could {leg} of {reservation} be put on {date}, with {destination}? I would travel {stops}, and given the choice I would have {rule}. Please let {payment} take care of the difference.",
    "So here is the thing about {reservation}. First one appointment was moved, then another, and now {date} is the day on which {leg} has to be, {stops}, with {destination}. What I am after is {rule}, and {payment} can settle what that adds or gives back.",
  ],
  {
    leg: wordsSlot({ outbound: "the way out", return: "the way back" }),
    reservation: slots.reservationSlot,
    date: slots.dateSlot,
    stops: slots.stopsSlot,
    destination: destinationSlot,
    rule: slots.ruleSlot,
    payment: slots.paymentSlot,
  },
);

/** A reservation's segments by leg: the way out ends where its destination is reached. */
export function legsOf(reservation: Pick<Reservation, "flights" | "destination" | "flight_type">): {
  readonly outbound: readonly Segment[];
  readonly return: readonly Segment[];
} {
  const { flights, destination, flight_type } = reservation;
  if (flight_type === "one_way") return { outbound: flights, return: [] };
  const turn = flights.findIndex((segment) => segment.destination === destination) + 1;
  return { outbound: flights.slice(0, turn), return: flights.slice(turn) };
}

function* plan(request: ChangeFlights, view: View, habits: Habits): Planning {
  const held = yield* hold(request.reservation, { view, habits, tool: "update_reservation_flights" });
  const { reservation, owner } = held;
  const refused = held.refusal({
    change_basic_economy: reservation.cabin === "basic_economy",
    change_route_fixed: request.destination !== null,
    change_payment: !payableWith(request.payment),
  });
  if (refused !== null) return refused;
  const payment_id = yield* resolvePayment(request.payment, owner);
  const legs = legsOf(reservation);
  const outward = request.leg === "outbound";
  const from = outward ? reservation.origin : reservation.destination;
  const to = outward ? reservation.destination : reservation.origin;
  const way = yield* chooseWay(
    {
      ...request,
      origin: from,
      destination: request.destination ?? to,
      cabin: reservation.cabin,
      seats: reservation.passengers.length,
    },
    habits,
  );
  const flights = outward ? [...way.segments, ...legs.return] : [...legs.outbound, ...way.segments];
  const { cabin } = reservation;
  return { move: "offer", calls: [held.write({ cabin, flights: named(flights), payment_id })] };
}

function cell(request: ChangeFlights, view: View): AxisValues {
  const reservation = peek(findReservation(request.reservation, userId(view)), view);
  return {
    ...reservationCell(request.reservation, view),
    rule: request.rule.by,
    stops: request.stops,
    pays_with: paymentSource(request.payment) === "credit_card" ? "card" : paymentSource(request.payment),
    ...(reservation === undefined ? {} : { trip: reservation.flight_type }),
  };
}

function* smaller(request: ChangeFlights): Generator<{ removes: string; request: ChangeFlights }> {
  if (request.stops === "one_stop")
    yield { removes: "the stop on the way", request: { ...request, stops: "direct" } };
  if (request.rule.by !== "cheapest") {
    yield { removes: `the rule "${request.rule.by}"`, request: { ...request, rule: { by: "cheapest" } } };
  }
}

/** Moving one leg of a trip to another date, the new flight chosen by a rule. */
export const changeFlights = defineRequest<ChangeFlights>({
  ...speech,
  summary: "Move one leg of a reservation to another date; the new flight follows from a rule.",
  schema: changeFlightsSchema,
  writes: ["update_reservation_flights"],
  weighs: ["reservation", "profile", "fare"],
  handsOver: false,
  next: (request, view, habits) => nextMove(plan(request, view, habits), view),
  objection: (request, call) =>
    call.name === "update_reservation_flights"
      ? (sameReservation(request.reservation, call) ?? samePayment(request.payment, call))
      : "I asked for other flights",
  smaller: (request) => [...smaller(request)],
  cell,
});
