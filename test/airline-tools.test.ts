import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { JsonObject } from "../src/core/json.ts";
import { type AirlineWorld, airline } from "../src/domains/airline/state.ts";
import { tau2Hash } from "../src/domains/airline/tau2-hash.ts";
import { airlineTools } from "../src/domains/airline/tools.ts";
import { type State, stateOf, type World } from "../src/domains/domain.ts";
import { contentHash, run } from "../src/domains/environment.ts";

const flight = (number: string, from: string, to: string, times: readonly [string, string]) => ({
  flight_number: number,
  origin: from,
  destination: to,
  scheduled_departure_time_est: times[0],
  scheduled_arrival_time_est: times[1],
  dates: Object.fromEntries(
    ["2024-05-08", "2024-05-09", "2024-05-20", "2024-05-21"].map((date) => [
      date,
      {
        status: "available" as const,
        available_seats: { basic_economy: 2, economy: 2, business: 2 },
        prices: { basic_economy: 50, economy: 100, business: 300 },
      },
    ]),
  ),
});

const world: AirlineWorld = {
  flights: {
    HAT001: flight("HAT001", "SEA", "DEN", ["08:00:00", "11:00:00"]),
    HAT002: flight("HAT002", "DEN", "BOS", ["12:00:00", "16:00:00"]),
    HAT003: flight("HAT003", "SEA", "DEN", ["22:00:00", "01:00:00+1"]),
    HAT004: flight("HAT004", "SEA", "BOS", ["09:00:00", "14:00:00"]),
  },
  users: {
    ana_silva_1: {
      user_id: "ana_silva_1",
      name: { first_name: "Ana", last_name: "Silva" },
      address: { address1: "1 Elm Street", city: "Boston", country: "USA", state: "MA", zip: "02101" },
      email: "ana@example.com",
      dob: "1980-01-01",
      payment_methods: {
        card: { source: "credit_card", id: "card", brand: "visa", last_four: "4242" },
        gift: { source: "gift_card", id: "gift", amount: 120 },
        cert: { source: "certificate", id: "cert", amount: 80 },
      },
      saved_passengers: [],
      membership: "silver",
      reservations: ["AAAAAA"],
    },
  },
  reservations: {
    AAAAAA: {
      reservation_id: "AAAAAA",
      user_id: "ana_silva_1",
      origin: "SEA",
      destination: "BOS",
      flight_type: "one_way",
      cabin: "economy",
      flights: [
        { flight_number: "HAT004", origin: "SEA", destination: "BOS", date: "2024-05-20", price: 90 },
      ],
      passengers: [{ first_name: "Ana", last_name: "Silva", dob: "1980-01-01" }],
      payment_history: [{ payment_id: "card", amount: 90 }],
      created_at: "2024-05-10T10:00:00",
      total_baggages: 1,
      nonfree_baggages: 0,
      insurance: "no",
    },
  },
};

const start = stateOf(world as unknown as World);
const domain = { tools: airlineTools };

/** Runs a call that must be accepted. */
function done(state: State, name: string, args: JsonObject): State {
  const ran = run(domain, state, { name, arguments: args });
  if (ran.status !== "ok") throw new Error(`${name} was not accepted: ${ran.text}`);
  return ran.state;
}

const statusOf = (state: State, name: string, args: JsonObject) =>
  run(domain, state, { name, arguments: args }).status;
const gift = (state: State) => airline(state).users.get("ana_silva_1")?.payment_methods.gift;
const seats = (state: State, number: string) => {
  const day = airline(state).flights.get(number)?.dates["2024-05-20"];
  return day?.status === "available" ? day.available_seats.economy : undefined;
};

const booking = {
  user_id: "ana_silva_1",
  origin: "SEA",
  destination: "BOS",
  flight_type: "one_way",
  cabin: "economy",
  flights: [{ flight_number: "HAT004", date: "2024-05-20" }],
  passengers: [{ first_name: "Ana", last_name: "Silva", dob: "1980-01-01" }],
  payment_methods: [
    { payment_id: "gift", amount: 70 },
    { payment_id: "cert", amount: 60 },
    { payment_id: "card", amount: 50 },
  ],
  total_baggages: 1,
  nonfree_baggages: 1,
  insurance: "yes",
};

