import { canonical } from "../../../core/json.ts";
import type { AxisValues, Call, Habits, Move, View } from "../../domain.ts";
import { ToolError } from "../../domain.ts";
import { spoken } from "../../phrase.ts";
import type { Planning } from "../../planning.ts";
import { defineRequest, nextMove } from "../../planning.ts";
import { bagPrice, freeBags, insurancePrice, type PaymentMethod, type User } from "../state.ts";
import { chooseWay, named } from "./flights.ts";
import { membershipCell, paymentOf, paymentSource, readUser, userId } from "./lookups.ts";
import { type Book, bookSchema } from "./schema.ts";
import * as slots from "./slots.ts";

const slotsOfBook = {
  origin: slots.airportSlot,
  destination: slots.airportSlot,
  date: slots.dateSlot,
  return_date: slots.returnSlot,
  stops: slots.stopsSlot,
  rule: slots.ruleSlot,
  cabin: slots.cabinSlot,
  passengers: slots.peopleSlot,
  bags: slots.bagsSlot,
  insurance: slots.insuranceSlot,
  payments: slots.paymentsSlot,
};

const speech = spoken(
  "book",
  [
    "I would like to book a trip from {origin} to {destination} on {date}, {return_date}, {stops}, in {cabin}. Please take {rule}. The travellers are {passengers}, with {bags} in all and {insurance}. I pay with {payments}.",
    "Could you get {passengers} from {origin} to {destination}? We leave on {date}, {return_date}, in {cabin}, {stops}; of what there is we want {rule}. We need {bags} and {insurance}, and the bill goes to {payments}.",
    "There is a trip to arrange: {origin} to {destination}, {date}, {return_date}. Who flies: {passengers}. How: {cabin}, {stops}, namely {rule}. Extras: {bags}, {insurance}. Payment: {payments}.",
    "New booking. {origin} to {destination}, {date}, {return_date}. Cabin: {cabin}, {stops}, {rule}. Passengers: {passengers}. Luggage: {bags}. Cover: {insurance}. Paid with {payments}.",
    "We have been talking about this trip for ages, and today I am finally doing it: {passengers} would love to fly from {origin} to {destination} on {date}, {return_date}, and we see ourselves in {cabin}, {stops}. If there is a choice, give us {rule}. We bring {bags}, we want {insurance}, and {payments} will cover it.",
    "Forgive me if I tell this the wrong way round. The money comes from {payments}. For it I hope to get {rule} from {origin} to {destination}, {stops}, in {cabin}, leaving on {date}, {return_date}. On board should be {passengers}, with {bags} between us; as for cover, {insurance}.",
  ],
  slotsOfBook,
);

/** The clauses on passengers and payments that a booking as asked for would break. */
function brokenClauses(request: Book, methods: readonly (PaymentMethod | null)[]): readonly string[] {
  const count = (source: PaymentMethod["source"]) =>
    methods.filter((method) => method?.source === source).length;
  return [
    ...(request.passengers.length > 5 ? ["book_passenger_limit"] : []),
    ...(methods.includes(null) ? ["book_profile_payments"] : []),
    ...(count("certificate") > 1 ? ["book_one_certificate"] : []),
    ...(count("credit_card") > 1 ? ["book_one_credit_card"] : []),
    ...(count("gift_card") > 3 ? ["book_three_gift_cards"] : []),
  ];
}

/** Splits a total over payment methods in order: each gives what it has, cards share what is left. */
export function splitPayment(
  total: number,
  methods: readonly PaymentMethod[],
): readonly { payment_id: string; amount: number }[] {
  let left = total;
  let cards = methods.filter((method) => method.source === "credit_card").length;
  const parts = methods.map((method) => {
    const amount =
      method.source === "credit_card" ? Math.ceil(left / cards--) : Math.min(left, Math.floor(method.amount));
    left -= amount;
    return { payment_id: method.id, amount };
  });
  if (left > 0) throw new ToolError(`The payment methods named leave $${left} unpaid.`);
  return parts.filter((part) => part.amount > 0);
}

/** A method that the profile does not show, for an agent that overlooks that: a card that pays whatever is left. */
function takenOnTrust(ref: Book["payments"][number] | undefined): PaymentMethod {
  const id = ref !== undefined && "id" in ref ? ref.id : "";
  return { source: "credit_card", id, brand: "", last_four: "" };
}

/** The checked bags that must be paid for. */
export function paidBags(
  bags: number,
  user: User,
  of: { readonly cabin: Book["cabin"]; readonly passengers: number },
): number {
  return Math.max(0, bags - freeBags[user.membership][of.cabin] * of.passengers);
}

