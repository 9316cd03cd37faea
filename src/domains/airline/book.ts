import type { Json } from "../../core/json.ts";
import { type State, ToolError } from "../domain.ts";
import { flightDateOf, flightOf, paymentMethodOf, shownReservation, userOf, withTables } from "./records.ts";
import {
  airline,
  bagPrice,
  type Cabin,
  type Flight,
  insurancePrice,
  now,
  type Reservation,
  type User,
} from "./state.ts";

/** The ids that new reservations take, in this order. */
export const newReservationIds = ["HATHAT", "HATHAU", "HATHAV"] as const;

/** The arguments of a booking. */
export type Booking = Pick<
  Reservation,
  | "user_id"
  | "origin"
  | "destination"
  | "flight_type"
  | "cabin"
  | "passengers"
  | "total_baggages"
  | "nonfree_baggages"
  | "insurance"
> & {
  readonly flights: readonly { readonly flight_number: string; readonly date: string }[];
  readonly payment_methods: Reservation["payment_history"];
};

interface Seats {
  readonly cabin: Cabin;
  readonly count: number;
}

/** A flight's price on a date in a cabin; a ToolError unless it is bookable with enough seats. */
function priceOf(flight: Flight, date: string, { cabin, count }: Seats): number {
  const day = flightDateOf(flight, date);
  if (day.status !== "available") {
    throw new ToolError(`Flight ${flight.flight_number} cannot be booked on ${date}: it is ${day.status}.`);
  }
  const left = day.available_seats[cabin];
  if (left < count) {
    throw new ToolError(`Flight ${flight.flight_number} on ${date} has ${left} seats left in ${cabin}.`);
  }
  return day.prices[cabin];
}

function withoutSeats(flight: Flight, date: string, { cabin, count }: Seats): Flight {
  const day = flightDateOf(flight, date);
  if (day.status !== "available") return flight;
  const available_seats = { ...day.available_seats, [cabin]: day.available_seats[cabin] - count };
  return { ...flight, dates: { ...flight.dates, [date]: { ...day, available_seats } } };
}

/** The user's payment methods after paying: gift cards lose the amount, certificates go whole. */
function pay(user: User, payments: Booking["payment_methods"]): User["payment_methods"] {
  const left = { ...user.payment_methods };
  for (const { payment_id, amount } of payments) {
    const method = paymentMethodOf(user, payment_id);
    if (method.source === "credit_card") continue;
    if (method.amount < amount) {
      throw new ToolError(
        `Payment method ${payment_id} has $${method.amount}, and $${amount} are to be paid.`,
      );
    }
    const card = left[payment_id];
    if (card === undefined) throw new ToolError(`Certificate ${payment_id} is named twice.`);
    if (card.source === "gift_card") left[payment_id] = { ...card, amount: card.amount - amount };
    else delete left[payment_id];
  }
  return left;
}

/**
 * Books a reservation. As in τ²-bench, seats, balances and the exact sum of the payments are checked, and no rule
 * of the policy is; each segment and each payment is checked against the state before the booking.
 */
export function book(state: State, asked: Booking): { readonly state: State; readonly result: Json } {
  const { reservations, users, flights } = airline(state);
  const user = userOf(state, asked.user_id);
  const id = newReservationIds.find((candidate) => !reservations.has(candidate));
  if (id === undefined) throw new ToolError("No further reservation can be made in this conversation.");
  const { flights: segments, payment_methods: payments, ...kept } = asked;
  const seats = { cabin: asked.cabin, count: asked.passengers.length };
  const priced = segments.map(({ flight_number, date }) => {
    const flight = flightOf(state, flight_number);
    const { origin, destination } = flight;
    return { flight_number, origin, destination, date, price: priceOf(flight, date, seats) };
  });
  const perPassenger =
    priced.reduce((sum, segment) => sum + segment.price, 0) +
    (asked.insurance === "yes" ? insurancePrice : 0);
  const price = perPassenger * seats.count + bagPrice * asked.nonfree_baggages;
  const paid = payments.reduce((sum, payment) => sum + payment.amount, 0);
  const payment_methods = pay(user, payments);
  if (paid !== price) throw new ToolError(`The price is $${price}, and the payments add up to $${paid}.`);
  const reservation: Reservation = {
    reservation_id: id,
    ...kept,
    flights: priced,
    payment_history: payments,
    created_at: now,
    status: null,
  };
  const next = withTables(state, {
    reservations: reservations.set(id, reservation),
    users: users.set(user.user_id, { ...user, payment_methods, reservations: [...user.reservations, id] }),
    flights: segments.reduce(
      (table, { flight_number, date }) =>
        table.set(
          flight_number,
          withoutSeats(table.get(flight_number) ?? flightOf(state, flight_number), date, seats),
        ),
      flights,
    ),
  });
  return { state: next, result: shownReservation(reservation) };
}
