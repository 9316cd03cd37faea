import { describe, expect, test } from "vitest";
import type { Cell } from "../src/domains/cell.ts";
import type { AxisValues, Region } from "../src/domains/domain.ts";
import { findDomain } from "../src/domains/index.ts";
import { type Evidence, judgeHypothesis, viewRegion } from "../src/frontier/frontier.ts";

const airline = findDomain("airline");

const cellOf = (...requests: readonly AxisValues[]): Cell => ({ conversation: {}, world: {}, requests });

const shown = (change: Partial<Evidence>): Evidence => ({
  task: "t",
  cell: cellOf({ kind: "cancel", cabin: "business" }),
  minimal: null,
  hypothesis: null,
  n: 5,
  passed: 0,
  confirmed: true,
  broken: [],
  mode: "transferred",
  ...change,
});

const view = (region: Region, one: Evidence) => {
  const { status, tasks, rollouts, failed, confirmed } = viewRegion(region, [one], airline);
  return { status, tasks, rollouts, failed, confirmed };
};

const judged = (where: Region, one: Evidence, behaviour = "outcome") =>
  judgeHypothesis({ id: "h", statement: "It holds.", where, behaviour, by: "server" }, [one], airline);

const business: Region = { kind: "cancel", cabin: "business" };
const economy: Region = { kind: "cancel", cabin: "economy" };

describe("a failure whose minimal form lies elsewhere", () => {
  const moved = shown({ minimal: cellOf({ kind: "cancel", cabin: "economy" }) });

  test("counts its rollouts where it was run and is marked where its minimal form lies", () => {
    expect(view(business, moved)).toEqual({ status: "open", tasks: 1, rollouts: 5, failed: 5, confirmed: 0 });
    expect(view(economy, moved)).toEqual({
      ...{ status: "breaking", tasks: 0, rollouts: 0, failed: 0, confirmed: 1 },
    });
    expect(view({ kind: "cancel" }, moved)).toMatchObject({ status: "breaking", tasks: 1, confirmed: 1 });
  });

  test("disproves what was claimed of either place, by its behaviour only", () => {
    expect([business, economy].map((where) => judged(where, moved))).toEqual(["disproved", "disproved"]);
    expect(judged(business, moved, "cancel_eligibility")).toBe("open");
    expect(judged({ kind: "book" }, moved)).toBe("open");
    expect(judged(business, { ...moved, confirmed: false })).toBe("open");
  });
});

test("a request that only stood beside the one that fails keeps its rollouts and is not broken by them", () => {
  const both = shown({
    cell: cellOf({ kind: "cancel", cabin: "business" }, { kind: "book", cabin: "economy" }),
    minimal: cellOf({ kind: "book", cabin: "economy" }),
  });
  expect(view(business, both)).toEqual({ status: "open", tasks: 1, rollouts: 5, failed: 5, confirmed: 0 });
  expect(judged(business, both)).toBe("open");
  expect(view({ kind: "book" }, both)).toMatchObject({ status: "breaking", tasks: 1, confirmed: 1 });
  expect(judged({ kind: "book" }, both)).toBe("disproved");
});
