import { describe, expect, test } from "vitest";
import { at, type Json } from "../src/core/json.ts";
import { createRng } from "../src/core/rng.ts";
import { checkWorld } from "../src/domains/airline/worlds/check.ts";
import { airportCodes } from "../src/domains/airline/worlds/places.ts";
import type { World } from "../src/domains/domain.ts";
import { sampled } from "./sampled.ts";

/** A copy of a world with the value at a pointer replaced, or removed if the new one is undefined. */
function withValue(world: World, path: string, value: Json | undefined): World {
  const copy = structuredClone(world) as World;
  const cut = path.lastIndexOf("/");
  const parent = at(copy, path.slice(0, cut)) as Record<string, Json | undefined>;
  if (value === undefined) delete parent[path.slice(cut + 1)];
  else parent[path.slice(cut + 1)] = value;
  return copy;
}

interface Planted {
  readonly what: string;
  readonly change: string;
  readonly value: Json | undefined;
  /** Where it is found, if not at the change itself. */
  readonly found?: string;
}

describe("a planted fault is found by its path", () => {
  const wish = { kind: "change_cabin", clause: "none", trip: "round_trip", passengers: 2, reference: "id" };
  const { world, identity, requests } = sampled([wish], createRng("faults"));
  const id = String(at(requests[0]?.request, "/reservation/id"));
  const user = `/users/${identity.user_id}`;
  const reservation = `/reservations/${id}`;
  const number = String(at(world, `${reservation}/flights/0/flight_number`));
  const date = String(at(world, `${reservation}/flights/0/date`));
  const day = `/flights/${number}/dates/${date}`;
  const past = `/flights/${number}/dates/2024-05-03`;
  const segment = `${reservation}/flights/0`;
  const card = Object.keys(at(world, `${user}/payment_methods`) as object).find((key) =>
    key.startsWith("credit"),
  );
  const method = `${user}/payment_methods/${card}`;
  const landed = {
    status: "landed",
    actual_departure_time_est: `${date}T08:00:00`,
    actual_arrival_time_est: `${date}T07:00:00`,
  };
  const last = (at(world, `${reservation}/flights`) as readonly Json[]).length - 1;
  const number2 = String(at(world, `${reservation}/flights/${last}/flight_number`));
  const elsewhere = airportCodes.find((code) => !JSON.stringify(world).includes(`"${code}"`)) ?? "";
  const faults: readonly Planted[] = [
    { what: "a flight under another number", change: `/flights/${number}/flight_number`, value: "HAT000" },
    { what: "a malformed flight number", change: `/flights/${number}/flight_number`, value: "X1" },
    { what: "two flights of one number", change: `/flights/${number}/flight_number`, value: number2 },
    { what: "an unknown airport", change: `/flights/${number}/origin`, value: "XXX" },
    {
      what: "a flight that goes nowhere",
      change: `/flights/${number}/destination`,
      value: at(world, `/flights/${number}/origin`),
    },
    {
      what: "a departure that is no time",
      change: `/flights/${number}/scheduled_departure_time_est`,
      value: "25:00:00",
    },
    {
      what: "an arrival before the departure",
      change: `/flights/${number}/scheduled_arrival_time_est`,
      value: "00:00:00",
    },
    { what: "no real date", change: `/flights/${number}/dates/2024-02-30`, value: { status: "cancelled" } },
    { what: "a bookable past flight", change: past, value: at(world, day), found: `${past}/status` },
    { what: "a landed future flight", change: day, value: landed, found: `${day}/status` },
    {
      what: "an arrival before take-off",
      change: day,
      value: landed,
      found: `${day}/actual_arrival_time_est`,
    },
    { what: "a price of nothing", change: `${day}/prices/economy`, value: 0 },
    { what: "seats below zero", change: `${day}/available_seats/business`, value: -1 },
    { what: "a user under another id", change: `${user}/user_id`, value: "nobody_here_1234" },
    { what: "a malformed user id", change: `${user}/user_id`, value: "nobody" },
    { what: "an e-mail that is none", change: `${user}/email`, value: "nobody" },
    { what: "a birthday in the future", change: `${user}/dob`, value: "2030-01-01" },
    { what: "a reservation that is not there", change: `${user}/reservations/0`, value: "ZZZZZZ" },
    { what: "a payment method under another id", change: `${method}/id`, value: "credit_card_0000000" },
    { what: "a malformed payment id", change: `${method}/id`, value: "credit_card_1" },
    { what: "a certificate id of the environment", change: `${method}/id`, value: "certificate_3221322" },
    { what: "a card's end of three digits", change: `${method}/last_four`, value: "123" },
    {
      what: "a third decimal",
      change: method,
      value: { source: "gift_card", id: "gift_card_1234567", amount: 1.005 },
      found: `${method}/amount`,
    },
    { what: "a reservation under another id", change: `${reservation}/reservation_id`, value: "AAAAAA" },
    { what: "an id that the environment makes", change: `${reservation}/reservation_id`, value: "HATHAT" },
    { what: "a malformed reservation id", change: `${reservation}/reservation_id`, value: "abc" },
    { what: "an owner who is not there", change: `${reservation}/user_id`, value: "nobody_here_1234" },
    { what: "no passengers", change: `${reservation}/passengers`, value: [] },
    { what: "a passenger from the future", change: `${reservation}/passengers/0/dob`, value: "2030-01-01" },
    { what: "no flights", change: `${reservation}/flights`, value: [] },
    { what: "a segment on no flight", change: `${segment}/flight_number`, value: "HAT000" },
    { what: "a segment on a date without the flight", change: `${segment}/date`, value: "2024-05-01" },
    { what: "a segment on another route than its flight", change: `${segment}/destination`, value: "XXX" },
    { what: "a segment for nothing", change: `${segment}/price`, value: 0 },
    {
      what: "a trip that begins elsewhere",
      change: `${reservation}/origin`,
      value: elsewhere,
      found: `${segment}/origin`,
    },
    {
      what: "a trip that never gets there",
      change: `${reservation}/destination`,
      value: elsewhere,
      found: `${reservation}/flights`,
    },
    {
      what: "a one-way trip that comes back",
      change: `${reservation}/flight_type`,
      value: "one_way",
      found: `${reservation}/flights/${last}/destination`,
    },
    { what: "a booking in the future", change: `${reservation}/created_at`, value: "2024-05-16T00:00:00" },
    { what: "a booking at no time", change: `${reservation}/created_at`, value: "2024-05-32T00:00:00" },
    {
      what: "a payment by somebody else",
      change: `${reservation}/payment_history/0/payment_id`,
      value: "credit_card_0000000",
    },
    { what: "more paid bags than bags", change: `${reservation}/nonfree_baggages`, value: 50 },
    {
      what: "payments that do not add up",
      change: `${reservation}/payment_history/0/amount`,
      value: 1,
      found: `${reservation}/payment_history`,
    },
  ];

  test("the world without it has none", () => {
    expect(checkWorld(world)).toEqual([]);
  });

  test.each(faults)("$what", ({ change, value, found }) => {
    const places = checkWorld(withValue(world, change, value)).map((fault) => fault.path);
    expect(places).toContain(found ?? change);
  });

  test("an unlisted reservation, one listed twice and one of another user", () => {
    const unlisted = checkWorld(withValue(world, `${user}/reservations`, []));
    expect(unlisted.map((fault) => fault.path)).toEqual([`${reservation}/user_id`]);
    const twice = checkWorld(withValue(world, `${user}/reservations`, [id, id]));
    expect(twice.map((fault) => fault.path)).toEqual([`${user}/reservations/1`]);
    const foreign = checkWorld(withValue(world, `${reservation}/user_id`, "nobody_here_1234"));
    expect(foreign.map((fault) => fault.path)).toContain(`${user}/reservations/0`);
  });

  test("segments in the wrong order", () => {
    const flights = at(world, `${reservation}/flights`) as readonly Json[];
    const places = checkWorld(withValue(world, `${reservation}/flights`, flights.toReversed()));
    expect(places.map((fault) => fault.path)).toEqual(
      expect.arrayContaining([`${segment}/origin`, `${reservation}/flights/${last}`]),
    );
  });
});
