import { describe, expect, test } from "vitest";
import { type FaultFile, faultSteps, parseFaultFile } from "../src/agents/fault-file.ts";
import { createSimulated } from "../src/agents/simulated.ts";
import { airline } from "../src/domains/airline/airline.ts";
import type { Campaign, Harvested } from "./bench/mining-campaign.ts";
import { createPool } from "./bench/mining-cells.ts";
import { describeFile, drawRandomCells } from "./bench/mining-describe.ts";
import {
  costsOf,
  diversityOf,
  quantile,
  recallAt,
  rolloutsTo,
  type Study,
  searchCost,
  withSimplification,
} from "./bench/mining-figures.ts";
import { ownFaults, readTargets } from "./bench/mining-files.ts";
import { generateTargets } from "./bench/mining-generate.ts";
import { runJob } from "./bench/mining-run.ts";
import { attribute, scoreTask, simplestCell } from "./bench/mining-score.ts";
import { createTree, type Named, rateOf } from "./bench/mining-tree.ts";
import { play } from "./sampled.ts";

const targets = readTargets(ownFaults);
const cells = drawRandomCells(1);

const fileOf = (name: string): FaultFile => {
  const file = targets.find((one) => one.name === name);
  if (file === undefined) throw new Error(`no target ${name}`);
  return file;
};

const seeds = (count: number) => Array.from({ length: count }, (_, i) => `test/${i}`);

async function bruteForce(file: FaultFile, named: Named, all: readonly string[]): Promise<number> {
  const target = createSimulated(file, airline);
  let passed = 0;
  for (const seed of all) if ((await play(named, { target, seed })).grade.status === "passed") passed += 1;
  return passed / all.length;
}

describe("the scorer's tree", () => {
  test("gives the very rates of the rollouts themselves, with every fault and with each removed", async () => {
    const pool = createPool(5);
    const all = seeds(48);
    let seen = 0;
    for (const [i, name] of [
      "bench-clerk",
      "bench-guesser",
      "bench-stenographer",
      "bench-chooser",
    ].entries()) {
      const file = fileOf(name);
      for (const place of [3 * i, 3 * i + 1, 3 * i + 2]) {
        const named = pool(place);
        const tree = createTree(file, named);
        expect(await rateOf(tree, all)).toBe(await bruteForce(file, named, all));
        for (const fault of file.faults.filter(({ id }) => tree.asked().includes(id))) {
          seen += 1;
          const others = { ...file, faults: file.faults.filter((other) => other !== fault) };
          expect(await rateOf(tree, all, fault.id)).toBe(await bruteForce(others, named, all));
        }
        expect(tree.conversations()).toBeLessThan(all.length);
      }
    }
    expect(seen).toBeGreaterThan(5);
  });

  test("holds one conversation for all seeds that draw alike", async () => {
    const fault = { id: "f", when: {}, fault: "transfer", probability: 0.5 };
    const file = parseFaultFile({ name: "one", faults: [fault] }, airline, "one.json");
    const named = createPool(6)(0);
    const tree = createTree(file, named);
    await rateOf(tree, seeds(256));
    expect(tree.conversations()).toBeLessThanOrEqual(2 ** (named.task.user.requests.length + 1));
  });
});

