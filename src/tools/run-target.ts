import { z } from "zod";
import { InputError } from "../core/errors.ts";
import type { Staged } from "../rollout/attempt.ts";
import { type Counts, evaluate, type StoppingRule } from "../rollout/evaluate.ts";
import { noPrior, type Prior } from "../store/records.ts";
import { analyseTask } from "./analysis.ts";
import { priorOf } from "./history.ts";
import { type On, runLong } from "./long-work.ts";
import type { WorkAnswer } from "./run-answer.ts";
import { answerAll, answerOne, output, type Ran, type RanAnswer } from "./run-target-answer.ts";
import { defineTool } from "./tool.ts";
import { openWorkbench, recordCounts, stagedTask, type Workbench } from "./workbench.ts";

/** Tasks that one call may name. */
const mostTasks = 1_000;

const input = z.strictObject({
  session_id: z.string().min(1).describe("the session, from start_session"),
  task_key: z.string().min(1).exactOptional().describe("the task, from generate_world or find_tasks"),
  task_keys: z
    .array(z.string().min(1))
    .min(1)
    .max(mostTasks)
    .exactOptional()
    .describe("instead of task_key: several, run side by side"),
  max_rollouts: z
    .int()
    .min(1)
    .max(256)
    .exactOptional()
    .describe("scored rollouts at most; default 16, and it stops as soon as the verdict is sure"),
});

/** Runs the target on a task until the window verdict is sure; records what came of it, and how it fails. */
export async function runTarget(
  bench: Workbench,
  staged: Staged,
  on: Pick<On, "signal" | "progress"> & { readonly rule?: StoppingRule; readonly prior?: Prior },
): Promise<Counts> {
  const { rule = bench.rule, prior = priorIn(on.rule) } = on;
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
  recordCounts(bench, counts, { staged, model: bench.target, role: "target", purpose: "screening", prior });
  await analyseTask(bench, staged, { counts, signal: on.signal });
  return counts;
}

/** The prior of a rule that a loop made by what it follows. */
function priorIn(rule: StoppingRule | undefined): Prior {
  const { alpha, beta } = rule?.prior ?? noPrior;
  return alpha === noPrior.alpha && beta === noPrior.beta ? noPrior : { alpha, beta, rollouts: null };
}

/** The keys that a call names, each once, and whether it asks for one task alone. */
function keysIn({ task_key: one, task_keys: several }: z.infer<typeof input>) {
  if (one !== undefined && several !== undefined)
    throw new InputError("run_target was given both task_key and task_keys: give one of them.");
  const keys = several ?? (one === undefined ? [] : [one]);
  if (keys.length === 0)
    throw new InputError(
      'run_target needs the argument "task_key" (the task), or "task_keys" for several: give one of them and call again.',
    );
  return { keys: [...new Set(keys)], isOne: several === undefined };
}

/** Runs the target on one task, or on several side by side. */
export const runTargetTool = defineTool({
  name: "run_target",
  title: "Run the target",
  description:
    "Runs the session's target on a task, one rollout after another until it is sure whether the pass rate lies in the window, starting from what the session knows of its cell. Rollouts are kept and never paid twice. If it fails often enough, call verify_with_oracle next.",
  input,
  output,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  run: async (deps, args, ctx) => {
    const bench = openWorkbench(deps, args.session_id);
    const { keys, isOne } = keysIn(args);
    const tasks = keys.map((key) => stagedTask(bench, key));
    return runLong(
      deps,
      { session: bench.session.id, kind: "run_target", input: args, ctx },
      async (on): Promise<WorkAnswer<RanAnswer>> => {
        // All of them before the first rollout: what one task shows must not depend on which of the others ended sooner.
        const priors = tasks.map((task) => priorOf(bench, task));
        const cap = args.max_rollouts ?? bench.rule.cap;
        let seen = 0;
        const progress: On["progress"] = isOne
          ? on.progress
          : ({ message }) => on.progress({ done: ++seen, total: cap * tasks.length, message });
        const ran = await Promise.all(
          tasks.map(async (staged, i): Promise<Ran> => {
            const prior = priors[i] ?? noPrior;
            const rule = { ...bench.rule, cap, prior };
            const counts = await runTarget(bench, staged, { signal: on.signal, progress, rule, prior });
            return { staged, counts, prior };
          }),
        );
        const [only] = ran;
        return isOne && only !== undefined ? answerOne(bench, only) : answerAll(bench, ran);
      },
    );
  },
});