describe("the catalogue", () => {
  test("has τ²'s 14 tools, of which 6 write", () => {
    expect(airlineTools.map(({ name }) => name).sort()).toMatchInlineSnapshot(`
      [
        "book_reservation",
        "calculate",
        "cancel_reservation",
        "get_flight_status",
        "get_reservation_details",
        "get_user_details",
        "list_all_airports",
        "search_direct_flight",
        "search_onestop_flight",
        "send_certificate",
        "transfer_to_human_agents",
        "update_reservation_baggages",
        "update_reservation_flights",
        "update_reservation_passengers",
      ]
    `);
    expect(airlineTools.filter(({ effect }) => effect === "write")).toHaveLength(6);
  });

  test("every tool is described, and so is each of its arguments", () => {
    for (const tool of airlineTools) {
      const schema = z.toJSONSchema(tool.input) as { properties: Record<string, { description?: string }> };
      expect(tool.description.length, tool.name).toBeGreaterThan(20);
      for (const [name, property] of Object.entries(schema.properties)) {
        expect(property.description, `${tool.name} ${name}`).toBeTruthy();
      }
    }
  });

  test("a lookup answers with one and the same object until the record changes", () => {
    const look = { name: "get_user_details", arguments: { user_id: "ana_silva_1" } };
    const [first, second] = [run(domain, start, look), run(domain, start, look)];
    if (first.status !== "ok" || second.status !== "ok") throw new Error("expected both lookups to run");
    expect(second.result).toBe(first.result);
  });

  test("a write that returns a reservation echoes the lookup that it makes superfluous", () => {
    const tool = airlineTools.find(({ name }) => name === "book_reservation");
    const ran = run(domain, start, { name: "book_reservation", arguments: booking });
    if (ran.status !== "ok") throw new Error(ran.text);
    const [lookup] = tool?.echoes?.(ran.call.arguments, ran.result) ?? [];
    expect(lookup).toEqual({ name: "get_reservation_details", arguments: { reservation_id: "HATHAT" } });
    expect(lookup && run(domain, ran.state, lookup)).toMatchObject({ status: "ok", result: ran.result });
  });
});

