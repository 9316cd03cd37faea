import { z } from "zod";
import { describeRate, rateFields, rateText } from "../core/rate.ts";
import { modesOf } from "../rollout/analyse.ts";
import type { Staged } from "../rollout/attempt.ts";
import type { Counts } from "../rollout/evaluate.ts";
import type { Prior } from "../store/records.ts";
import { undecidedShare } from "../tasks/grade.ts";
import { analysisLines, analysisOutput, describeAnalysis } from "./analysis.ts";
import { priorText } from "./history.ts";
import { longOutput } from "./long-work.ts";
import { rateMembers } from "./rate-output.ts";
import { spentBudget, type Workbench } from "./workbench.ts";

/** The output schema of run_target. */
export const output = longOutput({
  task_key: z.string(),
  target: z.string(),
  simulated: z.boolean(),
  n: z.number(),
  passed: z.number(),
  unscored: z.number(),
  ...rateMembers,
  modes: z.array(z.string()).describe("how it fails, by fingerprint"),
  analysis: analysisOutput.nullable(),
  undecided_share: z
    .number()
    .nullable()
    .describe("share of policy checks that no rule could decide; they never penalise"),
  why_unscored: z.array(z.string()),
  rollout_ids: z.array(z.string()),
  rollouts_left: z.number(),
  tasks: z
    .array(z.looseObject({ task_key: z.string(), verdict: z.string() }))
    .describe("with task_keys: the figures of each, in their order"),
  next: z.string(),
});

/** A task that the target was run on, with what was expected of it. */
export interface Ran {
  readonly staged: Staged;
  readonly counts: Counts;
  readonly prior: Prior;
}

/** What an answer holds: the figures of one task, or a list. */
export type RanAnswer = Partial<
  ReturnType<typeof answerOne>["structured"] & ReturnType<typeof answerAll>["structured"]
>;

/** The answer on one task. */
export function answerOne(bench: Workbench, { staged, counts, prior }: Ran) {
  const { n, passed, unscored, verdict } = counts;
  const rate = describeRate(counts, { window: bench.session.window, prior });
  const { interval } = rate;
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
      unscored,
      ...rateFields(rate),
      prior: { ...prior },
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
      `Of the rate: ${rateText(rate)}; ${priorText(prior)}.`,
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

/** The answer on several tasks: a line on each. */
export function answerAll(bench: Workbench, ran: readonly Ran[]) {
  const { session, target } = bench;
  const tasks = ran.map(({ staged, counts, prior }) => {
    const rate = describeRate(counts, { window: session.window, prior });
    const modes = [...modesOf(staged, counts, bench.stage)];
    return {
      task_key: staged.key,
      unscored: counts.unscored,
      ...rateFields(rate),
      prior: { ...prior },
      modes,
    };
  });
  const cut = ran.filter(({ counts }) => counts.cut).length;
  const inside = tasks.find(({ verdict }) => verdict === "inside");
  const left = bench.rolloutsLeft();
  const spent = left === 0 || bench.tokensLeft() === 0 ? spentBudget(bench) : null;
  const next =
    cut > 0 && spent !== null
      ? `start_session with a larger ${spent}, the budget of this one is spent`
      : inside === undefined
        ? `propose_hypothesis with session_id "${session.id}": none of them is sure to fail often enough`
        : `verify_with_oracle with session_id "${session.id}" and task_key "${inside.task_key}"`;
  const lines = ran.map(({ staged, counts, prior }, i) => {
    const rate = describeRate(counts, { window: session.window, prior });
    const { low, high } = rate.interval;
    const unscored = counts.unscored > 0 ? `, ${counts.unscored} unscored` : "";
    const modes = tasks[i]?.modes ?? [];
    return `- ${staged.key}: ${rate.verdict}, passes ${counts.passed} of ${counts.n}${unscored}${counts.cut ? ", cut short" : ""} (95 % ${low.toFixed(2)}–${high.toFixed(2)}); ${rateText(rate)}; ${priorText(prior)}${modes.length > 0 ? `; fails by ${modes.join("; ")}` : ""}`;
  });
  return {
    structured: {
      target: session.target,
      simulated: target.simulated,
      tasks,
      rollouts_left: left,
      next,
    },
    text: [
      `${ran.length} tasks of ${session.target}${target.simulated ? " (simulated)" : ""}, window ${session.window.low}–${session.window.high}:`,
      ...lines,
      ...(cut > 0 ? [`${cut} stopped early: ${left} rollouts are left in the session's budget.`] : []),
      `Next: ${next}.`,
    ].join("\n"),
    links: tasks
      .slice(0, 5)
      .map(({ task_key: key }) => ({ uri: `faultline://tasks/${key}`, name: `task ${key.slice(0, 8)}` })),
  };
}
