import { describe, expect, test } from "vitest";
import { airline } from "../src/domains/airline/airline.ts";
import type { Staged } from "../src/rollout/attempt.ts";
import { reword } from "../src/simplify/reword.ts";
import type { Outcome } from "../src/simplify/tries.ts";
import { type Task, taskKey } from "../src/tasks/task.ts";
import { letterOf, small } from "./authored.ts";
import { sampleTask } from "./sampled.ts";

describe("a shorter wording goes the way of every other piece", () => {
  const { task: form, gold } = sampleTask("little", [{ kind: "cancel", clause: "none", reference: "id" }]);
  const staged = (one: Task): Staged => ({ key: taskKey(one, airline), task: one, gold });
  const whole = staged({ ...form, instruction: letterOf(form) });
  const instruction = letterOf(form).replace(small, "").replace("  ", " ");

  /** What becomes of it if its rollouts show one thing, and those of the form as it was another. */
  const tried = (shows: Outcome, { solves = true, maxRollouts = 100 } = {}) =>
    reword({
      ...{
        form: whole,
        author: whole.task.instruction,
        domain: airline,
        whole: { failed: 9, n: 10 },
        maxRollouts,
      },
      rewrite: async () => ({ status: "rewritten", instruction, by: "openai:words", heardBy: "rule" }),
      register: ({ task: shorter }) => staged(shorter),
      test: async ({ key }) => (key === whole.key ? "failed" : shows),
      admits: async () => solves,
    });

  test.each([
    ["failed", "dropped", /^said shorter by openai:words it fails the same way$/],
    ["passed", "needed", /^said shorter by openai:words the target passes (\d+) of \1$/],
    [
      "slipped",
      "slipped",
      /^said shorter by openai:words the target passes 0 of (\d+) and fails otherwise \1 times$/,
    ],
    ["unscored", "undecided", /^there was no rollout to try what openai:words wrote$/],
  ] as const)("where its rollouts are %s it is %s", async (shows, result, why) => {
    const { step, shorter, kept, cut } = await tried(shows);
    expect(step).toMatchObject({ result, why: expect.stringMatching(why) });
    expect([shorter?.staged.task.instruction ?? null, kept === null, cut]).toEqual([
      ...[result === "dropped" ? instruction : null, result === "dropped", shows === "unscored"],
    ]);
  });

  test("one that the oracle does not solve stays out, however it fails", async () => {
    const { step, shorter } = await tried("failed", { solves: false });
    expect(step).toMatchObject({
      result: "unsound",
      why: "the oracle does not solve what openai:words wrote",
    });
    expect(shorter).toBeNull();
  });

  test("nobody is asked where no rollout is left, and no more are spent than are", async () => {
    expect(await tried("failed", { maxRollouts: 0 })).toMatchObject({
      rollouts: 0,
      cut: true,
      shorter: null,
    });
    expect(await tried("failed", { maxRollouts: 3 })).toMatchObject({
      rollouts: 3,
      cut: true,
      shorter: null,
    });
  });
});
