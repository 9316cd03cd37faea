import { z } from "zod";
import type { Call, State, Tool } from "../domain.ts";
import { ToolError } from "../domain.ts";
import { refers } from "../reference.ts";
import { defineTool } from "../tool.ts";
import { reservationAnswer } from "./answers.ts";
import { book } from "./book.ts";
import {
  flightDateOf,
  flightOf,
  paymentMethodOf,
  reservationOf,
  shownReservation,
  userOf,
  withTables,
} from "./records.ts";
import {
  airline,
  bagPrice,
  type Cabin,
  cabins,
  type PaymentMethod,
  type Reservation,
  type Segment,
  type User,
} from "./state.ts";

const userId = refers(z.string(), "user_id");
const paymentId = refers(z.string(), "payment_id");
const airport = refers(z.string(), "airport");
const reservationId = refers(z.string(), "reservation_id").describe(
  "The reservation's id, six letters or digits",
);
const cabin = refers(z.enum(cabins), "cabin").describe("Cabin for all flights and passengers");

/** A journey made of the flights that a search found; a change of one may keep flights that are booked. */
const flights = (kept: { readonly numbers: readonly string[]; readonly dates: readonly string[] }) =>
  z
    .array(
      z.strictObject({
        flight_number: refers(z.string(), "flight_number", ...kept.numbers).describe(
          "The flight's number, such as HAT123",
        ),
        date: refers(z.string(), "flight_date", ...kept.dates).describe("Day of departure, YYYY-MM-DD"),
      }),
    )
    .describe("Every flight of the journey in order, return included");

const person = z.strictObject({
  first_name: z.string().describe("First name"),
  last_name: z.string().describe("Last name"),
  dob: z.string().describe("Date of birth, YYYY-MM-DD"),
});
const passengers = z.array(refers(person, "passenger")).describe("Every passenger");
const bags = z.number().int().nonnegative();

function showsReservation(_: unknown, result: unknown): readonly string[] {
  return [`reservations/${(result as Reservation).reservation_id}`];
}

function echoesReservation(_: unknown, result: unknown): readonly Call[] {
  const id = (result as Reservation).reservation_id;
  return [{ name: "get_reservation_details", arguments: { reservation_id: id } }];
}

const onReservation = {
  effect: "write",
  output: reservationAnswer,
  shows: showsReservation,
  echoes: echoesReservation,
} as const;

/** The state with a changed reservation, and the answer that shows it. */
function replaced(state: State, next: Reservation, users?: { readonly user: User }) {
  const { reservations, users: everyone } = airline(state);
  const changed = withTables(state, {
    reservations: reservations.set(next.reservation_id, next),
    ...(users === undefined ? {} : { users: everyone.set(users.user.user_id, users.user) }),
  });
  return { state: changed, result: shownReservation(next) };
}

const bookReservation = defineTool({
  name: "book_reservation",
  ...onReservation,
  description: "Book a journey for a user. The payments must add up to the exact price.",
  input: z.strictObject({
    user_id: userId.describe("Id of the user who books"),
    origin: airport.describe("Airport code where the journey starts"),
    destination: airport.describe("Airport code where the journey goes"),
    flight_type: z.enum(["round_trip", "one_way"]).describe("Whether it comes back"),
    cabin,
    flights: flights({ numbers: [], dates: [] }),
    passengers,
    payment_methods: z
      .array(
        z.strictObject({
          payment_id: paymentId.describe("Id of a payment method of the user's profile"),
          amount: z.number().int().describe("Dollars paid with it"),
        }),
      )
      .describe("How the price is split"),
    total_baggages: bags.describe("Checked bags in all"),
    nonfree_baggages: bags.describe("Checked bags that are paid for"),
    insurance: z.enum(["yes", "no"]).describe("Whether travel insurance is bought"),
  }),
  run: book,
});

const cancelReservation = defineTool({
  name: "cancel_reservation",
  ...onReservation,
  description: "Cancel a whole reservation and refund every payment to where it came from.",
  input: z.strictObject({ reservation_id: reservationId }),
  run: (state, { reservation_id }) => {
    const record = reservationOf(state, reservation_id);
    const refunds = record.payment_history.map(({ payment_id, amount }) => ({ payment_id, amount: -amount }));
    return replaced(state, {
      ...record,
      payment_history: [...record.payment_history, ...refunds],
      status: "cancelled",
    });
  },
});

interface Charge {
  readonly record: Reservation;
  readonly paymentId: string;
  /** Dollars; negative for a refund. */
  readonly amount: number;
}

/** Charges a change of a reservation: its new payments, and the user if a gift card's balance moved. */
function charge(state: State, { record, paymentId, amount }: Charge) {
  const user = userOf(state, record.user_id);
  const method = paymentMethodOf(user, paymentId);
  if (method.source === "certificate") {
    throw new ToolError("A certificate cannot pay for a change: choose a credit card or a gift card.");
  }
  if (method.source === "gift_card" && method.amount < amount) {
    throw new ToolError(`Gift card ${paymentId} has $${method.amount}, and $${amount} are due.`);
  }
  const entry = { payment_id: paymentId, amount };
  return {
    payment_history: amount === 0 ? record.payment_history : [...record.payment_history, entry],
    users: method.source === "gift_card" ? { user: withBalance(user, method, amount) } : undefined,
  };
}

