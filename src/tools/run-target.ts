import { z } from "zod";
import { wilson } from "../core/stats.ts";
import type { Staged } from "../rollout/attempt.ts";
import { type Counts, evaluate, type StoppingRule } from "../rollout/evaluate.ts";
import { modesOf } from "../simplify/simplify.ts";
import { undecidedShare } from "../tasks/grade.ts";
import { analyseTask, analysisLines, analysisOutput, describeAnalysis } from "./analysis.ts";
import { longOutput, type On, runLong } from "./long-work.ts";
import { defineTool } from "./tool.ts";
import { openWorkbench, recordCounts, spentBudget, stagedTask, type Workbench } from "./workbench.ts";

const input = z.strictObject({
  session_id: z.string().min(1).describe("the session, from start_session"),
  task_key: z.string().min(1).describe("the task, from generate_world or find_tasks"),
  max_rollouts: z
    .int()
    .min(1)
    .max(256)
    .exactOptional()
    .describe("scored rollouts at most; default 16, and it stops as soon as the verdict is sure"),
});

const output = longOutput({
  task_key: z.string(),
  target: z.string(),
  simulated: z.boolean(),
  n: z.number(),
  passed: z.number(),
  unscored: z.number(),
  pass_rate: z.number().nullable(),
  interval: z.object({ low: z.number(), high: z.number() }),
  verdict: z.enum(["inside", "outside", "undecided"]).describe("of the session's window"),
  modes: z.array(z.string()).describe("how it fails, by fingerprint"),
  analysis: analysisOutput.nullable(),
  undecided_share: z
    .number()
    .nullable()
    .describe("share of policy checks that no rule could decide; they never penalise"),
  why_unscored: z.array(z.string()),
  rollout_ids: z.array(z.string()),
  rollouts_left: z.number(),
  next: z.string(),
});

/** Runs the target on a task until the window verdict is sure; records what came of it, and how it fails. */
export async function runTarget(
  bench: Workbench,
  staged: Staged,
  on: Pick<On, "signal" | "progress"> & { readonly rule?: StoppingRule },
): Promise<Counts> {
  const { rule = bench.rule } = on;
  let seen = 0;
  const counts = await evaluate(
    {
      stage: bench.stage,
      staged,
      model: bench.target,
      role: "target",
      from: 0,
      ahead: bench.session.concurrency,
      signal: on.signal,
      onRollout: ({ grade }) => {
        seen += 1;
        on.progress({ done: seen, total: rule.cap, message: `rollout ${seen}: ${grade.status}` });
      },
    },
    rule,
  );
  recordCounts(bench, counts, { staged, model: bench.target, role: "target", purpose: "screening" });
  await analyseTask(bench, staged, { counts, signal: on.signal });
  return counts;
}

/** Runs the target on one task. */
export const runTargetTool = defineTool({
  name: "run_target",
  title: "Run the target",
  description:
    "Runs the session's target on a task, one rollout after another until it is sure whether the pass rate lies in the window. Rollouts are kept and never paid twice. If it fails often enough, call verify_with_oracle next.",
  input,
  output,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  run: async (deps, args, ctx) => {
    const bench = openWorkbench(deps, args.session_id);
    const staged = stagedTask(bench, args.task_key);
    return runLong(deps, { session: bench.session.id, kind: "run_target", input: args, ctx }, async (on) => {
      const counts = await runTarget(bench, staged, {
        ...on,
        rule: { ...bench.rule, cap: args.max_rollouts ?? bench.rule.cap },
      });
      return answerWith(bench, staged, counts);
    });
  },
});

function answerWith(bench: Workbench, staged: Staged, counts: Counts) {
  const { n, passed, unscored, verdict } = counts;
  const interval = wilson(passed, n);
  const modes = modesOf(staged, counts, bench.stage);
  const analysis = counts.passed < n ? bench.deps.store.analysis(bench.session.id, staged.key) : null;
  // The unscored ones too: they are what one wants to look into when something is wrong.
  const ids = bench.deps.store
    .rollouts({ session: bench.session.id, task: staged.key, role: "target", limit: 64 })
    .map((rollout) => rollout.id);
  const left = bench.rolloutsLeft();
  const spent = left === 0 || bench.tokensLeft() === 0 ? spentBudget(bench) : null;
  const next = nextAfter(counts, { session: bench.session.id, task: staged.key, spent });
  const whyUnscored = unscored === 0 ? [] : reasons(bench, staged);
  const undecided = undecidedShare(counts.rollouts.map((rollout) => rollout.grade));
  const simulated = bench.target.simulated ? " (simulated)" : "";
  return {
    structured: {
      task_key: staged.key,
      target: bench.session.target,
      simulated: bench.target.simulated,
      n,
      passed,
      unscored,
      pass_rate: n === 0 ? null : passed / n,
      interval,
      verdict,
      modes: [...modes],
      analysis: analysis === null ? null : describeAnalysis(analysis),
      undecided_share: undecided,
      why_unscored: [...whyUnscored],
      rollout_ids: ids,
      rollouts_left: left,
      next,
    },
    text: [
      n === 0
        ? `No rollout of ${bench.session.target}${simulated} could be scored: ${unscored} unscored.`
        : `${bench.session.target}${simulated} passes ${passed} of ${n}${unscored > 0 ? `, ${unscored} unscored` : ""}; 95 % interval ${interval.low.toFixed(2)}–${interval.high.toFixed(2)}; the pass rate lies ${verdict === "undecided" ? "perhaps inside" : verdict} the window ${bench.session.window.low}–${bench.session.window.high}.`,
      ...(modes.length > 0 ? [`How it fails: ${modes.join("; ")}.`] : []),
      ...(analysis === null ? [] : analysisLines(analysis)),
      ...(undecided === null
        ? []
        : [`${(100 * undecided).toFixed(1)} % of the policy checks could not be decided.`]),
      ...whyUnscored.map((why) => `Unscored: ${why}`),
      ...(counts.cut
        ? [
            `Stopped early: ${left} rollouts and ${bench.tokensLeft()} tokens are left in the session's budget.`,
          ]
        : []),
      `Next: ${next}.`,
    ].join("\n"),
    links: ids
      .slice(0, 5)
      .map((id) => ({ uri: `faultline://rollouts/${id}`, name: `rollout ${id.slice(0, 8)}` })),
  };
}

function reasons(bench: Workbench, staged: Staged): readonly string[] {
  const filter = { session: bench.session.id, task: staged.key, role: "target", status: "unscored" } as const;
  const whys = bench.deps.store
    .rollouts({ ...filter, limit: 5 })
    .flatMap(({ grade }) => (grade.status === "unscored" ? [`${grade.why} (blame: ${grade.blame})`] : []));
  return [...new Set(whys)];
}

function nextAfter(
  { verdict, n, unscored, cut }: Counts,
  {
    session,
    task,
    spent,
  }: {
    readonly session: string;
    readonly task: string;
    readonly spent: ReturnType<typeof spentBudget> | null;
  },
): string {
  if (cut && spent !== null) return `start_session with a larger ${spent}, the budget of this one is spent`;
  if (n === 0 && unscored > 0)
    return "run_target again once what left the rollouts unscored is mended, in most cases the model's endpoint";
  if (verdict === "inside") return `verify_with_oracle with session_id "${session}" and task_key "${task}"`;
  if (verdict === "undecided") return "run_target again with a larger max_rollouts, or another task";
  return `propose_hypothesis with session_id "${session}": the target does not fail here often enough`;
}
