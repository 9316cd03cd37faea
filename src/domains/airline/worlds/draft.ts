import type { Rng } from "../../../core/rng.ts";
import type { World } from "../../domain.ts";
import type {
  AirlineWorld,
  Cabin,
  Flight,
  FlightDate,
  Membership,
  PaymentMethod,
  Person,
  User,
} from "../state.ts";
import { today } from "../state.ts";
import { clockOf, minutesOf, timeAt } from "./calendar.ts";
import { generatedReservations } from "./check-reservations.ts";
import { generatedCertificates } from "./check-users.ts";
import { address, digits, person } from "./people.ts";

/** A world in the making: plain records that one sampler owns and fills until it hands the world out. */
export type Draft = AirlineWorld;

export function emptyDraft(): Draft {
  return { flights: {}, users: {}, reservations: {} };
}

/** The draft's world, its records in random order so that no position tells what was planted. */
export function shuffledWorld(draft: Draft, rng: Rng): World {
  const mixed = <T>(records: Readonly<Record<string, T>>) =>
    Object.fromEntries(rng.shuffle(Object.entries(records)));
  const users = Object.fromEntries(
    Object.entries(draft.users).map(([id, user]) => [
      id,
      {
        ...user,
        payment_methods: mixed(user.payment_methods),
        reservations: [...rng.shuffle(user.reservations)],
      },
    ]),
  );
  const world = {
    flights: mixed(draft.flights),
    users: mixed(users),
    reservations: mixed(draft.reservations),
  };
  return world as unknown as World;
}

/** An id that `make` gives and that is not taken. */
function freshId(taken: Readonly<Record<string, unknown>>, make: () => string): string {
  for (;;) {
    const id = make();
    if (!Object.hasOwn(taken, id)) return id;
  }
}

export function userIdOf(
  name: { readonly first_name: string; readonly last_name: string },
  rng: Rng,
): string {
  return `${name.first_name}_${name.last_name}_${digits(4, rng)}`.toLowerCase();
}

/** Adds a user without payment methods or reservations. */
export function addUser(
  draft: Draft,
  given: { readonly membership: Membership; readonly name?: Person; readonly id?: string },
  rng: Rng,
): User {
  const { first_name, last_name, dob } = given.name ?? person(rng);
  const id = given.id ?? freshId(draft.users, () => userIdOf({ first_name, last_name }, rng));
  const user: User = {
    user_id: id,
    name: { first_name, last_name },
    address: address(rng),
    email: `${first_name}.${last_name}${rng.int(10, 9999)}@example.com`.toLowerCase(),
    dob,
    payment_methods: {},
    saved_passengers: Array.from({ length: rng.int(0, 2) }, () => person(rng)),
    membership: given.membership,
    reservations: [],
  };
  draft.users[id] = user;
  return user;
}

/** An id of a kind of payment method that the user does not have and the environment does not make. */
export function freshPaymentId(user: User, source: PaymentMethod["source"], rng: Rng): string {
  for (;;) {
    const id = `${source}_${digits(7, rng)}`;
    if (!Object.hasOwn(user.payment_methods, id) && !generatedCertificates.includes(id)) return id;
  }
}

/** Adds a credit card whose last four digits are like no other card's of the user. */
export function addCard(user: User, rng: Rng, lastFour?: string): PaymentMethod {
  const ends = new Set(
    Object.values(user.payment_methods).flatMap((m) => (m.source === "credit_card" ? [m.last_four] : [])),
  );
  let last_four = lastFour ?? digits(4, rng);
  while (ends.has(last_four)) last_four = digits(4, rng);
  const id = freshPaymentId(user, "credit_card", rng);
  const card: PaymentMethod = {
    source: "credit_card",
    id,
    brand: rng.pick(["visa", "mastercard"]),
    last_four,
  };
  user.payment_methods[id] = card;
  return card;
}