function* plan(request: Book, view: View, habits: Habits): Planning {
  const user: User = yield* readUser(userId(view));
  const methods = request.payments.map((ref) => paymentOf(ref, user));
  const broken = brokenClauses(request, methods).filter((clause) => !habits.overlooks(clause));
  if (broken.length > 0) return refusal(request, user, broken);
  const seats = request.passengers.length;
  const wanted = { ...request, seats };
  const there = yield* chooseWay(wanted, habits);
  const back =
    request.return_date === null
      ? { segments: [], price: 0 }
      : yield* chooseWay(
          { ...wanted, origin: request.destination, destination: request.origin, date: request.return_date },
          habits,
        );
  const nonfree = habits.overlooks("book_free_bags")
    ? 0
    : paidBags(request.bags, user, { cabin: request.cabin, passengers: seats });
  const total =
    (there.price + back.price + (request.insurance ? insurancePrice : 0)) * seats + bagPrice * nonfree;
  const paying = methods.map((method, i) => method ?? takenOnTrust(request.payments[i]));
  const call: Call = {
    name: "book_reservation",
    arguments: {
      user_id: user.user_id,
      origin: request.origin,
      destination: request.destination,
      flight_type: request.return_date === null ? "one_way" : "round_trip",
      cabin: request.cabin,
      flights: named([...there.segments, ...back.segments]),
      passengers: request.passengers,
      payment_methods: splitPayment(total, paying),
      total_baggages: request.bags,
      nonfree_baggages: nonfree,
      insurance: request.insurance ? "yes" : "no",
    },
  };
  return { move: "offer", calls: [call] };
}

function refusal(request: Book, user: User, clauses: readonly string[]): Move {
  const { origin, destination, passengers } = request;
  const forbids = [
    { name: "book_reservation", arguments: { user_id: user.user_id, origin, destination, passengers } },
  ];
  return { move: "refuse", clauses, restsOn: [`users/${user.user_id}`], forbids };
}

function cell(request: Book, view: View): AxisValues {
  const sources = new Set(request.payments.map(paymentSource));
  const byId = request.payments.every((ref) => "id" in ref);
  return {
    trip: request.return_date === null ? "one_way" : "round_trip",
    rule: request.rule.by,
    stops: request.stops,
    cabin: request.cabin,
    passengers: Math.min(5, request.passengers.length),
    bags: Math.min(4, request.bags),
    insurance: request.insurance ? "yes" : "no",
    payments: Math.min(3, request.payments.length),
    pays_with:
      sources.size > 1 ? "mixed" : [...sources][0] === "credit_card" ? "card" : ([...sources][0] ?? "card"),
    reference: byId ? "id" : "described",
    ...membershipCell(view),
  };
}

function objection(request: Book, call: Call): string | null {
  const { arguments: args } = call;
  if (call.name !== "book_reservation") return "I asked for a booking";
  if (args.origin !== request.origin || args.destination !== request.destination)
    return "the route is another one";
  if (args.cabin !== request.cabin) return "the cabin is another one";
  if (canonical(args.passengers) !== canonical(request.passengers)) return "the passengers are others";
  if (args.total_baggages !== request.bags) return "the number of bags is another one";
  if (args.insurance !== (request.insurance ? "yes" : "no")) return "the insurance is not as I said";
  return null;
}

function* smaller(request: Book): Generator<{ removes: string; request: Book }> {
  if (request.passengers.length > 1)
    yield { removes: "one passenger", request: { ...request, passengers: request.passengers.slice(0, -1) } };
  if (request.return_date !== null)
    yield { removes: "the way back", request: { ...request, return_date: null } };
  if (request.bags > 0) yield { removes: "one checked bag", request: { ...request, bags: request.bags - 1 } };
  if (request.insurance) yield { removes: "the insurance", request: { ...request, insurance: false } };
  for (const [i] of request.payments.entries()) {
    if (request.payments.length > 1)
      yield {
        removes: `payment method ${i + 1}`,
        request: { ...request, payments: request.payments.filter((_, j) => j !== i) },
      };
  }
  if (request.stops === "one_stop")
    yield { removes: "the stop on the way", request: { ...request, stops: "direct" } };
  if (request.cabin !== "economy")
    yield { removes: "the cabin other than economy", request: { ...request, cabin: "economy" } };
  if (request.rule.by !== "cheapest")
    yield { removes: `the rule "${request.rule.by}"`, request: { ...request, rule: { by: "cheapest" } } };
}

/** Booking a trip by a rule of selection. */
export const book = defineRequest<Book>({
  ...speech,
  summary: "Book a trip: which flight is wanted follows from a rule, the payment from methods in order.",
  schema: bookSchema,
  writes: ["book_reservation"],
  weighs: ["profile", "fare"],
  handsOver: false,
  next: (request, view, habits) => nextMove(plan(request, view, habits), view),
  objection,
  smaller: (request) => [...smaller(request)],
  cell,
});
