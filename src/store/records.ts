import type { Json, JsonObject } from "../core/json.ts";
import { type Beta, type Interval, uniformPrior } from "../core/stats.ts";
import type { AxisValues } from "../domains/domain.ts";
import type { Distractor } from "../domains/scenario.ts";
import type { ModeName } from "../rollout/failure-note.ts";
import type { RolloutSlot, Settings } from "../rollout/rollout.ts";
import type { Gold, Origin, Task } from "../tasks/task.ts";

/** What bounds a session's choice of what to attack next; what is left out is as the choice itself would have it. */
export interface Quotas {
  /** The share of the harvest that one vein may fill. */
  readonly vein?: number;
  /** The share of screening rollouts that looks where nobody asked, at least. */
  readonly new?: number;
  /** Harvested tasks at most by the kind of request that they fail by. */
  readonly kinds?: Readonly<Record<string, number>>;
}

/** One mining campaign. Models are named by their specs; the user's may be "scripted". */
export interface Session {
  readonly id: string;
  readonly domain: string;
  readonly target: string;
  readonly oracle: string;
  readonly user: string;
  readonly worldActor?: string;
  /** The model that words sampled tasks; without one the offline words stand. */
  readonly phraser?: string;
  /** The model whose vectors compare what hypotheses say; without one their words are compared. */
  readonly embedder?: string;
  /** The session whose harvest this one retests, if it was made for that. */
  readonly parent?: string;
  /** What tells two retests of one target from each other, such as the step of a training run. */
  readonly checkpoint?: string;
  /** The pass-rate interval worth harvesting. */
  readonly window: Interval;
  readonly budget: { readonly rollouts: number; readonly tokens: number };
  readonly seed: string;
  readonly allowSimulatedOracle: boolean;
  /** Rollouts in flight at once, at most. */
  readonly concurrency: number;
  readonly quotas?: Quotas;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

export const runKinds = [
  "harvest",
  "run_target",
  "verify_with_oracle",
  "simplify_failure",
  "retest_tasks",
] as const;
export type RunKind = (typeof runKinds)[number];

export const runStatuses = ["running", "done", "failed", "cancelled", "interrupted"] as const;
export type RunStatus = (typeof runStatuses)[number];

/** One long piece of work inside a session. */
export interface Run {
  readonly id: string;
  readonly session: string;
  readonly kind: RunKind;
  readonly input: Json;
  readonly status: RunStatus;
  /** The process that works on it, or that did last. */
  readonly owner: string;
  /** ISO 8601, UTC, with milliseconds. */
  readonly heartbeatAt: string;
  readonly progress: Json;
  readonly result: Json;
  readonly cancelRequested: boolean;
}

/** A task's values on the axes; the store keeps them and never looks inside. */
export interface StoredCell {
  readonly conversation: AxisValues;
  readonly world: AxisValues;
  readonly requests: readonly AxisValues[];
}

/** How a task was built around its golden walk. The store keeps it and never looks inside. */
export interface Construction {
  /** The parameters that it follows from. */
  readonly parameters: JsonObject;
  /** Its golden trajectory in the released form. */
  readonly walk: JsonObject;
  readonly distractors: readonly Distractor[];
  /** Options that were compared in all of its choices, the right ones included. */
  readonly enumerated: number;
  /** Who worded the instruction, and who heard it back. */
  readonly words: JsonObject;
}

/** A task as one session knows it: what decides it, and what stands beside it outside its key. */
export interface StoredTask {
  readonly key: string;
  readonly session: string;
  readonly task: Task;
  readonly gold: Gold | null;
  /** Of a task that was built around a walk: what shows that it can be done, and what it was made of. */
  readonly construction: Construction | null;
  readonly origin: Origin;
  readonly cell: StoredCell;
  /** The id of the hypothesis that it was made to try. */
  readonly hypothesis: string | null;
  readonly createdAt: string;
}

export const purposes = ["screening", "gate", "fresh", "oracle", "simplify", "authored", "whole"] as const;
export type Purpose = (typeof purposes)[number];

export const windowVerdicts = ["inside", "outside", "undecided"] as const;
export type WindowVerdict = (typeof windowVerdicts)[number];

/** What was expected of a pass rate before its first rollout. */
export interface Prior extends Beta {
  /** Rollouts of other tasks that it rests on; null where it is of a vein's history, which may be counted otherwise. */
  readonly rollouts: number | null;
}

/** The prior that expects nothing. */
export const noPrior: Prior = { ...uniformPrior, rollouts: 0 };

/** Rollouts of one task by one model, counted from index `from` on. */
export interface Evaluation {
  readonly id: string;
  readonly session: string;
  readonly task: string;
  readonly role: RolloutSlot["role"];
  readonly settings: Settings;
  readonly simulated: boolean;
  readonly purpose: Purpose;
  readonly from: number;
  /** Scored rollouts. */
  readonly n: number;
  readonly passed: number;
  readonly unscored: number;
  /** With the counts it gives the verdict again. */
  readonly prior: Prior;
  readonly verdict: WindowVerdict;
  /** Its place among the session's evaluations: 1, 2, 3 … in the order they were recorded. */
  readonly seq: number;
}

/** Whether a failure stood up to the oracle (or the gold). */
export interface Verification {
  readonly session: string;
  readonly task: string;
  readonly status: "kept" | "discarded";
  /** The oracle's evaluation; null when the gold alone decided. */
  readonly evaluation: string | null;
  readonly simulatedOracle: boolean;
  /** True if it confirms the target's failure; a simulated oracle's evidence may not (the caller decides). */
  readonly confirmed: boolean;
  readonly why: Json;
}

/** A failure's smallest form that still fails, and what each dropped piece showed. */
export interface Simplification {
  readonly session: string;
  readonly task: string;
  /** The key of the minimal task. */
  readonly minimal: string;
  readonly steps: Json;
  /** What stands for the minimal form; null of what was simplified before there were certificates. */
  readonly certificate: Json;
}

/** One way in which a task's rollouts fail. */
export interface AnalysisNote {
  /** The fingerprint that failures of one cause share, whatever the task. */
  readonly key: string;
  readonly mode: ModeName;
  /** The index of the gold's solution that it belongs to; null if it belongs to none. */
  readonly request: number | null;
  /** How many of the failed rollouts show it. */
  readonly count: number;
  /** One sentence on the first of these; it may quote the target and the world. */
  readonly detail: string;
  /** The distractor that was taken, as `table/id`. */
  readonly taken: string | null;
  readonly clause: string | null;
}

/** How a target fails one task; an analysis of more rollouts replaces the one before. */
export interface Analysis {
  readonly session: string;
  readonly task: string;
  /** The failed rollouts that were looked at. */
  readonly rollouts: number;
  /** The most frequent first. */
  readonly notes: readonly AnalysisNote[];
}

/** One finished iteration of a run; a resumed harvest folds these instead of doing them again. */
export interface Iteration {
  readonly run: string;
  readonly index: number;
  readonly hypothesis: string | null;
  readonly task: string | null;
  readonly outcome: Json;
}

/** A task that a harvest keeps, with its evidence. */
export interface Harvested {
  readonly session: string;
  readonly task: string;
  readonly hypothesis: string | null;
  /** Its place in the harvest. */
  readonly order: number;
  readonly evidence: Json;
}

export const retestOutcomes = ["solved", "still_failing", "regressed", "undecided", "unscored"] as const;
export type RetestOutcome = (typeof retestOutcomes)[number];

/** How a session's harvest stands with another target: tasks by outcome, and when the last of them was retested. */
export interface Retested {
  readonly session: string;
  readonly target: string;
  readonly checkpoint: string | null;
  readonly outcomes: Readonly<Partial<Record<RetestOutcome, number>>>;
  readonly at: string;
}

/** What a session's target made of a task that an earlier target fails. */
export interface Retest {
  readonly session: string;
  readonly task: string;
  /** The session that the task was taken from. */
  readonly parent: string;
  readonly outcome: RetestOutcome;
  readonly evidence: Json;
}

export const markNames = ["accept", "reject", "suspect"] as const;
export type MarkName = (typeof markNames)[number];

/** What a reviewer said of a task; the newest one holds. */
export interface Mark {
  readonly task: string;
  readonly mark: MarkName;
  readonly note: string;
  readonly createdAt: string;
}

/** A part of a list; without a limit it is all from the offset on. */
export interface Page {
  readonly limit?: number;
  readonly offset?: number;
}
