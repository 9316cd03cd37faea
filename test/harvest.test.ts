import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../src/core/json.ts";
import { inFolder, textOf } from "./desk.ts";
import { faultline, type Served, served } from "./served.ts";

const tasks = 3;
const session = { target: "sim:kimi-like", seed: "2", budget_rollouts: 4_000 };
const mining = ["--target", "sim:kimi-like", "--seed", "2", "--budget", "4000", "--tasks", String(tasks)];

const exported = (data: string) => readFileSync(join(data, "out", "tasks.jsonl"), "utf8");

const count = (jsonl: string) => jsonl.trimEnd().split("\n").length;

/** Harvests from the command line into a fresh folder and gives the exported file. */
async function harvested(data: string, ...more: readonly string[]): Promise<string> {
  const ended = await faultline(["harvest", ...mining, "--data", data, "--out", join(data, "out"), ...more]);
  expect([ended.code, ended.stderr.includes("    at ")]).toEqual([0, false]);
  return exported(data);
}

interface HarvestAnswer {
  readonly status: string;
  readonly run_id: string;
  readonly harvested: readonly JsonObject[];
  readonly rollouts_spent: number;
  readonly rollouts_left: number;
  readonly stopped: string;
  readonly next: string;
}

/** Resolves once the session has harvested so many tasks. */
async function untilHarvested(server: Served, session_id: string, wanted: number): Promise<void> {
  for (;;) {
    const { tasks } = await server.get<{ tasks: { harvested: number } }>("session_summary", { session_id });
    if (tasks.harvested >= wanted) return;
    await sleep(20);
  }
}

const start = async (server: Served, more: object = {}) =>
  (await server.get<{ session_id: string }>("start_session", { ...session, ...more })).session_id;

/** Waits for a run's end, however often that takes. */
async function finished(server: Served, run_id: string): Promise<HarvestAnswer> {
  for (;;) {
    const answer = await server.get<HarvestAnswer>("await_run", { run_id });
    if (answer.status !== "running") return answer;
  }
}

describe.each(["wg", "dag"])("a harvest by the loop %s is repeatable", (strategy) => {
  let expected = "";
  beforeAll(() =>
    inFolder(async (data) => {
      expected = await harvested(data, "--strategy", strategy);
      expect(count(expected)).toBe(tasks);
    }),
  );

  test.concurrent.each([
    ["in another folder", []],
    ["one rollout at a time", ["--concurrency", "1"]],
    ["eight rollouts at once", ["--concurrency", "8"]],
  ])("the same seed gives a byte-identical export: %s", (_, more) =>
    inFolder(async (data) => {
      expect(await harvested(data, "--strategy", strategy, ...more)).toBe(expected);
    }),
  );

  test.concurrent("another seed gives another export", () =>
    inFolder(async (data) => {
      expect(await harvested(data, "--strategy", strategy, "--seed", "3", "--tasks", "1")).not.toBe(expected);
    }));

  test.concurrent("killed with -9 and resumed, it ends as one that was not", () =>
    inFolder(async (data) => {
      const session_id = await served(data, async (server) => {
        const id = await start(server);
        const cut = server.call("harvest", { session_id: id, tasks, strategy }).catch(() => "cut");
        await untilHarvested(server, id, 1);
        process.kill(server.pid, "SIGKILL");
        expect(await cut).toBe("cut");
        return id;
      });
      const resumed = await faultline([
        // Which strategy it was is known.
        ...["harvest", "--session", session_id, "--tasks", String(tasks)],
        ...["--data", data, "--out", join(data, "out")],
      ]);
      expect(resumed.code).toBe(0);
      expect(exported(data)).toBe(expected);
      await served(data, async (server) => {
        const { runs } = await server.get<{ runs: readonly JsonObject[] }>("session_summary", { session_id });
        expect(runs.map(({ kind, status }) => [kind, status])).toEqual([["harvest", "done"]]);
      });
    }));
});

