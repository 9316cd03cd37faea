import { describe, expect, test } from "vitest";
import { createRng } from "../src/core/rng.ts";
import type { Trial } from "../src/dag/parameters.ts";
import { mainMode, proposeParameters, veinsOf } from "../src/dag/propose.ts";
import { synthesize } from "../src/dag/synthesize.ts";
import { leadOf, type Observation, veinOf } from "../src/dag/veins.ts";
import { airline } from "../src/domains/airline/airline.ts";
import { isWithin, requestMeets } from "../src/domains/cell.ts";
import type { AxisValues, Region } from "../src/domains/domain.ts";

/** A target that fails, always and in one way, wherever a request meets a region. */
function tried(where: Region, i: number, region: Region = {}): Trial {
  const rng = createRng(`tried ${i}`);
  const draw = airline.drawCell(region, rng);
  if (draw.status !== "drawn") throw new Error(draw.why);
  const cell = { conversation: { requests: 1, schedule: "together" }, world: {}, requests: [draw.cell] };
  const fails = isWithin(cell, where, airline);
  return {
    cell,
    requests: [draw.cell],
    filling: { noise: 0, distractors: 0, nearness: 0, events: "none", detours: 0 },
    n: 5,
    passed: fails ? 0 : 5,
    verdict: fails ? "inside" : "outside",
    modes: fails ? [{ key: "a way to fail", request: 0, count: 5 }] : [],
    follows: null,
    kept: false,
  };
}

const trialsOf = (where: Region, count: number, region: Region = {}) =>
  Array.from({ length: count }, (_, i) => tried(where, i, region));

const observed = (trials: readonly Trial[]): readonly Observation[] =>
  trials.flatMap(({ requests, cell, n, modes }) =>
    requests.map((values) => ({
      cell: values,
      around: cell.conversation,
      n,
      modes: Object.fromEntries(modes.map(({ key, count }) => [key, count])),
    })),
  );

describe("a vein", () => {
  test.each<Region>([
    { kind: "book", passengers: { min: 3 } },
    { kind: "book", rule: "shortest", cabin: "business" },
    { kind: "cancel", reason: "health" },
  ])("is traced to its cause %j by what failed there and what passed elsewhere", (where) => {
    const seen = observed(trialsOf(where, 250, { kind: String(where.kind) }));
    const [best] = veinOf("a way to fail", seen, airline).causes;
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
      const vein = veinOf("a way to fail", observed(trials), airline);
      return Object.keys(leadOf(vein, 0.75, createRng("lead"))?.where ?? {}).length;
    };
    expect(width(all.slice(0, first + 1))).toBeGreaterThan(width(all));
    expect(width(all)).toBeLessThanOrEqual(4);
  });

  test("lies where its lead says: a lead holds its cause with at least the chance asked for", () => {
    const vein = veinOf("a way to fail", observed(trialsOf({ kind: "cancel" }, 30)), airline);
    for (let i = 0; i < 20; i++) {
      expect(leadOf(vein, 0.75, createRng(`lead ${i}`))?.chance).toBeGreaterThanOrEqual(0.75);
    }
  });
});

describe("proposed parameters", () => {
  test("can be met, nearly all of them", () => {
    const proposals = proposeParameters({ domain: airline, trials: [], rng: createRng("met") }, 40);
    expect(proposals).toHaveLength(40);
    const made = proposals.filter(
      ({ parameters }, i) => synthesize(airline, parameters, createRng(`${i}`)).status === "made",
    );
    expect(made.length).toBeGreaterThanOrEqual(32);
  });

  test("spread on a cold start: among 40, every kind of request, every membership and every number of requests", () => {
    const proposals = proposeParameters({ domain: airline, trials: [], rng: createRng("cold") }, 40);
    const cells = proposals.flatMap(({ parameters }) => parameters.requests as readonly AxisValues[]);
    const values = (axis: string) => new Set(cells.map((cell) => cell[axis])).size;
    expect([values("kind"), values("membership"), values("verdict")]).toEqual([8, 3, 3]);
    expect(new Set(proposals.map(({ parameters }) => parameters.requests.length)).size).toBe(4);
  });

  test("go back to where the target failed, and not only there", () => {
    const where: Region = { kind: "book", passengers: { min: 3 } };
    const trials = trialsOf(where, 150, { kind: "book" });
    const proposals = proposeParameters({ domain: airline, trials, rng: createRng("back") }, 40);
    const back = proposals.filter(({ vein }) => vein !== null);
    expect(back.length).toBeGreaterThan(10);
    expect(back.length).toBeLessThan(35);
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

  test("leave a way to fail alone of which enough is kept, or that has not kept its promise", () => {
    const trials = trialsOf({ kind: "book" }, 40);
    const kept = trials.map((trial) => ({ ...trial, kept: trial.verdict === "inside" }));
    const broken = trials.map((trial) => ({
      ...trial,
      follows: "a way to fail",
      verdict: "outside" as const,
    }));
    for (const these of [kept, broken]) {
      const on = { domain: airline, trials: these, rng: createRng("alone"), perVein: 3 };
      expect(proposeParameters(on, 10).flatMap(({ vein }) => vein ?? [])).toEqual([]);
    }
  });

  test("say why, with their numbers", () => {
    const trials = trialsOf({ kind: "book" }, 40);
    const reasons = proposeParameters({ domain: airline, trials, rng: createRng("why") }, 20).map(
      ({ reason }) => reason,
    );
    expect(reasons.every((reason) => /\d/.test(reason) && reason.endsWith("."))).toBe(true);
    expect(reasons.some((reason) => reason.startsWith('It follows "a way to fail" to kind=book'))).toBe(true);
    expect(reasons.some((reason) => reason.startsWith("It fills the space: "))).toBe(true);
  });
});

test("a trial counts for the way in which most of it failed, the followed one where two are as frequent", () => {
  const modes = [
    { key: "one", request: 0, count: 5 },
    { key: "other", request: 1, count: 5 },
    { key: "rare", request: 1, count: 2 },
  ];
  expect(mainMode({ modes, follows: null })).toBe("one");
  expect(mainMode({ modes, follows: "other" })).toBe("other");
  expect(mainMode({ modes, follows: "rare" })).toBe("one");
  expect(mainMode({ modes: [], follows: null })).toBeNull();
  expect(veinsOf(trialsOf({ kind: "book" }, 40), airline).map(({ mode }) => mode)).toEqual(["a way to fail"]);
});
