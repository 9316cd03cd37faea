import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng, type Rng } from "../src/core/rng.ts";
import { airline } from "../src/domains/airline/airline.ts";
import { airlineRequests } from "../src/domains/airline/requests.ts";
import { worldSchema } from "../src/domains/airline/state.ts";
import { checkWorld } from "../src/domains/airline/worlds/check.ts";
import { rulesOf } from "../src/domains/airline/worlds/kind-rules.ts";
import { sampleWorld } from "../src/domains/airline/worlds/sample-world.ts";
import { sampleScenario } from "../src/domains/airline/worlds/scenario.ts";
import { axisValues, kinds } from "../src/domains/airline/worlds/shapes.ts";
import { drawWished } from "../src/domains/airline/worlds/wishes.ts";
import {
  type AxisValues,
  type Call,
  type Move,
  type Region,
  type ScriptedRequest,
  soundHabits,
  stateOf,
} from "../src/domains/domain.ts";
import { freshMemory, remember, viewOf } from "../src/domains/memory.ts";
import type { Scenario } from "../src/domains/scenario.ts";
import { sampled } from "./sampled.ts";

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
