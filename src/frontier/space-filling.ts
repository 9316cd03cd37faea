import { evenness } from "../core/stats.ts";
import type { Cell } from "../domains/cell.ts";
import type { Axis, AxisValue, AxisValues, Domain } from "../domains/domain.ts";

/** How often each value of each axis has come up: what a space-filling choice is made by. */
export type Tally = ReadonlyMap<string, ReadonlyMap<AxisValue, number>>;

export const emptyTally: Tally = new Map();

/** The tally with one more set of values. */
export function counted(tally: Tally, values: AxisValues): Tally {
  const more = new Map(tally);
  for (const [axis, value] of Object.entries(values)) {
    const counts = new Map(more.get(axis));
    more.set(axis, counts.set(value, (counts.get(value) ?? 0) + 1));
  }
  return more;
}

/** The tally with one more task: its conversation and world once, and each of its requests. */
export function countedCell(tally: Tally, cell: Cell): Tally {
  return [cell.conversation, cell.world, ...cell.requests].reduce(counted, tally);
}

/** The tally of some trials: of the values in each one's cell and in what its world was filled with. */
export function tallyOf(trials: readonly { readonly cell: Cell; readonly filling: AxisValues }[]): Tally {
  const tally = new Map<string, Map<AxisValue, number>>();
  for (const { cell, filling } of trials) {
    for (const values of [cell.conversation, cell.world, ...cell.requests, filling]) {
      for (const axis in values) {
        const value = values[axis] as AxisValue;
        const counts = tally.get(axis) ?? new Map<AxisValue, number>();
        tally.set(axis, counts.set(value, (counts.get(value) ?? 0) + 1));
      }
    }
  }
  return tally;
}

const total = (counts: ReadonlyMap<AxisValue, number> | undefined) =>
  [...(counts?.values() ?? [])].reduce((sum, n) => sum + n, 0);

/**
 * How rare a value is so far: the logarithm of how many times more often it would have come up if all values of its
 * axis were alike. Counts are smoothed by a half, so that what never came up is rare and not infinitely so.
 */
export function rarity(tally: Tally, axis: Pick<Axis, "name" | "values">, value: AxisValue): number {
  const counts = tally.get(axis.name);
  const k = axis.values.length;
  return -Math.log((((counts?.get(value) ?? 0) + 0.5) / (total(counts) + 0.5 * k)) * k);
}

/** How much more an axis counts for each share that it is short of even. */
const urgency = 10;

/** A tally, and what each axis counts. */
export interface Weighed {
  readonly tally: Tally;
  readonly weights: ReadonlyMap<string, number>;
}

const weighedBefore = new WeakMap<Tally, Weighed>();

/**
 * What each axis counts: those that are filled least evenly most, so that none is left behind for the others.
 * Remembered by the tally's identity.
 */
export function weighedOf(tally: Tally): Weighed {
  const known = weighedBefore.get(tally);
  if (known !== undefined) return known;
  const weights = new Map(
    [...tally].map(([axis, counts]) => [
      axis,
      1 + urgency * (1 - evenness([...counts.values()], counts.size)),
    ]),
  );
  const weighed = { tally, weights };
  weighedBefore.set(tally, weighed);
  return weighed;
}

/** The weighted sum of how rare some values are, each on its axis. */
export function rarityOf(
  { tally, weights }: Weighed,
  values: AxisValues,
  { axes }: Pick<Domain, "axes">,
): number {
  return axes.reduce((sum, axis) => {
    const value = values[axis.name];
    return value === undefined ? sum : sum + (weights.get(axis.name) ?? 1) * rarity(tally, axis, value);
  }, 0);
}
