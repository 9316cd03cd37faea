import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { minimise } from "../src/simplify/minimise.ts";
import type { Outcome } from "../src/simplify/tries.ts";

describe("a search that was led astray", () => {
  test("goes on where the sweep shows it, and does not take away one by one what is left", async () => {
    const misled = fc.record({ n: fc.integer({ min: 20, max: 40 }), lies: fc.integer({ min: 2, max: 8 }) });
    await fc.assert(
      fc.asyncProperty(misled, async ({ n, lies }) => {
        const needs = ["e3", "e7"];
        let lied = 0;
        const { status, kept, rollouts } = await minimise({
          elements: Array.from({ length: n }, (_, i) => ({ id: `e${i}`, cost: 1 })),
          whole: { failed: 11, n: 11 },
          // Nothing can go before e0 does, and the first rollouts say that it cannot.
          isValid: (some) => some.size === n || !some.has("e0"),
          test: async (testing): Promise<Outcome> => {
            const isTrue = testing.part === "confirm" || lied === lies;
            if (!isTrue) lied += 1;
            return isTrue && needs.every((id) => testing.kept.has(id)) ? "failed" : "passed";
          },
          maxRollouts: 5_000,
        });
        expect({ status, kept }).toEqual({ status: "confirmed", kept: needs });
        // To take away alone each that is left takes seven rollouts apiece: 134 for the fewest.
        expect(rollouts).toBeLessThanOrEqual(75);
      }),
      { numRuns: 40 },
    );
  });
});