describe("writes", () => {
  test("τ²'s hash takes an absent optional for null", () => {
    const { AAAAAA: record } = world.reservations;
    const explicit = { ...world, reservations: { AAAAAA: { ...record, status: null } } };
    expect(tau2Hash(stateOf(explicit as unknown as World))).toBe(tau2Hash(start));
  });

  test("a booking takes seats, gift-card balance and the whole certificate", () => {
    const after = done(start, "book_reservation", booking);
    expect(seats(after, "HAT004")).toBe(1);
    expect(gift(after)).toMatchObject({ amount: 50 });
    expect(airline(after).users.get("ana_silva_1")?.payment_methods).not.toHaveProperty("cert");
    expect(airline(after).users.get("ana_silva_1")?.reservations).toEqual(["AAAAAA", "HATHAT"]);
    expect(seats(start, "HAT004")).toBe(2);
  });

  test.each([
    ["payments that miss the price by a dollar", { payment_methods: [{ payment_id: "card", amount: 181 }] }],
    ["a gift card that does not cover its share", { payment_methods: [{ payment_id: "gift", amount: 180 }] }],
    ["a payment method of nobody", { payment_methods: [{ payment_id: "constructor", amount: 180 }] }],
    [
      "a certificate named twice",
      {
        payment_methods: [30, 50, 100].map((amount, i) => ({ payment_id: i < 2 ? "cert" : "card", amount })),
      },
    ],
    ["more passengers than seats", { passengers: Array.from({ length: 3 }, () => booking.passengers[0]) }],
    ["a date without the flight", { flights: [{ flight_number: "HAT004", date: "2024-05-22" }] }],
    [
      "a date that names a member of every object",
      { flights: [{ flight_number: "HAT004", date: "constructor" }] },
    ],
    ["an unknown user", { user_id: "nobody" }],
  ])("a booking with %s is refused and changes nothing", (_, change) => {
    const ran = run(domain, start, {
      name: "book_reservation",
      arguments: { ...booking, ...change } as JsonObject,
    });
    expect(ran.status).toBe("refused");
    expect(ran.state).toBe(start);
  });

  test("a kept segment keeps its price, a new cabin takes today's", () => {
    const args = { reservation_id: "AAAAAA", flights: booking.flights, payment_id: "gift" };
    const same = done(start, "update_reservation_flights", { ...args, cabin: "economy" });
    expect(tau2Hash(same)).toBe(tau2Hash(start));
    const lower = done(start, "update_reservation_flights", { ...args, cabin: "basic_economy" });
    expect(gift(lower)).toMatchObject({ amount: 160 });
    expect(airline(lower).reservations.get("AAAAAA")?.payment_history.at(-1)).toEqual({
      payment_id: "gift",
      amount: -40,
    });
    expect(statusOf(start, "update_reservation_flights", { ...args, cabin: "business" })).toBe("refused");
    expect(
      statusOf(start, "update_reservation_flights", { ...args, cabin: "economy", payment_id: "cert" }),
    ).toBe("refused");
  });

  test("a second cancellation appends its refunds again and gives no seat back", () => {
    const once = done(start, "cancel_reservation", { reservation_id: "AAAAAA" });
    const twice = done(once, "cancel_reservation", { reservation_id: "AAAAAA" });
    const amounts = airline(twice)
      .reservations.get("AAAAAA")
      ?.payment_history.map(({ amount }) => amount);
    expect(amounts).toEqual([90, -90, -90, 90]);
    expect(seats(twice, "HAT004")).toBe(2);
  });

  test("there are three new certificates for a user, then a refusal", () => {
    const send = { user_id: "ana_silva_1", amount: 100 };
    const third = [1, 2, 3].reduce((state) => done(state, "send_certificate", send), start);
    expect(Object.keys(airline(third).users.get("ana_silva_1")?.payment_methods ?? {})).toContain(
      "certificate_3221324",
    );
    expect(statusOf(third, "send_certificate", send)).toBe("refused");
  });

  test("the hashes of a state do not depend on the order of independent writes", () => {
    const writes = [
      ["send_certificate", { user_id: "ana_silva_1", amount: 100 }],
      [
        "update_reservation_passengers",
        { reservation_id: "AAAAAA", passengers: [{ ...booking.passengers[0], first_name: "Zoë" }] },
      ],
      ["book_reservation", booking],
    ] as const;
    const hashes = (order: readonly (typeof writes)[number][]) => {
      const end = order.reduce((state, [name, args]) => done(state, name, args as JsonObject), start);
      return [contentHash(end), tau2Hash(end)];
    };
    const expected = hashes(writes);
    fc.assert(
      fc.property(fc.shuffledSubarray([...writes], { minLength: 3 }), (order) => {
        expect(hashes(order)).toEqual(expected);
      }),
    );
  });
});

describe("searches", () => {
  const trip = { origin: "SEA", destination: "BOS", date: "2024-05-20" };
  const found = (name: string, args: JsonObject) => {
    const ran = run(domain, start, { name, arguments: args });
    return ran.status === "ok"
      ? (ran.result as unknown as readonly { flight_number: string; date: string }[])
      : [];
  };
  const pairs = (args: JsonObject) =>
    found("search_onestop_flight", args) as unknown as { flight_number: string; date: string }[][];

  test("a direct search leaves the date null", () => {
    expect(found("search_direct_flight", trip)).toMatchObject([{ flight_number: "HAT004", date: null }]);
  });

  test("a one-stop search joins flights of a day, and night flights to the next day from the 10th on only", () => {
    const numbers = (date: string) =>
      pairs({ ...trip, date }).map((pair) => pair.map(({ flight_number }) => flight_number));
    expect(numbers("2024-05-20")).toEqual([
      ["HAT001", "HAT002"],
      ["HAT003", "HAT002"],
    ]);
    expect(pairs(trip)[1]?.map(({ date }) => date)).toEqual(["2024-05-20", "2024-05-21"]);
    expect(numbers("2024-05-08")).toEqual([["HAT001", "HAT002"]]);
  });

  test("a search sees the seats that are left after a booking", () => {
    const after = done(start, "book_reservation", booking);
    const ran = run(domain, after, { name: "search_direct_flight", arguments: trip });
    expect(ran).toMatchObject({ status: "ok", result: [{ available_seats: { economy: 1 } }] });
  });
});
