import pLimit from "p-limit";
import { z } from "zod";
import { describeRate, rateFields, rateText as rateWords } from "../core/rate.ts";
import { type Interval, wilson } from "../core/stats.ts";
import { type RetestOutcome, retestOutcomes, type Session } from "../store/records.ts";
import { longOutput, type On, runLong } from "./long-work.ts";
import { namedSession } from "./lookup.ts";
import { rateSchema } from "./rate-output.ts";
import { type Retested, recordRetested, retestOne } from "./retest-task.ts";
import { type Before, type Candidate, candidatesOf, chosenOf, openSuccessor, takeOver } from "./successor.ts";
import { defineTool } from "./tool.ts";
import { openWorkbench, spentBudget, type Workbench } from "./workbench.ts";

const input = z.strictObject({
  session_id: z.string().min(1).describe("the session whose harvest is retested; it may be a retest itself"),
  target: z.string().min(1).max(250).describe("the new model under test: sim:NAME or openai:MODEL"),
  checkpoint: z
    .string()
    .min(1)
    .max(80)
    .exactOptional()
    .describe("a name of yours that tells two versions behind one spec apart; default none"),
  tasks: z
    .array(z.string().min(1))
    .min(1)
    .max(10_000)
    .exactOptional()
    .describe("keys of harvested or retested tasks of the session; default all of them"),
  rollouts: z
    .int()
    .min(1)
    .max(256)
    .exactOptional()
    .describe("scored rollouts of each task; default as many as make the verdict sure, 16 at most"),
  budget_rollouts: z
    .int()
    .min(1)
    .max(1_000_000)
    .exactOptional()
    .describe("target rollouts of the successor session at most; default that of the session"),
});

const output = longOutput({
  successor_session_id: z.string().describe("the session of the new target"),
  target: z.string(),
  checkpoint: z.string().optional(),
  simulated: z.boolean(),
  tasks: z.array(
    z.looseObject({
      task_key: z.string(),
      outcome: z.enum(retestOutcomes),
      ...rateSchema.shape,
      before: rateSchema
        .extend({ of: z.string() })
        .nullable()
        .describe("the same task in the session that is retested"),
      fresh: rateSchema
        .optional()
        .describe("of one that still fails: rollouts that decided nothing, the figure to quote"),
      kept: z.boolean().describe("true if it stays in the successor's harvest"),
    }),
  ),
  totals: z.record(z.string(), z.number()),
  kept: z.number().describe("tasks in the successor's harvest that came from this retest"),
  cut: z.number().describe("tasks left undecided: the same call goes on with them"),
  rollouts_spent: z.number(),
  rollouts_left: z.number(),
  next: z.string(),
});

/** Lines of an answer's text at most; the structured content has all tasks. */
const shownLines = 40;

/** Closes the loop: the tasks that one target fails, run against the next. */
export const retestTasks = defineTool({
  name: "retest_tasks",
  title: "Retest tasks",
  description:
    "Runs a session's harvested tasks against a new target or checkpoint, in a successor session, and says of each whether it is solved, still fails or has regressed, with both rates. What still fails is the successor's harvest, measured on fresh rollouts; what is solved is retired. Called again it goes on where it was. Then harvest the successor.",
  input,
  output,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  run: async (deps, args, ctx) => {
    const parent = namedSession(deps, args.session_id);
    const candidates = chosenOf(parent, candidatesOf(deps, parent), args.tasks);
    const { target, checkpoint, rollouts, budget_rollouts: budgetRollouts } = args;
    const session = openSuccessor(deps, parent, { target, checkpoint, budgetRollouts });
    const bench = openWorkbench(deps, session.id);
    return runLong(deps, { session: parent.id, kind: "retest_tasks", input: args, ctx }, async (on) => {
      for (const candidate of candidates) takeOver(deps, candidate, { parent, session });
      const retested = await retestAll(bench, candidates, { ...on, rollouts });
      return answerWith(bench, parent, retested);
    });
  },
});

/** All of them side by side; the session's places are shared, so that a task that is decided leaves its own to others. */
async function retestAll(
  bench: Workbench,
  candidates: readonly Candidate[],
  on: On & { readonly rollouts: number | undefined },
): Promise<readonly Retested[]> {
  const open = pLimit(bench.session.concurrency);
  let done = 0;
  return Promise.all(
    candidates.map((candidate) =>
      open(async () => {
        const retested = await retestOne(bench, candidate, on);
        recordRetested(bench, retested);
        done += 1;
        const { counts, outcome } = retested;
        const message = `${candidate.task.slice(0, 8)} ${words(outcome)}, ${counts.passed}/${counts.n} passed`;
        on.progress({ done, total: candidates.length, message });
        return retested;
      }),
    ),
  );
}

