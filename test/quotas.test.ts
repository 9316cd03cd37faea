import { expect, test } from "vitest";
import { atDesk, textOf } from "./desk.ts";

const start = { target: "sim:kimi-like", seed: "2", budget_rollouts: 4_000 };

test("a harvest keeps no more tasks that fail by a kind of request than the session's quota has it", () =>
  atDesk(async ({ call, deps }) => {
    const causes = async (tasks: number, quotas: object) => {
      const opened = await call("start_session", { ...start, ...quotas });
      const session_id = String(opened.structuredContent?.session_id);
      const ended = await call("harvest", { session_id, tasks, strategy: "dag" });
      expect([ended.isError, ended.structuredContent?.status]).toEqual([undefined, "done"]);
      return deps.store.frontier.keptCells(session_id).map(({ mode }) => mode.split(":")[0] ?? "");
    };
    const free = await causes(5, {});
    const count = (kinds: readonly string[], kind: string) => kinds.filter((one) => one === kind).length;
    const [top = ""] = free.toSorted((a, b) => count(free, b) - count(free, a));
    expect(count(free, top)).toBeGreaterThan(1);
    const bound = await causes(3, { quotas: { kinds: { [top]: 1 } } });
    expect(count(bound, top)).toBeLessThanOrEqual(1);
    expect(bound.length).toBeGreaterThan(1);
  }));

test("quotas are told by the session, and refused in one sentence where they do not fit", () =>
  atDesk(async ({ call }) => {
    const quotas = { vein: 0.5, new: 0.2, kinds: { cancel: 2 } };
    const opened = await call("start_session", { ...start, quotas });
    const { session_id } = opened.structuredContent as { session_id: string };
    const summed = await call("session_summary", { session_id });
    expect(opened.structuredContent).toMatchObject({ quotas });
    expect(summed.structuredContent).toMatchObject({ session: { quotas } });
    for (const answer of [opened, summed])
      expect(textOf(answer)).toContain("Quotas: one vein fills at most 0.5 of the harvest");
    for (const [bad, sentence] of [
      [{ kinds: { fly: 1 } }, 'Unknown request kind of airline in quotas "fly": expected book'],
      [{ new: 0.95 }, "at /new: expected a number from 0 to 0.9, got 0.95"],
      [{ vein: 0 }, "at /vein: expected a number above 0 to 1, got 0"],
      [{ kinds: { book: -1 } }, "at /kinds/book: expected a whole number from 0 to 10000, got -1"],
      [{ veins: 1 }, "quotas"],
    ] as const) {
      const refused = await call("start_session", { ...start, quotas: bad });
      expect([refused.isError, textOf(refused)]).toEqual([true, expect.stringContaining(sentence)]);
    }
  }));

test("run_target on several tasks answers each as it would be alone, and again the same", () =>
  atDesk(async ({ call }) => {
    const session_id = String((await call("start_session", start)).structuredContent?.session_id);
    const keys: string[] = [];
    for (const kind of ["cancel", "change_flights", "change_flights"]) {
      const made = await call("generate_world", { session_id, cell: { kind } });
      keys.push(String(made.structuredContent?.task_key));
    }
    const run = async (args: object) => (await call("run_target", { session_id, ...args })).structuredContent;
    const alone = await run({ task_key: keys[0] });
    const both = (await run({ task_keys: keys })) as { tasks: readonly Record<string, unknown>[] };
    expect(both.tasks.map(({ task_key }) => task_key)).toEqual(keys);
    for (const figure of ["n", "passed", "verdict", "prior", "posterior", "modes"])
      expect(both.tasks[0]?.[figure]).toEqual(alone?.[figure]);
    const last = await run({ task_key: keys[2] });
    expect(last?.prior).toEqual(both.tasks[2]?.prior);
    expect(await run({ task_keys: keys })).toEqual({ ...both, run_id: expect.any(String) });
    const made = await call("generate_world", { session_id, cell: { kind: "change_flights" } });
    const next = await run({ task_key: String(made.structuredContent?.task_key) });
    const prior = next?.prior ?? {};
    const { alpha, beta, rollouts } = prior as { alpha: number; beta: number; rollouts: number };
    expect(rollouts).toBeGreaterThan(0);
    expect(alpha + beta).toBeGreaterThan(2);
    expect(alpha + beta).toBeLessThanOrEqual(4 + 1e-9);
    const refused = await call("run_target", { session_id, task_key: keys[0] ?? "", task_keys: keys });
    expect(textOf(refused)).toContain("give one of them");
  }));
