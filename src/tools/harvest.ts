import { z } from "zod";
import { InputError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { expectedCost } from "./harvest-cost.ts";
import { iterateByWalk } from "./harvest-dag.ts";
import { type IterationOutcome, iterationLine, readOutcome, untried, veinName } from "./harvest-outcome.ts";
import { iterateByHypothesis } from "./harvest-wg.ts";
import { longOutput, type On, runLong } from "./long-work.ts";
import { keepTask } from "./simplify-failure.ts";
import { defineTool } from "./tool.ts";
import { openWorkbench, spentBudget, type Workbench } from "./workbench.ts";

const defaultTasks = 10;
const strategies = ["wg", "dag"] as const;
export type Strategy = (typeof strategies)[number];

/** How one iteration is done: by a hypothesis and its world, or by parameters and a golden walk. */
const iterateBy = { wg: iterateByHypothesis, dag: iterateByWalk } as const;
const defaultK = 4;
/** Target rollouts that one simplification may take in a harvest. */
const maxShrink = 120;

const input = z.strictObject({
  session_id: z.string().min(1).describe("the session, from start_session"),
  tasks: z
    .int()
    .min(1)
    .max(10_000)
    .exactOptional()
    .describe(`tasks to harvest in all in this session; default ${defaultTasks}`),
  strategy: z
    .enum(strategies)
    .exactOptional()
    .describe(
      "wg: hypotheses, sampled worlds, the oracle, simplification; dag: parameters, tasks around golden walks, solvable by construction, no oracle and no simplification; default that of the session's last harvest, else wg",
    ),
  k: z
    .int()
    .min(1)
    .max(16)
    .exactOptional()
    .describe(`dag: pass@k is told for this k, and known of every kept task; default ${defaultK}`),
  max_iterations: z
    .int()
    .min(1)
    .max(1_000_000)
    .exactOptional()
    .describe("iterations at most; default 20 plus 10 for each task"),
  dry_run: z.boolean().exactOptional().describe("true: only say what it expects to spend; default false"),
});

const output = longOutput({
  harvested: z.array(z.object({ task_key: z.string(), modes: z.array(z.string()) })),
  wanted: z.number(),
  iterations: z.number(),
  rejections: z.number().describe("sampled tasks that a free gate turned down"),
  rollouts_spent: z.number().describe("target rollouts of the whole session so far"),
  rollouts_left: z.number(),
  stopped: z.enum([
    "all harvested",
    "budget spent",
    "iterations spent",
    "nothing could be scored",
    "cancelled",
    "dry run",
  ]),
  trouble: z.string().optional().describe("why nothing could be scored"),
  lines: z.array(z.string()).describe("one for each iteration, the last 40"),
  expected: z
    .object({ rollouts: z.number(), tokens: z.number(), basis: z.string() })
    .optional()
    .describe("what a dry run expects the target to take"),
  warning: z.string().optional().describe("said before the first iteration if the budget looks too small"),
  next: z.string(),
});

interface Stopped {
  readonly stopped:
    | "all harvested"
    | "budget spent"
    | "iterations spent"
    | "nothing could be scored"
    | "cancelled";
  readonly trouble?: string;
}

/** The strategy and k that are asked for; what is left out is as in the session's last harvest, so that it goes on alike. */
function likeTheLast(
  { deps, session }: Workbench,
  asked: Pick<z.infer<typeof input>, "strategy" | "k">,
): { readonly strategy: Strategy; readonly k: number } {
  const [last] = deps.store.runs({ session: session.id, kind: "harvest", limit: 1 });
  const { strategy = "wg", k = defaultK } = (last?.input ?? {}) as typeof asked;
  return { strategy: asked.strategy ?? strategy, k: asked.k ?? k };
}

/** Mines tasks on its own: the whole loop, iteration by iteration, until enough are kept or the budget is spent. */
export const harvest = defineTool({
  name: "harvest",
  title: "Harvest tasks",
  description:
    "Runs the whole loop by itself until enough tasks are kept: proposes a hypothesis, samples a world, runs the target, verifies with the oracle, simplifies, keeps what new rollouts find inside the window, re-estimates it on fresh ones; or, by strategy dag, proposes parameters, builds tasks around golden walks, runs the target, names how it fails, and keeps and re-estimates alike. Long: answers with a run_id after a while; await_run gives the rest. Called again after an interruption it goes on where it was. With dry_run it only says what it expects to spend.",
  input,
  output,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  run: async (deps, args, ctx) => {
    const bench = openWorkbench(deps, args.session_id);
    const wanted = args.tasks ?? defaultTasks;
    const { strategy, k } = likeTheLast(bench, args);
    if (strategy === "wg" && args.k !== undefined) {
      throw new InputError('k is told by the strategy "dag" alone: leave it out, or give strategy "dag".');
    }
    if (args.dry_run === true) return dryRun(bench, wanted, strategy);
    const maxIterations = args.max_iterations ?? 20 + 10 * wanted;
    const limits = { wanted, maxIterations, strategy, k };
    const { strategy: _, k: __, ...rest } = args;
    // A run is told apart by its input: what wg does not look at, and its name that may be left out, are no part of it.
    const input = strategy === "wg" ? rest : { ...rest, strategy, k };
    return runLong(deps, { session: bench.session.id, kind: "harvest", input, ctx }, async (on) => {
      const warning = budgetWarning(bench, wanted, strategy);
      if (warning !== null) on.progress({ done: 0, total: wanted, message: warning });
      const stopped = await mine(bench, on, limits);
      return answerWith(bench, on.runId, { wanted, warning, ...stopped });
    });
  },
});

const missingOf = ({ deps, session }: Workbench, wanted: number) =>
  Math.max(0, wanted - deps.store.harvested(session.id).length);

/** One sentence if the budget is not expected to reach as far as was wished; else null. */
function budgetWarning(bench: Workbench, wanted: number, strategy: Strategy): string | null {
  const missing = missingOf(bench, wanted);
  const { rollouts, basis } = expectedCost(bench, missing, strategy);
  const left = bench.rolloutsLeft();
  if (rollouts <= left) return null;
  return `The budget has ${left} rollouts left and ${missing} more ${missing === 1 ? "task is" : "tasks are"} expected to take about ${rollouts} (${basis}): expect fewer, or start_session with a larger budget_rollouts.`;
}

interface Limits {
  readonly strategy: Strategy;
  readonly k: number;
  readonly wanted: number;
  readonly maxIterations: number;
}

/** Where a harvest began: kept as its iteration 0, so that a resumed one begins at the same place. */
type Start = { readonly ordinal: number; readonly seq: number };

function startOf({ deps, session }: Workbench, runId: string): Start {
  const [first] = deps.store.iterations(runId, { limit: 1 });
  if (first !== undefined) return first.outcome as unknown as Start;
  const ordinal = deps.store.runs({ session: session.id, kind: "harvest" }).length;
  const start: Start = { ordinal, seq: deps.store.evaluations({ session: session.id }).at(-1)?.seq ?? 0 };
  deps.store.recordIteration({ run: runId, index: 0, hypothesis: null, task: null, outcome: start });
  return start;
}

const outcomesOf = ({ deps }: Workbench, runId: string): readonly IterationOutcome[] =>
  deps.store
    .iterations(runId)
    .filter(({ index }) => index > 0)
    .map(({ outcome }) => readOutcome(outcome));

async function mine(bench: Workbench, on: On, limits: Limits): Promise<Stopped> {
  const { deps, session } = bench;
  const { wanted, maxIterations, strategy, k } = limits;
  const start = startOf(bench, on.runId);
  let outcomes = outcomesOf(bench, on.runId);
  const kept = () => deps.store.harvested(session.id).length;
  while (kept() < wanted) {
    if (on.signal.aborted) return { stopped: "cancelled" };
    if (outcomes.length >= maxIterations) return { stopped: "iterations spent" };
    const index = outcomes.length + 1;
    const iterated = await iterateBy[strategy]({
      bench,
      label: `harvest-${start.ordinal}/iteration-${index}`,
      upTo: outcomes.at(-1)?.seq ?? start.seq,
      veins: outcomes.flatMap((outcome) =>
        outcome.kept === null ? [] : [outcome.vein || veinName(outcome.modes)],
      ),
      perVein: Math.max(2, Math.ceil(wanted / 3)),
      maxShrink,
      k,
      on: {
        signal: on.signal,
        progress: ({ message }) =>
          on.progress({ done: kept(), total: wanted, message: `iteration ${index}: ${message}` }),
      },
    });
    if (iterated.status === "cut") return { stopped: on.signal.aborted ? "cancelled" : "budget spent" };
    if (iterated.status === "unscored") return { stopped: "nothing could be scored", trouble: iterated.why };
    const outcome =
      iterated.status === "done"
        ? iterated.outcome
        : nothingSampled(iterated.rejections, outcomes.at(-1)?.seq ?? start.seq);
    const names =
      iterated.status === "done"
        ? { hypothesis: iterated.hypothesis, task: iterated.task }
        : { hypothesis: null, task: null };
    deps.store.atomically(() => {
      if (outcome.kept !== null && names.task !== null) {
        keepTask(bench, {
          minimal: outcome.kept,
          original: names.task,
          hypothesis: names.hypothesis,
          modes: outcome.modes,
        });
      }
      deps.store.recordIteration({ run: on.runId, index, ...names, outcome: outcome as unknown as Json });
    });
    outcomes = [...outcomes, outcome];
    on.progress({ done: kept(), total: wanted, message: iterationLine(index, outcome) });
  }
  return { stopped: "all harvested" };
}

/** A region in which nothing could be sampled: told, counted, and never chosen for its evidence. */
const nothingSampled = (rejections: number, seq: number): IterationOutcome => ({
  ...untried,
  seq,
  where: "a region whose conditions rule each other out",
  rejections,
  target: "0/0",
  why: "no task could be sampled there",
});

const shownLines = 40;

function answerWith(
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

function dryRun(bench: Workbench, wanted: number, strategy: Strategy) {
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
