import { describe, expect, test } from "vitest";
import { createReference } from "../src/agents/reference.ts";
import { createSimulated } from "../src/agents/simulated.ts";
import type { JsonObject } from "../src/core/json.ts";
import { airline } from "../src/domains/airline/airline.ts";
import type { Distractor } from "../src/domains/scenario.ts";
import type { ChatModel } from "../src/models/chat.ts";
import type { Role } from "../src/models/config.ts";
import { type Criterion, taskKey } from "../src/tasks/task.ts";
import { session } from "./data/store-samples.ts";
import { atDesk, type Desk, textOf } from "./desk.ts";
import { sampleTask } from "./sampled.ts";

const booking = {
  kind: "book",
  clause: "none",
  reference: "id",
  pays_with: "card",
  payments: 1,
  alternatives: 3,
};
const passed = sampleTask("suited/wrong_choice", [booking], { noise: 1 });
const wrongChoice = createSimulated(
  {
    name: "hasty",
    summary: "",
    faults: [{ id: "f", when: {}, fault: "wrong_choice", clause: null, probability: 1 }],
  },
  airline,
);

/** A desk with one session and one task that has these distractors; `model` plays what role asks for it. */
function withTask(
  {
    distractors = [],
    criteria = passed.task.criteria,
  }: { readonly distractors?: readonly Distractor[]; readonly criteria?: readonly Criterion[] },
  model: (role: Role) => ChatModel,
  run: (desk: Desk, task_key: string) => Promise<void>,
): Promise<void> {
  const task = { ...passed.task, criteria };
  const key = taskKey(task, airline);
  return atDesk(
    async (desk) => {
      desk.deps.store.recordSession(session);
      desk.deps.store.recordTask({
        ...{ key, session: "s1", task, gold: passed.gold, cell: passed.cell, hypothesis: null },
        ...{ origin: { by: "sampled", seed: "0" }, createdAt: session.createdAt },
        construction: { parameters: {}, walk: {}, distractors, enumerated: 1, words: {} },
      });
      await run(desk, key);
    },
    { deps: { openModel: (_spec, role) => model(role) } },
  );
}

const planted = (role: Role) => (role === "target" ? wrongChoice : createReference(airline));

interface Ran {
  readonly analysis: { readonly rollouts: number; readonly notes: readonly JsonObject[] };
}

async function runAt({ call }: Desk, task_key: string) {
  const result = await call("run_target", { session_id: "s1", task_key });
  return { text: textOf(result), ...(result.structuredContent as unknown as Ran) };
}

/** The flight that the target takes, and the right one. */
async function flights(): Promise<readonly [string, string]> {
  let found: readonly [string, string] = ["", ""];
  await withTask({}, planted, async (desk, key) => {
    const { analysis } = await runAt(desk, key);
    const [, wrong = "", right = ""] =
      /is \\"(\w+)\\", expected \\"(\w+)\\"/.exec(String(analysis.notes[0]?.detail)) ?? [];
    found = [wrong, right];
  });
  return found;
}

describe("run_target's analysis", () => {
  test("counts each cause over the failed rollouts, and is kept and shown with the task", () =>
    withTask({}, planted, async (desk, key) => {
      const { analysis, text } = await runAt(desk, key);
      expect(analysis.notes).toMatchObject([
        { key: "book: wrong_choice of flight_number", count: analysis.rollouts, request: 0, taken: null },
      ]);
      expect(text).toContain(
        `- ${analysis.rollouts} of ${analysis.rollouts}, book: wrong_choice of flight_number: "`,
      );
      expect(desk.deps.store.analysis("s1", key)).toMatchObject({ rollouts: analysis.rollouts });
      const shown = await desk.call("show_task", { task_key: key });
      expect(shown.structuredContent).toMatchObject({ analysis });
      expect(textOf(shown)).toContain("book: wrong_choice of flight_number");
    }));

  test("names the distractor of a task that was made around a walk", async () => {
    const [wrong, right] = await flights();
    const distractor = { record: `flights/${wrong}`, near: `flights/${right}`, losesBy: "price", by: 31 };
    await withTask({ distractors: [distractor] }, planted, async (desk, key) => {
      const { analysis } = await runAt(desk, key);
      expect(analysis.notes).toMatchObject([
        { key: "book: wrong_choice of flight_number (price)", taken: `flights/${wrong}` },
      ]);
    });
  });

  test("asks the session's real oracle as the analyst where only words are at fault, once for each rollout", async () => {
    const untold: Criterion = { type: "communicated", kind: "number", value: 424_242 };
    const asked: string[] = [];
    const answer = JSON.stringify({ mode: "never_refused", request: 0, place: 3, why: "It is left open." });
    const real = (role: Role): ChatModel => ({
      ...createReference(airline),
      simulated: false,
      complete: async (request) => {
        if (role !== "analyst") return createReference(airline).complete(request);
        asked.push(request.seed);
        return { text: answer, calls: [], usage: { inputTokens: 1, outputTokens: 1 } };
      },
    });
    const criteria = [...passed.task.criteria, untold];
    await withTask({ criteria }, real, async (desk, key) => {
      const { analysis } = await runAt(desk, key);
      expect(analysis.notes).toMatchObject([{ key: "book: never_refused", count: analysis.rollouts }]);
      await runAt(desk, key);
      expect(asked).toHaveLength(analysis.rollouts);
      expect(desk.deps.store.spending("s1").tokens.analyst).toEqual({
        inputTokens: asked.length,
        outputTokens: asked.length,
      });
    });
  });
});
