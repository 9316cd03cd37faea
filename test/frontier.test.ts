import { describe, expect, test } from "vitest";
import type { Cell } from "../src/domains/cell.ts";
import type { AxisValues, Region } from "../src/domains/domain.ts";
import { evaluation, recordBasics, storedTask } from "./data/store-samples.ts";
import { atDesk, type Desk } from "./desk.ts";

const cellOf = (...requests: readonly AxisValues[]): Cell => ({ conversation: {}, world: {}, requests });

interface Failure {
  readonly cell: Cell;
  readonly minimal: Cell;
  readonly confirmed: boolean;
  /** Of its certificate; without one it was made smaller before there were any. */
  readonly status?: "cut";
}

/** A task that failed all of five rollouts and was made smaller. */
function record({ deps: { store } }: Desk, { cell, minimal, confirmed, status }: Failure): void {
  recordBasics(store);
  store.recordTask(storedTask({ key: "found", cell }));
  store.recordTask(
    storedTask({
      key: "small",
      cell: minimal,
      origin: { by: "simplified", parent: "found", removed: "cabin" },
    }),
  );
  const counts = { id: "e", task: "found", from: 0, n: 5, passed: 0, unscored: 0 };
  store.recordEvaluation({ ...evaluation, ...counts, role: "target", purpose: "screening" });
  const why = { modes: ["transferred"], broken: [], why: "" };
  const verified = { session: "s1", task: "found", status: "kept", evaluation: null } as const;
  store.recordVerification({ ...verified, simulatedOracle: true, confirmed, why });
  const simplified = { session: "s1", task: "found", minimal: "small", steps: [] };
  store.recordSimplification({ ...simplified, certificate: status === undefined ? null : { status } });
}

async function view({ call }: Desk, where: Region): Promise<object> {
  const { structuredContent } = await call("show_frontier", { session_id: "s1", where: { ...where } });
  const { status, tasks, rollouts, failed, confirmed } = (structuredContent as { asked: never }).asked as {
    [name: string]: unknown;
  };
  return { status, tasks, rollouts, failed, confirmed };
}

async function judged({ call }: Desk, where: Region, behaviour = "outcome"): Promise<string> {
  const about = { session_id: "s1", statement: "It holds there.", where: { ...where }, behaviour };
  return ((await call("propose_hypothesis", about)).structuredContent as { status: string }).status;
}

const business: Region = { kind: "cancel", cabin: "business" };
const economy: Region = { kind: "cancel", cabin: "economy" };

describe("a failure whose minimal form lies elsewhere", () => {
  const moved: Failure = {
    cell: cellOf({ kind: "cancel", cabin: "business" }),
    minimal: cellOf({ kind: "cancel", cabin: "economy" }),
    confirmed: true,
  };

  test("counts its rollouts where it was run and is marked where its minimal form lies", () =>
    atDesk(async (desk) => {
      record(desk, moved);
      expect(await view(desk, business)).toEqual({
        ...{ status: "open", tasks: 1, rollouts: 5, failed: 5, confirmed: 0 },
      });
      expect(await view(desk, economy)).toEqual({
        ...{ status: "breaking", tasks: 0, rollouts: 0, failed: 0, confirmed: 1 },
      });
      expect(await view(desk, { kind: "cancel" })).toMatchObject({
        status: "breaking",
        tasks: 1,
        confirmed: 1,
      });
    }));

  test("is marked where it was run as long as no form is confirmed: a search that was cut has no smallest one", () =>
    atDesk(async (desk) => {
      record(desk, { ...moved, status: "cut" });
      expect(await view(desk, business)).toMatchObject({ status: "breaking", confirmed: 1 });
      expect(await view(desk, economy)).toMatchObject({ tasks: 0, confirmed: 0 });
    }));

  test("disproves what was claimed of either place, by its behaviour only", () =>
    atDesk(async (desk) => {
      record(desk, moved);
      expect([await judged(desk, business), await judged(desk, economy)]).toEqual(["disproved", "disproved"]);
      expect(await judged(desk, business, "cancel_eligibility")).toBe("open");
      expect(await judged(desk, { kind: "book" })).toBe("open");
    }));

  test("disproves nothing before it is confirmed", () =>
    atDesk(async (desk) => {
      record(desk, { ...moved, confirmed: false });
      expect([await judged(desk, business), await judged(desk, economy)]).toEqual(["open", "open"]);
    }));
});

test("a request that only stood beside the one that fails keeps its rollouts and is not broken by them", () =>
  atDesk(async (desk) => {
    record(desk, {
      cell: cellOf({ kind: "cancel", cabin: "business" }, { kind: "book", cabin: "economy" }),
      minimal: cellOf({ kind: "book", cabin: "economy" }),
      confirmed: true,
    });
    expect(await view(desk, business)).toEqual({
      ...{ status: "open", tasks: 1, rollouts: 5, failed: 5, confirmed: 0 },
    });
    expect(await judged(desk, business)).toBe("open");
    expect(await view(desk, { kind: "book" })).toMatchObject({ status: "breaking", tasks: 1, confirmed: 1 });
    expect(await judged(desk, { kind: "book" })).toBe("disproved");
  }));
