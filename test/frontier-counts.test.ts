import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonical } from "../src/core/json.ts";
import type { Cell } from "../src/domains/cell.ts";
import type { AxisValues, Region } from "../src/domains/domain.ts";
import { findDomain } from "../src/domains/index.ts";
import type { HarvestCounts, HarvestedCell } from "../src/frontier/diversity.ts";
import { type Evidence, evidenceFrom } from "../src/frontier/evidence.ts";
import type { Hypothesis } from "../src/frontier/hypothesis.ts";
import { regionsOf } from "../src/frontier/regions.ts";
import {
  addTally,
  contributionOf,
  contributionTo,
  emptyTally,
  placesOf,
  type Tally,
} from "../src/frontier/tally.ts";
import { causeName } from "../src/rollout/cause.ts";
import type { StoredTask } from "../src/store/records.ts";
import { openStore, type Store } from "../src/store/store.ts";
import { beforeCounts, storeFiles } from "./data/store-file.ts";
import { evaluation, session, storedTask } from "./data/store-samples.ts";
import { breaksIn, countHarvest, foldRegion, judgeHypothesis } from "./fold.ts";

const { root, opened, path } = storeFiles();
const airline = findDomain("airline");

const clause = "cancel_eligibility";

/** Few values, so that tasks meet in the same regions. */
const request: fc.Arbitrary<AxisValues> = fc.oneof(
  fc.record({
    kind: fc.constant("cancel"),
    cabin: fc.constantFrom("economy", "business"),
    reason: fc.constantFrom("health", "weather"),
  }),
  fc.record({ kind: fc.constant("add_bags"), bags: fc.constantFrom(1, 2, 3) }),
);
const cell: fc.Arbitrary<Cell> = fc.record({
  conversation: fc.record({ schedule: fc.constantFrom("together", "late") }),
  world: fc.record({ trips_held: fc.constantFrom(1, 2) }),
  requests: fc.array(request, { minLength: 1, maxLength: 2 }),
});

const threeCells = fc.array(cell, { minLength: 3, maxLength: 3 });

/** Those in which the cells above can lie, and some in which they cannot. */
const regions = regionsOf(airline).filter(({ kind }) => kind === "cancel" || kind === "add_bags");

const where: fc.Arbitrary<Region> = fc.constantFrom<Region>(
  {},
  { kind: "cancel" },
  { kind: "cancel", cabin: "business", schedule: "late" },
  { bags: { min: 2 } },
  { kind: ["cancel", "add_bags"], trips_held: 2 },
  { cabin: ["economy", "business"], reason: "health" },
  { kind: "add_bags", bags: { min: 7 } },
);

const tasks = ["t0", "t1", "t2"] as const;
const task = fc.constantFrom(...tasks);

