import type { Criterion } from "./task.ts";

/** How one criterion came out; `place` is the index of the message that decided it, where there is one. */
export interface Finding {
  readonly criterion: Criterion["type"];
  readonly status: "met" | "unmet" | "not_judged";
  readonly why: string;
  readonly place?: number;
}

/** One part of a reward: 0 (worst) to 1, explained in words, with the messages that it rests on. */
export interface RewardPart {
  readonly value: number;
  readonly why: string;
  readonly places: readonly number[];
}

/** The five parts and their weighted total, all from 0 to 1. */
export interface Reward {
  readonly outcome: RewardPart;
  readonly format: RewardPart;
  readonly efficiency: RewardPart;
  readonly compliance: RewardPart;
  readonly transfer: RewardPart;
  readonly total: number;
}

/** A clause that a call broke, or that could not be decided for it. */
export interface ClauseFinding {
  readonly clause: string;
  readonly verdict: "forbidden" | "undecided";
  readonly why: string;
  /** The index of the message that made the call. */
  readonly place: number;
}

/** What a trajectory is worth. A rollout that broke is unscored: never a failure of the target. */
export type Grade =
  | {
      readonly status: "passed" | "failed";
      readonly findings: readonly Finding[];
      readonly clauses: readonly ClauseFinding[];
      /** How many times a clause was held against a call; the undecided share is of these. */
      readonly checks: number;
      readonly reward: Reward;
    }
  | { readonly status: "unscored"; readonly blame: Blame; readonly why: string };

export type Blame = "target" | "user" | "environment" | "judge" | "endpoint";

/** The share of clause checks that could not be decided, over some grades; null where nothing was checked. */
export function undecidedShare(grades: readonly Grade[]): number | null {
  const scored = grades.filter((grade) => grade.status !== "unscored");
  const checks = scored.reduce((sum, grade) => sum + grade.checks, 0);
  const undecided = scored.flatMap((grade) => grade.clauses.filter(({ verdict }) => verdict === "undecided"));
  return checks === 0 ? null : undecided.length / checks;
}
