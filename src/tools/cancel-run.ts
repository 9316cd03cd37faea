import { z } from "zod";
import { waitForEnd } from "./await-run.ts";
import { stopRun } from "./long-work.ts";
import { namedRun } from "./lookup.ts";
import { defineTool } from "./tool.ts";

/** How long to wait for the owner to stop: a few of its heartbeats. */
const waitMs = 6_000;

const input = z.strictObject({
  run_id: z.string().min(1).max(120).describe("the run, as a long call answered it"),
});

const output = z.object({
  run_id: z.string(),
  session_id: z.string(),
  kind: z.string(),
  status: z
    .string()
    .describe("cancelled; stopping if its owner has not let go yet; or how it had ended before"),
  next: z.string(),
});

/** Stops a run, whichever process works on it. */
export const cancelRun = defineTool({
  name: "cancel_run",
  title: "Cancel a run",
  description:
    "Stops a run that goes on, in this process or another one. Rollouts that have ended are kept, and the same call on the same session goes on from there. A run that has ended stays as it is.",
  input,
  output,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  run: async (deps, { run_id }, ctx) => {
    const before = namedRun(deps, run_id);
    const ended = before.status !== "running" && before.status !== "interrupted";
    if (!ended) {
      deps.store.cancelRun(run_id);
      stopRun(deps, run_id);
    }
    const run = ended ? before : await waitForEnd(deps, { id: run_id, waitMs }, ctx);
    const status = run.status === "running" ? "stopping" : run.status;
    const next =
      status === "stopping"
        ? `await_run with run_id "${run.id}"`
        : `session_summary with session_id "${run.session}"`;
    const said = ended ? `Run ${run.id} had ended before: ${status}.` : `Run ${run.id} is ${status}.`;
    return {
      structured: { run_id: run.id, session_id: run.session, kind: run.kind, status, next },
      text: `${said} Next: ${next}.`,
    };
  },
});