/** One thing that is recorded. */
const step = fc.oneof(
  fc.record({
    at: fc.constant("screened" as const),
    task,
    n: fc.integer({ min: 0, max: 8 }),
    lost: fc.nat(8),
  }),
  fc.record({ at: fc.constant("verified" as const), task, confirmed: fc.boolean(), broke: fc.boolean() }),
  fc.record({ at: fc.constant("simplified" as const), task, minimal: task, shows: fc.boolean() }),
  fc.record({ at: fc.constant("analysed" as const), task, blamed: fc.constantFrom(0, 1, null) }),
  fc.record({ at: fc.constant("harvested" as const), task, original: task, order: fc.nat(9) }),
  fc.record({ at: fc.constant("dropped" as const), task }),
  fc.record({ at: fc.constant("proposed" as const), where, outcome: fc.boolean(), claimed: fc.boolean() }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function hypothesisOf(one: Extract<Step, { at: "proposed" }>): Hypothesis {
  const [region, behaviour] = [one.where, one.outcome ? "outcome" : clause];
  const id = JSON.stringify([region, behaviour]);
  return { id, statement: "It holds.", where: region, behaviour, by: "strategist" };
}

function record(store: Store, one: Step): void {
  switch (one.at) {
    case "screened": {
      const passed = Math.max(0, one.n - one.lost);
      const counts = { n: one.n, passed, unscored: 0, id: `e-${one.task}`, task: one.task, from: 0 };
      store.recordEvaluation({ ...evaluation, ...counts, role: "target", purpose: "screening" });
      return;
    }
    case "verified": {
      const why = { modes: [`mode of ${one.task}`], broken: one.broke ? [clause] : [], why: "" };
      const rest = { evaluation: null, simulatedOracle: true, confirmed: one.confirmed, why };
      store.recordVerification({ session: "s1", task: one.task, status: "kept", ...rest });
      return;
    }
    case "simplified":
      store.recordSimplification({
        session: "s1",
        task: one.task,
        minimal: one.minimal,
        steps: [],
        certificate: one.shows ? { needs: { shows: `what ${one.task} shows` } } : null,
      });
      return;
    case "analysed": {
      const note = { key: "k", mode: "missing_write" as const, detail: "", taken: null, clause: null };
      const notes = [{ ...note, request: one.blamed, count: 2 }];
      store.recordAnalysis({ session: "s1", task: one.task, rollouts: 2, notes });
      return;
    }
    case "harvested": {
      const evidence = { original: one.original, modes: [`mode of ${one.original}`] };
      store.recordHarvested({ session: "s1", task: one.task, hypothesis: null, order: one.order, evidence });
      return;
    }
    case "dropped":
      store.dropHarvested("s1", one.task);
      return;
    case "proposed":
      store.recordHypothesis("s1", hypothesisOf(one));
  }
}

function begun(store: Store, cells: readonly Cell[]): void {
  store.recordSession(session);
  store.recordHypothesis("s1", {
    ...{ id: "h", statement: "Anger is no matter.", where: {}, behaviour: "outcome", by: "strategist" },
    claims: { tone: "angry" },
  });
  for (const [i, key] of tasks.entries()) {
    const own = cells[i] as Cell;
    const walked = { by: "walk" as const, seed: "1", cells: own.requests, filling: {}, follows: null };
    store.recordTask(
      storedTask({
        ...{ key, cell: own, hypothesis: i === 1 ? "h" : null },
        ...(i === 2 ? { origin: walked } : {}),
      }),
    );
  }
}

/** The evidence as it follows from all records, whatever the store remembers of it. */
function recordedIn(store: Store): readonly Evidence[] {
  const cellIn = (key: string) => store.task(key, "s1")?.cell as Cell;
  const screened = store.evaluations({ session: "s1" }).filter(({ n }) => n > 0);
  return screened.map(({ task: key, n, passed }) => {
    const { origin, hypothesis } = store.task(key, "s1") as StoredTask;
    const minimal = store.simplification("s1", key)?.minimal;
    return evidenceFrom({
      ...{ task: key, cell: cellIn(key), origin, hypothesis, n, passed },
      claims: (hypothesis === null ? null : store.hypothesis("s1", hypothesis)?.claims) ?? null,
      verification: store.verification("s1", key),
      minimal: minimal === undefined ? null : { task: minimal, cell: cellIn(minimal) },
      analysis: store.analysis("s1", key),
    });
  });
}

/** The counts as they would be if nothing were stored but the evidence. */
function foldOf(evidence: readonly Evidence[]): Readonly<Record<string, Tally>> {
  const counts = new Map<string, Tally>();
  for (const one of evidence.flatMap(contributionOf)) {
    const name = `${one.class} ${canonical(one.region)}`;
    counts.set(name, addTally(counts.get(name) ?? emptyTally, one, 1));
  }
  return Object.fromEntries(counts);
}

/** The harvest as it follows from all records. */
function harvestedIn(store: Store): readonly HarvestedCell[] {
  return store.harvested("s1").map(({ task: key, evidence }) => {
    const { original, modes } = evidence as { original: string; modes: readonly string[] };
    const own = store.analysis("s1", key);
    const [first] = (own ?? store.analysis("s1", original))?.notes ?? [];
    const smaller = store.simplification("s1", original);
    const certificate = smaller?.minimal === key && own === null ? smaller.certificate : null;
    const { shows } = (certificate as { needs: { shows: string } } | null)?.needs ?? {};
    return {
      cell: store.task(key, "s1")?.cell as Cell,
      mode: shows ?? (first === undefined ? modes.join(" + ") : causeName(first)),
    };
  });
}

const sortedCounts = ({ modes, values, newest }: HarvestCounts) => ({
  modes: Object.fromEntries(modes),
  values: Object.fromEntries([...values].map(([axis, counts]) => [axis, counts.toSorted((a, b) => a - b)])),
  newest,
});

function expectSound(store: Store): void {
  const { frontier } = store;
  expect(sortedCounts(frontier.harvest("s1"))).toEqual(sortedCounts(countHarvest(harvestedIn(store))));
  for (const { region } of frontier.cells({ session: "s1", limit: 1_000 }))
    expect(frontier.failuresAt("s1", region, 100)).toEqual(frontier.failuresIn("s1", region, 100));
  const statuses = frontier.cells({ session: "s1", limit: 1_000 }).map(({ status }) => status);
  const byStatus = Object.groupBy(statuses, (status) => status);
  expect(frontier.cellStatuses("s1")).toEqual(
    Object.fromEntries(Object.entries(byStatus).map(([status, all]) => [status, all.length])),
  );
  const evidence = recordedIn(store);
  expect(frontier.evidence({ session: "s1" })).toEqual(evidence);
  const stored = [
    ...frontier.regions("s1", ["all", "kind", "value", "pair", "claim"]),
    ...frontier.cells({ session: "s1", limit: 1_000 }),
  ].map(({ class: of, region, status: _, ...tally }) => [`${of} ${canonical(region)}`, tally]);
  expect(Object.fromEntries(stored)).toEqual(foldOf(evidence));
  const kept = new Map(
    frontier.regions("s1", ["kind", "pair"]).map(({ region, status }) => [canonical(region), status]),
  );
  for (const region of regions) {
    const { status, tasks: seen, rollouts, failed, confirmed, modes } = foldRegion(region, evidence, airline);
    const { disproving, passing, ...tally } = frontier.tallyOf("s1", region);
    expect(tally).toEqual({ tasks: seen, rollouts, failed, confirmed });
    expect(disproving).toBe(evidence.filter((one) => breaksIn(region, one, airline)).length);
    expect(kept.get(canonical(region)) ?? "never asked").toBe(status);
    const found = frontier.failuresIn("s1", region, 100).flatMap(({ mode }) => mode ?? []);
    expect(found.toSorted()).toEqual(modes);
  }
  for (const region of fc.sample(where, { numRuns: 10, seed: 3 })) {
    const hypothesis = { where: region, behaviour: "outcome" };
    const shares = evidence.map((one) => contributionTo(hypothesis, one, placesOf(one)));
    const sum = shares.reduce((so, share) => addTally(so, share, 1), emptyTally);
    expect(frontier.tallyOf("s1", region)).toEqual(sum);
  }
  for (const { hypothesis, status } of frontier.judged("s1"))
    expect([hypothesis.id, status]).toEqual([hypothesis.id, judgeHypothesis(hypothesis, evidence, airline)]);
}

describe("the counts that a store keeps", () => {
  test("equal a fold of the evidence from scratch, whatever is recorded in whatever order", () => {
    let runs = 0;
    fc.assert(
      fc.property(threeCells, fc.array(step, { maxLength: 25 }), (cells, steps) => {
        runs += 1;
        const store = openStore(join(root, `law-${runs}`, "faultline.db"));
        begun(store, cells);
        for (const key of tasks) {
          record(store, { at: "screened", task: key, n: 4, lost: 3 });
          record(store, { at: "verified", task: key, confirmed: true, broke: true });
        }
        expectSound(store);
        store.atomically(() => {
          for (const one of steps) record(store, one);
        });
        expectSound(store);
        store.close();
      }),
      { numRuns: 30 },
    );
  });

  test("are those of a file from before there were counts, once a session is looked at", () => {
    const store = opened();
    const together = { conversation: { schedule: "together" }, world: { trips_held: 1 } };
    const economy = { ...together, requests: [{ kind: "cancel", cabin: "economy", reason: "health" }] };
    begun(store, [economy, { ...together, requests: [{ kind: "add_bags", bags: 2 }] }, economy]);
    for (const one of fc.sample(step, { numRuns: 30, seed: 7 })) record(store, one);
    record(store, { at: "screened", task: "t0", n: 5, lost: 5 });
    record(store, { at: "verified", task: "t0", confirmed: true, broke: true });
    const before = shownOf(store);
    store.close();
    beforeCounts(path()).close();
    const again = openStore(path());
    expect(shownOf(again)).toEqual(withoutClaims(before));
    expectSound(again);
    again.close();
  });

  test("of other settings of the target are never pooled", () => {
    const store = opened();
    const one: Cell = { conversation: {}, world: {}, requests: [{ kind: "cancel", cabin: "economy" }] };
    begun(store, [one, one, one]);
    record(store, { at: "screened", task: "t0", n: 5, lost: 5 });
    record(store, { at: "screened", task: "t1", n: 5, lost: 5 });
    const other = { ...evaluation.settings, limits: { turns: 3, errors: 1 } };
    const counts = { n: 4, passed: 4, id: "other", task: "t0", settings: other };
    store.recordEvaluation({ ...evaluation, ...counts, from: 0, role: "target", purpose: "screening" });
    expect(store.frontier.tallyOf("s1", {})).toMatchObject({ tasks: 1, rollouts: 4, failed: 0 });
    expect(store.frontier.tasksElsewhere("s1")).toBe(2);
  });
});

/** All that a frontier answers with. */
const shownOf = ({ frontier }: Store) => ({
  evidence: frontier.evidence({ session: "s1" }),
  regions: frontier.regions("s1", ["all", "kind", "value", "pair", "claim"]),
  cells: frontier.cells({ session: "s1", limit: 100 }),
  judged: frontier.judged("s1"),
});

/** A file of that time cannot hold claims. */
const withoutClaims = (shown: ReturnType<typeof shownOf>): ReturnType<typeof shownOf> => ({
  ...shown,
  evidence: shown.evidence.map(({ claims: _, ...rest }) => rest),
  regions: shown.regions.filter((one) => one.class !== "claim"),
  judged: shown.judged.map(({ hypothesis: { claims: _, ...hypothesis }, status }) => ({
    hypothesis,
    status,
  })),
});