describe("two servers on one data folder", () => {
  test("both mine, each sees the other's sessions, and either can await the other's run", () =>
    inFolder((data) =>
      served(data, (one) =>
        served(
          data,
          async (two) => {
            const ids = [await start(one), await start(two, { seed: "9" })];
            const [first, second] = await Promise.all([
              one.get<HarvestAnswer>("harvest", { session_id: ids[0], tasks: 2 }),
              two.get<HarvestAnswer>("harvest", { session_id: ids[1], tasks: 2 }),
            ]);
            expect(first.harvested.length).toBe(2);
            expect(second.status).toBe("running");
            const awaited = await one.get<HarvestAnswer>("await_run", { run_id: second.run_id });
            expect([awaited.status, awaited.harvested.length]).toEqual(["done", 2]);
            const listed = await two.get<{ sessions: readonly JsonObject[] }>("session_summary");
            expect(listed.sessions.map((one) => one.session_id).sort()).toEqual([...ids].sort());
          },
          { flags: ["--patience", "50"] },
        ),
      ),
    ));

  test("spend one session's budget once, whoever runs the rollouts", () =>
    inFolder((data) =>
      served(data, (one) =>
        served(data, async (two) => {
          const session_id = await start(one, { budget_rollouts: 6 });
          const ran = await Promise.all(
            [one, two, one, two].map(async (server, i) => {
              const cell = { kind: i < 2 ? "book" : "cancel", passengers: i % 2 === 0 ? 1 : 2 };
              const world = { session_id, cell };
              const { task_key } = await server.get<{ task_key: string }>("generate_world", world);
              return server.get<{ n: number; rollouts_left: number }>("run_target", { session_id, task_key });
            }),
          );
          expect(ran.reduce((sum, { n }) => sum + n, 0)).toBe(6);
          const { budget } = await two.get<{ budget: JsonObject }>("session_summary", { session_id });
          expect(budget.rollouts_left).toBe(0);
        }),
      ),
    ));

  test("a second harvest of one session is refused while the first goes on", () =>
    inFolder((data) =>
      served(
        data,
        (one) =>
          served(data, async (two) => {
            const session_id = await start(one, { budget_rollouts: 100_000 });
            const { run_id } = await one.get<HarvestAnswer>("harvest", { session_id, tasks: 500 });
            expect(await two.refused("harvest", { session_id, tasks: 1 })).toContain(run_id);
            const stopped = await two.get("cancel_run", { run_id });
            expect(stopped.status).toBe("cancelled");
          }),
        { flags: ["--patience", "50"] },
      ),
    ));
});

describe("a harvest ends early", () => {
  test("a budget of 20 rollouts stops it cleanly, and it says so", () =>
    inFolder((data) =>
      served(data, async (server) => {
        const session_id = await start(server, { budget_rollouts: 20 });
        const answer = await server.call("harvest", { session_id, tasks: 3 });
        expect(answer.structuredContent).toMatchObject({
          status: "done",
          stopped: "budget spent",
          rollouts_spent: 20,
          rollouts_left: 0,
        });
        expect(textOf(answer)).toContain("budget spent");
        const warning = String(answer.structuredContent?.warning);
        expect(warning).toMatch(
          /^The budget has 20 rollouts left and 3 more tasks are expected to take about \d+ /,
        );
        expect(textOf(answer).startsWith(`${warning}\n`)).toBe(true);
        expect(String(answer.structuredContent?.next)).toContain("budget_rollouts");
        const { target_rollouts, budget } = await server.get<Record<string, Record<string, number>>>(
          "session_summary",
          { session_id },
        );
        expect((target_rollouts?.passed ?? 0) + (target_rollouts?.failed ?? 0)).toBe(20);
        expect(budget?.rollouts_left).toBe(0);
      }),
    ));

  test("a budget that ends after the first task keeps that task and exports it", () =>
    inFolder((data) =>
      served(data, async (server) => {
        const session_id = await start(server, { budget_rollouts: 400 });
        const answer = await server.get<HarvestAnswer>("harvest", { session_id, tasks: 50 });
        expect(answer.stopped).toBe("budget spent");
        expect(answer.harvested.length).toBeGreaterThan(0);
        await server.get("export_tasks", { session_id, folder: "out" });
        expect(count(readFileSync(join(data, "exports", "out", "tasks.jsonl"), "utf8"))).toBe(
          answer.harvested.length,
        );
      }),
    ));

  test("a dry run says what it expects, and runs nothing", () =>
    inFolder((data) =>
      served(data, async (server) => {
        const session_id = await start(server);
        const before = await server.get("session_summary", { session_id });
        const answer = await server.get("harvest", { session_id, tasks: 5, dry_run: true });
        expect(answer).toMatchObject({ stopped: "dry run", rollouts_spent: 0, expected: { tokens: 0 } });
        expect((answer.expected as { rollouts: number }).rollouts).toBeGreaterThan(50);
        expect(await server.get("session_summary", { session_id })).toEqual(before);
      }),
    ));

  test("cancelled from another call it keeps what it has, and can be gone on with", () =>
    inFolder((data) =>
      served(
        data,
        async (server) => {
          const session_id = await start(server);
          const { run_id, status } = await server.get<HarvestAnswer>("harvest", { session_id, tasks: 60 });
          expect(status).toBe("running");
          await untilHarvested(server, session_id, 1);
          expect(await server.get("cancel_run", { run_id })).toMatchObject({ status: "cancelled" });
          const stopped = await server.get<HarvestAnswer>("await_run", { run_id });
          expect([stopped.status, stopped.harvested.length > 0]).toEqual(["cancelled", true]);
          const wanted = stopped.harvested.length + 1;
          const more = await server.get<HarvestAnswer>("harvest", { session_id, tasks: wanted });
          const whole = await finished(server, more.run_id);
          expect([whole.status, whole.harvested.length]).toEqual(["done", wanted]);
          expect(whole.harvested.slice(0, wanted - 1)).toEqual(stopped.harvested);
        },
        { flags: ["--patience", "50"] },
      ),
    ));
});

