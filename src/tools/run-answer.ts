import { z } from "zod";
import { InputError } from "../core/errors.ts";
import type { Json, JsonObject } from "../core/json.ts";
import { type Run, type RunStatus, runStatuses } from "../store/records.ts";
import type { Answer, Link, Progress } from "./tool.ts";

/** What the work itself answers: the verb's own members. */
export interface WorkAnswer<S> {
  readonly structured: S;
  readonly text: string;
  readonly links?: readonly Link[];
}

export interface Head {
  readonly status: Exclude<RunStatus, "failed">;
  readonly run_id: string;
  readonly session_id: string;
  readonly progress?: Progress;
  readonly next?: string;
}

/** The answer of a long verb: its own members are there once the run is done. */
export type LongAnswer<S> = WorkAnswer<Head & Partial<S>>;

const progressSchema = z.object({ done: z.number(), total: z.number(), message: z.string() });

/** The members that every answer about a run has. */
export const longHead = {
  status: z
    .enum(runStatuses)
    .exclude(["failed"])
    .describe("done, or running: then await_run with the run_id gives the rest"),
  run_id: z.string().optional(),
  session_id: z.string().optional(),
  progress: z.unknown().optional(),
  next: z.string().optional(),
};

/** What a run leaves behind: its answer, or the sentence of its failure. */
const storedSchema = z.union([
  z.object({
    answer: z.object({
      structured: z.record(z.string(), z.json()),
      text: z.string(),
      links: z.array(z.object({ uri: z.string(), name: z.string() })).optional(),
    }),
  }),
  z.object({ error: z.string() }),
]);

export const brokeDown = (run: Pick<Run, "id">) =>
  `Run ${run.id} broke down by a fault of Faultline's own: see its log, then make the same call again; what was done is kept.`;

export function head(run: Run, status: Head["status"]): Head {
  return { status, run_id: run.id, session_id: run.session };
}

/** What is known of a run that goes on. */
export function runningAnswer(run: Run, progress: Progress | null): Answer {
  const next = `await_run with run_id "${run.id}"`;
  const far = progress === null ? "" : ` (${progress.done} of ${progress.total}: ${progress.message})`;
  return {
    structured: {
      ...head(run, "running"),
      ...(progress === null ? {} : { progress: { ...progress } }),
      next,
    } as unknown as JsonObject,
    text: `${run.kind} goes on as run ${run.id}${far}. Next: ${next}.`,
  };
}

export function stoppedAnswer(run: Run, status: "cancelled" | "interrupted", answer: Answer | null): Answer {
  const { task_key } = run.input as { readonly task_key?: Json };
  const of = typeof task_key === "string" ? ` and task_key "${task_key}"` : "";
  const next = `${run.kind} with session_id "${run.session}"${of} goes on from what is kept`;
  const kept = answer === null ? "" : `\n${answer.text}`;
  return {
    structured: { ...answer?.structured, ...head(run, status), next } as unknown as JsonObject,
    text: `Run ${run.id} was ${status}; every rollout that had ended is kept. Next: ${next}.${kept}`,
    ...(answer?.links === undefined ? {} : { links: answer.links }),
  };
}

/** The answer that a run left, the same in every process; a failed run throws its sentence (InputError). */
export function storedAnswer(run: Run): Answer {
  if (run.status === "running") return runningAnswer(run, readProgress(run.progress));
  const parsed = storedSchema.safeParse(run.result);
  const stored = parsed.success ? parsed.data : null;
  if (run.status === "failed") {
    throw new InputError(stored !== null && "error" in stored ? stored.error : brokeDown(run));
  }
  const answer = stored !== null && "answer" in stored ? (stored.answer as Answer) : null;
  if (run.status === "done" && answer !== null) return answer;
  return stoppedAnswer(run, run.status === "cancelled" ? "cancelled" : "interrupted", answer);
}

export function readProgress(stored: Json): Progress | null {
  const parsed = progressSchema.safeParse(stored);
  return parsed.success ? parsed.data : null;
}