describe("found and attributable", () => {
  test("a fault is found by a task only where the failure goes away with it", async () => {
    const [certain, idle] = ["certain", "idle"].map((id) => ({
      id,
      when: id === "certain" ? {} : { kind: "book", bags: 4 },
      fault: "transfer",
      probability: 0.9,
    }));
    const file = parseFaultFile({ name: "two", faults: [certain, idle] }, airline, "two.json");
    const pool = createPool(7);
    const other = Array.from({ length: 40 }, (_, i) => pool(i)).find(({ cell }) =>
      cell.requests.every(({ kind }) => kind !== "book"),
    );
    if (other === undefined) throw new Error("no task without a booking");
    const scored = await scoreTask(file, other, createTree(file, other));
    expect(scored.rate).toBeLessThan(0.33);
    expect(scored.found).toEqual(["certain"]);
  });

  test("two faults of which each is enough find nothing: without either the task still fails", async () => {
    const faults = ["a", "b"].map((id) => ({ id, when: {}, fault: "transfer", probability: 0.95 }));
    const file = parseFaultFile({ name: "twins", faults }, airline, "twins.json");
    const named = createPool(8)(0);
    const scored = await scoreTask(file, named, createTree(file, named));
    expect(scored.rate).toBeLessThan(0.05);
    expect(scored.found).toEqual([]);
    expect((await attribute(file)).filter(({ attributable }) => attributable)).toEqual([]);
  });

  test("the simplest cell has the smallest matching value, and the simplest everywhere else", () => {
    const cell = simplestCell({ kind: "book", passengers: { min: 3 }, pays_with: "mixed" });
    expect(cell?.request).toMatchObject({
      kind: "book",
      passengers: 3,
      pays_with: "mixed",
      payments: 2,
      bags: 0,
      cabin: "economy",
      trip: "one_way",
    });
    expect(simplestCell({ requests: { min: 2 } })).toBeNull();
    expect(simplestCell({ schedule: "late" })).toBeNull();
  });

  test("a fault of a whole conversation and a decoy are listed apart", async () => {
    const all = new Map((await attribute(fileOf("bench-mishearer"))).map((one) => [one.fault, one]));
    expect(all.get("weather-unheard")).toMatchObject({ attributable: true, without: 1 });
    expect(all.get("bags-beside-unheard")).toMatchObject({ attributable: false, cell: null });
    expect(all.get("decoy-cabin-unheard")?.attributable).toBe(false);
  });
});

describe("the fault files", () => {
  test("the twelve are as the recipe asks, and one has no fault", () => {
    expect(targets).toHaveLength(12);
    expect(targets.filter(({ faults }) => faults.length === 0)).toHaveLength(1);
    expect(
      targets.map((file) => describeFile(file, cells)).filter(({ departures }) => departures.length > 0),
    ).toEqual([]);
  });

  test("the twelve plant every kind of fault, in every kind of request, on one, two and three axes", () => {
    const facts = targets.flatMap((file) => describeFile(file, cells).faults);
    const real = facts.filter(({ isDecoy }) => !isDecoy);
    expect(new Set(real.map(({ fault }) => fault.fault))).toEqual(new Set(Object.keys(faultSteps)));
    const kinds = new Set(real.flatMap(({ fault }) => fault.when.kind ?? []));
    expect(kinds).toEqual(new Set(airline.requests.map(({ kind }) => kind)));
    expect(new Set(real.map(({ axes }) => axes))).toEqual(new Set([1, 2, 3]));
  });

  test("at least three faults of each of the eleven are attributable", async () => {
    for (const file of targets.filter(({ faults }) => faults.length > 0)) {
      const found = (await attribute(file)).filter(({ attributable }) => attributable);
      expect(found.length, file.name).toBeGreaterThanOrEqual(3);
    }
  });

  test("generated ones are as the recipe asks, and the same for the same seed", async () => {
    const made = await generateTargets("unseen", { count: 4, cells });
    const again = await generateTargets("unseen", { count: 2, cells });
    expect(again).toEqual(made.slice(0, 2));
    expect(made.filter(({ faults }) => faults.length === 0)).toHaveLength(1);
    for (const file of made) {
      expect(describeFile(file, cells).departures).toEqual([]);
      const found = (await attribute(file)).filter(({ attributable }) => attributable);
      expect(found.length).toBeGreaterThanOrEqual(file.faults.length === 0 ? 0 : 2);
    }
  });
});

const at = (search: number, simplify = 0) => ({ search, simplify, fresh: 0 });
const kept = (search: number, found: readonly string[], simplify = 0): Harvested => ({
  at: at(search, simplify),
  rate: 0.1,
  freshPassed: 3,
  found,
});
const campaign = (target: string, harvested: readonly Harvested[]): Campaign => ({
  strategy: "dag",
  target,
  seed: 1,
  until: 600,
  harvested,
  spent: at(600),
  candidates: 100,
  said: null,
  ms: { searching: 0, scoring: 0 },
});

