import { z } from "zod";
import { InputError } from "../core/errors.ts";
import { markNames } from "../store/records.ts";
import type { ListedTask } from "../store/tasks.ts";
import { dataNotice, fence, quote } from "./fence.ts";
import { namedSession } from "./lookup.ts";
import { defineTool } from "./tool.ts";

const statuses = ["harvested", "confirmed", "kept", "discarded", "any"] as const;

const input = z.strictObject({
  session_id: z.string().min(1).max(120).optional().describe("only this session's tasks; default all"),
  status: z
    .enum(statuses)
    .optional()
    .describe("harvested, confirmed or kept or discarded by verify_with_oracle, or any (default)"),
  mark: z.enum(markNames).optional().describe("only tasks whose newest mark is this one"),
  hypothesis_id: z.string().min(1).max(120).optional().describe("only tasks made to try this hypothesis"),
  text: z.string().min(1).max(200).optional().describe("only tasks whose instruction has these words"),
  limit: z.int().min(1).max(100).optional().describe("tasks in the answer at most; default 20"),
  offset: z.int().min(0).max(1_000_000).optional().describe("how many to pass over first; default 0"),
});

const output = z.object({
  notice: z.string(),
  total: z.number(),
  offset: z.number(),
  tasks: z.array(
    z.object({
      task_key: z.string(),
      session_id: z.string(),
      requests: z.array(z.string()).describe("the kinds of what is wanted"),
      instruction: z.string().describe("quoted and cut"),
      status: z.string(),
      mark: z.string().optional(),
      origin: z.string(),
      hypothesis_id: z.string().optional(),
    }),
  ),
  next: z.string(),
});

/** Lists tasks. */
export const findTasks = defineTool({
  name: "find_tasks",
  title: "Find tasks",
  description:
    "Lists tasks by session, outcome, mark, hypothesis or words of the instruction, in the order they were made, one line each. show_task tells more of one.",
  input,
  output,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  run: async (deps, { session_id, status, mark, hypothesis_id, text, limit = 20, offset = 0 }) => {
    if (session_id !== undefined) namedSession(deps, session_id);
    if (hypothesis_id !== undefined && session_id === undefined) {
      throw new InputError("A hypothesis belongs to a session: give session_id together with hypothesis_id.");
    }
    const filter = {
      ...(session_id === undefined ? {} : { session: session_id }),
      ...(status === undefined ? {} : { status }),
      ...(mark === undefined ? {} : { mark }),
      ...(hypothesis_id === undefined ? {} : { hypothesis: hypothesis_id }),
      ...(text === undefined ? {} : { text }),
    };
    const total = deps.store.countTasks(filter);
    const tasks = deps.store.tasks({ ...filter, limit, offset }).map(listed);
    return answer({ total, offset, tasks });
  },
});

function statusOf({ harvested, confirmed, verification }: ListedTask): string {
  if (harvested) return "harvested";
  return confirmed ? "confirmed" : (verification ?? "unverified");
}

function listed(task: ListedTask) {
  return {
    task_key: task.key,
    session_id: task.session,
    requests: task.cell.requests.map((request) => String(request.kind)),
    instruction: quote(task.instruction, 160),
    status: statusOf(task),
    ...(task.mark === null ? {} : { mark: task.mark }),
    origin: task.origin.by,
    ...(task.hypothesis === null ? {} : { hypothesis_id: task.hypothesis }),
  };
}

interface Found {
  readonly total: number;
  readonly offset: number;
  readonly tasks: ReturnType<typeof listed>[];
}

function answer({ total, offset, tasks }: Found) {
  const end = offset + tasks.length;
  const next =
    total === 0
      ? "harvest or generate_world makes tasks"
      : end < total
        ? `find_tasks with offset ${end}, or show_task with a task_key`
        : "show_task with a task_key";
  const lines = tasks.map(
    (task) =>
      `${task.task_key}: ${task.requests.join(" + ")}, ${task.status}${task.mark === undefined ? "" : `, marked ${task.mark}`}, ${task.origin}: ${task.instruction}`,
  );
  const shown = tasks.length === 0 ? "No task fits." : `${offset + 1}–${end} of ${total} tasks.`;
  return {
    structured: { notice: dataNotice, total, offset, tasks, next },
    text: [
      shown,
      ...(lines.length === 0 ? [] : [dataNotice, fence(lines.join("\n"))]),
      `Next: ${next}.`,
    ].join("\n"),
    links: tasks.map(({ task_key }) => ({
      uri: `faultline://tasks/${task_key}`,
      name: `Task ${task_key.slice(0, 12)}`,
    })),
  };
}
