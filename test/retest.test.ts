import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { outcomeOf } from "../src/tools/retest-task.ts";
import { atEndpoint, house } from "./at-endpoint.ts";
import { recordBasics, session, storedTask } from "./data/store-samples.ts";
import { atDesk, inFolder, textOf } from "./desk.ts";
import { type Served, served } from "./served.ts";

interface Rate {
  readonly n: number;
  readonly passed: number;
}

interface TaskAnswer extends Rate {
  readonly task_key: string;
  readonly outcome: string;
  readonly before: (Rate & { readonly of: string }) | null;
  readonly fresh?: Rate;
  readonly kept: boolean;
}

interface Answer {
  readonly status: string;
  readonly run_id: string;
  readonly successor_session_id: string;
  readonly tasks: readonly TaskAnswer[];
  readonly totals: Readonly<Record<string, number>>;
  readonly kept: number;
  readonly cut: number;
  readonly rollouts_spent: number;
}

const onCancel = { id: "hands-over", when: { kind: "cancel" }, fault: "transfer", probability: 1 };
const onBags = { id: "stops", when: { kind: "add_bags" }, fault: "stop_early", probability: 1 };
const files = { broken: [onCancel, onBags], fixed: [onBags], other: [onCancel] };

/** A data folder beside a target with two faults and versions of it that have lost one, and the flags that name them. */
const withFaults = (run: (data: string, flags: readonly string[]) => Promise<void>) =>
  inFolder((data) => {
    const folder = join(data, "faults");
    mkdirSync(folder);
    for (const [name, faults] of Object.entries(files)) {
      writeFileSync(join(folder, `${name}.json`), JSON.stringify({ name, faults }));
    }
    return run(data, ["--faults", folder]);
  });

/** A server that knows these targets. */
const atServer = (run: (server: Served, data: string) => Promise<void>) =>
  withFaults((data, flags) => served(data, (server) => run(server, data), { flags }));

/** One harvested task for each fault, made step by step. */
async function mined(
  server: Served,
): Promise<{ readonly session_id: string; readonly kinds: Map<string, string> }> {
  const start = { target: "sim:broken", seed: "4", budget_rollouts: 2_000 };
  const { session_id } = await server.get<{ session_id: string }>("start_session", start);
  const kinds = new Map<string, string>();
  for (const kind of ["cancel", "add_bags"]) {
    const cell = { session_id, cell: { kind, verdict: "granted" }, noise: 0, distractors: 0 };
    const { task_key } = await server.get<{ task_key: string }>("generate_world", cell);
    await server.get("run_target", { session_id, task_key });
    await server.get("verify_with_oracle", { session_id, task_key });
    const shrunk = { session_id, task_key, max_rollouts: 40 };
    const made = await server.get<{ harvested: boolean; minimal_task_key: string }>(
      "simplify_failure",
      shrunk,
    );
    expect([kind, made.harvested]).toEqual([kind, true]);
    kinds.set(made.minimal_task_key, kind);
  }
  return { session_id, kinds };
}

const retest = (server: Served, args: object) => server.get<Answer>("retest_tasks", args);

const outcomes = ({ tasks }: Answer, kinds: ReadonlyMap<string, string>) =>
  Object.fromEntries(tasks.map(({ task_key, outcome, kept }) => [kinds.get(task_key), [outcome, kept]]));

/** What does not hang on which session it is. */
const figures = ({ tasks, totals, kept, rollouts_spent }: Answer) => ({
  tasks,
  totals,
  kept,
  rollouts_spent,
});

test("a summary tells the newest retest on each target alone, in text and structure alike", () =>
  atDesk(async ({ call, deps: { store } }) => {
    recordBasics(store);
    store.recordTask(storedTask({ key: "task-2" }));
    for (const [id, target, checkpoint, day, outcomes] of [
      ["s2", "openai:m", "first", "03", ["solved", "still_failing"]],
      ["s3", "openai:m", "second", "05", ["regressed", "solved"]],
      ["s4", "sim:fixed", undefined, "04", ["still_failing"]],
    ] as const) {
      const at = {
        ...session,
        id,
        target,
        parent: "s1",
        ...(checkpoint === undefined ? {} : { checkpoint }),
      };
      store.recordSession(at);
      for (const [i, outcome] of outcomes.entries()) {
        const task = `task-${i + 1}`;
        store.recordTask(storedTask({ key: task, session: id }));
        const createdAt = `2025-01-${day}T00:00:0${i}.000Z`;
        store.recordRetest({ session: id, task, parent: "s1", outcome, evidence: {}, createdAt });
      }
    }
    const answer = await call("session_summary", { session_id: "s1" });
    expect(answer.structuredContent).toMatchObject({
      retests: [
        { session_id: "s3", target: "openai:m", checkpoint: "second", tasks: 2, solved: 1, regressed: 1 },
        { session_id: "s4", target: "sim:fixed", tasks: 1, solved: 0, still_failing: 1, regressed: 0 },
      ],
    });
    expect(
      textOf(answer)
        .split("\n")
        .filter((line) => line.startsWith("Retested")),
    ).toEqual([
      "Retested on openai:m at second: 1 solved, 0 still failing, 1 regressed of 2 (2025-01-05T00:00:01.000Z, session s3).",
      "Retested on sim:fixed (simulated): 0 solved, 1 still failing, 0 regressed of 1 (2025-01-04T00:00:00.000Z, session s4).",
    ]);
    expect(textOf(await call("session_summary", { session_id: "s2" }))).not.toContain("Retested");
  }));

