import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../src/core/json.ts";
import type { Walk } from "../src/dag/walk.ts";
import { airline } from "../src/domains/airline/airline.ts";
import { stateOf, type World } from "../src/domains/domain.ts";
import { replay } from "../src/domains/environment.ts";
import { inFolder } from "./desk.ts";
import { callsOf } from "./kept.ts";
import { faultline, served } from "./served.ts";

const mining = (data: string, ...more: readonly string[]) =>
  faultline([
    ...["harvest", "--strategy", "dag", "--target", "sim:transfer-happy", "--seed", "5", "--budget", "3000"],
    ...["--data", data, "--out", join(data, "out"), ...more],
  ]);

const linesOf = (path: string) =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, JsonObject[string]>);

describe("a harvest by walks from the command line", () => {
  test("says of each iteration what it tried and what became of it, and exports both forms", () =>
    inFolder(async (data) => {
      const window = ["--max-pass-rate", "0.33", "-k", "4"];
      const ended = await mining(data, "--tasks", "4", ...window, "--format", "faultline", "released");
      expect(ended.code).toBe(0);
      const lines = ended.stdout.split("\n").filter((line) => /^\d+\. /.test(line));
      const form =
        /^\d+\. \w.* · target \d+\/\d+ \(pass rate \d\.\d\d, 95 % \d\.\d\d–\d\.\d\d\)( · pass@4 \d\.\d\d)?( · dropped \d+\/\d+)?( · gate \d+\/[678])?( · fresh \d+\/16)? · (KEPT \(.+\)|not kept: .+)$/;
      expect(lines.filter((line) => !form.test(line))).toEqual([]);
      expect(lines.filter((line) => line.includes(" · KEPT ("))).toHaveLength(4);
      expect(lines.filter((line) => line.includes("KEPT") && !line.includes("pass@4"))).toEqual([]);
      expect(ended.stdout).toContain("Keeps pass rates from 0 to 0.33");

      const tasks = linesOf(join(data, "out", "tasks.jsonl"));
      expect(tasks).toHaveLength(4);
      for (const task of tasks) {
        const { found_construction, certificate } = task.minimal_form as JsonObject;
        // The first of a cause is its smallest form, any other is kept as it was built.
        expect(certificate === null).toBe(task.construction !== null);
        expect(task.construction ?? found_construction).toMatchObject({
          words: { by: "offline" },
          enumerated: expect.any(Number),
        });
        expect(task.evaluation).toMatchObject({ fresh: { n: 16, simulated: true } });
        expect(task.oracle).toMatchObject({ confirmed: true, on_found: null });
      }
      const rows = linesOf(join(data, "out", "sim-transfer-happy.jsonl"));
      expect(rows.length).toBe(tasks.filter(({ events }) => (events as unknown[]).length === 0).length);
      const { buffer } = new Uint8Array(readFileSync(join(data, "out", "sim-transfer-happy.parquet")));
      expect(await parquetReadObjects({ file: buffer })).toEqual(rows);
      for (const row of rows) {
        const calls = callsOf(JSON.parse(String(row.golden_trajectory)) as Walk);
        const world = JSON.parse(String(row.database)) as World;
        expect(replay(airline, stateOf(world), calls).failures).toEqual([]);
        expect(calls.length).toBeLessThanOrEqual(16);
      }
    }));

  test("spends rollouts on the target alone, and asks no oracle", () =>
    inFolder(async (data) => {
      expect((await mining(data, "--tasks", "2")).code).toBe(0);
      await served(data, async (server) => {
        const { sessions } = await server.get<{ sessions: readonly { session_id: string }[] }>(
          "session_summary",
        );
        const session_id = sessions[0]?.session_id ?? "";
        const { tasks } = await server.get<{ tasks: readonly { task_key: string; origin: string }[] }>(
          "find_tasks",
          {
            session_id,
            limit: 100,
          },
        );
        expect(new Set(tasks.map(({ origin }) => origin))).toEqual(new Set(["walk", "simplified"]));
        for (const { task_key } of tasks) {
          const { rollouts } = await server.get<{ rollouts: readonly { role: string }[] }>("show_task", {
            task_key,
          });
          expect(rollouts.filter(({ role }) => role !== "target")).toEqual([]);
        }
      });
    }));

  test.each([
    [["--max-pass-rate", "2"], /rate from 0 to 1/],
    [
      ["--max-pass-rate", "0.3", "--window", "hard"],
      /Both --window and --max-pass-rate came: give one of them\./,
    ],
    [["--strategy", "both"], /Allowed choices are wg, dag/],
    [["-k", "0"], /k/],
    [["--phraser", "sim:reference"], /The phraser cannot be sim:reference/],
  ])("refuses %j in one sentence", (flags, sentence) =>
    inFolder(async (data) => {
      const ended = await mining(data, "--tasks", "1", ...flags);
      expect([ended.code, ended.stderr.includes("    at ")]).toEqual([1, false]);
      expect(ended.stderr).toMatch(sentence);
    }),
  );
});
