import type { Json } from "../../src/core/json.ts";
import { createRng, type Rng } from "../../src/core/rng.ts";
import { type AirlineState, airline } from "../../src/domains/airline/state.ts";
import { tau2Hash } from "../../src/domains/airline/tau2-hash.ts";
import { airlineTools } from "../../src/domains/airline/tools.ts";
import { stateOf, type World } from "../../src/domains/domain.ts";
import { contentHash, type Environment, openEnvironment, step } from "../../src/domains/environment.ts";
import { parseWorld, readText } from "../vectors.ts";
import { readOptions } from "./options.ts";

/** A call as a model writes it. */
interface Written {
  readonly name: string;
  readonly arguments: string;
}

const codes = ["SFO", "JFK", "LAX", "ORD", "DFW", "DEN", "SEA", "ATL", "MIA", "BOS"];
const dates = Array.from({ length: 30 }, (_, i) => `2024-05-${String(i + 1).padStart(2, "0")}`);
const perCabin = (rng: Rng, low: number, high: number) => ({
  basic_economy: rng.int(low, high),
  economy: rng.int(low, high),
  business: rng.int(low, high),
});

function makeFlight(rng: Rng, number: string) {
  const [origin = "", destination = ""] = rng.sample(codes, 2);
  const hour = rng.int(6, 18);
  const day = (date: string) =>
    date < "2024-05-15"
      ? {
          status: "landed",
          actual_departure_time_est: `${date}T09:00:00`,
          actual_arrival_time_est: `${date}T11:00:00`,
        }
      : { status: "available", available_seats: perCabin(rng, 0, 20), prices: perCabin(rng, 50, 400) };
  return {
    flight_number: number,
    origin,
    destination,
    scheduled_departure_time_est: `${String(hour).padStart(2, "0")}:00:00`,
    scheduled_arrival_time_est: `${String(hour + 3).padStart(2, "0")}:30:00`,
    dates: Object.fromEntries(dates.map((date) => [date, day(date)])),
  };
}

function makeUser(id: string, reservations: readonly string[]) {
  const digits = id.replaceAll(/\D/g, "");
  const methods = [
    { source: "credit_card", id: `credit_card_${digits}`, brand: "visa", last_four: "4242" },
    { source: "gift_card", id: `gift_card_${digits}`, amount: 200 },
  ];
  return {
    user_id: id,
    name: { first_name: "Ana", last_name: "Silva" },
    address: {
      address1: "1 Elm Street",
      address2: "Flat 2",
      city: "Boston",
      country: "USA",
      state: "MA",
      zip: "02101",
    },
    email: `${id}@example.com`,
    dob: "1980-01-01",
    payment_methods: Object.fromEntries(methods.map((method) => [method.id, method])),
    saved_passengers: [{ first_name: "Ben", last_name: "Silva", dob: "2005-05-05" }],
    membership: "silver",
    reservations,
  };
}

function makeReservation(id: string, userId: string, flight: ReturnType<typeof makeFlight>) {
  const { flight_number, origin, destination } = flight;
  return {
    reservation_id: id,
    user_id: userId,
    origin,
    destination,
    flight_type: "one_way",
    cabin: "economy",
    flights: [{ flight_number, origin, destination, date: "2024-05-20", price: 120 }],
    passengers: [{ first_name: "Ana", last_name: "Silva", dob: "1980-01-01" }],
    payment_history: [{ payment_id: `credit_card_${userId.replaceAll(/\D/g, "")}`, amount: 120 }],
    created_at: "2024-05-10T10:00:00",
    total_baggages: 1,
    nonfree_baggages: 0,
    insurance: "no",
  };
}

/** A world of the shared database's size: 300 flights on 30 days, 500 users, 2,000 reservations. */
function makeWorld(rng: Rng): World {
  const flights = Array.from({ length: 300 }, (_, i) => makeFlight(rng, `HAT${String(i).padStart(3, "0")}`));
  const users = Array.from({ length: 500 }, (_, i) => `ana_silva_${1000 + i}`);
  const reservations = Array.from({ length: 2000 }, (_, i) =>
    makeReservation(`R${String(i).padStart(5, "0")}`, users[i % users.length] ?? "", rng.pick(flights)),
  );
  const ofUser = (id: string) =>
    reservations.filter((one) => one.user_id === id).map((one) => one.reservation_id);
  return {
    flights: Object.fromEntries(flights.map((flight) => [flight.flight_number, flight])),
    users: Object.fromEntries(users.map((id) => [id, makeUser(id, ofUser(id))])),
    reservations: Object.fromEntries(reservations.map((one) => [one.reservation_id, one])),
  } as unknown as World;
}

const written = (name: string, args: Json): Written => ({ name, arguments: JSON.stringify(args) });

