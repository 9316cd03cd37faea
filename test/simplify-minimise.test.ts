import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "../src/core/rng.ts";
import type { Element } from "../src/simplify/elements.ts";
import { type Minimised, minimise } from "../src/simplify/minimise.ts";
import type { Searching, Tried } from "../src/simplify/search.ts";
import type { Outcome } from "../src/simplify/tries.ts";

/** A failure that needs some elements, and fails at other rates with and without them. */
interface Planted extends Partial<Omit<Searching, "elements">> {
  readonly elements: readonly Element[];
  readonly needs: readonly string[];
  readonly rates?: readonly [number, number];
  readonly seed?: string;
}

const elementsOf = (n: number): readonly Element[] =>
  Array.from({ length: n }, (_, i) => ({ id: `e${i}`, cost: 1 }));

function searchFor(planted: Planted): Promise<Minimised> {
  const { needs: _, rates = [1, 0], seed: __, ...more } = planted;
  return minimise({
    whole: { failed: Math.round(32 * rates[0]), n: 32 },
    isValid: () => true,
    test: rolloutsOf(planted),
    maxRollouts: 5_000,
    ...more,
  });
}

/** The same rollout each time for the same index of the same part of the same set. */
function rolloutsOf({ needs, rates = [1, 0], seed = "search" }: Planted): Searching["test"] {
  return async ({ kept, index, part }): Promise<Outcome> => {
    const rate = rates[needs.every((id) => kept.has(id)) ? 0 : 1];
    const rng = createRng(`${seed}/${[...kept].join(" ")}/${part}/${index}`);
    return rng.chance(rate) ? "failed" : "passed";
  };
}

const sizes = fc.integer({ min: 1, max: 60 });

/** A number of elements and which of them a failure needs. */
const failures = sizes.chain((n) =>
  fc.record({
    elements: fc.constant(elementsOf(n)),
    needs: fc.subarray(
      elementsOf(n).map(({ id }) => id),
      { minLength: 0, maxLength: Math.min(5, n) },
    ),
  }),
);

describe("the smallest form of a failure", () => {
  test("is exactly what the failure needs, where it fails always with it and never without", async () => {
    await fc.assert(
      fc.asyncProperty(failures, async (planted) => {
        const { status, kept, certificate } = await searchFor(planted);
        expect(status).toBe("confirmed");
        expect(kept).toEqual(planted.needs);
        expect(certificate.map(({ id, why }) => [id, why])).toEqual(
          planted.needs.map((id) => [id, "needed"]),
        );
      }),
      { numRuns: 60 },
    );
  });

  test("is found through noise in 49 of 50 cases, and what is left over is rare", async () => {
    const runs = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const needs = createRng(`noise/${i}`).sample(
          elementsOf(60).map(({ id }) => id),
          3,
        );
        const found = await searchFor({ elements: elementsOf(60), needs, rates: [0.8, 0.1], seed: `${i}` });
        return { ...found, needs };
      }),
    );
    const whole = runs.filter(({ kept, needs }) => needs.every((id) => kept.includes(id)));
    expect(whole.length).toBeGreaterThanOrEqual(49);
    expect(runs.reduce((sum, { kept }) => sum + kept.length - 3, 0)).toBeLessThanOrEqual(5);
    const rollouts = runs.map((run) => run.rollouts).sort((a, b) => a - b);
    expect(rollouts[25]).toBeLessThanOrEqual(120);
  });

  test("costs no more than a few dozen rollouts where little is needed and the rates are clear", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 5, max: 25 }), fc.integer({ min: 1, max: 3 }), async (n, k) => {
        const elements = elementsOf(n);
        const needs = createRng(`${n}/${k}`).sample(
          elements.map(({ id }) => id),
          k,
        );
        expect((await searchFor({ elements, needs })).rollouts).toBeLessThanOrEqual(15 + 15 * k);
      }),
      { numRuns: 40 },
    );
  });

  test("is found sooner by a caller who knows what is to blame", async () => {
    const blamed = (ids: readonly string[]) =>
      elementsOf(20).map((element) => ({ ...element, prior: ids.includes(element.id) ? 0.9 : 0.03 }));
    const needs = ["e4"];
    const [told, untold] = [
      await searchFor({ elements: blamed(needs), needs }),
      await searchFor({ elements: elementsOf(20), needs }),
    ];
    const misled = await searchFor({ elements: blamed(["e9"]), needs });
    expect(told.kept).toEqual(needs);
    expect(told.rollouts).toBeLessThanOrEqual(15);
    expect(told.rollouts).toBeLessThan(untold.rollouts);
    expect(misled.kept).toEqual(needs);
  });

  test("stands on rollouts that took no part in finding it", async () => {
    const confirming: Tried[] = [];
    const { fresh } = await searchFor({
      elements: elementsOf(12),
      needs: ["e3"],
      onTry: (tried) => void (tried.part === "confirm" && confirming.push(tried)),
    });
    expect(confirming.map(({ index }) => index)).toEqual(confirming.map((_, i) => i));
    expect(fresh).toEqual({ failed: confirming.length, passed: 0, slipped: 0 });
    expect(confirming.length).toBeGreaterThanOrEqual(4);
  });

  test("is not taken when it fails in another way than the whole", async () => {
    const { kept, certificate } = await searchFor({
      elements: elementsOf(8),
      needs: ["e2"],
      test: async ({ kept }) => (kept.has("e2") ? "failed" : "slipped"),
    });
    expect(kept).toEqual(["e2"]);
    expect(certificate[0]).toMatchObject({ why: "needed", without: { failed: 0, passed: 0 } });
    expect(certificate[0]?.without.slipped).toBeGreaterThan(0);
  });
});

