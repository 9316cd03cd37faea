import { describe, expect, test } from "vitest";
import { createRng } from "../src/core/rng.ts";
import type { Proposed } from "../src/dag/parameters.ts";
import { proposeParameters } from "../src/dag/propose.ts";
import { synthesize } from "../src/dag/synthesize.ts";
import { airline } from "../src/domains/airline/airline.ts";
import { isWithin, requestMeets } from "../src/domains/cell.ts";
import type { AxisValues, Region } from "../src/domains/domain.ts";
import type { Choosing } from "../src/frontier/choose.ts";
import { mainMode, observationsOf, type Trial } from "../src/frontier/trial.ts";
import { leadOf, veinsOf } from "../src/frontier/veins.ts";
import { veinsIn } from "../src/frontier/worked.ts";

/** A target that fails, always and in one way, wherever a request meets a region. */
function tried(where: Region, i: number, region: Region = {}): Trial {
  const rng = createRng(`tried ${i}`);
  const draw = airline.drawCell(region, rng);
  if (draw.status !== "drawn") throw new Error(draw.why);
  const cell = { conversation: { requests: 1, schedule: "together" }, world: {}, requests: [draw.cell] };
  const fails = isWithin(cell, where, airline);
  return {
    task: `task ${i}`,
    cell,
    requests: [draw.cell],
    filling: { noise: 0, distractors: 0, nearness: 0, events: "none", detours: 0 },
    n: 5,
    passed: fails ? 0 : 5,
    verdict: fails ? "inside" : "outside",
    modes: fails ? [{ key: "a way to fail", request: 0, count: 5 }] : [],
    follows: null,
    isLook: true,
    kept: false,
    confirmed: false,
    minimal: null,
  };
}

const trialsOf = (where: Region, count: number, region: Region = {}) =>
  Array.from({ length: count }, (_, i) => tried(where, i, region));

/** The vein of these trials that was found first. */
function veinOf(trials: readonly Trial[]) {
  const [vein] = veinsOf(
    "a way to fail",
    trials.flatMap((trial) => observationsOf(trial)),
    {
      domain: airline,
      before: [],
    },
  );
  if (vein === undefined) throw new Error("nothing fails there");
  return vein;
}

const proposed = (on: Omit<Choosing, "domain">, count: number): readonly Proposed[] =>
  proposeParameters({ domain: airline, ...on })
    .take(count)
    .toArray();

describe("a vein", () => {
  test.each<Region>([
    { kind: "book", passengers: { min: 3 } },
    { kind: "book", rule: "shortest", cabin: "business" },
    { kind: "cancel", reason: "health" },
  ])("is traced to its cause %j by what failed there and what passed elsewhere", (where) => {
    const trials = trialsOf(where, 250, { kind: String(where.kind) });
    const [best] = veinOf(trials).causes;
    const seen = trials.flatMap((trial) => observationsOf(trial));
    // An axis that means the same on all that was seen may stand in for another.
    const right = seen.filter(({ cell }) => requestMeets(cell, best?.where ?? {}, airline));
    expect(right.every(({ cell }) => requestMeets(cell, where, airline))).toBe(true);
    expect(right.length).toBeGreaterThan(0);
    expect(best?.chance).toBeGreaterThan(0.3);
  });

  test("that was seen once is followed close to where it was seen, and further away the more is known", () => {
    const where = { kind: "book", passengers: { min: 3 } };
    const all = trialsOf(where, 300, { kind: "book" });
    const first = all.findIndex(({ verdict }) => verdict === "inside");
    const width = (trials: readonly Trial[]) => {
      return Object.keys(leadOf(veinOf(trials), 0.75, createRng("lead"))?.where ?? {}).length;
    };
    expect(width(all.slice(0, first + 1))).toBeGreaterThan(width(all));
    expect(width(all)).toBeLessThanOrEqual(4);
  });

  test("lies where its lead says: a lead holds its cause with at least the chance asked for", () => {
    const vein = veinOf(trialsOf({ kind: "cancel" }, 30));
    for (let i = 0; i < 20; i++) {
      expect(leadOf(vein, 0.75, createRng(`lead ${i}`))?.chance).toBeGreaterThanOrEqual(0.75);
    }
  });
});

