import { describe, expect, test } from "vitest";
import type { Worked } from "../src/frontier/worked.ts";
import { worthsIn } from "../src/frontier/worth.ts";

/** A vein of book, of which a task more hits with chance .8. */
const vein = (name: string, more: Partial<Worked> = {}): Worked => ({
  ...{
    name,
    mode: "book: stopped_early",
    isKnown: true,
    tried: 0,
    hits: 0,
    kept: 0,
    rollouts: 0,
    share: 0.8,
  },
  causes: [{ where: { kind: "book", passengers: { min: name.length } }, conditions: [], chance: 1 }],
  history: { n: 0, passed: 0 },
  ...more,
});
const worthOf = (one: Worked, ...others: readonly Worked[]) => worthsIn([one, ...others]).get(one) ?? 0;

describe("what following a vein is worth", () => {
  const given = vein("aa", { kept: 2 });

  test("falls with what it has given", () => {
    const kept = [0, 1, 2, 3].map((n) => worthOf(vein("a", { kept: n })));
    expect(kept).toEqual(kept.toSorted((a, b) => b - a));
    expect(new Set(kept).size).toBe(4);
  });

  test("falls with what its kin has given, unless a smallest form tells its cause apart", () => {
    const unknown = vein("a", { isKnown: false });
    expect(worthOf(unknown, given)).toBeLessThan(0.1 * worthOf(unknown));
    expect(worthOf(vein("a"), given)).toBe(worthOf(vein("a")));
    expect(worthOf(vein("a", { kept: 1 }), given)).toBeLessThan(worthOf(vein("a", { kept: 1 })));
  });

  test("is none of another way to fail", () => {
    const other = vein("aa", { kept: 2, mode: "cancel: omitted" });
    const unknown = vein("a", { isKnown: false });
    expect(worthOf(unknown, other)).toBe(worthOf(unknown));
  });
});
