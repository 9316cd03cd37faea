import type { Rng } from "../../../core/rng.ts";
import { cabins, type Flight, memberships, now, today, type User } from "../state.ts";
import { may, minutesFromToday, minutesOf } from "./calendar.ts";
import {
  addBalance,
  addCard,
  addFlight,
  addUser,
  asPassenger,
  type Draft,
  flyingDay,
  landedDay,
  openDay,
  price,
  waitingDay,
} from "./draft.ts";
import { people } from "./people.ts";
import { addReservation, type Booked, bookedAt } from "./reservations.ts";

const minutesNow = minutesOf(now.slice(11));
const days = Array.from({ length: 30 }, (_, i) => i + 1);

/** Gives a flight a day: in the past flown or cancelled, today whatever its schedule says, later open. */
function addDay(flight: Flight, day: number, rng: Rng): void {
  const date = may(day);
  flight.dates[date] = dayOf(flight, date, rng);
}

function dayOf(flight: Flight, date: string, rng: Rng): Flight["dates"][string] {
  if (date > today) return openDay({}, rng);
  const departs = minutesFromToday(date, flight.scheduled_departure_time_est);
  const arrives = minutesFromToday(date, flight.scheduled_arrival_time_est);
  if (rng.chance(0.08)) return { status: "cancelled" };
  // Half an hour of play: a flight that has landed may have been late.
  if (arrives + 30 < minutesNow) return landedDay(flight, date, rng);
  if (departs > minutesNow) return waitingDay(flight, rng.chance(0.3) ? rng.int(20, 240) : 0);
  return date === today && arrives > minutesNow ? flyingDay(flight) : { status: "cancelled" };
}

/** A flight like another one, so that the two are easily confused: a few minutes or dollars apart. */
function addTwin(draft: Draft, flight: Flight, rng: Rng): Flight {
  const departs = minutesOf(flight.scheduled_departure_time_est);
  const lasts = minutesOf(flight.scheduled_arrival_time_est) - departs;
  const shift = rng.chance(0.5) ? rng.int(1, 3) : rng.int(30, 240);
  const moved = { departs: (departs + shift) % 1440, lasts: lasts + rng.int(-1, 1) };
  const twin = addFlight(draft, { ...moved, origin: flight.origin, destination: flight.destination }, rng);
  for (const [date, day] of Object.entries(flight.dates)) {
    twin.dates[date] = dayOf(twin, date, rng);
    const own = twin.dates[date];
    if (day.status !== "available" || own?.status !== "available" || rng.chance(0.5)) continue;
    const cabin = rng.pick(cabins);
    own.prices = { ...day.prices, [cabin]: day.prices[cabin] + 1 };
  }
  return twin;
}

function addFlights(
  draft: Draft,
  count: number,
  room: { airports: readonly string[]; days: number },
  rng: Rng,
): Flight[] {
  const made: Flight[] = [];
  while (made.length < count && room.airports.length >= 2) {
    const before = made.length > 0 ? rng.pick(made) : undefined;
    if (before !== undefined && rng.chance(0.25)) {
      made.push(addTwin(draft, before, rng));
      continue;
    }
    const reversed = before !== undefined && rng.chance(0.35);
    const [from = "", to = ""] = rng.sample(room.airports, 2);
    const route = reversed
      ? { origin: before.destination, destination: before.origin }
      : { origin: from, destination: to };
    const flight = addFlight(
      draft,
      { ...route, departs: rng.int(60, 280) * 5, lasts: rng.int(60, 330) },
      rng,
    );
    for (const day of rng.sample(days, room.days)) addDay(flight, day, rng);
    made.push(flight);
  }
  return made;
}

function addUsers(draft: Draft, count: number, rng: Rng): User[] {
  return Array.from({ length: count }, () => {
    const user = addUser(draft, { membership: rng.pick(memberships) }, rng);
    addCard(user, rng);
    for (let i = rng.int(0, 3); i > 0; i--) {
      const source = rng.pick(["credit_card", "gift_card", "certificate"] as const);
      if (source === "credit_card") addCard(user, rng);
      else addBalance(user, { source, amount: rng.int(1, 12) * 25 }, rng);
    }
    return user;
  });
}