function withBalance(user: User, card: PaymentMethod & { source: "gift_card" }, spent: number): User {
  const changed = { ...card, amount: card.amount - spent };
  return { ...user, payment_methods: { ...user.payment_methods, [card.id]: changed } };
}

const updateReservationBaggages = defineTool({
  name: "update_reservation_baggages",
  ...onReservation,
  description: "Set a reservation's number of checked bags; newly paid bags are charged.",
  input: z.strictObject({
    reservation_id: reservationId,
    total_baggages: bags.describe("Checked bags in all, after the change"),
    nonfree_baggages: bags.describe("Checked bags that are paid for, after the change"),
    payment_id: paymentId.describe("Id of the payment method charged"),
  }),
  run: (state, { reservation_id, total_baggages, nonfree_baggages, payment_id }) => {
    const record = reservationOf(state, reservation_id);
    const amount = bagPrice * Math.max(0, nonfree_baggages - record.nonfree_baggages);
    const { payment_history, users } = charge(state, { record, paymentId: payment_id, amount });
    return replaced(state, { ...record, total_baggages, nonfree_baggages, payment_history }, users);
  },
});

interface NewSegment {
  readonly record: Reservation;
  readonly cabin: Cabin;
  readonly flight_number: string;
  readonly date: string;
}

/** A segment after a change: one that stays keeps the price it was bought for, any other takes today's price. */
function segmentAfter(state: State, { record, cabin, flight_number, date }: NewSegment): Segment {
  const kept = record.flights.find(
    (flight) => flight.flight_number === flight_number && flight.date === date,
  );
  if (kept !== undefined && cabin === record.cabin) return kept;
  const flight = flightOf(state, flight_number);
  const day = flightDateOf(flight, date);
  if (day.status !== "available") {
    throw new ToolError(`Flight ${flight_number} cannot be booked on ${date}: it is ${day.status}.`);
  }
  if (day.available_seats[cabin] < record.passengers.length) {
    throw new ToolError(
      `Flight ${flight_number} on ${date} has ${day.available_seats[cabin]} seats left in ${cabin}.`,
    );
  }
  const { origin, destination } = flight;
  return { flight_number, origin, destination, date, price: day.prices[cabin] };
}

const updateReservationFlights = defineTool({
  name: "update_reservation_flights",
  ...onReservation,
  description:
    "Change a reservation's flights or its cabin. Name every flight, also those that stay; the difference in price is charged or refunded.",
  input: z.strictObject({
    reservation_id: reservationId,
    cabin,
    flights: flights({ numbers: ["booked_flight"], dates: ["booked_date"] }),
    payment_id: paymentId.describe("Id of the payment method charged or refunded"),
  }),
  run: (state, { reservation_id, cabin, flights, payment_id }) => {
    const record = reservationOf(state, reservation_id);
    const segments = flights.map((flight) => segmentAfter(state, { record, cabin, ...flight }));
    const price = (list: readonly Segment[]) => list.reduce((sum, segment) => sum + segment.price, 0);
    const amount = (price(segments) - price(record.flights)) * record.passengers.length;
    const { payment_history, users } = charge(state, { record, paymentId: payment_id, amount });
    return replaced(state, { ...record, flights: segments, cabin, payment_history }, users);
  },
});

const updateReservationPassengers = defineTool({
  name: "update_reservation_passengers",
  ...onReservation,
  description: "Replace the passengers of a reservation; their number must stay the same.",
  input: z.strictObject({ reservation_id: reservationId, passengers }),
  run: (state, { reservation_id, passengers }) => {
    const record = reservationOf(state, reservation_id);
    if (passengers.length !== record.passengers.length) {
      throw new ToolError(
        `Reservation ${reservation_id} is for ${record.passengers.length} passengers, not ${passengers.length}.`,
      );
    }
    return replaced(state, { ...record, passengers });
  },
});

/** The ids that new certificates take, in this order. */
export const certificateIds = ["certificate_3221322", "certificate_3221323", "certificate_3221324"] as const;

const sendCertificate = defineTool({
  name: "send_certificate",
  description: "Give a user a travel certificate as compensation.",
  effect: "write",
  input: z.strictObject({
    user_id: userId.describe("Id of the user who gets it"),
    amount: z.number().int().nonnegative().describe("Its worth in dollars"),
  }),
  output: z.string(),
  run: (state, { user_id, amount }) => {
    const user = userOf(state, user_id);
    const id = certificateIds.find((candidate) => !Object.hasOwn(user.payment_methods, candidate));
    if (id === undefined) throw new ToolError(`User ${user_id} cannot be given another certificate.`);
    const certificate = { source: "certificate", id, amount } as const;
    const next = { ...user, payment_methods: { ...user.payment_methods, [id]: certificate } };
    return {
      state: withTables(state, { users: airline(state).users.set(user_id, next) }),
      result: `Certificate ${id} added to user ${user_id} with amount ${amount}.`,
    };
  },
  shows: () => [],
});

/** The tools that change the state. */
export const writeTools: readonly Tool[] = [
  bookReservation,
  cancelReservation,
  updateReservationBaggages,
  updateReservationFlights,
  updateReservationPassengers,
  sendCertificate,
];