describe("the command line", () => {
  test("harvest writes plain lines where there is no terminal, and show prints the frontier", () =>
    inFolder(async (data) => {
      const { code, stdout, stderr } = await faultline([
        ...["harvest", "--target", "sim:transfer-happy", "--tasks", "1", "--budget", "2000"],
        ...["--data", data, "--out", join(data, "out")],
      ]);
      expect(code).toBe(0);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: no bar is drawn over.
      expect(stdout + stderr).not.toMatch(/[\u001b\r]/);
      expect(stderr).toMatch(/^\d+\/1 iteration 1: /m);
      expect(stdout).toContain("Harvested 1 of 1 tasks");
      expect(stdout).toContain(`1 task written to ${join(data, "out", "tasks.jsonl")}`);
      const shown = await faultline(["show", "--data", data]);
      expect(shown.code).toBe(0);
      expect(shown.stdout).toMatch(
        /^status +region +tasks +failed +rate \(95 %\) +shared \(90 %\) +confirmed$/m,
      );
      expect(shown.stdout).toMatch(/^breaking .*█/m);
    }));

  test("harvest exports in every form that is named, each once", () =>
    inFolder(async (data) => {
      const { code, stdout } = await faultline([
        ...["harvest", "--target", "sim:transfer-happy", "--tasks", "1", "--budget", "2000"],
        ...["--data", data, "--out", join(data, "out"), "--format", "released", "tau2", "released"],
      ]);
      expect(code).toBe(0);
      expect(stdout.match(/written to/g)).toHaveLength(2);
      expect(readdirSync(join(data, "out")).toSorted()).toEqual([
        ...["db.json", "sim-transfer-happy.jsonl", "sim-transfer-happy.parquet", "tau2_tasks.json"],
      ]);
    }));

  test("a dry run prints one estimate and opens nothing to export", () =>
    inFolder(async (data) => {
      const { code, stdout } = await faultline(["harvest", ...mining, "--data", data, "--dry-run"]);
      expect([code, stdout.includes("Nothing was run.")]).toEqual([0, true]);
    }));

  test.each([
    [["harvest"], "A harvest needs a target"],
    [["harvest", "--target", "gpt"], "Expected a model as openai:MODEL or sim:NAME"],
    [["harvest", "--session", "nope"], 'Unknown session "nope"'],
    [
      ["harvest", "--target", "sim:kimi-like", "--format", "csv"],
      'Unknown form of export "csv": expected faultline, released or tau2',
    ],
    [["show"], "There is no session to show"],
    [["serve", "--faults", "/no/such/folder"], "--faults"],
  ])("%j is refused in one sentence, with exit code 1", (args, sentence) =>
    inFolder(async (data) => {
      const { code, stdout, stderr } = await faultline([...args, "--data", data]);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toContain(sentence);
      expect(stderr).toMatch(/^[^\n]+\.\n$/);
    }),
  );
});