describe("proposed parameters", () => {
  test("can be met, nearly all of them", () => {
    const proposals = proposed({ trials: [], rng: createRng("met") }, 40);
    expect(proposals).toHaveLength(40);
    const made = proposals.filter(
      ({ parameters }, i) => synthesize(airline, parameters, createRng(`${i}`)).status === "made",
    );
    expect(made.length).toBeGreaterThanOrEqual(32);
  });

  test("spread on a cold start: among 40, every kind of request, every membership and several numbers of requests", () => {
    const proposals = proposed({ trials: [], rng: createRng("cold") }, 40);
    const cells = proposals.flatMap(({ parameters }) => parameters.requests as readonly AxisValues[]);
    const values = (axis: string) => new Set(cells.map((cell) => cell[axis])).size;
    expect([values("kind"), values("membership"), values("verdict")]).toEqual([8, 3, 3]);
    const numbers = new Set(proposals.map(({ parameters }) => parameters.requests.length));
    expect(numbers.size).toBeGreaterThanOrEqual(3);
  });

  test("go back to where the target failed, once enough was looked at", () => {
    const where: Region = { kind: "book", passengers: { min: 3 } };
    const trials = trialsOf(where, 150, { kind: "book" });
    const proposals = proposed({ trials, rng: createRng("back") }, 40);
    const back = proposals.filter(({ vein }) => vein !== null);
    expect(back.length).toBeGreaterThan(35);
    const inside = back.filter(({ parameters }) =>
      parameters.requests.some((cell) => requestMeets(cell as AxisValues, where, airline)),
    );
    expect(inside.length / back.length).toBeGreaterThan(0.7);
    // What the cause leaves open must not collapse onto a few values.
    const cabins = inside.flatMap(({ parameters }) =>
      parameters.requests.flatMap(({ kind, cabin }) => (kind === "book" ? [cabin] : [])),
    );
    expect(new Set(cabins).size).toBe(3);
  });

  test("look elsewhere again when the target was only followed for long", () => {
    const trials = trialsOf({ kind: "book" }, 60, { kind: "book" });
    const followed = trials.map((trial) => ({
      ...trial,
      follows: "a way to fail in book",
      isLook: false,
      kept: true,
    }));
    const [next] = proposed({ trials: followed, rng: createRng("elsewhere") }, 1);
    expect(next?.vein).toBeNull();
    expect(next?.parameters.requests.some(({ kind }) => kind !== "book")).toBe(true);
  });

  test("tell two causes apart that fail the same way", () => {
    const causes: readonly Region[] = [
      { kind: "book", passengers: { min: 4 } },
      { kind: "book", cabin: "business", passengers: { max: 2 } },
    ];
    const trials = Array.from({ length: 240 }, (_, i) => {
      const [one, other] = causes.map((where) => tried(where, i, { kind: "book" }));
      return one?.verdict === "inside" ? one : other;
    }).filter((trial) => trial !== undefined);
    const seen = trials.flatMap((trial) => observationsOf(trial));
    const veins = veinsOf("a way to fail", seen, { domain: airline, before: [] }).slice(0, 2);
    const found = veins.map(({ causes: [best] }) => best?.where ?? {});
    for (const where of causes) {
      const right = seen.filter(({ cell }) => requestMeets(cell, where, airline));
      const reached = (region: Region) =>
        right.filter(({ cell }) => requestMeets(cell, region, airline)).length;
      expect(Math.max(...found.map(reached)) / right.length).toBeGreaterThan(0.9);
    }
  });

  test("follow one way to fail no more often in a row than is asked for", () => {
    const on = { trials: trialsOf({ kind: "book" }, 40), rng: createRng("row") };
    const veins = proposed({ ...on, inARow: 3 }, 20).map(({ vein }) => vein);
    expect(veins.filter((vein) => vein !== null).length).toBeGreaterThan(8);
    expect(
      veins.some(
        (vein, i) =>
          vein !== null && veins.slice(i, i + 4).every((one, _, four) => four.length === 4 && one === vein),
      ),
    ).toBe(false);
  });

  test("leave a way to fail alone of which enough is kept, or that has not kept its promise", () => {
    const trials = trialsOf({ kind: "book" }, 40);
    const kept = trials.map((trial) => ({ ...trial, kept: trial.verdict === "inside" }));
    const broken = trials.map((trial) => ({
      ...trial,
      follows: "a way to fail in book",
      verdict: "outside" as const,
    }));
    for (const these of [kept, broken]) {
      const on = { trials: these, rng: createRng("alone"), perVein: 3 };
      expect(proposed(on, 10).flatMap(({ vein }) => vein ?? [])).toEqual([]);
    }
  });

  test("leave a kind of request alone whose quota is full, and one vein at the share that it may fill", () => {
    const trials = trialsOf({ kind: "book" }, 40);
    const kept = trials.map((trial) => ({ ...trial, kept: trial.verdict === "inside" }));
    const followed = (on: Partial<Choosing>) =>
      proposed({ trials: kept, rng: createRng("quotas"), ...on }, 10).flatMap(({ vein }) => vein ?? []);
    const full = kept.filter((trial) => trial.kept).length;
    expect(followed({ kinds: { cancel: 0 } }).length).toBeGreaterThan(0);
    expect(followed({ kinds: { book: full } })).toEqual([]);
    expect(followed({ kinds: { book: full + 2 } })).toHaveLength(2);
    expect(followed({ perVein: full + 3 })).toHaveLength(3);
  });

  test("look for what nobody asked as long as that has had less than its share of rollouts", () => {
    const trials = trialsOf({ kind: "book" }, 60, { kind: "book" });
    const half = trials.map((trial, i) =>
      i % 2 === 0 ? trial : { ...trial, follows: "a way to fail in book", isLook: false },
    );
    const next = (leastNew: number) =>
      proposed({ trials: half, rng: createRng("share"), leastNew }, 1).map(({ vein }) => vein);
    expect(next(0.9)).toEqual([null]);
    expect(next(0.1)).not.toEqual([null]);
  });

  test("say why, with their numbers", () => {
    const trials = trialsOf({ kind: "book" }, 40);
    const few = { trials: trials.slice(0, 10), rng: createRng("why") };
    const both = [...proposed({ trials, rng: createRng("why") }, 10), ...proposed(few, 10)];
    const reasons = both.map(({ reason }) => reason);
    expect(reasons.every((reason) => /\d/.test(reason) && reason.endsWith("."))).toBe(true);
    expect(
      reasons.some((reason) => reason.startsWith('It follows "a way to fail in book" to kind=book')),
    ).toBe(true);
    expect(reasons.some((reason) => reason.startsWith("It fills the space: "))).toBe(true);
  });
});

