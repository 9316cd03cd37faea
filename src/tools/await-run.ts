import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { canonical } from "../core/json.ts";
import type { Run } from "../store/records.ts";
import { staleMs } from "./long-work.ts";
import { namedRun } from "./lookup.ts";
import { longHead, readProgress, storedAnswer } from "./run-answer.ts";
import { type CallContext, type Deps, defineTool } from "./tool.ts";

/** Milliseconds between two looks at the run. */
const lookMs = 400;

const input = z.strictObject({
  run_id: z.string().min(1).max(120).describe("the run, as a long call answered it"),
  wait_seconds: z
    .number()
    .min(0)
    .max(600)
    .optional()
    .describe("how long to wait for its end; default and most about 40, 0 only looks"),
});

const output = z.looseObject(longHead);

/** Waits for a run's end, whichever process works on it. */
export const awaitRun = defineTool({
  name: "await_run",
  title: "Await a run",
  description:
    "Waits, up to about 40 seconds, for a run that a long call left going on, and answers what that call would have answered. While the run still goes on it answers status running with the progress: call it again.",
  input,
  output,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  run: async (deps, { run_id, wait_seconds }, ctx) => {
    const waitMs = Math.min(deps.patienceMs, (wait_seconds ?? Number.POSITIVE_INFINITY) * 1_000);
    const run = await waitForEnd(deps, { id: run_id, waitMs }, ctx);
    return storedAnswer(run) as { structured: z.infer<typeof output>; text: string };
  },
});

/** The run as it is when it ends, or when the wait is over. */
export async function waitForEnd(
  deps: Deps,
  { id, waitMs }: { readonly id: string; readonly waitMs: number },
  ctx: CallContext,
): Promise<Run> {
  let shown = "";
  for (let waited = 0; ; waited += lookMs) {
    deps.store.interruptStale(deps.now(), staleMs);
    const run = namedRun(deps, id);
    if (run.status !== "running" || waited >= waitMs || ctx.signal.aborted) return run;
    const progress = readProgress(run.progress);
    // Repeated now and then even if nothing is new: clients extend their time-outs by it.
    if (progress !== null && (canonical(progress) !== shown || waited % (10 * lookMs) === 0)) {
      shown = canonical(progress);
      ctx.progress(progress);
    }
    await sleep(Math.min(lookMs, waitMs - waited));
  }
}
