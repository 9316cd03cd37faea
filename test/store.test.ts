import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { openStore } from "../src/store/store.ts";
import { refusal, storeFiles } from "./data/store-file.ts";
import { evaluation, recordBasics, rollout, storedTask, when } from "./data/store-samples.ts";

const { root, path, opened, rows } = storeFiles();

function writer(role: "target" | "oracle", rollouts: number): ChildProcess {
  const script = new URL("data/store-writer.ts", import.meta.url).pathname;
  const stdio = ["ignore", "pipe", "inherit"] as const;
  return spawn(process.execPath, [script, path(), role, String(rollouts)], { stdio: [...stdio] });
}

describe("durability", () => {
  test("every rollout that was on record outlives kill -9", async () => {
    const store = opened();
    recordBasics(store);
    const child = writer("target", 0);
    let said = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.length > 65 * 100) child.kill("SIGKILL");
    });
    const [, signal] = await once(child, "close");
    expect(signal).toBe("SIGKILL");
    const ids = said.split("\n").slice(0, -1);
    expect(ids.length).toBeGreaterThanOrEqual(100);
    for (const [index, id] of ids.entries()) expect(store.rollout(id)).toStrictEqual(rollout({ index }));
    expect(store.spent("s1").rollouts.target - ids.length).toBeLessThanOrEqual(1);
    expect(rows("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
    expect(rows("PRAGMA foreign_key_check")).toEqual([]);
  });

  test("two processes and this one write to one file at once and lose nothing", async () => {
    const store = opened();
    recordBasics(store);
    const children = [writer("target", 300), writer("oracle", 300)];
    const ends = children.map((child) => once(child, "close"));
    for (const child of children) child.stdout?.resume();
    let slowestMs = 0;
    while (children.some(({ exitCode }) => exitCode === null)) {
      const start = performance.now();
      store.recordMark({ task: "task-1", mark: "accept", note: "", createdAt: when });
      slowestMs = Math.max(slowestMs, performance.now() - start);
      await new Promise((next) => setTimeout(next, 1));
    }
    expect((await Promise.all(ends)).map(([code]) => code)).toEqual([0, 0]);
    expect(store.spent("s1").rollouts).toEqual({ target: 300, oracle: 300 });
    expect(store.countTasks({ session: "s1" })).toBe(601);
    const places = store.evaluations({ session: "s1" }).map(({ seq }) => seq);
    expect(places).toEqual(Array.from({ length: 600 }, (_, i) => i + 1));
    expect(slowestMs).toBeLessThan(5000);
    expect(rows("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  });

  test("processes that make the same file at once all get it", async () => {
    const code = `import { openStore } from ${JSON.stringify(new URL("../src/store/store.ts", import.meta.url).href)};
      openStore(${JSON.stringify(path())}).close();`;
    const start = () => spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: "inherit" });
    const ends = await Promise.all(Array.from({ length: 6 }, () => once(start(), "close")));
    expect(ends.map(([exit]) => exit)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("a transaction is stored whole or not at all", () => {
    const store = opened();
    recordBasics(store);
    const both = () =>
      store.atomically(() => {
        store.record(rollout());
        store.recordTask(storedTask({ key: "task-2" }));
        throw new Error("stop");
      });
    expect(both).toThrow("stop");
    expect(store.countRollouts({})).toBe(0);
    expect(store.countTasks({})).toBe(1);
  });
});

describe("a file that cannot be used is refused in one sentence", () => {
  test("a newer version, which is left as it was", () => {
    openStore(path()).close();
    const raw = new Database(path());
    raw.pragma("user_version = 99");
    raw.pragma("journal_mode = DELETE");
    raw.close();
    const before = readFileSync(path());
    expect(refusal(() => openStore(path())).replace(path(), "FILE")).toMatchInlineSnapshot(
      `"FILE was written by a newer Faultline (format 99, this one knows up to 12): update Faultline, or name another file."`,
    );
    expect(readFileSync(path()).equals(before)).toBe(true);
    expect(readdirSync(join(path(), ".."))).toEqual(["faultline.db"]);
  });

  test("what is not a database, or is another program's", () => {
    mkdirSync(join(path(), ".."));
    writeFileSync(path(), "a letter, not a database. ".repeat(100));
    expect(refusal(() => openStore(path())).replace(path(), "FILE")).toMatchInlineSnapshot(
      `"FILE is not a database: name a new file, or one that Faultline made."`,
    );
    rmSync(path());
    const raw = new Database(path());
    raw.exec("CREATE TABLE sessions (id)");
    raw.close();
    expect(refusal(() => openStore(path())).replace(path(), "FILE")).toMatchInlineSnapshot(
      `"FILE is a database of another program: name a new file, or one that Faultline made."`,
    );
  });

  test("a folder or a file that may not be written", async () => {
    openStore(path()).close();
    const folder = join(path(), "..");
    chmodSync(root, 0o755);
    chmodSync(folder, 0o555);
    const store = new URL("../src/store/store.ts", import.meta.url).href;
    const code = `const { openStore } = await import(${JSON.stringify(store)});
      if (process.getuid() === 0) process.setuid(65534);
      for (const path of ${JSON.stringify([path(), join(folder, "new.db"), join(folder, "sub", "new.db")])}) {
        try { openStore(path); console.log("opened"); } catch (error) { console.log(error.name + ": " + error.message); }
      }`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    await once(child, "close");
    chmodSync(folder, 0o755);
    expect(said.replaceAll(folder, "FOLDER").trim()).toMatchInlineSnapshot(`
      "InputError: FOLDER/faultline.db cannot be written: allow writing to the file and its folder, or name another place.
      InputError: FOLDER/new.db cannot be written: allow writing to the file and its folder, or name another place.
      InputError: FOLDER/sub cannot be written: allow writing to the file and its folder, or name another place."
    `);
    expect(refusal(() => openStore(join(path(), "below-a-file", "x.db")))).toContain("cannot be written");
  });

  test("a file that another process keeps locked", () => {
    const store = opened({ busyTimeoutMs: 20 });
    recordBasics(store);
    const raw = new Database(path());
    raw.exec("BEGIN IMMEDIATE");
    expect(refusal(() => store.record(rollout())).replace(path(), "FILE")).toMatchInlineSnapshot(
      `"Another process has kept FILE locked for too long: try again, or stop that process."`,
    );
    raw.exec("ROLLBACK");
    raw.close();
    store.record(rollout());
    expect(store.find(rollout().slot)).toStrictEqual(rollout());
  });

  test("a damaged row", () => {
    const store = opened();
    recordBasics(store);
    store.record(rollout());
    const raw = new Database(path());
    raw.prepare("UPDATE rollouts SET trajectory = x'00'").run();
    raw.close();
    expect(refusal(() => store.rollout(rollout().id)).replace(path(), "FILE")).toMatchInlineSnapshot(
      `"FILE holds a row that cannot be read: restore it from a copy, or name a new file."`,
    );
  });
});

test("a full disk is one sentence, and what was stored is kept", () => {
  openStore(path()).close();
  const small = opened({ maxPages: 80 });
  recordBasics(small);
  const noise = (index: number) =>
    Array.from({ length: 300 }, (_, i) => Math.sin(index * 1000 + i).toString(36)).join("");
  const wide = (index: number) => {
    const one = rollout({ index });
    return {
      ...one,
      trajectory: { ...one.trajectory, messages: [{ role: "user", text: noise(index) }] },
    } as const;
  };
  let kept = 0;
  const fill = () => {
    for (; kept < 1000; kept++) small.record(wide(kept));
  };
  const sentence =
    "The disk that holds FILE is full: free some space and try again; what was stored before is kept.";
  expect(refusal(fill).replace(path(), "FILE")).toBe(sentence);
  expect(kept).toBeGreaterThan(3);
  const many = () => {
    for (let i = 0; i < 1000; i++) small.recordEvaluation({ ...evaluation, id: `e${i}` });
  };
  expect(refusal(() => small.atomically(many)).replace(path(), "FILE")).toBe(sentence);
  expect(small.evaluations({ session: "s1" })).toEqual([]);
  for (let i = 0; i < kept; i++) expect(small.find(wide(i).slot)).toStrictEqual(wide(i));
  expect(small.countRollouts({})).toBe(kept);
  small.close();
  const again = opened();
  again.record(wide(kept));
  expect(again.countRollouts({ session: "s1" })).toBe(kept + 1);
  expect(rows("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
});