describe("the figures", () => {
  const study: Study = {
    campaigns: [],
    attributable: new Map([
      ["one", ["a", "b"]],
      ["two", ["c", "d"]],
    ]),
    apart: new Map(),
    faultless: [],
  };
  const seed = [
    campaign("one", [kept(10, ["a"]), kept(40, ["a", "b"], 90)]),
    campaign("two", [kept(20, ["x"]), kept(300, ["c"], 500), kept(700, ["d"])]),
  ];

  test("recall is pooled over targets, by the rollouts on each, and what comes too late is not found", () => {
    const costs = costsOf(seed, study, searchCost);
    expect(costs).toEqual([10, 40, 300, Number.POSITIVE_INFINITY]);
    expect([5, 10, 299, 300, 2400].map((rollouts) => recallAt(costs, rollouts))).toEqual([
      0, 0.25, 0.5, 0.75, 0.75,
    ]);
    expect([0.25, 0.5, 0.75, 0.8].map((share) => rolloutsTo(costs, share))).toEqual([
      10,
      40,
      300,
      Number.POSITIVE_INFINITY,
    ]);
    expect(costsOf(seed, study, withSimplification)).toEqual([10, 130, 800, Number.POSITIVE_INFINITY]);
  });

  test("diversity shares a task among the faults that it finds, and counts unfound ones as zero", () => {
    const even = diversityOf(campaign("one", [kept(1, ["a"]), kept(2, ["b"])]), study);
    expect(even).toMatchObject({ evenness: 1, topShare: 0.5, overEven: 0 });
    const skew = diversityOf(campaign("one", [kept(1, ["a"]), kept(2, ["a"])]), study);
    expect(skew).toMatchObject({ evenness: 0, topShare: 1, overEven: 0.5 });
    const shared = diversityOf(campaign("one", [kept(1, ["a", "b"])]), study);
    expect(shared).toMatchObject({ evenness: 1, topShare: 0.5 });
    expect(diversityOf(campaign("one", []), study)).toMatchObject({ evenness: 0, topShare: 1, tasks: 0 });
  });

  test("a median with an infinite half is infinite", () => {
    const inf = Number.POSITIVE_INFINITY;
    expect(quantile([1, 2, inf], 0.5)).toBe(2);
    expect(quantile([1, inf, inf], 0.5)).toBe(inf);
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantile([1, inf], 0.5)).toBe(inf);
  });
});

describe("a campaign", () => {
  const job = { seed: 1, targets: ["bench-clerk"], tasks: 100 };

  test.each(["random", "greedy", "dag", "wg"] as const)(
    "of %s stops at its rollouts, and is the same again",
    async (strategy) => {
      const runs: Campaign[] = [];
      for (let i = 0; i < 2; i++)
        await runJob({ ...job, strategy, until: 30 }, targets, (one) => runs.push(one));
      const [first, again] = runs;
      expect(first?.spent.search).toBeGreaterThanOrEqual(30);
      expect(first?.spent.search).toBeLessThan(50);
      expect(first?.candidates).toBeGreaterThan(0);
      expect({ ...again, ms: null }).toEqual({ ...first, ms: null });
    },
  );

  test("keeps nothing of a target that makes no mistakes, and a harvest of ours has something to say then", async () => {
    for (const strategy of ["random", "greedy", "dag"] as const) {
      const runs: Campaign[] = [];
      await runJob({ ...job, targets: ["bench-sound"], strategy, until: 30 }, targets, (one) =>
        runs.push(one),
      );
      expect(runs.map(({ harvested }) => harvested)).toEqual([[]]);
      expect(runs.map(({ said }) => said !== null)).toEqual([strategy === "dag"]);
    }
  });
});
