import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { FaultName } from "../src/agents/fault-file.ts";
import { createSimulated } from "../src/agents/simulated.ts";
import { createRng } from "../src/core/rng.ts";
import { checkGraph } from "../src/dag/check-graph.ts";
import type { Parameters } from "../src/dag/parameters.ts";
import { proposeParameters } from "../src/dag/propose.ts";
import { type Synthesized, synthesize } from "../src/dag/synthesize.ts";
import type { Region } from "../src/domains/domain.ts";
import { emptyTally } from "../src/frontier/space-filling.ts";
import { analyseFailure } from "../src/rollout/analyse.ts";
import type { ModeName } from "../src/rollout/failure-note.ts";
import { passGates } from "../src/tasks/gates.ts";
import { sampleMany, walkHolds } from "./bench/dag-sampling.ts";
import { library } from "./data/library.ts";
import { drawParameters } from "./drawn.ts";
import { play } from "./sampled.ts";

/** The second domain is a lending library that lives in test/data: src knows nothing of it. */

const plain: Omit<Parameters, "requests"> = {
  schedule: "together",
  world: {},
  noise: 1,
  distractors: 2,
  nearness: 2,
  events: "none",
  detours: 0,
};

/** A task with a request in each region; throws where none was made. */
function made(requests: readonly Region[], seed: string, change: Partial<Parameters> = {}): Synthesized {
  const synthesis = synthesize(library, { ...plain, requests, ...change }, createRng(seed));
  if (synthesis.status !== "made") throw new Error(JSON.stringify(synthesis));
  return synthesis.made;
}

/** A task of parameters drawn by chance. */
function drawn(name: string): Synthesized {
  for (let i = 0; ; i++) {
    const rng = createRng(`${name} ${i}`);
    const on = { domain: library, tally: emptyTally, rng: rng.fork("draw") };
    const parameters = drawParameters({ where: {} }, on);
    const synthesis = parameters === null ? null : synthesize(library, parameters, rng.fork("make"));
    if (synthesis?.status === "made") return synthesis.made;
  }
}

const seeds = Array.from({ length: 60 }, (_, i) => String(i));

const callsOf = ({ walk }: Synthesized) =>
  Object.values(walk.nodes).flatMap((node) => (node.type === "tool" ? [node] : []));

const newest = { kind: "borrow", clause: "none", rule: "newest", alternatives: 3 };

describe("the source outside domains/airline", () => {
  const source = join(import.meta.dirname, "../src");
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !file.startsWith(join("domains", "airline")),
  );
  const itsWords =
    /airline|airport|reservation|cabin|passenger|membership|baggage|send_certificate|flights|flight_/i;

  test("has no line of code about the airline but the list of domains", () => {
    const lines = files.flatMap((file) => {
      const code = readFileSync(join(source, file), "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
      return code.split("\n").flatMap((line) => (itsWords.test(line) ? [`${file}: ${line.trim()}`] : []));
    });
    expect(lines).toEqual([
      'domains/index.ts: import { airline } from "./airline/airline.ts";',
      "domains/index.ts: export const domains: readonly Domain[] = [airline];",
    ]);
  });
});

describe("on a cold start, a second domain's", () => {
  const sampling = sampleMany(300, "cold", library);

  test("tools join up", () => {
    expect(() => checkGraph(library)).not.toThrow();
  });

  test("tasks spread over every axis, and their call sequences hardly ever repeat", () => {
    expect(sampling.evenness.filter(({ share }) => share < 0.9)).toEqual([]);
    expect(sampling.distinct).toBeGreaterThanOrEqual(0.9);
  });

  test("tasks pass every gate again, are heard right, give nothing away, and have walks that hold", () => {
    const { gateRejections, failedAgain, misheard, leaks, brokenWalks } = sampling;
    expect([gateRejections, failedAgain, misheard, leaks, brokenWalks]).toEqual([0, 0, 0, 0, 0]);
  });

  test("proposals spread over the kinds, and all requests of one are of the same member", () => {
    const proposed = proposeParameters({ domain: library, trials: [], rng: createRng("cold") })
      .take(60)
      .toArray();
    const all = proposed.flatMap(({ parameters: { requests } }) => requests);
    for (const { parameters } of proposed) {
      expect(new Set(parameters.requests.map(({ membership }) => membership)).size).toBe(1);
      expect(library.objectionTo(parameters)).toBeNull();
    }
    for (const { kind } of library.requests)
      expect(all.filter((region) => region.kind === kind).length).toBeGreaterThan(all.length / 5);
  });
});

describe("four requests of one user", () => {
  test("share what the domain says is the user's, so that they are found without trying on", () => {
    for (const seed of seeds) {
      const on = { domain: library, tally: emptyTally, rng: createRng(`four ${seed}`) };
      const parameters = drawParameters({ where: {}, around: { requests: 4 } }, on);
      expect([seed, parameters?.requests.length]).toEqual([seed, 4]);
    }
  });
});

