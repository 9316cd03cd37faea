import { z } from "zod";
import { answerWith, budgetWarning, dryRun } from "./harvest-answer.ts";
import { mine, type Strategy, strategies } from "./harvest-run.ts";
import { longOutput, runLong } from "./long-work.ts";
import { defineTool } from "./tool.ts";
import { openWorkbench, type Workbench } from "./workbench.ts";

const defaultTasks = 10;
const defaultK = 4;
const defaultBatch = 4;
/** Iterations at most, unless said otherwise: most are looks of one rollout. */
const iterations = { first: 50, each: 15 } as const;

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
      "wg: hypotheses and worlds, confirmed by the oracle; dag: golden walks, solvable by construction; default that of the session's last harvest, else wg",
    ),
  k: z
    .int()
    .min(1)
    .max(16)
    .exactOptional()
    .describe(`pass@k is told for this k, and known of every kept task; default ${defaultK}`),
  batch: z
    .int()
    .min(1)
    .max(64)
    .exactOptional()
    .describe(`candidates tried side by side; default ${defaultBatch}`),
  max_iterations: z
    .int()
    .min(1)
    .max(1_000_000)
    .exactOptional()
    .describe(`iterations at most; default ${iterations.first} plus ${iterations.each} for each task`),
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

/** The strategy, k and batch that are asked for; what is left out is as in the session's last harvest, so that it goes on alike. */
function likeTheLast(
  { deps, session }: Workbench,
  asked: Pick<z.infer<typeof input>, "strategy" | "k" | "batch">,
): { readonly strategy: Strategy; readonly k: number; readonly batch: number } {
  const [last] = deps.store.runs({ session: session.id, kind: "harvest", limit: 1 });
  const { strategy = "wg", k = defaultK, batch = defaultBatch } = (last?.input ?? {}) as typeof asked;
  return { strategy: asked.strategy ?? strategy, k: asked.k ?? k, batch: asked.batch ?? batch };
}

/** Mines tasks on its own: the whole loop, iteration by iteration, until enough are kept or the budget is spent. */
export const harvest = defineTool({
  name: "harvest",
  title: "Harvest tasks",
  description:
    "Runs the whole loop by itself until enough tasks are kept: by strategy wg hypotheses, sampled worlds, the target, the oracle; by dag parameters, tasks built around golden walks, the target. Either makes the first failure of each cause as small as it gets, keeps what new rollouts find inside the window and re-estimates it on fresh ones. Long: await_run gives the rest. Called again after an interruption it goes on where it was.",
  input,
  output,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  run: async (deps, args, ctx) => {
    const bench = openWorkbench(deps, args.session_id);
    const wanted = args.tasks ?? defaultTasks;
    const { strategy, k, batch } = likeTheLast(bench, args);
    if (args.dry_run === true) return dryRun(bench, wanted, strategy);
    const maxIterations = args.max_iterations ?? iterations.first + iterations.each * wanted;
    const limits = { wanted, maxIterations, strategy, k, batch };
    const { strategy: _, k: __, batch: ___, ...others } = args;
    const rest = { ...others, batch };
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
