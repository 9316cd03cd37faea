import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeRate } from "../src/core/rate.ts";
import { createRng } from "../src/core/rng.ts";
import { posterior } from "../src/core/stats.ts";

const window = { low: 0, high: 0.33 };
const counts = fc.nat(60).chain((n) => fc.record({ n: fc.constant(n), passed: fc.nat(n) }));
const count = fc.double({ min: 1, max: 4, noNaN: true });
const prior = fc.record({ alpha: count, beta: count });

/** The mean of a function of the rate over a Beta, by the midpoint rule on its unnormalised density. */
function integrated(of: (p: number) => number, { alpha, beta }: { alpha: number; beta: number }): number {
  let [sum, whole] = [0, 0];
  const top = (alpha - 1) / Math.max(1, alpha + beta - 2);
  const ln = (p: number) => (alpha - 1) * Math.log(p) + (beta - 1) * Math.log(1 - p);
  const most = ln(Math.min(0.99999, Math.max(0.00001, top)));
  for (let i = 0; i < 20_000; i++) {
    const p = (i + 0.5) / 20_000;
    const density = Math.exp(ln(p) - most);
    sum += of(p) * density;
    whole += density;
  }
  return sum / whole;
}

describe("a pass rate", () => {
  test("has the moments of its posterior: learnability and the groups of 8 without signal", () => {
    fc.assert(
      fc.property(counts, prior, (seen, before) => {
        const rate = describeRate(seen, { window, prior: before });
        const after = posterior(before, seen.passed, seen.n);
        expect(rate.learnability).toBeCloseTo(
          integrated((p) => p * (1 - p), after),
          4,
        );
        expect(rate.withoutSignal).toBeCloseTo(
          integrated((p) => p ** 8 + (1 - p) ** 8, after),
          4,
        );
        expect(rate.learnability).toBeLessThanOrEqual(0.25);
      }),
      { numRuns: 50 },
    );
  });

  test("seen the other way round is as learnable, and has as little signal", () => {
    fc.assert(
      fc.property(counts, ({ n, passed }) => {
        const [one, other] = [passed, n - passed].map((c) => describeRate({ n, passed: c }, { window }));
        expect(one?.learnability).toBeCloseTo(other?.learnability ?? -1, 12);
        expect(one?.withoutSignal).toBeCloseTo(other?.withoutSignal ?? -1, 12);
      }),
    );
  });

  test("is undecided without a rollout, and in the end on the side where it lies", () => {
    const verdict = (n: number, passed: number) => describeRate({ n, passed }, { window }).verdict;
    expect([verdict(0, 0), verdict(1, 0), verdict(5, 0), verdict(5, 5)]).toEqual([
      ...["undecided", "undecided", "inside", "outside"],
    ]);
    const rng = createRng("sides");
    for (let i = 0; i < 40; i++) {
      const passed = rng.int(0, 400);
      if (Math.abs(passed / 400 - 0.33) > 0.05)
        expect(verdict(400, passed)).toBe(passed / 400 < 0.33 ? "inside" : "outside");
    }
  });

  test("tells pass@k and pass^k as far as it was rolled out: both the rate at 1, then apart", () => {
    const { passAt, passHat } = describeRate({ n: 5, passed: 2 }, { window });
    expect([passAt[1], passHat[1]]).toEqual([0.4, 0.4]);
    expect(passAt[2]).toBeCloseTo(0.7);
    expect(passHat[2]).toBeCloseTo(0.1);
    expect([passAt[8], passHat[8]]).toEqual([null, null]);
  });
});
