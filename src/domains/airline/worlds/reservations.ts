import type { Rng } from "../../../core/rng.ts";
import { type Cabin, type Flight, freeBags, type Person, type Reservation, type User } from "../state.ts";
import { timeAt } from "./calendar.ts";
import { costOf } from "./check-reservations.ts";
import { type Draft, freshPaymentId, freshReservationId } from "./draft.ts";

/** A flight that somebody booked on a date, at a price in dollars for one seat. */
export interface Booked {
  readonly flight: Flight;
  readonly date: string;
  readonly price: number;
}

/** What a reservation is to be; its id, payments and free bags follow. */
interface ReservationPlan {
  readonly owner: User;
  readonly outbound: readonly Booked[];
  /** Empty for a one-way trip. */
  readonly back: readonly Booked[];
  readonly cabin: Cabin;
  readonly passengers: readonly Person[];
  readonly bags: number;
  readonly insurance: "yes" | "no";
  readonly createdAt: string;
  readonly cancelled?: boolean;
  readonly id?: string;
}

/** Adds a reservation with the payments that it must have had, and lists it with its owner. */
export function addReservation(draft: Draft, plan: ReservationPlan, rng: Rng): Reservation {
  const { owner, cabin, passengers, bags, insurance } = plan;
  const id = plan.id ?? freshReservationId(draft, rng);
  const first = plan.outbound[0];
  const last = plan.outbound.at(-1);
  if (first === undefined || last === undefined) {
    throw new RangeError("addReservation: expected at least one flight on the way out, got none");
  }
  const reservation: Reservation = {
    reservation_id: id,
    user_id: owner.user_id,
    origin: first.flight.origin,
    destination: last.flight.destination,
    flight_type: plan.back.length > 0 ? "round_trip" : "one_way",
    cabin,
    flights: [...plan.outbound, ...plan.back].map(({ flight, date, price }) => ({
      flight_number: flight.flight_number,
      origin: flight.origin,
      destination: flight.destination,
      date,
      price,
    })),
    passengers: [...passengers],
    payment_history: [],
    created_at: plan.createdAt,
    total_baggages: bags,
    nonfree_baggages: Math.max(0, bags - freeBags[owner.membership][cabin] * passengers.length),
    insurance,
  };
  reservation.payment_history = paymentsFor(costOf(reservation), owner, rng);
  if (plan.cancelled) {
    const refunds = reservation.payment_history.map((paid) => ({ ...paid, amount: -paid.amount }));
    reservation.payment_history = [...reservation.payment_history, ...refunds];
    reservation.status = "cancelled";
  }
  draft.reservations[id] = reservation;
  owner.reservations.push(id);
  return reservation;
}

function paymentsFor(cost: number, owner: User, rng: Rng): Reservation["payment_history"] {
  const lasting = Object.values(owner.payment_methods).filter((method) => method.source !== "certificate");
  const usedUp = freshPaymentId(owner, "certificate", rng);
  if (lasting.length === 0) return [{ payment_id: usedUp, amount: cost }];
  const { id } = rng.pick(lasting);
  const certificate = rng.pick([50, 100, 150, 250]);
  if (cost <= certificate || rng.chance(0.85)) return [{ payment_id: id, amount: cost }];
  return [
    { payment_id: usedUp, amount: certificate },
    { payment_id: id, amount: cost - certificate },
  ];
}

/** A time at which somebody booked: within the 24 hours before now, or well before that. */
export function bookedAt(
  when: { readonly recent: boolean; readonly before?: string; readonly close?: boolean },
  rng: Rng,
): string {
  const seconds = String(rng.int(0, 59)).padStart(2, "0");
  const at = (date: string, low: number, high: number) =>
    `${timeAt(date, rng.int(low, high)).slice(0, 17)}${seconds}`;
  if (when.recent) return at("2024-05-14", 15 * 60 + 30, 38 * 60 + 30);
  if (when.close) return at("2024-05-14", 11 * 60, 14 * 60 + 30);
  const last = Math.max(1, Math.min(13, Number((when.before ?? "2024-05-14").slice(8)) - 1));
  return at("2024-04-20", 0, (10 + last) * 24 * 60 - 1);
}
