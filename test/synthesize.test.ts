import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isSame } from "../src/core/json.ts";
import { createRng } from "../src/core/rng.ts";
import { reachOf } from "../src/dag/check-graph.ts";
import type { Parameters } from "../src/dag/parameters.ts";
import { mostCalls, type Synthesized, synthesize } from "../src/dag/synthesize.ts";
import { requestGraph } from "../src/dag/tool-graph.ts";
import { airline } from "../src/domains/airline/airline.ts";
import { stateOf } from "../src/domains/domain.ts";
import { act, openEnvironment } from "../src/domains/environment.ts";
import { fieldsOf, valuesAt } from "../src/domains/reference.ts";
import { emptyTally } from "../src/frontier/space-filling.ts";
import { passGates } from "../src/tasks/gates.ts";
import { solve } from "../src/tasks/gold.ts";
import { isHeardAs } from "../src/tasks/instruction.ts";
import { leaksOf } from "../src/tasks/leaks.ts";
import { sampleMany } from "./bench/dag-sampling.ts";
import { drawParameters } from "./drawn.ts";
import { play } from "./sampled.ts";

const seed = fc.string({ minLength: 1, maxLength: 12 });

const plain: Parameters = {
  requests: [{ kind: "book", verdict: "granted" }],
  schedule: "together",
  world: {},
  noise: 0,
  distractors: 2,
  nearness: 2,
  events: "none",
  detours: 0,
};

function made(parameters: Parameters, name: string): Synthesized {
  const synthesis = synthesize(airline, parameters, createRng(name));
  if (synthesis.status !== "made") throw new Error(JSON.stringify(synthesis));
  return synthesis.made;
}

/** A task of parameters drawn by chance, whatever they are. */
function drawn(name: string): { readonly made: Synthesized; readonly parameters: Parameters } {
  for (let i = 0; ; i++) {
    const rng = createRng(`${name} ${i}`);
    const on = { domain: airline, tally: emptyTally, rng: rng.fork("draw") };
    const parameters = drawParameters({ where: {} }, on);
    if (parameters === null) continue;
    const synthesis = synthesize(airline, parameters, rng.fork("make"));
    if (synthesis.status === "made") return { made: synthesis.made, parameters };
  }
}

const nodesOf = ({ walk }: Synthesized) =>
  walk.walks.flatMap(({ nodes }) => nodes).map((name) => walk.nodes[name]);

const callsOf = (one: Synthesized) => nodesOf(one).flatMap((node) => (node?.type === "tool" ? [node] : []));

