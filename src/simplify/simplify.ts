import type { ChatModel } from "../models/chat.ts";
import type { Stage, Staged } from "../rollout/attempt.ts";
import { type Counts, evaluate, type StoppingRule } from "../rollout/evaluate.ts";
import { verify } from "../rollout/verify.ts";
import { failureMode } from "../tasks/failure-mode.ts";
import { type Gated, passGates } from "../tasks/gates.ts";
import { reductionsOf } from "./reductions.ts";

/** What one tried reduction showed. */
export interface SimplifyStep {
  readonly removes: string;
  /**
   * `dropped`: it still fails the same way without it. `needed`: without it the target passes. `slipped`: without it
   * the target fails otherwise. `unsound`: without it the task fails a gate. `undecided`: too close, or not solved
   * by the oracle.
   */
  readonly result: "dropped" | "needed" | "slipped" | "unsound" | "undecided";
  readonly why: string;
  /** The key of the task without it, where it got as far as rollouts. */
  readonly task: string | null;
  readonly n: number;
  readonly passed: number;
}

export interface Simplified {
  readonly staged: Staged;
  readonly steps: readonly SimplifyStep[];
  readonly rollouts: number;
  /** True if the budget or a cancellation ended it before every reduction was tried. */
  readonly cut: boolean;
}

/** What simplifying needs from above: the models, and a place for every candidate. */
export interface Simplifying {
  readonly stage: Stage;
  readonly staged: Staged;
  readonly target: ChatModel;
  readonly oracle: ChatModel;
  readonly rule: StoppingRule;
  /** The failure modes of the original; a smaller task must fail by some of them and no others. */
  readonly modes: readonly string[];
  readonly ahead: number;
  /** Target rollouts at most. */
  readonly maxRollouts: number;
  readonly signal: AbortSignal;
  /** Stores a candidate before its first rollout. */
  register(gated: Extract<Gated, { status: "passed" }>, removes: string): Staged;
  onStep(step: SimplifyStep, counts: Counts | null, staged: Staged | null): void;
}

/** The modes of a task's failing rollouts, each split into its parts. */
export function modesOf(staged: Staged, counts: Pick<Counts, "rollouts">, stage: Stage): readonly string[] {
  const failed = counts.rollouts.filter((rollout) => rollout.grade.status === "failed");
  const modes = failed.flatMap(({ trajectory }) =>
    failureMode({ task: staged.task, trajectory, gold: staged.gold, domain: stage.domain }).split(" + "),
  );
  return [...new Set(modes)].sort();
}

/**
 * Drops one piece at a time, the largest first, as long as the task stays sound, the target fails it in the same way
 * and the oracle solves it. What was needed once is not tried again; a dropped request starts the list anew. There is
 * no guarantee that no two pieces could go together.
 */
export async function simplify(on: Simplifying): Promise<Simplified> {
  let staged = on.staged;
  let rollouts = 0;
  const steps: SimplifyStep[] = [];
  const settled = new Set<string>();
  let cut = false;
  const isSpent = () => cut || on.signal.aborted || rollouts >= on.maxRollouts;
  for (;;) {
    const { gold } = staged;
    if (gold === null) break;
    const reduction = reductionsOf({ task: staged.task, gold, domain: on.stage.domain }).find(
      ({ removes }) => !settled.has(removes),
    );
    if (reduction === undefined || isSpent()) break;
    const tried = await tryReduction(reduction, on);
    rollouts += tried.step.n;
    cut = tried.cut;
    steps.push(tried.step);
    on.onStep(tried.step, tried.counts, tried.staged);
    if (tried.step.result !== "dropped" || tried.staged === null) settled.add(reduction.removes);
    else {
      if (tried.staged.task.user.requests.length < staged.task.user.requests.length) settled.clear();
      staged = tried.staged;
    }
  }
  return { staged, steps, rollouts, cut: isSpent() };
}

/**
 * True if a candidate fails often enough to go on from. At the cap the rate itself decides: one wrong step costs
 * little here, since the final form has to pass a gate of rollouts of its own.
 */
function failsOften({ verdict, n, passed, cut }: Counts, { window, cap }: StoppingRule): boolean {
  if (verdict === "inside") return true;
  return !cut && n >= cap && passed / n >= window.low && passed / n <= window.high;
}

interface Tried {
  readonly step: SimplifyStep;
  readonly counts: Counts | null;
  readonly staged: Staged | null;
  /** True if the budget or a cancellation ended it. */
  readonly cut: boolean;
}

async function tryReduction(
  { removes, task }: ReturnType<typeof reductionsOf>[number],
  on: Simplifying,
): Promise<Tried> {
  const gated = passGates(task, on.stage.domain);
  if (gated.status === "rejected") {
    const [first] = gated.rejections;
    const why = `without it the task fails the gate ${first?.gate}: ${first?.wrong}`;
    return {
      step: { removes, result: "unsound", why, task: null, n: 0, passed: 0 },
      counts: null,
      staged: null,
      cut: false,
    };
  }
  const staged = on.register(gated, removes);
  const { stage, target, ahead, signal } = on;
  const counts = await evaluate(
    { stage, staged, model: target, role: "target", from: 0, ahead, signal },
    on.rule,
  );
  const told = `without it the target passes ${counts.passed} of ${counts.n}`;
  const step = (result: SimplifyStep["result"], why: string, cut = counts.cut): Tried => ({
    step: { removes, result, why, task: staged.key, n: counts.n, passed: counts.passed },
    counts,
    staged,
    cut,
  });
  if (counts.verdict === "outside") return step("needed", told);
  if (!failsOften(counts, on.rule)) return step("undecided", told);
  const modes = modesOf(staged, counts, stage);
  const others = modes.filter((mode) => !on.modes.includes(mode));
  if (others.length > 0) return step("slipped", `${told}, failing otherwise: ${others.join(" + ")}`);
  const checked = await verify({ stage, staged, oracle: on.oracle, signal });
  if (checked.verdict !== "kept")
    return step("undecided", `${told}, and the oracle passes ${checked.passed} of ${checked.n}`, checked.cut);
  return step("dropped", told);
}
