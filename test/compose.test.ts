import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "../src/core/rng.ts";
import { airline } from "../src/domains/airline/airline.ts";
import { meets } from "../src/domains/cell.ts";
import type { Region } from "../src/domains/domain.ts";
import { drawComposition } from "../src/frontier/compose.ts";
import { tallyOf } from "../src/frontier/space-filling.ts";

const drawn = (around: Region, seed: number) =>
  drawComposition(
    { where: { kind: "cancel" }, around },
    { domain: airline, tally: tallyOf([]), rng: createRng(`${seed}`) },
  );

describe("a composition", () => {
  test("keeps to the schedule and the number of requests that are asked for", () => {
    const schedules = fc.constantFrom<Region[string]>("together", "late", ["one_by_one", "late"]);
    const counts = fc.constantFrom<Region[string] | null>(null, 2, { max: 2 });
    fc.assert(
      fc.property(schedules, counts, fc.nat(1000), (schedule, requests, seed) => {
        const composition = drawn({ schedule, ...(requests === null ? {} : { requests }) }, seed);
        expect(composition).not.toBeNull();
        expect(meets(composition?.schedule, schedule)).toBe(true);
        expect(requests === null || meets(composition?.requests.length, requests)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test("of one request comes up at once, so there is none of one that comes late", () => {
    expect(drawn({ requests: 1 }, 1)?.schedule).toBe("together");
    expect(drawn({ requests: 1, schedule: "late" }, 1)).toBeNull();
  });
});
