import { readFileSync } from "node:fs";
import { parquetReadObjects } from "hyparquet";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../src/core/json.ts";
import type { Walk } from "../src/dag/walk.ts";
import { airline } from "../src/domains/airline/airline.ts";
import { stateOf, type World } from "../src/domains/domain.ts";
import { contentHash, replay } from "../src/domains/environment.ts";
import { splitName } from "../src/report/released.ts";
import { type Desk, textOf } from "./desk.ts";
import { callsOf, fileIn, grantedTask, mixedTask, refusedTask, withHarvest } from "./kept.ts";

interface Row {
  readonly [column: string]: string | number;
  readonly task_id: string;
  readonly database: string;
  readonly golden_trajectory: string;
  readonly tools: string;
  readonly pass_rate: number;
}

const rowsIn = (text: string) =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Row);

async function released(desk: Desk, split = "sim-qwen-like"): Promise<readonly Row[]> {
  const answer = await desk.call("export_tasks", { session_id: "s1", format: "released" });
  expect([answer.isError, textOf(answer).split("\n")[0]]).toEqual([undefined, expect.anything()]);
  return rowsIn(readFileSync(fileIn(desk, `${split}.jsonl`), "utf8"));
}

describe("the form of the released data set", () => {
  test("is the same table as JSON lines and as Parquet, read back by another reader", () =>
    withHarvest([grantedTask, { ...mixedTask, fresh: 0 }, refusedTask], async (desk) => {
      const rows = await released(desk);
      const bytes = readFileSync(fileIn(desk, "sim-qwen-like.parquet"));
      const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
      expect(await parquetReadObjects({ file })).toEqual(rows);
      expect(rows.map(({ task_id, pass_rate }) => [task_id, pass_rate])).toEqual([
        ["001", 0.25],
        ["002", 0],
        ["003", 0.25],
      ]);
      const lines = readFileSync(fileIn(desk, "sim-qwen-like.jsonl"), "utf8");
      expect(lines.match(/"pass_rate":[\d.]+(?=\}\n)/g)).toEqual([
        ...['"pass_rate":0.25', '"pass_rate":0.0', '"pass_rate":0.25'],
      ]);
      expect(Object.keys(rows[0] as Row)).toEqual([
        ...["task_id", "task_description", "tools", "database", "golden_trajectory", "pass_rate"],
      ]);
    }));

  test("has trajectories that lead on the exported database to the gold's final state", () =>
    withHarvest([grantedTask, mixedTask, refusedTask], async (desk) => {
      const golds = [grantedTask, mixedTask, refusedTask].map(({ task, gold }) =>
        contentHash(replay(airline, stateOf(task.world), gold?.calls ?? []).state),
      );
      const reached = (await released(desk)).map(({ database, golden_trajectory }) => {
        const world = stateOf(JSON.parse(database) as World);
        const ran = replay(airline, world, callsOf(JSON.parse(golden_trajectory) as Walk));
        expect(ran.failures).toEqual([]);
        return contentHash(ran.state);
      });
      expect(reached).toEqual(golds);
    }));

  test("tells of each tool that may be called what it takes, what it gives and whether it changes anything", () => {
    const allowed = { ...grantedTask.task, tools: ["search_direct_flight", "cancel_reservation"] };
    return withHarvest([{ ...grantedTask, task: allowed }], async (desk) => {
      const [row] = await released(desk);
      const { tools } = JSON.parse(row?.tools ?? "") as { tools: readonly JsonObject[] };
      expect(tools).toMatchObject([
        {
          name: "search_direct_flight",
          tool_type: "read",
          state_changing: false,
          inputs: { date: { type: "string", description: "Day of departure, YYYY-MM-DD" } },
          outputs: { flight_number: { type: "string" }, prices: { type: "object" } },
        },
        { name: "cancel_reservation", tool_type: "write", state_changing: true },
      ]);
    });
  });

  test("takes the walk that a task was made around, where there is one", () => {
    const walk = { walks: [{ intent: "book", nodes: [] }], nodes: {} };
    const construction = { parameters: {}, walk, distractors: [], enumerated: 1, words: {} };
    return withHarvest([{ ...grantedTask, construction }], async (desk) => {
      expect((await released(desk)).map((row) => JSON.parse(row.golden_trajectory))).toEqual([walk]);
    });
  });

  test("leaves out what has no fresh rate, and keeps the numbers of the others", () =>
    withHarvest([{ ...refusedTask, fresh: null }, grantedTask], async (desk) => {
      expect((await released(desk)).map(({ task_id }) => task_id)).toEqual(["002"]);
    }));

  test.each([
    ["sim:qwen-like", "sim-qwen-like"],
    ["openai:gpt-4.1", "gpt-4.1"],
    ["openai:Qwen/Qwen3-8B:free", "qwen-qwen3-8b-free"],
    ["openai:../../etc/passwd", "etc-passwd"],
    ["openai:con", "target-con"],
    ["openai:模型", "target"],
    [`openai:${"m".repeat(300)}`, "m".repeat(80)],
  ])("names the split of %s %s", (target, name) => {
    expect(splitName(target)).toBe(name);
  });
});
