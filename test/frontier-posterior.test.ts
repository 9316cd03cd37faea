import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "../src/core/rng.ts";
import { chanceOfNew, evenness, unseenKinds, upperBound, vendiScore } from "../src/core/stats.ts";
import { findDomain } from "../src/domains/index.ts";
import { diversityOf, type HarvestedCell, spreadOf } from "../src/frontier/diversity.ts";
import { likeness, priorFor, sharedRate } from "../src/frontier/posterior.ts";
import { regionsOf } from "../src/frontier/regions.ts";
import { feasibleRegions, isFeasible } from "../src/worlds/feasible.ts";
import { countHarvest } from "./fold.ts";

const { axes } = findDomain("airline");
const cell = { kind: "book", passengers: 2, cabin: "economy" };

describe("a posterior that learns from its neighbours", () => {
  test("weighs a neighbour by how many axes differ, and on an ordered one by how far", () => {
    const like = (change: object) => likeness(cell, { ...cell, ...change }, axes);
    expect(like({})).toBe(1);
    expect(like({ cabin: "business" })).toBe(0.5);
    expect(like({ cabin: "business", kind: "cancel" })).toBe(0.25);
    expect([like({ passengers: 3 }), like({ passengers: 4 })]).toEqual([Math.SQRT1_2, 0.5]);
  });

  test("shares nothing where an axis is claimed", () => {
    expect(likeness(cell, { ...cell, tone: "angry" }, axes)).toBe(0);
    expect(likeness({ tone: "angry" }, { tone: "angry" }, axes)).toBe(0);
  });

  const neighbours = fc.array(
    fc
      .record({
        n: fc.nat(50),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
        passengers: fc.integer({ min: 1, max: 5 }),
      })
      .map(({ n, share, passengers }) => ({
        cell: { ...cell, passengers },
        n,
        failed: Math.round(share * n),
      })),
    { maxLength: 30 },
  );

  test("lets neighbours count for at most 8 rollouts beside its own, and for 2 in a prior", () => {
    fc.assert(
      fc.property(neighbours, fc.nat(20), (known, n) => {
        const shared = sharedRate({ n, failed: n }, { region: cell, neighbours: known, axes });
        expect(shared.borrowed).toBeLessThanOrEqual(8 + 1e-9);
        expect(shared.mean).toBeGreaterThanOrEqual((1 + n) / (2 + n + shared.borrowed) - 1e-9);
        expect(shared.interval.low).toBeLessThanOrEqual(shared.mean);
        expect(shared.interval.high).toBeGreaterThanOrEqual(shared.mean);
        const { alpha, beta } = priorFor(cell, known, axes);
        expect(Math.min(alpha, beta)).toBeGreaterThanOrEqual(1 - 1e-9);
        expect(alpha + beta).toBeLessThanOrEqual(4 + 1e-9);
      }),
    );
  });

  test("is the uniform one where there is no neighbour", () => {
    expect(priorFor(cell, [], axes)).toEqual({ alpha: 1, beta: 1 });
    expect(sharedRate({ n: 0, failed: 0 }, { region: cell, neighbours: [], axes })).toMatchObject({
      mean: 0.5,
      borrowed: 0,
    });
  });
});

describe("figures on variety", () => {
  test("evenness is 1 where all came up alike, 0 where one did", () => {
    expect(evenness([5, 5, 5], 3)).toBeCloseTo(1);
    expect(evenness([7], 4)).toBe(0);
    expect(evenness([4, 4], 4)).toBeCloseTo(0.5);
  });

  test("new modes: Good–Turing and Chao1 by the counts of those found once and twice", () => {
    expect(chanceOfNew([4, 2, 1, 1])).toBe(0.25);
    expect(unseenKinds([4, 2, 1, 1])).toBe(0.5);
    expect(unseenKinds([3, 3])).toBe(0);
    expect(chanceOfNew([])).toBe(1);
  });

  test("the Vendi score of n copies is 1, and of n items with nothing in common n", () => {
    const item = (name: string) => new Map([[name, 1]]);
    expect(vendiScore(["a", "a", "a"].map(item))).toBeCloseTo(1);
    expect(vendiScore(["a", "b", "c", "d"].map(item))).toBeCloseTo(4);
    expect(vendiScore([])).toBe(0);
  });

  test("a bound after no failure in 59 tasks is 5 %, as 0.95^59 is 0.05", () => {
    expect(upperBound(0, 59)).toBeCloseTo(1 - 0.05 ** (1 / 59), 6);
    expect([upperBound(0, 0), upperBound(3, 3)]).toEqual([1, 1]);
  });
});

describe("a harvest", () => {
  const possible = [{ axis: "kind", values: ["book", "cancel"] }];
  const of = (...modes: readonly string[]): readonly HarvestedCell[] =>
    modes.map((mode) => ({ cell: { conversation: {}, world: {}, requests: [{ kind: "book" }] }, mode }));
  const spread = (...modes: readonly string[]) =>
    spreadOf(diversityOf(countHarvest(of(...modes)), possible), 0.25);

  test("collapses when one vein has more than its limit, and not before there is enough to tell", () => {
    expect(spread()).toBe("nothing found");
    expect(spread("a", "a", "a", "a", "a", "b", "c")).toBe("too early");
    expect(spread("a", "a", "a", "a", "a", "a", "b", "c")).toBe("collapsing");
    expect(spread("a", "a", "a", "b", "c", "d", "e", "f")).toBe("collapsing");
    expect(spread("a", "a", "b", "b", "c", "c", "d", "d")).toBe("spread");
  });

  test("is even on an axis by the values that it could have had", () => {
    expect(diversityOf(countHarvest(of("a", "b")), possible).axes).toEqual([{ axis: "kind", evenness: 0 }]);
    expect(diversityOf(countHarvest(of("a", "b")), possible)).toMatchObject({
      modeEvenness: 1,
      once: ["a", "b"],
    });
  });
});

test("a region counts as feasible if and only if the sampler finds a scenario in it", () => {
  const airline = findDomain("airline");
  const rng = createRng("feasible");
  const isFound = (region: (typeof all)[number]) =>
    [0, 1, 2, 3, 4, 5, 6, 7].some(
      (i) =>
        airline.sampleScenario({ requests: [region], noise: 0, distractors: 0 }, rng.fork(`${i}`)) !== null,
    );
  const all = regionsOf(airline);
  const some = rng.sample(all, 60);
  expect(some.filter(isFound)).toEqual(some.filter((region) => isFeasible(airline, region)));
  expect(some.some((region) => !isFeasible(airline, region))).toBe(true);
  expect(feasibleRegions(airline)).toHaveLength(248);
});