type ByOrigin = ReadonlyMap<string, readonly Flight[]>;

function book(flight: Flight, date: string, rng: Rng): Booked {
  return { flight, date, price: price("economy", rng) };
}

/** The first flight found that leaves after another one arrived, within `within` days. */
function onward(from: Booked, flights: readonly Flight[], within: number, rng: Rng): Booked | null {
  const arrival = minutesFromToday(from.date, from.flight.scheduled_arrival_time_est);
  for (const flight of rng.sample(flights, 3)) {
    const dates = Object.keys(flight.dates).filter((date) => {
      const wait = minutesFromToday(date, flight.scheduled_departure_time_est) - arrival;
      return wait >= 0 && wait <= within * 1440;
    });
    if (dates.length > 0) return book(flight, rng.pick(dates), rng);
  }
  return null;
}

function trip(first: Booked, byOrigin: ByOrigin, rng: Rng): { outbound: Booked[]; back: Booked[] } {
  const outbound = [first];
  if (rng.chance(0.3)) {
    const next = (byOrigin.get(first.flight.destination) ?? []).filter(
      (f) => f.destination !== first.flight.origin,
    );
    const second = onward(first, next, 0.5, rng);
    if (second !== null) outbound.push(second);
  }
  const last = outbound.at(-1) ?? first;
  if (rng.chance(0.5)) return { outbound, back: [] };
  const home = (byOrigin.get(last.flight.destination) ?? []).filter(
    (f) => f.destination === first.flight.origin,
  );
  const back = onward(last, home, 14, rng);
  return { outbound, back: back === null ? [] : [back] };
}

/** How many records a world is filled with. */
export interface WorldSize {
  readonly users: number;
  readonly reservations: number;
  readonly flights: number;
}

/** Fills a draft with people, flights and bookings that have nothing to do with what is in it. */
export function fill(
  draft: Draft,
  size: WorldSize,
  room: { readonly airports: readonly string[]; readonly days: number; readonly rng: Rng },
): void {
  const { rng } = room;
  const flights = addFlights(draft, size.flights, room, rng.fork("flights")).filter(
    (flight) => Object.keys(flight.dates).length > 0,
  );
  const users = addUsers(draft, size.users, rng.fork("users"));
  if (users.length === 0 || flights.length === 0) return;
  const byOrigin = Map.groupBy(flights, (flight) => flight.origin);
  const dice = rng.fork("reservations");
  for (let i = 0; i < size.reservations; i++) addNoiseReservation(draft, { users, flights, byOrigin }, dice);
}

function addNoiseReservation(
  draft: Draft,
  from: { readonly users: readonly User[]; readonly flights: readonly Flight[]; readonly byOrigin: ByOrigin },
  rng: Rng,
): void {
  const owner = rng.pick(from.users);
  const flight = rng.pick(from.flights);
  const first = book(flight, rng.pick(Object.keys(flight.dates)), rng);
  const cabin = rng.pick(cabins);
  const priced = (booked: readonly Booked[]) => booked.map((one) => ({ ...one, price: price(cabin, rng) }));
  const { outbound, back } = trip(first, from.byOrigin, rng);
  const self = asPassenger(owner);
  const others = people(
    rng.weighted([0, 1, 2, 3, 4], (n) => 6 - n),
    [self],
    rng,
  );
  const recent = first.date > today && rng.chance(0.1);
  addReservation(
    draft,
    {
      owner,
      outbound: priced(outbound),
      back: priced(back),
      cabin,
      passengers: [self, ...others],
      bags: rng.int(0, others.length + 2),
      insurance: rng.chance(0.4) ? "yes" : "no",
      createdAt: bookedAt({ recent, before: first.date }, rng),
      cancelled: rng.chance(0.1),
    },
    rng,
  );
}