describe("only sound parts are tried", () => {
  test("a child goes with its parent, and a parent stays for a child that is needed", async () => {
    const elements: readonly Element[] = [
      { id: "request", cost: 50 },
      { id: "passenger", cost: 5, parent: "request" },
      { id: "bag", cost: 1, parent: "passenger" },
      { id: "noise", cost: 500 },
      { id: "record", cost: 20, parent: "noise" },
    ];
    const orphans: string[] = [];
    const { kept, certificate } = await searchFor({
      elements,
      needs: ["bag"],
      onTry: ({ kept }) => {
        const isOrphan = ({ id, parent }: Element) =>
          kept.has(id) && parent !== undefined && !kept.has(parent);
        orphans.push(...elements.filter(isOrphan).map(({ id }) => id));
      },
    });
    expect(orphans).toEqual([]);
    expect(kept).toEqual(["request", "passenger", "bag"]);
    expect(certificate.map(({ why }) => why)).toEqual(["carries", "carries", "needed"]);
  });

  test("what nothing sound can do without stays, and the certificate says so", async () => {
    await fc.assert(
      fc.asyncProperty(failures, fc.integer({ min: 0, max: 59 }), async (planted, place) => {
        const fixed = `e${place % planted.elements.length}`;
        const tried: ReadonlySet<string>[] = [];
        const { kept, certificate } = await searchFor({
          ...planted,
          isValid: (some) => some.has(fixed),
          onTry: (one) => void tried.push(one.kept),
        });
        expect(tried.every((some) => some.has(fixed))).toBe(true);
        expect(new Set(kept)).toEqual(new Set([fixed, ...planted.needs]));
        expect(certificate.find(({ id }) => id === fixed)?.why).toBe("unsound");
      }),
      { numRuns: 40 },
    );
  });

  test("two that can only go one after the other both go", async () => {
    const { kept } = await searchFor({
      elements: elementsOf(6),
      needs: ["e5"],
      isValid: (some) => some.has("e0") || !some.has("e1"),
    });
    expect(kept).toEqual(["e5"]);
  });

  test("a form that is not admitted is no answer", async () => {
    const asked: string[][] = [];
    const { status, kept } = await searchFor({
      elements: elementsOf(6),
      needs: ["e5"],
      admits: async (some) => {
        asked.push([...some]);
        return some.size > 1;
      },
    });
    expect(asked[0]).toEqual(["e5"]);
    expect(status).toBe("confirmed");
    expect(kept).toHaveLength(2);
    expect(kept).toContain("e5");
  });

  test("elements that form no tree are refused", async () => {
    const loop = [
      { id: "a", cost: 1, parent: "b" },
      { id: "b", cost: 1, parent: "a" },
    ];
    await expect(searchFor({ elements: loop, needs: [] })).rejects.toThrow("below its own child");
    await expect(searchFor({ elements: [{ id: "a", cost: 1, parent: "z" }], needs: [] })).rejects.toThrow(
      "unknown",
    );
  });
});

