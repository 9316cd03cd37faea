import { expectedCost } from "./harvest-cost.ts";
import { iterationLine } from "./harvest-outcome.ts";
import { outcomesOf, type Stopped, type Strategy } from "./harvest-run.ts";
import { spentBudget, type Workbench } from "./workbench.ts";

/** What a harvest answers: what it kept and spent, or what it expects to spend. */

const missingOf = ({ deps, session }: Workbench, wanted: number) =>
  Math.max(0, wanted - deps.store.countHarvested(session.id));

/** One sentence if the budget is not expected to reach as far as was wished; else null. */
export function budgetWarning(bench: Workbench, wanted: number, strategy: Strategy): string | null {
  const missing = missingOf(bench, wanted);
  const { rollouts, basis } = expectedCost(bench, missing, strategy);
  const left = bench.rolloutsLeft();
  if (rollouts <= left) return null;
  return `The budget has ${left} rollouts left and ${missing} more ${missing === 1 ? "task is" : "tasks are"} expected to take about ${rollouts} (${basis}): expect fewer, or start_session with a larger budget_rollouts.`;
}

const shownLines = 40;

export function answerWith(
  bench: Workbench,
  runId: string,
  {
    wanted,
    warning,
    stopped,
    trouble,
  }: Stopped & { readonly wanted: number; readonly warning: string | null },
) {
  const { deps, session } = bench;
  const outcomes = outcomesOf(bench, runId);
  const harvested = deps.store.harvested(session.id).map(({ task, evidence }) => ({
    task_key: task,
    modes: [...(evidence as unknown as { modes: readonly string[] }).modes],
  }));
  const lines = outcomes.map((outcome, i) => iterationLine(i + 1, outcome)).slice(-shownLines);
  const spent = session.budget.rollouts - bench.rolloutsLeft();
  const more =
    stopped === "budget spent" ? `start_session with a larger ${spentBudget(bench)}` : "show_frontier";
  const next =
    harvested.length > 0
      ? `export_tasks with session_id "${session.id}", or ${more}`
      : `${more}${more === "show_frontier" ? ` with session_id "${session.id}"` : ", or show_frontier"}`;
  const rejections = outcomes.reduce((sum, outcome) => sum + outcome.rejections, 0);
  return {
    structured: {
      harvested,
      wanted,
      iterations: outcomes.length,
      rejections,
      rollouts_spent: spent,
      rollouts_left: bench.rolloutsLeft(),
      stopped,
      ...(trouble === undefined ? {} : { trouble }),
      ...(warning === null ? {} : { warning }),
      lines,
      next,
    },
    text: [
      ...(warning === null ? [] : [warning]),
      ...lines,
      ...(trouble === undefined ? [] : [`Nothing could be scored: ${trouble}`]),
      ...(stopped === "budget spent"
        ? ["The last candidate was cut short: what it showed stands on the frontier."]
        : []),
      `Harvested ${harvested.length} of ${wanted} tasks in ${outcomes.length} iterations (${stopped}): ${spent} rollouts of ${session.target}${bench.target.simulated ? " (simulated)" : ""} spent, ${bench.rolloutsLeft()} left; ${rejections} tasks turned down by free gates.`,
      `Next: ${next}.`,
    ].join("\n"),
    links: harvested.slice(-10).map(({ task_key }) => ({
      uri: `faultline://tasks/${task_key}`,
      name: `task ${task_key.slice(0, 8)}`,
    })),
  };
}

export function dryRun(bench: Workbench, wanted: number, strategy: Strategy) {
  const { session } = bench;
  const missing = missingOf(bench, wanted);
  const expected = expectedCost(bench, missing, strategy);
  const enough = expected.rollouts <= bench.rolloutsLeft();
  const next = enough
    ? "harvest without dry_run"
    : "start_session with a larger budget_rollouts, or fewer tasks";
  return {
    structured: {
      status: "done" as const,
      session_id: session.id,
      harvested: [],
      wanted,
      iterations: 0,
      rejections: 0,
      rollouts_spent: session.budget.rollouts - bench.rolloutsLeft(),
      rollouts_left: bench.rolloutsLeft(),
      stopped: "dry run" as const,
      lines: [],
      expected,
      next,
    },
    text: `To harvest ${missing} more tasks it expects to take about ${expected.rollouts} rollouts of ${session.target} and ${expected.tokens} tokens (${expected.basis}); ${bench.rolloutsLeft()} rollouts are left in the budget. Nothing was run.\nNext: ${next}.`,
  };
}
