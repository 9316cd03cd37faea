import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at, type Json } from "../src/core/json.ts";
import { createRng, type Rng } from "../src/core/rng.ts";
import { airline } from "../src/domains/airline/airline.ts";
import { airlineRequests } from "../src/domains/airline/requests.ts";
import { worldSchema } from "../src/domains/airline/state.ts";
import { checkWorld } from "../src/domains/airline/worlds/check.ts";
import { airportCodes } from "../src/domains/airline/worlds/places.ts";
import { sampleWorld } from "../src/domains/airline/worlds/sample-world.ts";
import { sampleScenario } from "../src/domains/airline/worlds/scenario.ts";
import { axisValues, kinds, rulesOf } from "../src/domains/airline/worlds/shapes.ts";
import { drawWished } from "../src/domains/airline/worlds/wishes.ts";
import {
  type AxisValues,
  type Call,
  type Move,
  type Region,
  type Scenario,
  type ScriptedRequest,
  soundHabits,
  stateOf,
  type World,
} from "../src/domains/domain.ts";
import { freshMemory, remember, viewOf } from "../src/domains/memory.ts";

const seed = fc.string({ minLength: 1, maxLength: 12 });
const wishOf = (requests: readonly Region[], noise = 0, distractors = 0) => ({
  requests,
  noise,
  distractors,
});
const everyEnd = kinds.flatMap((kind) =>
  ["none", ...rulesOf[kind].clauses].flatMap((clause) =>
    kind === "add_insurance" && clause === "none" ? [] : [{ kind, clause }],
  ),
);

function sampled(requests: readonly Region[], rng: Rng, full = { noise: 0, distractors: 0 }): Scenario {
  const scenario = sampleScenario({ requests, ...full }, rng);
  if (scenario === null) throw new Error(`no scenario for ${JSON.stringify(requests)}`);
  return scenario;
}

function kindOf(scripted: ScriptedRequest) {
  const kind = airlineRequests.find((one) => one.kind === scripted.request.kind);
  if (kind === undefined) throw new Error(`unknown kind ${scripted.request.kind}`);
  return kind;
}

interface Outcome {
  readonly scripted: ScriptedRequest;
  readonly move: Move;
  readonly cell: AxisValues;
}

/** What an agent without faults comes to for each request and each otherwise, its writes done. */
function outcomes(scenario: Scenario): readonly Outcome[] {
  let state = stateOf(scenario.world);
  let memory = freshMemory(scenario.identity);
  const run = (call: Call) => {
    const tool = airline.tools.find((one) => one.name === call.name);
    if (tool === undefined) throw new Error(`unknown tool ${call.name}`);
    const ran = tool.run(state, call.arguments);
    state = ran.state;
    memory = remember(memory, { call, answer: { ok: true, result: ran.result } }, airline);
  };
  const solve = (scripted: ScriptedRequest): readonly Outcome[] => {
    const kind = kindOf(scripted);
    for (;;) {
      const move = kind.next(scripted.request, viewOf(memory), soundHabits);
      const cell = kind.cell(scripted.request, viewOf(memory));
      if (move.move === "look" || move.move === "offer") move.calls.forEach(run);
      if (move.move === "look") continue;
      const turnedDown = move.move !== "offer" && scripted.otherwise !== undefined;
      return [{ scripted, move, cell }, ...(turnedDown ? solve(scripted.otherwise) : [])];
    }
  };
  return scenario.requests.flatMap(solve);
}

const clauseOf = ({ move }: Outcome) =>
  move.move === "offer" ? "none" : "clauses" in move ? move.clauses.join() : move.move;

describe("an identity", () => {
  test("is heard as it was said, and only from words that hold an id", () => {
    fc.assert(
      fc.property(seed, (name) => {
        const { identity } = sampled([{}], createRng(name), { noise: 0, distractors: 0 });
        expect(airline.identity.hear(airline.identity.say(identity))).toEqual(identity);
      }),
      { numRuns: 20 },
    );
    expect(airline.identity.hear("My user id is not at hand.")).toBeNull();
    expect(airline.identity.schema.safeParse({ user_id: "not" }).success).toBe(false);
  });
});

describe("a sampled world", () => {
  test("is coherent, whatever its size", () => {
    const size = fc.record({ users: fc.nat(40), reservations: fc.nat(120), flights: fc.nat(60) });
    fc.assert(
      fc.property(size, seed, (wanted, name) => {
        const world = sampleWorld(wanted, createRng(name));
        expect(checkWorld(world)).toEqual([]);
        expect(worldSchema.safeParse(world).success).toBe(true);
        expect(Object.keys(world.users ?? {})).toHaveLength(wanted.users);
        expect(Object.keys(world.flights ?? {})).toHaveLength(wanted.flights);
        const bookable = wanted.users > 0 && wanted.flights > 0;
        expect(Object.keys(world.reservations ?? {})).toHaveLength(bookable ? wanted.reservations : 0);
      }),
      { numRuns: 60 },
    );
  });

  test("of the stock database's size takes about a second at most, and is the same for the same seed", () => {
    const size = { users: 500, reservations: 2000, flights: 300 };
    const start = performance.now();
    const world = sampleWorld(size, createRng("stock"));
    expect(performance.now() - start).toBeLessThan(2000);
    expect(checkWorld(world)).toEqual([]);
    expect(sampleWorld(size, createRng("stock"))).toEqual(world);
  });
});

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

