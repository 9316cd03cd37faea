import { z } from "zod";
import { markNames } from "../store/records.ts";
import { namedTask } from "./lookup.ts";
import { defineTool } from "./tool.ts";

const input = z.strictObject({
  task_key: z.string().min(1).max(120).describe("the task, by its key"),
  mark: z
    .enum(markNames)
    .describe("accept: a sound task; reject: not to be used; suspect: to be looked at again"),
  note: z.string().max(2_000).optional().describe("why, in a sentence or two"),
});

const output = z.object({
  task_key: z.string(),
  mark: z.enum(markNames),
  note: z.string(),
  marks: z.number().describe("marks of this task so far; the newest one holds"),
  next: z.string(),
});

/** Keeps a reviewer's word on a task. */
export const markTask = defineTool({
  name: "mark_task",
  title: "Mark a task",
  description:
    "Keeps what a reviewer says of a task: accept, reject or suspect, with a note. The newest mark holds, earlier ones stay on record. Exports can leave rejected tasks out.",
  input,
  output,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  run: async (deps, { task_key, mark, note = "" }) => {
    const { key } = namedTask(deps, task_key);
    deps.store.recordMark({ task: key, mark, note, createdAt: deps.now() });
    const marks = deps.store.marks(key).length;
    const next = `find_tasks with mark "${mark}" lists the tasks marked so`;
    return {
      structured: { task_key: key, mark, note, marks, next },
      text: `Task ${key} is marked ${mark} (${marks} mark(s) so far). Next: ${next}.`,
      links: [{ uri: `faultline://tasks/${key}`, name: `Task ${key.slice(0, 12)}` }],
    };
  },
});
