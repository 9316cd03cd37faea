import type { Beta } from "../core/stats.ts";
import type { AxisValues, Region } from "../domains/domain.ts";
import type { Nearness } from "../domains/scenario.ts";
import type { Schedule } from "../tasks/task.ts";

/** What happens while a conversation goes on: nothing, a lookup that times out once, or a change that refuses a write. */
export const eventKinds = ["none", "interruption", "change"] as const;
export type EventKind = (typeof eventKinds)[number];

/** All that a sampled task follows from, beside chance. */
export interface Parameters {
  /** One region per thing that is wanted; a proposed one fixes every axis of its kind. */
  readonly requests: readonly Region[];
  readonly schedule: Schedule;
  /** Conditions on the world axes. */
  readonly world: Region;
  /** Records that have nothing to do with the requests: 0 none … 3 many. */
  readonly noise: number;
  /** Near-by alternatives to each right choice. */
  readonly distractors: number;
  readonly nearness: Nearness;
  readonly events: EventKind;
  /** Reads in the golden trajectory that nothing needs, at most. */
  readonly detours: number;
}

/** The values of what a world is filled with; they are no axes of the domain, and filled just as evenly. */
export const fillingAxes = {
  noise: [0, 1, 2],
  distractors: [0, 1, 2, 3, 4],
  nearness: [0, 1, 2],
  events: eventKinds,
  detours: [0, 1, 2, 3, 4, 5, 6, 7, 8],
} as const;

/** What of some parameters is not about requests: values by name, for tallies. */
export function fillingOf({ noise, distractors, nearness, events, detours }: Parameters): AxisValues {
  return { noise, distractors, nearness, events, detours };
}

/** A proposal, and why it was made: one sentence with its numbers. */
export interface Proposed {
  readonly parameters: Parameters;
  readonly reason: string;
  /** The vein that it is to follow; null where it looks for what is not known yet. */
  readonly vein: string | null;
  /** What its pass rate is expected to be before the first rollout. */
  readonly prior: Beta;
}
