import { chanceOfNew, evenness, type Features, unseenKinds, vendiScore } from "../core/stats.ts";
import type { Cell } from "../domains/cell.ts";
import type { AxisValue } from "../domains/domain.ts";

/** A harvested task: where it lies, and the way in which it fails. */
export interface HarvestedCell {
  readonly cell: Cell;
  readonly mode: string;
}

/** What is counted of a harvest: all that telling how varied it is looks at. */
export interface HarvestCounts {
  /** Tasks by the way in which they fail. */
  readonly modes: ReadonlyMap<string, number>;
  /** For each axis, the tasks on each of the values that came up. */
  readonly values: ReadonlyMap<string, readonly number[]>;
  /** The newest tasks, at least as many as the Vendi score looks at; oldest first. */
  readonly newest: readonly HarvestedCell[];
}

/** An axis, and the values that tasks can have on it. */
export interface PossibleValues {
  readonly axis: string;
  readonly values: readonly AxisValue[];
}

/** How varied a harvest is. */
export interface Diversity {
  readonly tasks: number;
  readonly modes: number;
  /** The vein that most tasks are of; null for no tasks. */
  readonly top: { readonly mode: string; readonly tasks: number; readonly share: number } | null;
  readonly modeEvenness: number;
  /** Over the values that tasks can have on each axis, the least even first. */
  readonly axes: readonly { readonly axis: string; readonly evenness: number }[];
  /** The effective number of distinct tasks (Vendi). */
  readonly vendi: number;
  /** The chance that the next failure is of a new mode (Good–Turing). */
  readonly chanceOfNew: number;
  /** Modes that exist beyond those found, at least (Chao1). */
  readonly unseen: number;
  /** Modes that came up once. */
  readonly once: readonly string[];
}

/** Tasks that the Vendi score looks at, the newest; modes told apart in it, the most frequent: the score falls with either. */
export const vendiBounds = { tasks: 500, modes: 40 } as const;

/** A task's values on an axis, each once: those of its requests, or that of the whole. */
function valuesOn(axis: string, { conversation, world, requests }: Cell): readonly AxisValue[] {
  const around = conversation[axis] ?? world[axis];
  if (around !== undefined) return [around];
  const values: AxisValue[] = [];
  for (const request of requests) {
    const value = request[axis];
    if (value !== undefined && !values.includes(value)) values.push(value);
  }
  return values;
}

/** A task's values on every axis that it has, each once. */
export function valuesOf(cell: Cell): readonly (readonly [axis: string, value: AxisValue])[] {
  const { conversation, world, requests } = cell;
  const axes = new Set([conversation, world, ...requests].flatMap(Object.keys));
  return [...axes].flatMap((axis) => valuesOn(axis, cell).map((value) => [axis, value] as const));
}

/**
 * One block of features for each axis and one for the mode, all of the same length: two tasks' product is the share of
 * axes on which they are the same, the mode counting as one.
 */
function featuresOf({ cell, mode }: HarvestedCell, axes: readonly string[]): Features {
  const features: [name: string, weight: number][] = [];
  const length = Math.sqrt(axes.length + 1);
  for (const axis of axes) {
    const values = valuesOn(axis, cell);
    if (values.length === 0) features.push([`${axis}:`, 1 / length]);
    for (const value of values) features.push([`${axis}:${value}`, 1 / (Math.sqrt(values.length) * length)]);
  }
  features.push([`mode:${mode}`, 1 / length]);
  return features;
}

/** How varied a harvest is. */
export function diversityOf(harvest: HarvestCounts, possible: readonly PossibleValues[]): Diversity {
  const modes = [...harvest.modes].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const counts = modes.map(([, tasks]) => tasks);
  const tasks = counts.reduce((sum, n) => sum + n, 0);
  const [first] = modes;
  const told = new Set(modes.slice(0, vendiBounds.modes).map(([mode]) => mode));
  const axes = possible.map(({ axis }) => axis);
  const features = harvest.newest
    .slice(-vendiBounds.tasks)
    .map(({ cell, mode }) => featuresOf({ cell, mode: told.has(mode) ? mode : "any rarer one" }, axes));
  return {
    tasks,
    modes: modes.length,
    top: first === undefined ? null : { mode: first[0], tasks: first[1], share: first[1] / tasks },
    modeEvenness: evenness(counts, counts.length),
    axes: (tasks === 0 ? [] : possible)
      .map(({ axis, values }) => {
        const found = harvest.values.get(axis) ?? [];
        return { axis, evenness: evenness(found, Math.max(values.length, found.length)) };
      })
      .toSorted((a, b) => a.evenness - b.evenness),
    vendi: vendiScore(features),
    chanceOfNew: chanceOfNew(counts),
    unseen: unseenKinds(counts),
    once: modes.filter(([, n]) => n === 1).map(([mode]) => mode),
  };
}

/** Share of one vein from which on a harvest counts as collapsing. */
export const defaultVeinLimit = 0.25;

/** Tasks below which a share says nothing. */
export const tellingAt = 8;

export type Spread = "nothing found" | "too early" | "spread" | "collapsing";

export function spreadOf({ tasks, top }: Diversity, limit: number): Spread {
  if (top === null) return "nothing found";
  if (tasks < tellingAt) return "too early";
  return top.share > limit ? "collapsing" : "spread";
}