/** A booking that the tool accepts: one passenger on a flight with a free seat, paid by credit card. */
function writeBooking({ users, flights }: AirlineState, rng: Rng): Written {
  const cards = (id: string) =>
    Object.values(users.get(id)?.payment_methods ?? {}).filter(({ source }) => source === "credit_card");
  const userId = rng.pick(users.ids().filter((id) => cards(id).length > 0));
  for (;;) {
    const flight = rng.pick(flights.records());
    const date = rng.pick(dates);
    const day = flight.dates[date];
    if (day?.status !== "available" || day.available_seats.economy === 0) continue;
    return written("book_reservation", {
      user_id: userId,
      origin: flight.origin,
      destination: flight.destination,
      flight_type: "one_way",
      cabin: "economy",
      flights: [{ flight_number: flight.flight_number, date }],
      passengers: [{ first_name: "Ana", last_name: "Silva", dob: "1980-01-01" }],
      payment_methods: [{ payment_id: cards(userId)[0]?.id ?? "", amount: day.prices.economy + 50 }],
      total_baggages: 2,
      nonfree_baggages: 1,
      insurance: "no",
    });
  }
}

/** One rollout's calls as an agent makes them: lookups, searches, a sum, and four writes among twelve calls. */
function writeRollout(state: AirlineState, rng: Rng): readonly Written[] {
  const reservation = rng.pick(state.reservations.records());
  const { reservation_id, user_id } = reservation;
  const trip = { origin: reservation.origin, destination: reservation.destination, date: "2024-05-21" };
  const card = Object.values(state.users.get(user_id)?.payment_methods ?? {}).find(
    (m) => m.source === "credit_card",
  );
  return [
    written("get_user_details", { user_id }),
    written("get_reservation_details", { reservation_id }),
    written("search_direct_flight", trip),
    written("search_onestop_flight", trip),
    written("calculate", { expression: "2 * (120 + 45) - 3 * 50" }),
    written("update_reservation_passengers", { reservation_id, passengers: reservation.passengers }),
    written("get_reservation_details", { reservation_id }),
    written("update_reservation_baggages", {
      reservation_id,
      total_baggages: reservation.total_baggages + 1,
      nonfree_baggages: reservation.nonfree_baggages + 1,
      payment_id: card?.id ?? "none",
    }),
    written("get_flight_status", {
      flight_number: reservation.flights[0]?.flight_number ?? "",
      date: "2024-05-21",
    }),
    writeBooking(state, rng),
    written("get_user_details", { user_id }),
    written("cancel_reservation", { reservation_id }),
  ];
}

/** How often `act` runs in a second, measured for `seconds` after a warm-up; `act` says how much it did. */
function perSecond(seconds: number, act: (round: number) => number): number {
  let round = 0;
  const spend = (ms: number) => {
    const start = performance.now();
    let done = 0;
    while (performance.now() - start < ms) done += act(round++);
    return done / ((performance.now() - start) / 1000);
  };
  spend(500);
  return spend(seconds * 1000);
}

function isAt<T>(list: readonly T[], index: number): T {
  return list[index % list.length] as T;
}

const whole = (value: number) => Math.round(value).toLocaleString("en-US");
const values = readOptions({ db: { type: "string", about: "a database file instead of a generated world" } });
const rng = createRng("bench:environment");
const world = values.db === undefined ? makeWorld(rng) : parseWorld(readText(values.db), values.db);
const heapBefore = process.memoryUsage().heapUsed;
const state = stateOf(world);
const root = openEnvironment({ tools: airlineTools }, state);
const rollouts = Array.from({ length: 500 }, (_, i) =>
  writeRollout(airline(state), rng.fork(`rollout ${i}`)),
);

const outcomes = new Map<string, number>();
const runRollout = (rollout: readonly Written[]): Environment => {
  let environment = root;
  for (const call of rollout) {
    const taken = step(environment, call);
    environment = taken.environment;
    outcomes.set(taken.status, (outcomes.get(taken.status) ?? 0) + 1);
  }
  return environment;
};

const calls = perSecond(3, (round) => {
  const rollout = isAt(rollouts, round);
  runRollout(rollout);
  return rollout.length;
});
const cancels = rollouts.map((rollout) => rollout.at(-1) as Written);
const forks = perSecond(2, (round) => Number(step(root, isAt(cancels, round)).environment !== root));
const ends = (round: number) => runRollout(isAt(rollouts, round)).state;
contentHash(state);
tau2Hash(state);
const timed = (hash: (state: Environment["state"]) => string) => {
  let spent = 0;
  let done = 0;
  for (let round = 0; spent < 1500; round++) {
    const end = ends(round);
    const start = performance.now();
    hash(end);
    spent += performance.now() - start;
    done++;
  }
  return done / (spent / 1000);
};
const hashes = timed(contentHash);
const tau2Hashes = timed(tau2Hash);
globalThis.gc?.();
const kept = Array.from({ length: 2_000 }, (_, i) => ends(i));
globalThis.gc?.();
const heapMb = (process.memoryUsage().heapUsed - heapBefore) / 1e6;
const total = [...outcomes.values()].reduce((sum, count) => sum + count, 0);
const okShare = (100 * (outcomes.get("ok") ?? 0)) / total;

console.log(
  `world ${values.db ?? "generated"}: ${state.flights?.size} flights, ${state.users?.size} users, ${state.reservations?.size} reservations`,
);
console.log(`calls/s ${whole(calls)} (validated from raw JSON, answers as text, ${okShare.toFixed(1)} % ok)`);
console.log(`forks/s ${whole(forks)} (each with its own first write)`);
console.log(
  `content hashes/s ${whole(hashes)}, tau2 hashes/s ${whole(tau2Hashes)} (4 writes apart), heap ${whole(heapMb)} MB with ${whole(kept.length)} states kept`,
);
