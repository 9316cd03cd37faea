import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { describe, expect, test } from "vitest";
import { openStore } from "../src/store/store.ts";
import { inFolder } from "./desk.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const bin = path("../src/bin.ts");
const built = path("../dist/bin.js");

/** The environment of a spawned process: no endpoint's key but the given one. */
const environment = (more: Readonly<Record<string, string>> = {}) => ({
  PATH: process.env.PATH ?? "",
  HOME: process.env.HOME ?? "",
  ...more,
});

const faultline = (args: readonly string[], env = environment()) =>
  spawnSync(process.execPath, [bin, ...args], { encoding: "utf8", env });

async function withServer(
  args: readonly string[],
  run: (client: Client, said: () => string) => Promise<void>,
  env = environment(),
): Promise<void> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [bin, "serve", ...args],
    env,
    stderr: "pipe",
  });
  let said = "";
  transport.stderr?.on("data", (chunk) => {
    said += String(chunk);
  });
  const client = new Client({ name: "test", version: "1" });
  await client.connect(transport);
  try {
    await run(client, () => said);
  } finally {
    await client.close();
  }
}

describe("faultline serve", () => {
  test("speaks to a real client over pipes", () =>
    inFolder((folder) =>
      withServer(["--data", folder], async (client, said) => {
        expect((await client.listTools()).tools.length).toBeGreaterThan(8);
        const started = await client.callTool({
          name: "start_session",
          arguments: { target: "sim:forgetful" },
        });
        expect(started.structuredContent).toMatchObject({ target: "sim:forgetful", oracle: "sim:reference" });
        expect(existsSync(join(folder, "faultline.db"))).toBe(true);
        expect(said()).toBe("");
      }),
    ));

  test("says what is missing when an endpoint has no key, and never a key that is there", () =>
    inFolder((folder) =>
      withServer(
        ["--data", folder],
        async (client, said) => {
          const args = { target: "openai:some-model" };
          const refused = await client.callTool({ name: "start_session", arguments: args });
          expect(refused.isError).toBe(true);
          expect(JSON.stringify(refused.content)).toContain("FAULTLINE_TARGET_API_KEY");
          expect(JSON.stringify(refused.content) + said()).not.toContain("sk-verysecret");
        },
        environment({
          FAULTLINE_TARGET_BASE_URL: "http://127.0.0.1:9/v1",
          OPENAI_API_KEY: "sk-verysecret",
          FAULTLINE_LOG: "trace",
        }),
      ),
    ));

  test("takes fault files from a folder that argv names", () =>
    inFolder(async (folder) => {
      const faults = [{ id: "a", when: { kind: "cancel" }, fault: "transfer", probability: 1 }];
      writeFileSync(join(folder, "own.json"), JSON.stringify({ name: "own", faults }));
      writeFileSync(join(folder, "odd.json"), '{"name": "odd", "faults": [], "more": 1}');
      await withServer(["--data", join(folder, "data"), "--faults", folder], async (client) => {
        const good = await client.callTool({ name: "start_session", arguments: { target: "sim:own" } });
        expect(good.structuredContent).toMatchObject({ target: "sim:own" });
        const bad = await client.callTool({ name: "start_session", arguments: { target: "sim:odd" } });
        expect(JSON.stringify(bad.content)).toContain("The fault file odd.json has a wrong form");
      });
    }));

  test("writes protocol only on stdout, whatever comes in, and ends with its client", () =>
    inFolder(async (folder) => {
      const child = spawn(process.execPath, [bin, "serve", "--data", folder], { env: environment() });
      let out = "";
      child.stdout.on("data", (chunk) => {
        out += String(chunk);
      });
      const hello = {
        jsonrpc: "2.0",
        id: 1,
        method: "initialize",
        params: {
          protocolVersion: "2025-06-18",
          capabilities: {},
          clientInfo: { name: "t", version: "1" },
        },
      };
      const wrong = { jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "show_task" } };
      child.stdin.write(`not json\n${JSON.stringify(hello)}\n{"a":1}\n${JSON.stringify(wrong)}\n`);
      while (!out.includes('"id":2')) await new Promise((next) => setTimeout(next, 20));
      child.stdin.end();
      const code = await new Promise((end) => child.once("exit", end));
      expect(code).toBe(0);
      const lines = out.trim().split("\n");
      expect(lines.map((line) => JSON.parse(line).jsonrpc)).toEqual(lines.map(() => "2.0"));
    }));
});

