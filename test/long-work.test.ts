import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { InputError } from "../src/core/errors.ts";
import { openStore } from "../src/store/store.ts";
import { awaitRun } from "../src/tools/await-run.ts";
import { cancelRun } from "../src/tools/cancel-run.ts";
import { longOutput, type On, runLong, stopWork, workDone } from "../src/tools/long-work.ts";
import { type CallContext, type Deps, defineTool, type Progress } from "../src/tools/tool.ts";
import { recordBasics } from "./data/store-samples.ts";
import { atDesk, depsOn, inFolder, textOf } from "./desk.ts";

const realNow = () => new Date().toISOString();

/** A store with a session, and `Deps` on it that soon lose patience. */
const withDeps = (run: (deps: Deps) => Promise<void>, change: Partial<Deps> = {}) =>
  inFolder(async (folder) => {
    const store = openStore(`${folder}/faultline.db`);
    recordBasics(store);
    try {
      await run(depsOn(store, folder, { now: realNow, patienceMs: 60, ...change }));
    } finally {
      store.close();
    }
  });

const context = (signal = new AbortController().signal): CallContext => ({
  signal,
  progress: () => undefined,
});

const start = (
  deps: Deps,
  work: (on: On) => Promise<{ structured: { told: number }; text: string }>,
  ctx = context(),
  kind: "harvest" | "run_target" = "run_target",
) => runLong(deps, { session: "s1", kind, input: { tasks: 1 }, ctx }, work);

const quick = async () => ({ structured: { told: 7 }, text: "Told 7." });

/** Works until it is stopped, and keeps what it has. */
const untilStopped = async ({ signal, progress }: On) => {
  progress({ done: 1, total: 3, message: "first of three" });
  while (!signal.aborted) await sleep(5);
  return { structured: { told: 1 }, text: "Told 1." };
};

const awaited = (deps: Deps, run_id: string) => awaitRun.run(deps, { run_id, wait_seconds: 5 }, context());

describe("long work", () => {
  test("short work answers at once, and await_run gives the same answer", () =>
    withDeps(async (deps) => {
      const answer = await start(deps, quick);
      expect(answer).toEqual({
        structured: { status: "done", run_id: "run-1", session_id: "s1", told: 7 },
        text: "Told 7.",
      });
      expect(await awaited(deps, "run-1")).toEqual(answer);
    }));

  test("work beyond a call's patience goes on, and await_run gives its end", () =>
    withDeps(async (deps) => {
      const answer = await start(deps, async (on) => {
        on.progress({ done: 1, total: 2, message: "half" });
        await sleep(200);
        return quick();
      });
      expect(answer.structured).toEqual({
        status: "running",
        run_id: "run-1",
        session_id: "s1",
        progress: { done: 1, total: 2, message: "half" },
        next: 'await_run with run_id "run-1"',
      });
      await workDone(deps);
      expect((await awaited(deps, "run-1")).structured).toMatchObject({ status: "done", told: 7 });
    }));

  test("a call that its client cancels cancels the run and keeps what it had", () =>
    withDeps(async (deps) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 20);
      const answer = await start(deps, untilStopped, context(controller.signal));
      expect(answer.structured).toMatchObject({ status: "cancelled", told: 1 });
      expect(deps.store.run("run-1")?.status).toBe("cancelled");
    }));

  test("cancel_run stops work that goes on", () =>
    withDeps(async (deps) => {
      await start(deps, untilStopped);
      const { structured } = await cancelRun.run(deps, { run_id: "run-1" }, context());
      expect(structured).toMatchObject({ status: "cancelled", kind: "run_target" });
      const again = await cancelRun.run(deps, { run_id: "run-1" }, context());
      expect(again.text).toContain("had ended before: cancelled");
    }));

  test("another process's wish to cancel is heard at the next heartbeat", () =>
    withDeps(async (deps) => {
      await start(deps, untilStopped);
      deps.store.cancelRun("run-1");
      await workDone(deps);
      expect(deps.store.run("run-1")?.status).toBe("cancelled");
    }));

  test("the end of the process interrupts work, and a harvest is taken up again under its id", () =>
    withDeps(async (deps) => {
      await start(deps, untilStopped, context(), "harvest");
      await stopWork(deps);
      expect(deps.store.run("run-1")?.status).toBe("interrupted");
      const again = await start(deps, quick, context(), "harvest");
      expect(again.structured).toMatchObject({ status: "done", run_id: "run-1" });
    }));

  test("work that does not stop in time is marked interrupted all the same", () =>
    withDeps(async (deps) => {
      await start(deps, () => sleep(300).then(quick));
      await stopWork(deps, 10);
      expect(deps.store.run("run-1")?.status).toBe("interrupted");
      await workDone(deps);
      expect(deps.store.run("run-1")?.status).toBe("interrupted");
    }));

  test("a session harvests once at a time", () =>
    withDeps(async (deps) => {
      await start(deps, untilStopped, context(), "harvest");
      await expect(start(deps, quick, context(), "harvest")).rejects.toThrow(
        "Session s1 has a harvest under way (run-1): await it with await_run or stop it with cancel_run before you start another.",
      );
      await stopWork(deps);
    }));

  test("a harvest whose owner died is taken over", () =>
    withDeps(async (deps) => {
      const dead = { session: "s1", kind: "harvest", input: { tasks: 1 }, owner: "dead" } as const;
      deps.store.startRun({ ...dead, id: "old", heartbeatAt: "2020-01-01T00:00:00.000Z" });
      expect((await start(deps, quick, context(), "harvest")).structured.run_id).toBe("old");
    }));

  test("a failure is the same sentence in the call and in await_run", () =>
    withDeps(async (deps) => {
      const fail = () => Promise.reject(new InputError("The budget is spent: raise it."));
      await expect(start(deps, fail)).rejects.toThrow("The budget is spent: raise it.");
      await expect(awaited(deps, "run-1")).rejects.toThrow("The budget is spent: raise it.");
    }));
});

