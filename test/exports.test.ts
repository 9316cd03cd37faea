import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { textOf, whole } from "./desk.ts";
import { fileIn, grantedTask, mixedTask, refusedTask, withHarvest } from "./kept.ts";
import { masked } from "./served.ts";

describe("the answer of export_tasks", () => {
  test("names files, counts and what was left out for which reason, in text and structure alike", () =>
    withHarvest([grantedTask, refusedTask, mixedTask], async (desk, keys) => {
      await desk.call("mark_task", { task_key: keys[2] ?? "", mark: "reject" });
      const answer = whole(await desk.call("export_tasks", { session_id: "s1", format: "tau2" }));
      const shown = masked(JSON.stringify(answer), desk.deps.exportDir);
      expect(JSON.parse(shown)).toMatchInlineSnapshot(`
        {
          "links": [],
          "structured": {
            "files": [
              {
                "path": "<folder>/s1/tau2_tasks.json",
                "tasks": 1,
              },
              {
                "path": "<folder>/s1/db.json",
                "tasks": 0,
              },
            ],
            "folder": "<folder>/s1",
            "left_out": 2,
            "left_out_because": [
              {
                "reason": "a reviewer marked it reject",
                "task_keys": [
                  "<key 1>",
                ],
                "tasks": 1,
              },
              {
                "reason": "its gold changes nothing, so that doing nothing would pass",
                "task_keys": [
                  "<key 2>",
                ],
                "tasks": 1,
              },
            ],
            "next": "show_frontier with session_id "s1", or harvest with more tasks",
            "session_id": "s1",
          },
          "text": "1 task written to <folder>/s1/tau2_tasks.json and <folder>/s1/db.json.
        Left out, 2:
        - a reviewer marked it reject: <key 1>
        - its gold changes nothing, so that doing nothing would pass: <key 2>
        Next: show_frontier with session_id "s1", or harvest with more tasks.",
        }
      `);
    }));

  test("repeats byte for byte, whatever the form", () =>
    withHarvest([grantedTask, mixedTask], async (desk) => {
      const again = async (format: string, folder: string) => {
        const { files } = (await desk.call("export_tasks", { session_id: "s1", format, folder }))
          .structuredContent as { files: readonly { path: string }[] };
        return files.map(({ path }) => readFileSync(path, "base64"));
      };
      for (const format of ["faultline", "released", "tau2"]) {
        expect(await again(format, "a")).toEqual(await again(format, "b"));
      }
    }));

  test("without a form it is as it always was: tasks.jsonl alone", () =>
    withHarvest([grantedTask], async (desk) => {
      const { structuredContent } = await desk.call("export_tasks", { session_id: "s1" });
      expect(structuredContent).toMatchObject({
        files: [{ path: fileIn(desk, "tasks.jsonl"), tasks: 1 }],
        left_out: 0,
      });
    }));

  test("refuses a form that there is not, in one sentence", () =>
    withHarvest([grantedTask], async ({ call }) => {
      const answer = await call("export_tasks", { session_id: "s1", format: "csv" });
      expect([answer.isError, textOf(answer)]).toMatchInlineSnapshot(`
        [
          true,
          "The argument "format" of export_tasks does not fit: expected one of "faultline"|"released"|"tau2"; correct it and call again.",
        ]
      `);
    }));
});

describe("files that are there", () => {
  test("stay: if one of an export's files is there, none is written", () =>
    withHarvest([grantedTask], async (desk) => {
      mkdirSync(join(desk.deps.exportDir, "s1"), { recursive: true });
      writeFileSync(fileIn(desk, "sim-qwen-like.parquet"), "mine");
      const args = { session_id: "s1", format: "released" };
      expect(textOf(await desk.call("export_tasks", args))).toContain("is already there");
      expect(() => readFileSync(fileIn(desk, "sim-qwen-like.jsonl"))).toThrow("ENOENT");
      const asked = await desk.call("export_tasks", { ...args, overwrite: true });
      expect(asked.isError).toBeUndefined();
      expect(readFileSync(fileIn(desk, "sim-qwen-like.parquet"), "latin1").slice(0, 4)).toBe("PAR1");
    }));

  test("that are symbolic links are never written through, not even if overwriting is asked for", () =>
    withHarvest([grantedTask], async (desk) => {
      const other = join(desk.deps.exportDir, "other");
      mkdirSync(join(desk.deps.exportDir, "s1"), { recursive: true });
      writeFileSync(other, "mine");
      symlinkSync(other, fileIn(desk, "sim-qwen-like.parquet"));
      const args = { session_id: "s1", format: "released", overwrite: true };
      expect(textOf(await desk.call("export_tasks", args))).toContain("is a link or a folder");
      expect(readFileSync(other, "utf8")).toBe("mine");
    }));
});