describe("a retest", () => {
  test("retires what the new target solves, keeps what still fails, and a third checkpoint regresses", () =>
    atServer(async (server, data) => {
      const { session_id, kinds } = await mined(server);
      const second = await retest(server, { session_id, target: "sim:fixed" });
      expect(outcomes(second, kinds)).toEqual({
        cancel: ["solved", false],
        add_bags: ["still_failing", true],
      });
      expect(second.tasks.map(({ before, fresh, n }) => [before?.of, before?.n, fresh?.n, n <= 16])).toEqual([
        ["fresh", 16, undefined, true],
        ["fresh", 16, 16, true],
      ]);
      const again = await retest(server, { session_id, target: "sim:fixed" });
      expect(figures(again)).toEqual(figures(second));
      expect(again.successor_session_id).toBe(second.successor_session_id);
      const on = { session_id: second.successor_session_id, target: "sim:fixed", at: expect.any(String) };
      expect(await server.get("session_summary", { session_id })).toMatchObject({
        retests: [{ ...on, tasks: 2, solved: 1, still_failing: 1, regressed: 0 }],
      });
      expect(await server.get("session_summary", { session_id: on.session_id })).not.toHaveProperty(
        "retests",
      );

      const third = await retest(server, { session_id: second.successor_session_id, target: "sim:other" });
      expect(outcomes(third, kinds)).toEqual({ cancel: ["regressed", true], add_bags: ["solved", false] });
      const successor = third.successor_session_id;
      await server.get("export_tasks", { session_id: successor, folder: "out" });
      const [line = ""] = readFileSync(join(data, "exports", "out", "tasks.jsonl"), "utf8").split("\n");
      expect(JSON.parse(line)).toMatchObject({
        target: { spec: "sim:other" },
        evaluation: { fresh: { n: 16, passed: 0 } },
        oracle: { on_found: { n: 2, passed: 2 }, confirmed: true },
        confirmed_by: "oracle",
        retested_from: {
          session: second.successor_session_id,
          target: "sim:fixed",
          found_in: session_id,
          outcome: "regressed",
          before: { passed: expect.any(Number), of: "screening" },
        },
      });
      const more = await server.get<{ harvested: readonly object[] }>("harvest", {
        session_id: successor,
        tasks: 1,
      });
      expect(more.harvested).toHaveLength(1);
    }));

  test("keeps the evidence of each target to itself, on the frontier too", () =>
    atServer(async (server) => {
      const { session_id } = await mined(server);
      const before = await server.get("show_frontier", { session_id, detail: "full" });
      const { successor_session_id } = await retest(server, { session_id, target: "sim:fixed" });
      expect(await server.get("show_frontier", { session_id, detail: "full" })).toEqual(before);
      const { kinds } = await server.get<{
        kinds: readonly { region: { kind: string }; tasks: number; failed: number; confirmed: number }[];
      }>("show_frontier", { session_id: successor_session_id });
      const shown = kinds
        .filter(({ tasks }) => tasks > 0)
        .map((one) => [one.region.kind, one.failed > 0, one.confirmed]);
      expect(shown).toEqual([
        ["cancel", false, 0],
        ["add_bags", true, 1],
      ]);
    }));

  test("cancelled, killed with -9 and called again, it ends as one that was not", () =>
    withFaults(async (folder, flags) => {
      const [data, copy] = [join(folder, "data"), join(folder, "copy")];
      const { session_id } = await served(data, mined, { flags });
      cpSync(data, copy, { recursive: true });
      const order = { session_id, target: "sim:fixed", rollouts: 80 };
      const whole = await served(copy, async (server) => figures(await retest(server, order)), { flags });
      await served(
        data,
        async (server) => {
          const begun = await retest(server, order);
          expect(begun.status).toBe("running");
          await server.get("cancel_run", { run_id: begun.run_id });
          const stopped = await server.get<Answer>("await_run", { run_id: begun.run_id });
          expect([stopped.status, stopped.cut > 0]).toEqual(["cancelled", true]);
          expect((await retest(server, order)).status).toBe("running");
          process.kill(server.pid, "SIGKILL");
        },
        { flags: [...flags, "--patience", "30"] },
      );
      await served(
        data,
        async (server) => {
          const { rollouts_spent, ...rest } = figures(await retest(server, order));
          const { rollouts_spent: least, ...others } = whole;
          expect(rest).toEqual(others);
          // Four rollouts may have been in flight at each of the two stops: begun, so paid for.
          expect([rollouts_spent >= least, rollouts_spent <= least + 8]).toEqual([true, true]);
        },
        { flags },
      );
    }));

  test("stops with its budget, and goes on with a larger one in the same session", () =>
    atServer(async (server) => {
      const { session_id } = await mined(server);
      const order = { session_id, target: "sim:fixed" };
      const short = await retest(server, { ...order, budget_rollouts: 5 });
      expect([short.rollouts_spent, short.cut]).toEqual([5, expect.any(Number)]);
      expect(short.cut).toBeGreaterThan(0);
      const on = await retest(server, { ...order, budget_rollouts: 500 });
      expect([on.cut, on.successor_session_id]).toEqual([0, short.successor_session_id]);
      const named = await retest(server, {
        ...order,
        checkpoint: "step 2",
        tasks: [on.tasks[1]?.task_key ?? ""],
      });
      expect(named.tasks.map(({ outcome }) => outcome)).toEqual(["still_failing"]);
      expect(named.successor_session_id).not.toBe(on.successor_session_id);
    }));

  test("refuses what cannot be retested in one sentence, and stores nothing for it", () =>
    atServer(async (server) => {
      const { session_id } = await mined(server);
      const { session_id: bare } = await server.get("start_session", { target: "sim:broken" });
      const target = "sim:fixed";
      expect(await server.refused("retest_tasks", { session_id: bare, target })).toContain(
        "no harvested tasks",
      );
      expect(await server.refused("retest_tasks", { session_id, target: "sim:nobody" })).toContain(
        "expected",
      );
      expect(await server.refused("retest_tasks", { session_id, target, tasks: ["x"] })).toContain(
        "Unknown harvested task",
      );
      const { sessions } = await server.get<{ sessions: readonly object[] }>("session_summary");
      expect(sessions).toHaveLength(2);
    }));
});