const output = longOutput({ told: z.number() });

/** A long verb with a fault of its own that shows only after the call has been answered. */
const late = defineTool({
  name: "fail_late",
  title: "Fail late",
  description: "Fails by a fault of its own when nobody waits any longer.",
  input: z.strictObject({}),
  output,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  run: async (deps, _, ctx) =>
    runLong(deps, { session: "s1", kind: "run_target", input: {}, ctx }, async () => {
      await sleep(120);
      throw new Error("secret detail of ours");
    }),
});

/** A long verb that tells how far it is. */
const steps = defineTool({
  ...late,
  name: "tell_steps",
  run: async (deps: Deps, _: object, ctx: CallContext) =>
    runLong(deps, { session: "s1", kind: "run_target", input: {}, ctx }, async (on) => {
      for (const done of [1, 2, 3]) {
        on.progress({ done, total: 3, message: `step ${done}` });
        await sleep(300);
      }
      return { structured: { told: 3 }, text: "Told 3." };
    }),
} as Parameters<typeof defineTool<object, z.infer<typeof output>>>[0]);

describe("long work over MCP", () => {
  test("a foreign error of background work goes to the log and becomes a general sentence", () =>
    atDesk(
      async ({ deps, call, logged }) => {
        recordBasics(deps.store);
        expect((await call("fail_late")).structuredContent).toMatchObject({ status: "running" });
        await workDone(deps);
        const end = await call("await_run", { run_id: "run-1" });
        expect(textOf(end)).toContain("Run run-1 broke down by a fault of Faultline's own");
        expect(textOf(end)).not.toContain("secret");
        expect(JSON.stringify(logged)).toContain("secret detail of ours");
      },
      { tools: [late, awaitRun], deps: { patienceMs: 40, now: realNow } },
    ));

  test("progress reaches the client, each figure above the one before", () =>
    atDesk(
      async ({ deps, client }) => {
        recordBasics(deps.store);
        const seen: Progress[] = [];
        const result = await client.callTool({ name: "tell_steps", arguments: {} }, undefined, {
          onprogress: ({ progress, total = 0, message = "" }) =>
            void seen.push({ done: progress, total, message }),
        });
        expect(result.structuredContent).toMatchObject({ status: "done", told: 3 });
        expect(seen.map(({ message }) => message)).toEqual(["step 1", "step 2", "step 3"]);
        expect(seen.map(({ done }) => done)).toEqual([1, 2, 3]);
      },
      { tools: [steps], deps: { now: realNow } },
    ));

  test("a cancelled request cancels its run", () =>
    atDesk(
      async ({ deps, client }) => {
        recordBasics(deps.store);
        const controller = new AbortController();
        setTimeout(() => controller.abort("enough"), 100);
        const options = { signal: controller.signal };
        await expect(
          client.callTool({ name: "tell_steps", arguments: {} }, undefined, options),
        ).rejects.toThrow();
        await workDone(deps);
        expect(deps.store.run("run-1")?.status).toBe("cancelled");
      },
      { tools: [steps], deps: { now: realNow } },
    ));
});
