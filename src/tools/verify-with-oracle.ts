import { z } from "zod";
import { InputError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { describeRate, rateFields, rateText } from "../core/rate.ts";
import { modesOf } from "../rollout/analyse.ts";
import type { Staged } from "../rollout/attempt.ts";
import { type OracleCounts, verify } from "../rollout/verify.ts";
import { longOutput, type On, runLong } from "./long-work.ts";
import { rateSchema } from "./rate-output.ts";
import { defineTool } from "./tool.ts";
import {
  openWorkbench,
  recordCounts,
  stagedTask,
  type VerificationNote,
  type Workbench,
} from "./workbench.ts";

const input = z.strictObject({
  session_id: z.string().min(1).describe("the session, from start_session"),
  task_key: z.string().min(1).describe("a task that the target fails, by run_target"),
});

const output = longOutput({
  task_key: z.string(),
  oracle: z.string(),
  simulated: z.boolean(),
  verdict: z.enum(["kept", "discarded", "undecided"]),
  confirmed: z.boolean().describe("true if the target's failure counts as confirmed"),
  passed: z.number(),
  n: z.number(),
  modes: z.array(z.string()),
  target: rateSchema.describe("the target's rate that this is about"),
  why: z.string(),
  next: z.string(),
});

/** What the oracle made of a failure, and whether that confirms it. */
export interface Verified {
  readonly counts: OracleCounts;
  readonly confirmed: boolean;
  readonly note: VerificationNote;
}

/** Runs the oracle on a task that the target fails and keeps or discards it; an undecided one is left as it was. */
export async function verifyTask(
  bench: Workbench,
  staged: Staged,
  on: Pick<On, "signal" | "progress">,
): Promise<Verified> {
  const { session, deps, oracle } = bench;
  on.progress({ done: 0, total: 1, message: `the oracle ${session.oracle} tries the task` });
  const counts = await verify({ stage: bench.stage, staged, oracle, signal: on.signal });
  const allowed = !oracle.simulated || session.allowSimulatedOracle;
  const confirmed = counts.verdict === "kept" && allowed;
  const note = { ...failuresOf(bench, staged), why: sentence(bench, counts, allowed) };
  if (counts.verdict !== "undecided") {
    const verdict = counts.verdict === "kept" ? "inside" : "outside";
    const evaluation = recordCounts(
      bench,
      { from: 0, n: counts.n, passed: counts.passed, unscored: counts.unscored, verdict },
      { staged, model: oracle, role: "oracle", purpose: "oracle" },
    );
    deps.store.recordVerification({
      session: session.id,
      task: staged.key,
      status: counts.verdict,
      evaluation: evaluation.id,
      simulatedOracle: oracle.simulated,
      confirmed,
      why: note as unknown as Json,
    });
  }
  return { counts, confirmed, note };
}

function failuresOf(bench: Workbench, staged: Staged): Pick<VerificationNote, "modes" | "broken"> {
  const filter = { session: bench.session.id, task: staged.key, role: "target", status: "failed" } as const;
  const rollouts = bench.deps.store.rollouts(filter);
  const broken = rollouts.flatMap(({ grade }) =>
    grade.status === "unscored"
      ? []
      : grade.clauses.filter(({ verdict }) => verdict === "forbidden").map(({ clause }) => clause),
  );
  return { modes: modesOf(staged, { rollouts }, bench.stage), broken: [...new Set(broken)].sort() };
}

function sentence(
  { session, oracle }: Workbench,
  { n, passed, unscored, verdict }: OracleCounts,
  allowed: boolean,
): string {
  const who = `${session.oracle}${oracle.simulated ? " (simulated)" : ""} passes ${passed} of ${n}`;
  if (verdict === "undecided") return `${who}, ${unscored} unscored: too few to decide`;
  if (verdict === "discarded") return `${who}: the task may be broken, so it is not kept`;
  return allowed
    ? `${who}: the task can be done`
    : `${who}; a simulated oracle does not confirm a real target's failure in this session`;
}

/** Keeps or discards a failure by what the oracle makes of it. */
export const verifyWithOracle = defineTool({
  name: "verify_with_oracle",
  title: "Verify a failure with the oracle",
  description:
    "Runs the oracle on a task that the target fails. If it passes twice the failure is kept as real, if it fails twice the task is discarded as possibly broken. Call simplify_failure next.",
  input,
  output,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  run: async (deps, args, ctx) => {
    const bench = openWorkbench(deps, args.session_id);
    const staged = stagedTask(bench, args.task_key);
    const failing = deps.store
      .evaluations({ session: bench.session.id, task: staged.key })
      .findLast(({ role, n, passed }) => role === "target" && passed < n);
    if (failing === undefined) {
      throw new InputError(
        `The target has not failed task ${staged.key} in this session: call run_target on it first, or choose a task that it fails.`,
      );
    }
    return runLong(
      deps,
      { session: bench.session.id, kind: "verify_with_oracle", input: args, ctx },
      async (on) => {
        const { counts, confirmed, note } = await verifyTask(bench, staged, on);
        const rate = describeRate(failing, { window: bench.session.window, prior: failing.prior });
        const next = confirmed
          ? `simplify_failure with session_id "${bench.session.id}" and task_key "${staged.key}"`
          : counts.cut && bench.tokensLeft() === 0
            ? "start_session with a larger budget_tokens, the budget of this one is spent"
            : counts.verdict === "undecided"
              ? "verify_with_oracle again once the oracle's endpoint answers"
              : `propose_hypothesis with session_id "${bench.session.id}"`;
        return {
          structured: {
            task_key: staged.key,
            oracle: bench.session.oracle,
            simulated: bench.oracle.simulated,
            verdict: counts.verdict,
            confirmed,
            passed: counts.passed,
            n: counts.n,
            modes: [...note.modes],
            target: { ...rateFields(rate), prior: { ...failing.prior } },
            why: note.why,
            next,
          },
          text: `${counts.verdict === "kept" ? "Kept" : counts.verdict === "discarded" ? "Discarded" : "Undecided"}: ${note.why}.${confirmed ? ` The target fails by: ${note.modes.join("; ")}.` : ""}\nThe target passes ${rate.passed} of ${rate.n}: ${rateText(rate)}.\nNext: ${next}.`,
        };
      },
    );
  },
});