test("a trial counts for what tells most of how it failed: what was done before what was left out", () => {
  const done = { key: "book: wrong_amount", request: 0, count: 3 };
  const omitted = { key: "cancel: omitted", request: 1, count: 5 };
  const counts = { n: 5, passed: 0 };
  expect(mainMode({ ...counts, modes: [omitted, done] })).toEqual(done);
  expect(mainMode({ ...counts, modes: [omitted, { ...done, count: 2 }] })).toEqual(omitted);
  expect(mainMode({ ...counts, modes: [] })).toBeNull();
  expect(veinsIn(trialsOf({ kind: "book" }, 40), airline).map(({ mode }) => mode)).toEqual(["a way to fail"]);
});

test("what went wrong at one request says nothing of the others, and nothing that only came with it is a cause", () => {
  const trial = { ...tried({ kind: "book" }, 1), n: 6, passed: 1 };
  const cells = [...trial.requests, ...trial.requests];
  const modes = [
    { key: "book: stopped_early", request: 0, count: 4 },
    { key: "book: omitted", request: 1, count: 4 },
    { key: "cancel: transferred", request: 1, count: 1 },
  ];
  const [first, second] = observationsOf({ ...trial, requests: cells, modes });
  expect([first?.n, first?.modes]).toEqual([5, { "book: stopped_early": 4 }]);
  expect([second?.n, second?.modes]).toEqual([2, { "cancel: transferred": 1 }]);
});