/** Adds a gift card or certificate with a balance in dollars. */
export function addBalance(
  user: User,
  given: { readonly source: "gift_card" | "certificate"; readonly amount: number },
  rng: Rng,
): PaymentMethod {
  const id = freshPaymentId(user, given.source, rng);
  const method: PaymentMethod = { source: given.source, id, amount: given.amount };
  user.payment_methods[id] = method;
  return method;
}

/** A timetable: minutes after midnight at which a flight leaves, and how many it takes. */
export interface Timetable {
  readonly departs: number;
  readonly lasts: number;
}

/** Adds a flight without dates. */
export function addFlight(
  draft: Draft,
  given: Timetable & { readonly origin: string; readonly destination: string },
  rng: Rng,
): Flight {
  const number = freshId(draft.flights, () => `HAT${String(rng.int(1, 999)).padStart(3, "0")}`);
  const flight: Flight = {
    flight_number: number,
    origin: given.origin,
    destination: given.destination,
    scheduled_departure_time_est: clockOf(given.departs),
    scheduled_arrival_time_est: clockOf(given.departs + given.lasts),
    dates: {},
  };
  draft.flights[number] = flight;
  return flight;
}

const priceRanges: Readonly<Record<Cabin, readonly [number, number]>> = {
  basic_economy: [50, 100],
  economy: [100, 200],
  business: [200, 500],
};

/** An everyday price of one seat on one flight, in dollars. */
export function price(cabin: Cabin, rng: Rng): number {
  return rng.int(...priceRanges[cabin]);
}

/** What is fixed of a day on which a flight can be booked; the rest is drawn. */
export interface OpenDay {
  readonly prices?: Partial<Record<Cabin, number>>;
  readonly seats?: Partial<Record<Cabin, number>>;
}

/** A day on which a flight can be booked. */
export function openDay(given: OpenDay, rng: Rng): FlightDate {
  const seats = () => rng.int(0, 20);
  return {
    status: "available",
    available_seats: { basic_economy: seats(), economy: seats(), business: seats(), ...given.seats },
    prices: {
      basic_economy: price("basic_economy", rng),
      economy: price("economy", rng),
      business: price("business", rng),
      ...given.prices,
    },
  };
}

/** A day on which a flight has landed, a few minutes off its schedule; today's only if it is well over by now. */
export function landedDay(flight: Flight, date: string, rng: Rng): FlightDate {
  const late = rng.int(-10, 25);
  return {
    status: "landed",
    actual_departure_time_est: timeAt(date, minutesOf(flight.scheduled_departure_time_est) + late),
    actual_arrival_time_est: timeAt(date, minutesOf(flight.scheduled_arrival_time_est) + late),
  };
}

/** Today's flight that is in the air. */
export function flyingDay(flight: Flight): FlightDate {
  return {
    status: "flying",
    actual_departure_time_est: timeAt(today, minutesOf(flight.scheduled_departure_time_est)),
    estimated_arrival_time_est: timeAt(today, minutesOf(flight.scheduled_arrival_time_est)),
  };
}

/** Today's flight that is still to leave, `late` minutes after its schedule. */
export function waitingDay(flight: Flight, late: number): FlightDate {
  return {
    status: late > 0 ? "delayed" : "on time",
    estimated_departure_time_est: timeAt(today, minutesOf(flight.scheduled_departure_time_est) + late),
    estimated_arrival_time_est: timeAt(today, minutesOf(flight.scheduled_arrival_time_est) + late),
  };
}

/** A reservation id of six capital letters or digits that is not taken. */
export function freshReservationId(draft: Draft, rng: Rng): string {
  const signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  for (;;) {
    const id = Array.from({ length: 6 }, () => signs[rng.int(0, signs.length - 1)]).join("");
    if (!generatedReservations.includes(id) && !Object.hasOwn(draft.reservations, id)) return id;
  }
}

/** A birthday, a first and a last name of the user, as a passenger. */
export function asPassenger(user: User): Person {
  return { first_name: user.name.first_name, last_name: user.name.last_name, dob: user.dob };
}
