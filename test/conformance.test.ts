import { describe, expect, test } from "vitest";
import { tau2Hash } from "../src/domains/airline/tau2-hash.ts";
import { stateOf } from "../src/domains/domain.ts";
import { compareVectors, parseVectors, readText } from "./vectors.ts";

describe("conformance with τ²-bench", () => {
  const file = new URL("data/airline-vectors.jsonl", import.meta.url).pathname;

  test("every recorded call agrees in its outcome, its result and the hash after it", () => {
    const agreements = parseVectors(readText(file), file).map(({ vectors }) => compareVectors(vectors));
    expect(agreements.flatMap(({ disagreements }) => disagreements)).toEqual([]);
    expect(agreements.reduce((sum, { agreeing }) => sum + agreeing, 0)).toBe(84);
  });

  test("a recording that was tampered with is told call by call", () => {
    const [first] = parseVectors(readText(file), file);
    const vectors = structuredClone(first?.vectors);
    const call = vectors?.sequences[1]?.calls[3];
    if (vectors === undefined || call === undefined) throw new Error("expected a recorded call");
    call.hash = "0".repeat(64);
    const { agreeing, calls, disagreements } = compareVectors(vectors);
    expect(calls - agreeing).toBe(1);
    expect(disagreements).toMatchObject([{ sequence: 2, call: 4, tool: call.name }]);
  });

  test("the empty state has τ²'s own hash", () => {
    expect(tau2Hash(stateOf({ flights: {}, users: {}, reservations: {} }))).toBe(
      "6cae8016ce2e7145980844094ff82d80981022a9f94b248fc152bc9925bb9dcd",
    );
  });
});
