import { z } from "zod";
import type { Rollout } from "../rollout/rollout.ts";
import type { Grade } from "../tasks/grade.ts";
import type { Message } from "../tasks/trajectory.ts";
import { dataNotice, fence, quote, shorten } from "./fence.ts";
import { namedRollout } from "./lookup.ts";
import { defineTool } from "./tool.ts";

/** Characters of one message: short answers, and full ones, which still fit a client's limit. */
const lengths = { short: 400, full: 6_000 } as const;

const input = z.strictObject({
  rollout_id: z.string().min(1).max(120).describe("the rollout, by its id"),
  detail: z
    .enum(["short", "full"])
    .optional()
    .describe("short (default) cuts each message to 400 characters, full to 6,000"),
  from: z.int().min(0).max(100_000).optional().describe("the place of the first message shown; default 0"),
  limit: z.int().min(1).max(200).optional().describe("messages shown at most; default 60"),
});

const output = z.object({
  notice: z.string(),
  rollout_id: z.string(),
  task_key: z.string(),
  session_id: z.string(),
  role: z.string(),
  index: z.number(),
  model: z.string(),
  simulated: z.boolean(),
  status: z.string(),
  ending: z.string(),
  unscored: z.object({ blame: z.string(), why: z.string() }).optional(),
  reward: z.record(z.string(), z.number()).optional().describe("the five parts and their total, 0 to 1"),
  reasons: z.string().describe("each part, criterion and broken clause in words, with places; fenced"),
  messages: z.number(),
  transcript: z.string().describe("the messages shown, each with its place, fenced"),
  next: z.string(),
});

/** Shows one rollout: its grade and its messages. */
export const showRollout = defineTool({
  name: "show_rollout",
  title: "Show a rollout",
  description:
    "Shows one attempt at a task: grade, the reward's five parts in words, broken clauses, and the conversation with every tool call. Places name messages by number, so that a grade's reason can be looked up.",
  input,
  output,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  run: async (deps, { rollout_id, detail = "short", from = 0, limit = 60 }) => {
    const rollout = namedRollout(deps, rollout_id);
    const { messages } = rollout.trajectory;
    const shown = messages.slice(from, from + limit);
    const lines = shown.map((message, i) => `[${from + i}] ${messageText(message, lengths[detail])}`);
    const end = from + shown.length;
    const next =
      end < messages.length
        ? `show_rollout with rollout_id "${rollout.id}" and from ${end}`
        : `show_task with task_key "${rollout.slot.task}"`;
    const structured = {
      ...describeRollout(rollout),
      messages: messages.length,
      transcript: fence(lines.join("\n")),
      next,
    };
    return {
      structured,
      text: rolloutText(structured),
      links: [{ uri: `faultline://tasks/${rollout.slot.task}`, name: "The task" }],
    };
  },
});

function messageText(message: Message, limit: number): string {
  switch (message.role) {
    case "user":
      return `user: ${shorten(message.text, limit)}`;
    case "assistant": {
      const calls = message.calls.map((call) => `call ${call.name} ${shorten(call.arguments, limit)}`);
      return `target: ${[shorten(message.text, limit), ...calls].filter((text) => text !== "").join(" | ")}`;
    }
    case "tool":
      return `tool ${message.name} (${message.status}): ${shorten(message.text, limit)}`;
  }
}

const placed = (place: number | undefined) => (place === undefined ? "" : ` [${place}]`);

const rewardParts = ["outcome", "format", "efficiency", "compliance", "transfer"] as const;

/** What a rollout is worth and why; the reasons may quote the target. */
function gradeParts(grade: Grade) {
  if (grade.status === "unscored") {
    return { unscored: { blame: grade.blame, why: quote(grade.why, 400) }, reasons: "" };
  }
  const { reward } = grade;
  const lines = [
    ...rewardParts.map((name) => `${name} ${reward[name].value}: ${reward[name].why}`),
    ...grade.findings.map(
      ({ criterion, status, why, place }) => `${criterion} ${status}: ${why}${placed(place)}`,
    ),
    ...grade.clauses.map(({ clause, verdict, why, place }) => `${clause} ${verdict}: ${why}${placed(place)}`),
  ];
  const values = Object.fromEntries(rewardParts.map((name) => [name, reward[name].value]));
  return { reward: { ...values, total: reward.total }, reasons: fence(lines.join("\n")) };
}

function describeRollout({ id, slot, simulated, trajectory, grade }: Rollout) {
  return {
    notice: dataNotice,
    rollout_id: id,
    task_key: slot.task,
    session_id: slot.session,
    role: slot.role,
    index: slot.index,
    model: slot.settings.model,
    simulated,
    status: grade.status,
    ending: trajectory.ending,
    ...gradeParts(grade),
  };
}

type Shown = ReturnType<typeof describeRollout> & {
  readonly messages: number;
  readonly transcript: string;
  readonly next: string;
};

function rolloutText(shown: Shown): string {
  const { reward, unscored } = shown;
  return [
    `Rollout ${shown.rollout_id}: ${shown.role} ${shown.index} of task ${shown.task_key}, ${shown.status}, ended by ${shown.ending}${shown.simulated ? " (simulated)" : ""}. ${dataNotice}`,
    ...(unscored === undefined ? [] : [`Unscored, to blame: ${unscored.blame}: ${unscored.why}`]),
    ...(reward === undefined ? [] : [`Reward ${reward.total}:`, shown.reasons]),
    `The conversation, ${shown.messages} messages in all:`,
    shown.transcript,
    `Next: ${shown.next}.`,
  ].join("\n");
}