describe("a synthesized task", () => {
  test("passes every gate again, says just its requests, and gives nothing away that is to be found", () => {
    fc.assert(
      fc.property(seed, (name) => {
        const { task, gold } = drawn(name).made.gated;
        expect(passGates(JSON.parse(JSON.stringify(task)), airline).status).toBe("passed");
        expect(isHeardAs(task.instruction, task.user, airline)).toBe(true);
        if (gold !== null)
          expect(leaksOf(task.instruction, { domain: airline, user: task.user, gold })).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test("is solved by the agent that makes no mistakes", async () => {
    for (let i = 0; i < 60; i++) {
      const { gated } = drawn(`solved ${i}`).made;
      const { grade } = await play(gated);
      expect([i, grade.status]).toEqual([i, "passed"]);
    }
  });

  test("is the same for the same seed", () => {
    expect(drawn("same").made).toEqual(drawn("same").made);
  });
});

describe("a golden walk", () => {
  test("has a walk for each request, and ends where gold ends, whatever detours and events it meets", () => {
    fc.assert(
      fc.property(seed, (name) => {
        const one = drawn(name).made;
        const { task, gold } = one.gated;
        expect(one.walk.walks.map(({ intent }) => intent)).toEqual(
          gold?.solutions.map(({ request }) => request.kind),
        );
        let environment = openEnvironment(airline, stateOf(task.world), { events: task.events });
        for (const { tool_id, arguments: args, refused } of callsOf(one)) {
          const acted = act(environment, { name: tool_id, arguments: args });
          expect(acted.status === "ok").toBe(refused === undefined);
          environment = acted.environment;
        }
        const solved = solve(airline, task);
        expect(solved.status === "solved" && hashOf(solved.final)).toEqual(hashOf(environment.state));
        expect(callsOf(one).length).toBeLessThanOrEqual(mostCalls);
      }),
      { numRuns: 60 },
    );
  });

  test("follows the tool graph: every reference that a call takes was said, or told by a call before", () => {
    for (let i = 0; i < 40; i++) {
      const one = drawn(`graph ${i}`).made;
      const { task } = one.gated;
      const said = JSON.stringify([task.user]);
      const told: unknown[] = [];
      let environment = openEnvironment(airline, stateOf(task.world), { events: task.events });
      for (const { tool_id, arguments: args } of callsOf(one)) {
        const tool = airline.tools.find(({ name }) => name === tool_id);
        if (tool === undefined) throw new Error(tool_id);
        const taken = fieldsOf(tool.input).flatMap((field) => valuesAt(args, field));
        const shown = JSON.stringify(told) + said;
        for (const value of taken) expect(shown).toContain(JSON.stringify(value).slice(1, -1));
        const acted = act(environment, { name: tool_id, arguments: args });
        if (acted.status === "ok") told.push(acted.result);
        environment = acted.environment;
      }
    }
  });

  test("goes only through tools that the graph of its request reaches, detours aside", () => {
    for (let i = 0; i < 40; i++) {
      const one = drawn(`reach ${i}`).made;
      for (const { intent, nodes } of one.walk.walks) {
        const kind = airline.requests.find((request) => request.kind === intent);
        if (kind === undefined) throw new Error(intent);
        const { tools } = reachOf(requestGraph(kind, airline));
        for (const name of nodes) {
          const node = one.walk.nodes[name];
          if (node?.type === "tool" && node.role !== "detour") expect([...tools]).toContain(node.tool_id);
        }
      }
    }
  });

  test("takes different ways to one goal: by id or from the profile, direct or with a stop, by one payment or several", () => {
    const tools = (change: object) =>
      callsOf(made({ ...plain, requests: [{ ...plain.requests[0], ...change }] }, "ways")).map(
        ({ tool_id }) => tool_id,
      );
    expect(tools({ stops: "direct" })).toContain("search_direct_flight");
    expect(tools({ stops: "one_stop" })).toContain("search_onestop_flight");
    const held = (reference: string) =>
      callsOf(made({ ...plain, requests: [{ kind: "cancel", verdict: "granted", reference }] }, "ways"))[0]
        ?.tool_id;
    expect([held("id"), held("described")]).toEqual(["get_reservation_details", "get_user_details"]);
    const methods = (payments: number) =>
      callsOf(made({ ...plain, requests: [{ kind: "book", clause: "none", payments }] }, "ways")).at(-1)
        ?.arguments.payment_methods;
    expect([methods(1), methods(2)].map((list) => (list as unknown[]).length)).toEqual([1, 2]);
  });

  test("has detours as asked for, at the most, and all of them only read", () => {
    const detours = (count: number) =>
      callsOf(made({ ...plain, detours: count }, "detours")).filter(({ role }) => role === "detour");
    expect([0, 1, 3].map((count) => detours(count).length)).toEqual([0, 1, 3]);
    expect(detours(6).length).toBeGreaterThan(3);
    expect(detours(6).length).toBeLessThanOrEqual(6);
    expect(detours(6).every(({ state_changing }) => !state_changing)).toBe(true);
  });

  test("has a choice between the search and the write, with the options that lost", () => {
    const one = made(
      { ...plain, requests: [{ kind: "book", clause: "none", alternatives: 3, trip: "one_way" }] },
      "R",
    );
    const nodes = nodesOf(one);
    const at = nodes.findIndex((node) => node?.type === "choice");
    expect(nodes[at]).toMatchObject({ of: "flight", options: 3 });
    expect(nodes[at - 1]).toMatchObject({ role: "flight_search" });
    expect(nodes.at(-1)).toMatchObject({ role: "write" });
    expect(one.enumerated).toBe(3);
  });
});

describe("a filled world", () => {
  test("leaves what gold writes as it was in the bare world", () => {
    for (let i = 0; i < 30; i++) {
      const rng = createRng(`bare ${i}`);
      const scenario = airline.sampleScenario({ requests: [{}, {}], noise: 2, distractors: 4 }, rng);
      if (scenario === null) continue;
      const { bare, world, identity, requests } = scenario;
      const user = { identity, requests, schedule: "together" } as const;
      const writes = (of: typeof bare) => {
        const solved = solve(airline, { world: of, user });
        return solved.status === "solved" && solved.gold.solutions.flatMap((one) => one.writes);
      };
      expect(isSame(writes(bare) as never, writes(world) as never)).toBe(true);
      expect(Object.keys(world.flights ?? {}).length).toBeGreaterThan(Object.keys(bare.flights ?? {}).length);
    }
  });

  test("names distractors that are there, as many as asked for, nearer where that is asked for", () => {
    const booked = { kind: "book", clause: "none", alternatives: 4, rule: "cheapest", trip: "one_way" };
    const rivals = (nearness: 0 | 1 | 2) => {
      const one = made({ ...plain, requests: [booked], distractors: 3, nearness }, `near ${nearness}`);
      const { world } = one.gated.task;
      for (const { record, near } of one.distractors) {
        for (const name of [record, near]) {
          const [table = "", ids = ""] = name.split("/");
          for (const id of ids.split("+")) expect(world[table]?.[id]).toBeDefined();
        }
      }
      expect(
        one.distractors.filter(({ record }) => record.startsWith("flights/")).length,
      ).toBeGreaterThanOrEqual(6);
      return one.distractors.filter(({ losesBy }) => losesBy === "price").map(({ by }) => by ?? 0);
    };
    const steps = (list: readonly number[]) => list.toSorted((a, b) => a - b)[0];
    expect(steps(rivals(2))).toBe(1);
    expect(steps(rivals(0))).toBeGreaterThanOrEqual(10);
  });
});

describe("parameters that no world can meet", () => {
  test.each([
    [[{ kind: "add_insurance", verdict: "granted" }], {}, "insurance_only_at_booking"],
    [[{ kind: "cancel", verdict: "granted", ground: "none" }], {}, "cancel_eligibility"],
    [
      [{ kind: "book", pays_with: "certificate", payments: 2, verdict: "granted" }],
      {},
      "book_one_certificate",
    ],
    [[{ clause: "cancel_flown" }, { verdict: "handover" }], {}, "cancel_flown"],
    [[{ kind: "cancel", rule: "cheapest" }], {}, "has no rule"],
    [[{ membership: "gold" }, { membership: "silver" }], {}, "membership"],
    [[{ kind: "cancel", clause: "none" }], { trips_held: 0 }, "trips_held"],
  ])("%j in %j are proved so, and what is in the way is named", (requests, world, named) => {
    const synthesis = synthesize(airline, { ...plain, requests, world }, createRng("no"));
    expect(synthesis.status).toBe("impossible");
    expect(synthesis.status === "impossible" && synthesis.why).toContain(named);
  });

  test("that only chance shows to be so are given up on after a stated number of tries", () => {
    const cancels = { kind: "cancel", clause: "none", reference: "described" };
    const crowded = { ...plain, requests: [cancels, cancels, cancels, cancels], world: { trips_held: 5 } };
    const synthesis = synthesize(airline, crowded, createRng("many"));
    expect(synthesis).toMatchObject({ status: "none", tries: expect.any(Number) });
    expect(synthesis.status === "none" && synthesis.why).toContain("more than 16 calls");
  });
});

describe("a cold start", () => {
  const sampling = sampleMany(1_000, "cold");

  test("spreads over every axis, and its golden call sequences hardly ever repeat", () => {
    const uneven = sampling.evenness.filter(({ share }) => share < 0.85).map(({ axis }) => axis);
    // Two thirds of the clauses refuse: whoever asks for all clauses alike cannot ask for all verdicts alike.
    expect(uneven.filter((axis) => axis !== "verdict")).toEqual([]);
    expect(sampling.distinct).toBeGreaterThanOrEqual(0.95);
  });

  test("makes nothing that a gate turns down", () => {
    const { gateRejections, failedAgain, misheard, leaks, brokenWalks } = sampling;
    expect({ gateRejections, failedAgain, misheard, leaks, brokenWalks }).toEqual({
      gateRejections: 0,
      failedAgain: 0,
      misheard: 0,
      leaks: 0,
      brokenWalks: 0,
    });
  });
});

function hashOf(state: ReturnType<typeof stateOf>) {
  return Object.entries(state).map(([name, table]) => [name, table.hash()]);
}