test("a target behind an endpoint is retested like any other; one that is not there leaves tasks unscored", () =>
  atEndpoint(house, async (server) => {
    const models = { target: "openai:faulty", oracle: "openai:sound", seed: "3", budget_rollouts: 1_000 };
    const { session_id } = await server.get("start_session", models);
    await server.get("harvest", { session_id, strategy: "dag", tasks: 1, max_iterations: 40 });
    const totals = async (target: string) => (await retest(server, { session_id, target })).totals;
    expect(await totals("openai:sound")).toMatchObject({ solved: 1, still_failing: 0 });
    expect(await totals("openai:faulty")).toMatchObject({ solved: 0, still_failing: 1 });
    expect(await totals("openai:refusing")).toMatchObject({ unscored: 1, solved: 0 });
  }));

describe("the outcome of a retest", () => {
  const window = { low: 0.125, high: 0.75 };
  const then = (passed: number, n: number, solved = false) =>
    ({ n, passed, solved, purpose: "fresh" }) as const;
  test.each([
    ["solved above the window", { n: 16, passed: 16, verdict: "outside" }, then(4, 16), "solved"],
    ["failing below the window", { n: 16, passed: 0, verdict: "outside" }, then(2, 16), "still_failing"],
    [
      "regressed where the intervals do not touch",
      { n: 16, passed: 0, verdict: "outside" },
      then(11, 16),
      "regressed",
    ],
    ["regressed where it was solved", { n: 8, passed: 4, verdict: "inside" }, then(5, 6, true), "regressed"],
    ["still failing where they touch", { n: 8, passed: 3, verdict: "inside" }, then(6, 16), "still_failing"],
    ["undecided", { n: 16, passed: 12, verdict: "undecided" }, null, "undecided"],
    ["unscored", { n: 0, passed: 0, verdict: "undecided" }, then(4, 16), "unscored"],
  ] as const)("is %s", (_, now, earlier, outcome) => {
    expect(outcomeOf(now, earlier, window)).toBe(outcome);
  });
});
