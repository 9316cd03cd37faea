import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../src/core/json.ts";
import { inFolder, textOf } from "./desk.ts";
import { bin, cleanEnv, expectSentence, faultline, type Served, served } from "./served.ts";

test("on a disk that is full calls say so, the server goes on, and with room again all is there", (context) =>
  inFolder(async (data) => {
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", data]).status === 0;
    if (!mounted) context.skip("only root can mount a small disk; store.test.ts fills a store by its pages");
    try {
      const session = await served(data, fillUp);
      expect(spawnSync("mount", ["-o", "remount,size=64m", data]).status).toBe(0);
      await served(data, async (again) => {
        const { tasks } = await again.get<{ tasks: { made: number } }>("session_summary", {
          session_id: session,
        });
        expect(tasks.made).toBeGreaterThan(0);
        expect(await again.get("harvest", { session_id: session, tasks: 1 })).toMatchObject({
          status: "done",
        });
      });
    } finally {
      spawnSync("umount", [data]);
    }
  }));

/** Works until the disk is full, then looks that the server still answers; gives the session that it worked in. */
async function fillUp(full: Served): Promise<string> {
  const { session_id: id } = await full.get<{ session_id: string }>("start_session", {
    target: "sim:kimi-like",
    budget_rollouts: 100_000,
  });
  const sentence = await full.refused("harvest", { session_id: id, tasks: 500 });
  expect(sentence).toMatch(
    /^The disk that holds .* is full: free some space and try again; what was stored before is kept\.$/,
  );
  expect(await full.get("session_summary", { session_id: id })).toMatchObject({ next: expect.any(String) });
  // What was too much for the disk was large: small things may fit in for a while.
  let small = await full.call("start_session", { target: "sim:reference" });
  for (let i = 0; i < 5_000 && small.isError !== true; i++) {
    small = await full.call("start_session", { target: "sim:reference" });
  }
  expect([small.isError, textOf(small)]).toEqual([true, expect.stringContaining("is full")]);
  return id;
}

describe("the process", () => {
  test("a data folder that cannot be one is refused at start, in one sentence and without a word on stdout", () =>
    inFolder(async (data) => {
      writeFileSync(join(data, "file"), "no folder");
      const ended = await faultline(["serve", "--data", join(data, "file")]);
      expect([ended.code, ended.stdout]).toEqual([1, ""]);
      expectSentence(ended.stderr.trimEnd());
    }));

  test("a file that is no database is refused by name", () =>
    inFolder(async (data) => {
      writeFileSync(join(data, "faultline.db"), "This is a letter, not a database. ".repeat(50));
      const ended = await faultline(["serve", "--data", data]);
      expect([ended.code, ended.stdout]).toEqual([1, ""]);
      expectSentence(ended.stderr.trimEnd());
      expect(ended.stderr).toContain("is not a database");
    }));

  test("lines that are no protocol are survived, and stdout carries protocol only", () =>
    inFolder(async (data) => {
      const child = spawn(process.execPath, [bin, "serve", "--data", data], { env: cleanEnv() });
      let stdout = "";
      child.stdout.on("data", (chunk) => {
        stdout += String(chunk);
      });
      const closed = new Promise((resolve) => child.once("close", resolve));
      const hello = {
        protocolVersion: "2025-06-18",
        capabilities: {},
        clientInfo: { name: "raw", version: "1" },
      };
      for (const line of [
        "not json at all",
        "{}",
        '{"jsonrpc":"2.0","id":1,"method":"no/such/method"}',
        JSON.stringify({ jsonrpc: "2.0", id: 2, method: "initialize", params: hello }),
        '{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"session_summary","arguments":[]}}',
        '{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"session_summary","arguments":{"__proto__":{}}}}',
        '{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"session_summary"}}',
      ]) {
        child.stdin.write(`${line}\n`);
      }
      while (!stdout.includes('"id":5')) await new Promise((resolve) => setTimeout(resolve, 20));
      child.stdin.end();
      await closed;
      const answers = stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as JsonObject);
      expect(answers.every((answer) => answer.jsonrpc === "2.0")).toBe(true);
      expect(answers.find(({ id }) => id === 5)).toMatchObject({
        result: { structuredContent: { sessions: [] } },
      });
      expect(stdout).not.toMatch(/\\n\s+at /);
    }));
});
