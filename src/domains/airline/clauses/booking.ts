import type { Clause } from "../../domain.ts";
import { type Cabin, freeBags, type PaymentMethod } from "../state.ts";
import { allowed, clause, methodsOf, payments, unless, userOf } from "./verdicts.ts";

const section = "book";
const tools = ["book_reservation"];

/** At most so many methods of one source in one booking. */
const atMost =
  (limit: number, source: PaymentMethod["source"], words: string) => (methods: readonly PaymentMethod[]) => {
    const count = methods.filter((method) => method.source === source).length;
    return unless(count <= limit ? null : `${count} ${words} in one booking, ${limit} allowed`);
  };

export const bookingClauses: readonly Clause[] = [
  clause(
    {
      id: "book_passenger_limit",
      section,
      tools,
      text: "One booking carries at most five passengers, all on the same flights and in the same cabin.",
    },
    ({ call }) => {
      const count = (call.arguments.passengers as readonly unknown[]).length;
      return unless(count <= 5 ? null : `${count} passengers in one booking, 5 allowed`);
    },
  ),
  clause(
    {
      id: "book_one_certificate",
      section,
      tools,
      text: "At most one travel certificate pays for a booking; what it is worth beyond its share is lost.",
    },
    (context) => atMost(1, "certificate", "certificates")(methodsOf(context)),
  ),
  clause(
    { id: "book_one_credit_card", section, tools, text: "At most one credit card pays for a booking." },
    (context) => atMost(1, "credit_card", "credit cards")(methodsOf(context)),
  ),
  clause(
    { id: "book_three_gift_cards", section, tools, text: "At most three gift cards pay for a booking." },
    (context) => atMost(3, "gift_card", "gift cards")(methodsOf(context)),
  ),
  clause(
    {
      id: "book_profile_payments",
      section,
      tools,
      text: "Every payment method must already stand in the customer's profile; for safety, no other is accepted. Use the methods up in the order in which the customer names them: each pays as much as it can before the next one pays, and the last pays what is left.",
    },
    (context) => {
      const foreign = payments(context.call).filter(
        ({ payment_id }) => userOf(context)?.payment_methods[payment_id] === undefined,
      );
      return unless(
        foreign.length === 0 ? null : `${foreign[0]?.payment_id} is not in the customer's profile`,
      );
    },
  ),
  clause(
    {
      id: "book_free_bags",
      section,
      tools,
      text: "Each passenger may check bags free of charge by the customer's membership and the cabin (basic economy / economy / business): regular 0 / 1 / 2, silver 1 / 2 / 3, gold 2 / 3 / 4. Every bag beyond that costs $50. Ask how many bags there are and do not add any that nobody asked for.",
    },
    (context) => {
      const user = userOf(context);
      if (user === undefined) return allowed;
      const { cabin, passengers, total_baggages, nonfree_baggages } = context.call.arguments;
      const free = freeBags[user.membership][cabin as Cabin] * (passengers as readonly unknown[]).length;
      const due = Math.max(0, Number(total_baggages) - free);
      return unless(due === nonfree_baggages ? null : `${nonfree_baggages} bag(s) charged, ${due} due`);
    },
  ),
  clause(
    {
      id: "book_insurance_price",
      section,
      tools,
      text: "Travel insurance costs $30 for each passenger and covers a cancellation for health or weather reasons. Offer it, and sell it only to a customer who wants it.",
    },
    ({ call, stated }) => {
      const asked = stated.filter(
        (request) => request.kind === "book" && request.destination === call.arguments.destination,
      );
      if (asked.length === 0 || call.arguments.insurance === "no") return allowed;
      return unless(
        asked.some((request) => request.insurance === true) ? null : "nobody asked for insurance",
      );
    },
  ),
];