const words = (outcome: RetestOutcome) => outcome.replace("_", " ");

const rateOf = (counts: Pick<Before, "n" | "passed">, window: Interval) =>
  rateFields(describeRate(counts, { window }));

function taskAnswer({ candidate, outcome, counts, fresh, kept }: Retested, window: Interval) {
  const { before } = candidate;
  return {
    task_key: candidate.task,
    outcome,
    ...rateOf(counts, window),
    unscored: counts.unscored,
    before: before === null ? null : { ...rateOf(before, window), of: before.purpose },
    ...(fresh === null ? {} : { fresh: rateOf(fresh, window) }),
    kept,
  };
}

function rateText({ n, passed }: Pick<Before, "n" | "passed">): string {
  const { low, high } = wilson(passed, n);
  return `${passed}/${n} (${low.toFixed(2)}–${high.toFixed(2)})`;
}

function line({ candidate, outcome, counts, fresh, kept, cut }: Retested, window: Interval): string {
  const { before } = candidate;
  return [
    `- ${candidate.task}: ${words(outcome)}${cut ? ", cut short" : ""}`,
    `passed ${rateText(counts)}`,
    before === null ? "no earlier rate" : `before ${rateText(before)}`,
    ...(fresh === null ? [] : [`fresh ${rateText(fresh)}`]),
    rateWords(describeRate(fresh ?? counts, { window })),
    ...(kept ? ["stays in the harvest"] : []),
  ].join(" · ");
}

function nextAfter({ session }: Workbench, { cut, kept, parent, spent }: NextOf): string {
  if (cut > 0 && spent !== null)
    return `retest_tasks again${spent === "budget_rollouts" ? " with a larger budget_rollouts" : " from a session with a larger budget_tokens"}`;
  if (cut > 0) return `retest_tasks with session_id "${parent.id}" and target "${session.target}" goes on`;
  const mine = `harvest with session_id "${session.id}" mines what the new target fails beside these`;
  return kept > 0 ? `${mine}; export_tasks with the same session_id writes out what still fails` : mine;
}

interface NextOf {
  readonly cut: number;
  readonly kept: number;
  readonly parent: Session;
  readonly spent: ReturnType<typeof spentBudget> | null;
}

function answerWith(bench: Workbench, parent: Session, retested: readonly Retested[]) {
  const { session, target } = bench;
  const count = (outcome: RetestOutcome) => retested.filter((one) => one.outcome === outcome).length;
  const totals = Object.fromEntries(retestOutcomes.map((outcome) => [outcome, count(outcome)])) as Record<
    RetestOutcome,
    number
  >;
  const cut = retested.filter((one) => one.cut).length;
  const kept = retested.filter((one) => one.kept).length;
  const left = bench.rolloutsLeft();
  const spent = left === 0 || bench.tokensLeft() === 0 ? spentBudget(bench) : null;
  const next = nextAfter(bench, { cut, kept, parent, spent });
  const summary = retestOutcomes.map((outcome) => `${totals[outcome]} ${words(outcome)}`).join(", ");
  const simulated = target.simulated ? " (simulated)" : "";
  const as = session.checkpoint === undefined ? "" : ` at ${session.checkpoint}`;
  return {
    structured: {
      successor_session_id: session.id,
      target: session.target,
      ...(session.checkpoint === undefined ? {} : { checkpoint: session.checkpoint }),
      simulated: target.simulated,
      tasks: retested.map((one) => taskAnswer(one, session.window)),
      totals,
      kept,
      cut,
      rollouts_spent: session.budget.rollouts - left,
      rollouts_left: left,
      next,
    },
    text: [
      `${retested.length} tasks of ${parent.target} (session ${parent.id}) on ${session.target}${as}${simulated}, session ${session.id}: ${summary}. Passed and scored rollouts with 95 % intervals:`,
      ...retested.slice(0, shownLines).map((one) => line(one, session.window)),
      ...(retested.length > shownLines
        ? [`… and ${retested.length - shownLines} more in the structured content.`]
        : []),
      ...(cut > 0 ? [`${cut} were cut short: ${left} rollouts are left in the successor's budget.`] : []),
      `Next: ${next}.`,
    ].join("\n"),
    links: [{ uri: `faultline://sessions/${session.id}/summary`, name: `Session ${session.id}` }],
  };
}