describe("a task made in a second domain", () => {
  test("is solved by the domain's own agent in a real conversation", async () => {
    for (const seed of seeds) {
      const { gated } = drawn(`solved ${seed}`);
      expect(passGates(gated.task, library).status).toBe("passed");
      const { grade, trajectory } = await play(gated, { domain: library, seed });
      expect([seed, grade.status, trajectory.ending]).toEqual([seed, "passed", expect.any(String)]);
    }
  });

  test.each(["interruption", "change"] as const)(
    "has a golden walk that takes detours, meets an event (%s) and ends where gold ends",
    async (events) => {
      for (const seed of seeds.slice(0, 20)) {
        const one = made([newest, { kind: "renew" }], `${events} ${seed}`, { events, detours: 3 });
        expect([seed, one.parameters.events, walkHolds(one, library)]).toEqual([seed, events, true]);
        const calls = callsOf(one);
        expect(calls.filter(({ refused }) => refused !== undefined)).toHaveLength(1);
        expect(calls.filter(({ role }) => role === "detour").length).toBeGreaterThan(0);
        expect((await play(one.gated, { domain: library, seed })).grade.status).toBe("passed");
      }
    },
  );

  test("is turned down at the gate if its world does not hold together", () => {
    const { task } = drawn("broken").gated;
    const loans = Object.fromEntries(
      Object.entries(task.world.loans ?? {}).map(([id, loan]) => [id, { ...loan, title: "Another" }]),
    );
    const loan = { loan_id: "L00001", member_id: "M00001", copy_id: "C00001", title: "", weeks: 1 };
    const world = { ...task.world, loans: { ...loans, L00001: { ...loan, renewals: 0 } } };
    const gated = passGates({ ...task, world }, library);
    expect(gated.status === "rejected" && gated.rejections[0]?.gate).toBe("consistency");
  });

  test("has a choice among what a search offered, and roles by what its tools are about", () => {
    const one = made([newest], "roles");
    expect(callsOf(one).map(({ role }) => role)).toEqual(["member_lookup", "book_search", "write"]);
    expect(Object.values(one.walk.nodes)).toContainEqual(
      expect.objectContaining({ type: "choice", of: "book", options: 3 }),
    );
  });

  test("has distractors that are there and lose by what they are said to lose by", () => {
    for (const nearness of [0, 1, 2] as const) {
      const one = made([newest], `near ${nearness}`, { nearness });
      const copies = one.gated.task.world.copies ?? {};
      const copy = (record: string) => copies[record.replace("copies/", "")];
      expect(one.distractors.map(({ losesBy }) => losesBy)).toEqual(["years", "years", "status", "status"]);
      for (const { record, near, losesBy, by } of one.distractors) {
        const behind = Number(copy(near)?.year) - Number(copy(record)?.year);
        expect([copy(record)?.status, behind]).toEqual(
          losesBy === "status" ? ["away", expect.any(Number)] : ["on_shelf", by],
        );
      }
    }
  });

  test.each([
    [[{ kind: "borrow", membership: "basic", weeks: 4, verdict: "granted" }], {}, "long_loans"],
    [[{ kind: "renew", clause: "own_loans", reference: "described" }], {}, "own_loans"],
    [[{ verdict: "handover" }, { verdict: "handover" }], {}, "damaged_to_librarian"],
    [[{ membership: "basic" }, { membership: "plus" }], {}, "membership"],
    [[{ kind: "give_back", rule: "newest" }], {}, "has no rule"],
    [[{ kind: "renew", clause: "none" }], { loans_held: 0 }, "loans_held"],
  ])("cannot be of %j in %j, and what is in the way is named", (requests, world, named) => {
    const synthesis = synthesize(library, { ...plain, requests, world }, createRng("no"));
    expect(synthesis).toMatchObject({ status: "impossible", why: expect.stringContaining(named) });
  });
});

interface PlantedCase {
  readonly fault: FaultName;
  readonly clause?: string;
  readonly region: Region;
  readonly modes: readonly ModeName[];
}

const renewed = { kind: "renew", clause: "none", reference: "id" };

describe("the analysis of a failure in a second domain", () => {
  const beside = { kind: "give_back", clause: "none", reference: "id" };
  const cases: readonly PlantedCase[] = [
    { fault: "wrong_choice", region: newest, modes: ["wrong_choice"] },
    {
      fault: "skip_lookup",
      region: { kind: "borrow", clause: "long_loans" },
      modes: ["decided_without_lookup", "forbidden_write"],
    },
    { fault: "drop_request", region: renewed, modes: ["missing_write"] },
    { fault: "transfer", region: renewed, modes: ["transferred"] },
    { fault: "invented_id", region: newest, modes: ["made_up_value"] },
    { fault: "stop_early", region: newest, modes: ["stopped_early"] },
    ...["own_loans", "renew_twice"].map((clause): PlantedCase => {
      const region = { kind: "renew", clause };
      return { fault: "ignore_clause", clause, region, modes: ["forbidden_write"] };
    }),
    {
      fault: "ignore_clause",
      clause: "long_loans",
      region: { kind: "borrow", clause: "long_loans" },
      modes: ["forbidden_write"],
    },
  ];

  test.each(cases)("names $fault in $region and the request it struck", async ({ modes, ...planted }) => {
    const { fault, clause = null, region } = planted;
    const { kind = "" } = region;
    const file = { name: "planted", summary: "", faults: [{ id: "f", when: { kind }, fault, clause }] };
    const faults = file.faults.map((one) => ({ ...one, probability: 1 }));
    const target = createSimulated({ ...file, faults }, library);
    for (const seed of seeds.slice(0, 10)) {
      const { gated, distractors } = made([region, beside], `${fault} ${seed}`);
      const { trajectory, grade } = await play(gated, { domain: library, target, seed });
      const note = analyseFailure({ ...gated, trajectory, grade, domain: library, distractors });
      expect([grade.status, note.modes[0]?.kind]).toEqual(["failed", kind]);
      expect(modes).toContain(note.modes[0]?.mode);
    }
  });
});