describe("a scenario", () => {
  test("is coherent and well formed, whatever its requests, noise and distractors", () => {
    const wish = fc.record({
      count: fc.integer({ min: 0, max: 4 }),
      noise: fc.nat(2),
      distractors: fc.nat(4),
    });
    fc.assert(
      fc.property(wish, seed, ({ count, noise, distractors }, name) => {
        const requests = Array.from({ length: count }, () => ({}));
        const scenario = sampled(requests, createRng(name), { noise, distractors });
        expect(checkWorld(scenario.world)).toEqual([]);
        expect(worldSchema.safeParse(scenario.world).success).toBe(true);
        expect(scenario.requests.length).toBeGreaterThanOrEqual(count);
        for (const scripted of scenario.requests.flatMap((one) => [one, one.otherwise ?? one])) {
          const kind = kindOf(scripted);
          expect(kind.schema.safeParse(scripted.request).success).toBe(true);
          expect(scripted.form).toBeLessThan(kind.forms);
        }
      }),
      { numRuns: 150 },
    );
  });

  test.each(everyEnd)("of $kind ends as wished: $clause", ({ kind, clause }) => {
    for (let i = 0; i < 25; i++) {
      const full = { noise: i % 3, distractors: i % 5 };
      const found = outcomes(sampled([{ kind, clause }], createRng(`${kind} ${clause} ${i}`), full));
      const own = found.find((outcome) => outcome.scripted.request.kind === kind);
      expect(own && clauseOf(own)).toBe(clause);
      if (own?.scripted.otherwise !== undefined) expect(found.at(-1)?.move.move).toBe("offer");
    }
  });

  test("of several requests has every wished cell, each granted request succeeds, and a handover comes last", () => {
    for (let i = 0; i < 200; i++) {
      const rng = createRng(`cells ${i}`);
      const shapes =
        drawWished(
          Array.from({ length: 1 + (i % 3) }, () => ({})),
          rng.fork("wish"),
        ) ?? [];
      const regions = shapes.map(({ shape }) => {
        const kept = rngSubset(rulesOf[shape.kind].axes, rng);
        return { kind: shape.kind, ...Object.fromEntries(kept.map((axis) => [axis, shape[axis]])) };
      });
      const scenario = sampleScenario(wishOf(regions, i % 2, i % 4), rng.fork("scenario"));
      if (scenario === null) continue;
      const found = outcomes(scenario);
      expect(found.every((outcome) => outcome.move.move !== "stuck")).toBe(true);
      expect(found.slice(0, -1).every((outcome) => outcome.move.move !== "handover")).toBe(true);
      for (const region of regions) expect(found.some((outcome) => isWithin(outcome, region))).toBe(true);
    }
  });

  test("is found for nearly every wish that can be met, at 500 a second or more", () => {
    let found = 0;
    let timeMs = 0;
    const count = 1000;
    for (let i = 0; i < count; i++) {
      const rng = createRng(`rate ${i}`);
      const drawn =
        drawWished(
          Array.from({ length: 1 + (i % 3) }, () => ({})),
          rng.fork("wish"),
        ) ?? [];
      const regions = drawn.map(({ shape }) => {
        const kept = rngSubset(rulesOf[shape.kind].axes, rng);
        return { kind: shape.kind, ...Object.fromEntries(kept.map((axis) => [axis, shape[axis]])) };
      });
      const start = performance.now();
      if (sampleScenario(wishOf(regions), rng.fork("scenario")) !== null) found += 1;
      timeMs += performance.now() - start;
    }
    expect(found / count).toBeGreaterThanOrEqual(0.95);
    expect(count / (timeMs / 1000)).toBeGreaterThan(500);
  });

  test("is null for a wish that contradicts itself", () => {
    const impossible: readonly Region[] = [
      { kind: "add_insurance", verdict: "granted" },
      { kind: "cancel", ground: "insured", insurance: "no" },
      { kind: "cancel", rule: "cheapest" },
      { kind: "book", payments: 2, pays_with: "certificate", verdict: "granted" },
      { kind: "change_flights", cabin: "basic_economy", verdict: "granted" },
      { clause: "own_reservations", reference: "described" },
    ];
    for (const region of impossible) expect(sampleScenario(wishOf([region]), createRng("no"))).toBeNull();
    const memberships = [{ membership: "gold" }, { membership: "silver" }];
    expect(sampleScenario(wishOf(memberships), createRng("no"))).toBeNull();
  });

  test("has every value of every axis within reach", () => {
    for (const [axis, values] of Object.entries(axisValues)) {
      for (const value of values) {
        expect(sampleScenario(wishOf([{ [axis]: value }]), createRng(`${axis} ${value}`))).not.toBeNull();
      }
    }
  });
});

function rngSubset<T>(items: readonly T[], rng: Rng): readonly T[] {
  return items.filter(() => rng.chance(0.6));
}

/** True if nothing that was seen of a request contradicts a region; `alternatives` is in no cell. */
function isWithin(outcome: Outcome, region: Region): boolean {
  const seen: Readonly<Record<string, unknown>> = {
    ...outcome.cell,
    kind: outcome.scripted.request.kind,
    clause: clauseOf(outcome),
  };
  return Object.entries(region).every(([axis, value]) => seen[axis] === undefined || seen[axis] === value);
}