/** Exports the harvest in `one`: below what `--out` names, and nowhere but in what `--export-to` names. */
async function exportsStayIn(folder: string): Promise<void> {
  const data = ["--data", join(folder, "one")];
  const exportTo = async (client: Client, more: object) => {
    const { structuredContent } = await client.callTool({ name: "session_summary", arguments: {} });
    const [session] = (structuredContent as { sessions: { session_id: string }[] }).sessions;
    const args = { session_id: session?.session_id, ...more };
    const { isError, content } = await client.callTool({ name: "export_tasks", arguments: args });
    return [isError === true, JSON.stringify(content)];
  };
  await withServer([...data, "--out", join(folder, "allowed")], async (client) => {
    expect(await exportTo(client, { folder: "Documents" })).toEqual([false, expect.anything()]);
    expect(existsSync(join(folder, "allowed", "Documents", "tasks.jsonl"))).toBe(true);
    expect(existsSync(join(folder, "Documents"))).toBe(false);
  });
  await withServer([...data, "--export-to", join(folder, "my tasks")], async (client) => {
    const refused = await exportTo(client, { folder: "Documents" });
    expect(refused).toEqual([true, expect.stringContaining("exports to the folder my tasks alone")]);
    expect(await exportTo(client, {})).toEqual([false, expect.anything()]);
    expect(existsSync(join(folder, "my tasks", "tasks.jsonl"))).toBe(true);
  });
}

describe("faultline harvest", () => {
  test("writes the same bytes for the same seed, and is shown afterwards", () =>
    inFolder(async (folder) => {
      const exported = ["one", "two"].map((name) => {
        const data = join(folder, name);
        const args = ["--target", "sim:over-eager", "--tasks", "1", "--seed", "3", "--patience", "300"];
        const run = faultline(["harvest", ...args, "--data", data, "--out", join(data, "out")]);
        expect([run.status, run.stderr]).toEqual([
          0,
          expect.stringMatching(/^([01]\/1 .+\n)*1\/1 all harvested\n$/),
        ]);
        expect(run.stdout).toContain("Frontier of sim:over-eager (simulated)");
        return readFileSync(join(data, "out", "tasks.jsonl"), "utf8");
      });
      expect(exported[0]).toBe(exported[1]);
      expect(exported[0]?.trim().split("\n")).toHaveLength(1);
      await exportsStayIn(folder);
      const shown = faultline(["show", "--data", join(folder, "one")]);
      expect([shown.status, shown.stderr]).toEqual([0, ""]);
      expect(shown.stdout).toContain("Frontier of sim:over-eager");
    }));

  test("a harvest whose client goes is interrupted, and goes on with its session", () =>
    inFolder(async (folder) => {
      let session_id = "";
      await withServer(["--data", folder, "--patience", "200"], async (client) => {
        const started = await client.callTool({
          name: "start_session",
          arguments: { target: "sim:over-eager", seed: "3", budget_rollouts: 100_000 },
        });
        session_id = String((started.structuredContent as { session_id: string }).session_id);
        const answer = await client.callTool({ name: "harvest", arguments: { session_id, tasks: 500 } });
        expect(answer.structuredContent).toMatchObject({ status: "running" });
      });
      const store = openStore(join(folder, "faultline.db"));
      const [run] = store.runs({ session: session_id });
      store.close();
      expect(run?.status).toBe("interrupted");
      const again = faultline(["harvest", "--session", session_id, "--tasks", "1", "--data", folder]);
      expect([again.status, again.stderr]).toEqual([0, expect.any(String)]);
      expect(again.stdout).toContain("Frontier of sim:over-eager");
    }));
});

describe("faultline", () => {
  test("says in a sentence what a command lacks", () =>
    inFolder(async (folder) => {
      const noTarget = faultline(["harvest", "--data", folder]);
      expect([noTarget.status, noTarget.stdout]).toEqual([1, ""]);
      expect(noTarget.stderr).toMatch(/^A harvest needs a target: .*\n$/);
      const nothing = faultline(["show", "--data", folder]);
      expect([nothing.status, nothing.stderr]).toEqual([
        1,
        "There is no session to show: run faultline harvest first, or name its --data folder.\n",
      ]);
      const unknown = faultline(["harvest", "--session", "s9", "--data", folder]);
      expect(unknown.status).toBe(1);
      expect(unknown.stderr).toMatch(/^Unknown session "s9"/);
    }));

  test("refuses a database of another program, a folder in the way and an unreadable fault folder", () =>
    inFolder(async (folder) => {
      writeFileSync(join(folder, "file"), "text");
      expect(faultline(["show", "--data", join(folder, "file")]).stderr).toMatch(/cannot be written.*\n$/);
      writeFileSync(join(folder, "faultline.db"), "this is no database, but long enough to be read as one");
      expect(faultline(["show", "--data", folder]).stderr).toMatch(/is not a database.*\n$/);
      expect(faultline(["serve", "--data", folder, "--faults", "/no/such"]).stderr).toMatch(
        /cannot be read: name a folder.*\n$/,
      );
    }));

  test.runIf(existsSync(built))("the built binary says its version", () => {
    const { stdout } = spawnSync(process.execPath, [built, "--version"], { encoding: "utf8" });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
