import type { Json } from "../../core/json.ts";
import type { Table } from "../../core/table.ts";
import { type State, ToolError } from "../domain.ts";
import {
  type AirlineState,
  airline,
  type Flight,
  type FlightDate,
  type PaymentMethod,
  type Reservation,
  type User,
} from "./state.ts";

function recordOf<R extends object>(table: Table<R>, what: string, id: string): R {
  const record = table.get(id);
  if (record === undefined) throw new ToolError(`There is no ${what} "${id}".`);
  return record;
}

/** The user of an id; a ToolError if there is none. */
export function userOf(state: State, id: string): User {
  return recordOf(airline(state).users, "user", id);
}

/** The reservation of an id; a ToolError if there is none. */
export function reservationOf(state: State, id: string): Reservation {
  return recordOf(airline(state).reservations, "reservation", id);
}

/** The flight of a number; a ToolError if there is none. */
export function flightOf(state: State, number: string): Flight {
  return recordOf(airline(state).flights, "flight", number);
}

/** A flight on one date; a ToolError if it does not run then. */
export function flightDateOf(flight: Flight, date: string): FlightDate {
  const day = Object.hasOwn(flight.dates, date) ? flight.dates[date] : undefined;
  if (day === undefined) throw new ToolError(`Flight ${flight.flight_number} does not run on ${date}.`);
  return day;
}

/** One of a user's payment methods; a ToolError if it is not in the profile. */
export function paymentMethodOf(user: User, id: string): PaymentMethod {
  const method = Object.hasOwn(user.payment_methods, id) ? user.payment_methods[id] : undefined;
  if (method === undefined) throw new ToolError(`User ${user.user_id} has no payment method "${id}".`);
  return method;
}

/** The state with some tables replaced. */
export function withTables(state: State, changed: Partial<AirlineState>): State {
  return { ...state, ...(changed as unknown as Partial<State>) } as State;
}

const filled = new WeakMap<object, object>();

function remember<R extends object>(record: R, fill: (record: R) => R): R {
  const known = filled.get(record);
  if (known !== undefined) return known as R;
  const full = fill(record);
  filled.set(record, full);
  return full;
}

/** A reservation as tools answer it: an absent status is null. The same record always gives the same object. */
export function shownReservation(record: Reservation): Json {
  const shown =
    record.status === undefined ? remember(record, (bare) => ({ ...bare, status: null })) : record;
  return shown as unknown as Json;
}

/** A user as tools answer it: an absent second address line is null. The same record always gives the same object. */
export function shownUser(record: User): Json {
  const shown =
    record.address.address2 === undefined
      ? remember(record, (bare) => ({ ...bare, address: { ...bare.address, address2: null } }))
      : record;
  return shown as unknown as Json;
}