describe("a search that is cut short", () => {
  const planted: Planted = { elements: elementsOf(30), needs: ["e3", "e20"], rates: [0.8, 0.1] };

  test("never takes more rollouts than it may, and says that it was cut", async () => {
    const { rollouts: all } = await searchFor(planted);
    for (const maxRollouts of [0, 1, 10, all - 1]) {
      const { status, rollouts, kept } = await searchFor({ ...planted, maxRollouts });
      expect({ status, rollouts }).toEqual({ status: "cut", rollouts: maxRollouts });
      expect(kept).toEqual(expect.arrayContaining([...planted.needs]));
    }
  });

  test("goes on from what it had and comes to the same end, without paying twice", async () => {
    const whole = await searchFor(planted);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.rollouts - 1 }), async (maxRollouts) => {
        const first = await searchFor({ ...planted, maxRollouts });
        let paid = 0;
        const second = await searchFor({
          ...planted,
          known: first.known,
          test: (on) => {
            paid += 1;
            return rolloutsOf(planted)(on);
          },
        });
        expect(second).toEqual(whole);
        expect(paid).toBe(whole.rollouts - maxRollouts);
      }),
      { numRuns: 12 },
    );
  });

  test("has rollouts side by side, and comes to the same end whatever their number and order", async () => {
    const noisy = { ...planted, rates: [0.85, 0.1] as const satisfies [number, number] };
    const one = await searchFor(noisy);
    const orders = fc.record({ ahead: fc.integer({ min: 2, max: 12 }), seed: fc.string() });
    let most = 0;
    await fc.assert(
      fc.asyncProperty(orders, async ({ ahead, seed }) => {
        let [flying, paid] = [0, 0];
        const rng = createRng(seed);
        const many = await searchFor({
          ...noisy,
          ahead,
          test: async (on) => {
            paid += 1;
            flying += 1;
            most = Math.max(most, flying);
            expect(flying).toBeLessThanOrEqual(ahead);
            for (let waits = rng.int(0, 3); waits > 0; waits--) await Promise.resolve();
            flying -= 1;
            return rolloutsOf(noisy)(on);
          },
        });
        expect(many).toEqual(one);
        expect(paid).toBe(one.rollouts);
      }),
      { numRuns: 20 },
    );
    expect(most).toBeGreaterThan(1);
  });

  test("stops at the signal, between two rollouts", async () => {
    const controller = new AbortController();
    let after = 0;
    const { status, rollouts } = await searchFor({
      ...planted,
      signal: controller.signal,
      onTry: ({ rollouts: n }) => {
        if (n === 7) controller.abort();
        after = n;
      },
    });
    expect({ status, rollouts, after }).toEqual({ status: "cut", rollouts: 7, after: 7 });
  });

  test("stops where nothing can be scored, and counts nothing of it as passed or failed", async () => {
    const { status, rollouts, kept } = await searchFor({ ...planted, test: async () => "unscored" });
    expect({ status, rollouts }).toEqual({ status: "cut", rollouts: 3 });
    expect(kept).toHaveLength(30);
  });
});
