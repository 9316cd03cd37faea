import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { minimise } from "../src/simplify/minimise.ts";
import type { Outcome } from "../src/simplify/tries.ts";

/** A whole of elements of which the first is replaced where it goes, and what fails with it and without. */
function search(n: number, needs: { readonly with: readonly string[]; readonly without: readonly string[] }) {
  const elements = Array.from({ length: n }, (_, i) => ({ id: `e${i}`, cost: 1 }));
  return minimise({
    elements: elements.map((element, i) => (i === 0 ? { ...element, isReplaced: true } : element)),
    whole: { failed: 11, n: 11 },
    isValid: () => true,
    test: async ({ kept }): Promise<Outcome> => {
      const needed = kept.has("e0") ? needs.with : needs.without;
      return needed.every((id) => kept.has(id)) ? "failed" : "passed";
    },
    maxRollouts: 2_000,
  });
}

const size = fc.integer({ min: 6, max: 30 });

describe("what stands in the place of an element that is gone", () => {
  test("is not taken where it fails for a reason of its own: the element stays, and the certificate says why", async () => {
    await fc.assert(
      fc.asyncProperty(size, async (n) => {
        const found = await search(n, { with: ["e1", "e2"], without: ["e4"] });
        expect(found.status).toBe("confirmed");
        expect(found.kept).toEqual(["e0", "e1", "e2"]);
        const [first, ...others] = found.certificate;
        expect(first).toMatchObject({ id: "e0", along: [], without: { failed: 0 } });
        // If the search never met the other failure, the element is needed and that is all there is to say.
        expect(["slipped", "needed"]).toContain(first?.why);
        expect(others.map(({ why }) => why)).toEqual(["needed", "needed"]);
      }),
      { numRuns: 30 },
    );
  });

  test("nor where it fails always, and the element itself only with others", async () => {
    const found = await search(12, { with: ["e3"], without: [] });
    expect(found.kept).toEqual(["e0", "e3"]);
    expect(found.certificate.map(({ why }) => why)).toEqual(["slipped", "needed"]);
  });

  test("is taken where the same is needed with it as with the element", async () => {
    await fc.assert(
      fc.asyncProperty(size, async (n) => {
        const found = await search(n, { with: ["e1", "e2"], without: ["e1", "e2"] });
        expect(found).toMatchObject({ status: "confirmed", kept: ["e1", "e2"] });
      }),
      { numRuns: 30 },
    );
  });
});
