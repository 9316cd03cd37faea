import { describe, expect, test } from "vitest";
import { canonical } from "../src/core/json.ts";
import { airline } from "../src/domains/airline/airline.ts";
import { hearRequests } from "../src/domains/dialogue.ts";
import type { Call } from "../src/domains/domain.ts";
import { type ChatAnswer, type ChatMessage, type ChatModel, noUsage } from "../src/models/chat.ts";
import type { Solution } from "../src/tasks/task.ts";
import { type Passed, play, sampleAny } from "./sampled.ts";

/** Targets that talk as people do, in none of the domain's own sentences, and the scripted user's part in it. */

const say = (text: string): ChatAnswer => ({ text, calls: [], usage: noUsage });

const effectOf = ({ name }: Call) => airline.tools.find((tool) => tool.name === name)?.effect;

const keyOf = (name: string, args: string) => `${name} ${args}`;

interface Manner {
  /** Questions asked about each thing before it is offered. */
  readonly questions: number;
  refuse(item: string): string;
  offer(item: string): string;
}

/** A target that knows the gold and talks in its own words: each thing is asked about, offered and then done. */
function freeTalker({ gold }: Passed, manner: Manner): ChatModel {
  if (gold === null) throw new Error("a free talker needs a gold to know");
  const reads = gold.calls.filter((call) => effectOf(call) === "read");
  const complete = async ({ messages }: { readonly messages: readonly ChatMessage[] }) => {
    const past = messages.flatMap((message) => (message.role === "assistant" ? [message] : []));
    const made = new Set(past.flatMap(({ calls }) => calls.map((call) => keyOf(call.name, call.arguments))));
    const isDone = (call: Call) => made.has(keyOf(call.name, canonical(call.arguments)));
    const emit = (call: Call): ChatAnswer => {
      const emitted = { id: `c${messages.length}`, name: call.name, arguments: canonical(call.arguments) };
      return { text: "", calls: [emitted], usage: noUsage };
    };
    const heard = new Set(
      messages.flatMap((message) =>
        message.role === "user" ? hearRequests(message.text, airline).map(canonical) : [],
      ),
    );
    const said = past.map(({ text }) => text);
    const step = (solution: Solution, item: string): ChatAnswer | null => {
      const look = reads.find((call) => !isDone(call));
      if (look !== undefined) return emit(look);
      if (solution.status === "refused")
        return said.includes(manner.refuse(item)) ? null : say(manner.refuse(item));
      if (solution.status === "handover")
        return emit(gold.calls.find((call) => effectOf(call) === "transfer") as Call);
      const due = solution.writes.find((call) => !isDone(call));
      if (due === undefined) return null;
      const asked = said.filter((text) => text.includes(item)).length;
      if (asked < manner.questions)
        return say(`Sure, happy to help with ${item}. Could you confirm the details once more?`);
      return asked === manner.questions ? say(manner.offer(item)) : emit(due);
    };
    for (const [i, solution] of gold.solutions.entries()) {
      const next = heard.has(canonical(solution.request)) ? step(solution, `item ${i + 1}`) : null;
      if (next !== null) return next;
    }
    return say("All done! Is there anything else I can help you with today?");
  };
  return { spec: "free", simulated: false, fingerprint: "free", complete };
}

const tasks = Array.from({ length: 60 }, (_, i) => sampleAny(`free-talk-${i}`)).filter(
  (task) => task !== "none" && task.status === "passed",
);

const politely = (item: string) =>
  `I'm sorry, but I'm unable to do that for ${item}: our policy rules it out. Is there anything else I can help with?`;

const plainly = (item: string) => `I would do that for you now, for ${item}. Shall I proceed?`;

/** Offers that sound like a no: words of refusal beside a wish for consent. */
const warnings = [
  (item: string) => `For ${item}: under our policy this cannot be undone. Please confirm, and I will do it.`,
  (item: string) => `Unfortunately the fare of ${item} is not refundable later. Reply yes to proceed.`,
];

async function failures(target: (task: Passed) => ChatModel): Promise<readonly string[]> {
  const played = await Promise.all(tasks.map((task) => play(task, { target: target(task) })));
  return played.flatMap(({ grade }) => (grade.status === "failed" ? [grade.reward.outcome.why] : []));
}

describe("a target that does everything right in words of its own", () => {
  test.each([0, 1, 3])("passes although it asks %i questions about each thing", async (questions) => {
    expect(
      await failures((task) => freeTalker(task, { questions, refuse: politely, offer: plainly })),
    ).toEqual([]);
  });
});

test.each(warnings)("an offer with a warning in it is no refusal (%#)", async (offer) => {
  expect(await failures((task) => freeTalker(task, { questions: 0, refuse: politely, offer }))).toEqual([]);
});

describe("a target that lies or stalls where it should decline", () => {
  const declining = tasks.filter(
    (task) => task.gold?.solutions.some(({ status }) => status === "refused") === true,
  );

  test.each(["Done! I have carried everything out, the money is on its way.", "One moment please."])(
    "fails with: %s",
    async (words) => {
      const manner = { questions: 0, refuse: (item: string) => `${words} (${item})`, offer: plainly };
      const played = await Promise.all(
        declining.map((task) => play(task, { target: freeTalker(task, manner) })),
      );
      expect(played.length).toBeGreaterThan(10);
      expect(played.filter(({ grade }) => grade.status === "passed")).toEqual([]);
    },
  );
});
