import type { ChatModel } from "../models/chat.ts";
import { attempt, type Stage, type Staged } from "./attempt.ts";
import type { Rollout } from "./rollout.ts";

/** What the oracle made of a task that the target fails. */
export interface OracleCounts {
  readonly n: number;
  readonly passed: number;
  readonly unscored: number;
  /** Kept: it solves the task. Discarded: it does not, so the task may be broken. Undecided: too few could be scored. */
  readonly verdict: "kept" | "discarded" | "undecided";
  /** True when the budget or a cancellation ended it. */
  readonly cut: boolean;
  readonly rollouts: readonly Rollout[];
}

/** Passes, or failures, of the oracle that decide: the first to get there, so that one lucky rollout does not. */
const decisive = 2;

export interface Verifying {
  readonly stage: Stage;
  readonly staged: Staged;
  readonly oracle: ChatModel;
  readonly signal: AbortSignal;
}

/** Runs the oracle on a task until it has passed or failed twice. */
export async function verify({ stage, staged, oracle, signal }: Verifying): Promise<OracleCounts> {
  const rollouts: Rollout[] = [];
  let cut = false;
  const count = (status: string) => rollouts.filter((rollout) => rollout.grade.status === status).length;
  for (let index = 0; index < 2 * decisive + 1; index++) {
    if (count("passed") >= decisive || count("failed") >= decisive) break;
    const rollout = await attempt(stage, { staged, model: oracle, role: "oracle", index, signal });
    cut = rollout === null;
    if (rollout === null) break;
    rollouts.push(rollout);
  }
  const [passed, failed] = [count("passed"), count("failed")];
  const verdict = passed >= decisive ? "kept" : failed >= decisive ? "discarded" : "undecided";
  return { n: passed + failed, passed, unscored: count("unscored"), verdict, cut, rollouts };
}
