import type { Grade } from "../tasks/grade.ts";
import type { Trajectory } from "../tasks/trajectory.ts";

/** Everything beside the task that changes what a rollout shows; rollouts of different settings are never pooled. */
export interface Settings {
  /** The fingerprint of the model under test. */
  readonly model: string;
  /** The fingerprint of the user: "scripted" or a model's. */
  readonly user: string;
  readonly limits: Limits;
}

export interface Limits {
  /** Messages of the target at most. */
  readonly turns: number;
  /** Tool calls that fail, at most. */
  readonly errors: number;
}

export const defaultLimits: Limits = { turns: 60, errors: 10 };

/** Which rollout this is. Its seed is (session, task, index), so the same slot always replays the same way. */
export interface RolloutSlot {
  readonly session: string;
  readonly task: string;
  readonly role: "target" | "oracle";
  readonly settings: Settings;
  readonly index: number;
}

/** One attempt at a task. */
export interface Rollout {
  /** Hash of its slot. */
  readonly id: string;
  readonly slot: RolloutSlot;
  readonly simulated: boolean;
  readonly trajectory: Trajectory;
  readonly grade: Grade;
}

/** Where rollouts are kept the moment they end; an earlier scored rollout of the same slot is never run again. */
export interface RecordRollout {
  find(slot: RolloutSlot): Rollout | null;
  record(rollout: Rollout): void;
}
