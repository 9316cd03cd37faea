import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openStore, type Store } from "../src/store/store.ts";
import { beforeCounts, refusal, storeFiles } from "./data/store-file.ts";
import { recordBasics, rollout, session } from "./data/store-samples.ts";

const { opened } = storeFiles();
const folder = mkdtempSync(join(tmpdir(), "faultline-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("spending", () => {
  test("rollouts that were begun and tokens of every role add up, also for another process", () => {
    const path = join(folder, "spending.db");
    const [one, other] = [openStore(path), openStore(path)];
    recordBasics(one);
    expect(one.spending("s1")).toEqual({ begun: { target: 0, oracle: 0 }, tokens: {} });
    const take = (store: Store) => store.takeRollout({ session: "s1", role: "target", limit: 3 });
    expect([one, other, one, other, one].map(take)).toEqual([true, true, true, false, false]);
    expect(one.takeRollout({ session: "s1", role: "oracle", limit: 0 })).toBe(false);
    one.chargeTokens("s1", "judge", { inputTokens: 7, outputTokens: 1 });
    other.chargeTokens("s1", "judge", { inputTokens: 3, outputTokens: 0 });
    other.chargeTokens("s1", "world-actor", { inputTokens: 1, outputTokens: 1 });
    const spending = {
      begun: { target: 3, oracle: 0 },
      tokens: {
        judge: { inputTokens: 10, outputTokens: 1 },
        target: { inputTokens: 0, outputTokens: 0 },
        "world-actor": { inputTokens: 1, outputTokens: 1 },
      },
    };
    for (const store of [one, other]) {
      expect(store.spending("s1")).toEqual(spending);
      store.close();
    }
  });

  test("of a file from before it was counted is what its rollouts on record have used", () => {
    const path = join(folder, "older.db");
    const store = openStore(path);
    recordBasics(store);
    for (const each of [rollout(), rollout({ index: 1 })]) store.record(each);
    store.close();
    const db = beforeCounts(path);
    db.exec(
      "DROP TABLE spending; DROP TABLE analyses; DROP TABLE hypothesis_traits; DROP TABLE trait_counts; DROP TABLE embeddings; DROP TABLE retests; DROP INDEX sessions_by_parent; ALTER TABLE sessions DROP COLUMN parent; ALTER TABLE sessions DROP COLUMN checkpoint; DROP INDEX hypotheses_not_indexed; DROP INDEX session_tasks_by_kind; ALTER TABLE hypotheses DROP COLUMN indexed; ALTER TABLE sessions DROP COLUMN embedder; ALTER TABLE session_tasks DROP COLUMN first_kind; ALTER TABLE sessions DROP COLUMN phraser; ALTER TABLE session_tasks DROP COLUMN construction; PRAGMA user_version = 1",
    );
    db.close();
    const opened = openStore(path);
    expect(opened.spending("s1")).toMatchObject({
      begun: { target: 2, oracle: 0 },
      tokens: { target: { inputTokens: 200, outputTokens: 20 }, user: { inputTokens: 14, outputTokens: 6 } },
    });
    opened.close();
  });
});

describe("runs", () => {
  const at = (seconds: number) => `2025-01-02T03:04:${String(seconds).padStart(2, "0")}.000Z`;
  const begun = { id: "r1", session: "s1", kind: "harvest", input: { tasks: 3 }, owner: "a" } as const;

  function started(): Store {
    const store = opened();
    store.recordSession(session);
    store.startRun({ ...begun, heartbeatAt: at(0) });
    return store;
  }

  test("start, report and finish", () => {
    const store = started();
    expect(store.heartbeat({ run: "r1", owner: "a", now: at(5), progress: { done: 1 } })).toEqual({
      status: "owned",
      cancelRequested: false,
    });
    const running = { ...begun, status: "running", heartbeatAt: at(5), progress: { done: 1 }, result: null };
    expect(store.run("r1")).toStrictEqual({ ...running, cancelRequested: false });
    expect(store.finishRun({ run: "r1", owner: "b", status: "done", result: 1 })).toBe(false);
    expect(store.finishRun({ run: "r1", owner: "a", status: "done", result: [1] })).toBe(true);
    expect(store.finishRun({ run: "r1", owner: "a", status: "failed", result: null })).toBe(false);
    expect(store.run("r1")).toMatchObject({ status: "done", result: [1] });
    expect(store.runs({ session: "s1", kind: "harvest", status: "done" })).toHaveLength(1);
    expect(store.runs({ status: "running" })).toEqual([]);
    expect(refusal(() => store.startRun({ ...begun, heartbeatAt: at(0) }))).toContain('a run "r1" already');
  });

  test("a dead owner's run is interrupted, and one of two takes it", () => {
    const store = started();
    expect(store.claimRun({ run: "r1", owner: "b", now: at(9) })).toBeNull();
    expect(store.interruptStale(at(10), 10_000)).toEqual([]);
    expect(store.interruptStale(at(11), 10_000)).toEqual(["r1"]);
    expect(store.run("r1")?.status).toBe("interrupted");
    expect(store.claimRun({ run: "r1", owner: "b", now: at(12) })).toMatchObject({
      owner: "b",
      status: "running",
    });
    expect(store.claimRun({ run: "r1", owner: "c", now: at(12) })).toBeNull();
    expect(store.heartbeat({ run: "r1", owner: "a", now: at(13), progress: null })).toEqual({
      status: "lost",
    });
  });

  test("an owner that was only slow gets its run back", () => {
    const store = started();
    store.interruptStale(at(30), 10_000);
    expect(store.heartbeat({ run: "r1", owner: "a", now: at(31), progress: null }).status).toBe("owned");
    expect(store.run("r1")?.status).toBe("running");
  });

  test("cancelling sets a flag for the owner, and is done at once without one", () => {
    const store = started();
    expect(store.cancelRun("r1")).toMatchObject({ status: "running", cancelRequested: true });
    const pulse = store.heartbeat({ run: "r1", owner: "a", now: at(1), progress: null });
    expect(pulse).toEqual({ status: "owned", cancelRequested: true });
    store.interruptStale(at(40), 10_000);
    expect(store.run("r1")?.status).toBe("cancelled");
    store.startRun({ ...begun, id: "r2", heartbeatAt: at(0) });
    store.interruptStale(at(40), 10_000);
    expect(store.cancelRun("r2")?.status).toBe("cancelled");
    expect(store.cancelRun("none")).toBeNull();
    expect(store.runs({}).map(({ id }) => id)).toEqual(["r2", "r1"]);
  });
});
