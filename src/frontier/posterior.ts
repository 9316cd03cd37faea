import { type Beta, credible90, type Interval, posterior, uniformPrior } from "../core/stats.ts";
import { meets } from "../domains/cell.ts";
import type { Axis, AxisValue, AxisValues, Condition, Region } from "../domains/domain.ts";

/**
 * Posteriors of a rate that learn from their neighbours: a correlated Beta process (Goetschalckx, Poupart & Hoey,
 * "Continuous Correlated Beta Processes", IJCAI 2011). The counts of every neighbour are added to the prior, weighted
 * by a kernel that is a product over the axes: 1 where the values are the same, less the farther they lie apart.
 */

/** What was seen in a cell or a region: scored rollouts, and how many failed. */
export interface Neighbour {
  readonly cell: AxisValues;
  readonly n: number;
  readonly failed: number;
}

/** A rate as its own evidence and that of its neighbours have it; `borrowed`: rollouts that the neighbours count for. */
export interface Shared {
  readonly mean: number;
  readonly interval: Interval;
  readonly borrowed: number;
}

type Axes = readonly Pick<Axis, "name" | "values">[];

/** What is left of a neighbour's weight where one axis differs; where it has an order, after two steps on it. */
const [kept, stepsToKeep] = [0.5, 2] as const;

/** Rollouts that all neighbours of a region or cell count for together, at most: its own outweigh them soon. */
const mostBorrowed = 8;

/** Rollouts that they count for in the prior of a task's pass rate, at most. */
const mostInPrior = 2;

const isOrdered = (values: readonly AxisValue[]): values is readonly number[] =>
  values.every((value) => typeof value === "number");

function alike(values: readonly AxisValue[], wanted: Condition | undefined, value: AxisValue | undefined) {
  if (wanted === value || (wanted !== undefined && meets(value, wanted))) return 1;
  if (typeof wanted !== "number" || typeof value !== "number" || !isOrdered(values)) return kept;
  const steps = Math.abs(values.indexOf(wanted) - values.indexOf(value));
  return kept ** (steps / stepsToKeep);
}

const valuesBefore = new WeakMap<Axes, ReadonlyMap<string, readonly AxisValue[]>>();

/** The values of each axis by its name, remembered by the axes' identity. */
function valuesOf(axes: Axes): ReadonlyMap<string, readonly AxisValue[]> {
  const known = valuesBefore.get(axes) ?? new Map(axes.map(({ name, values }) => [name, values]));
  valuesBefore.set(axes, known);
  return known;
}

/** The kernel of a region or cell with a neighbour, 0–1. Claimed axes share nothing: where either has one it is 0. */
export function likeness(region: Region, cell: AxisValues, axes: Axes): number {
  const known = valuesOf(axes);
  for (const name in cell) if (!known.has(name)) return 0;
  let product = 1;
  for (const name in region) {
    const values = known.get(name);
    if (values === undefined) return 0;
    product *= alike(values, region[name], cell[name]);
  }
  return product;
}

/** What neighbours count for together, scaled down to at most so many rollouts. */
function borrow(
  { region, neighbours, axes }: Borrowing,
  most: number,
): { readonly n: number; readonly failed: number } {
  let [n, failed] = [0, 0];
  for (const one of neighbours) {
    const weight = likeness(region, one.cell, axes);
    n += weight * one.n;
    failed += weight * one.failed;
  }
  const scale = n > most ? most / n : 1;
  return { n: scale * n, failed: scale * failed };
}

/** A region or cell, those that it may learn from (without itself), and the domain's axes. */
export interface Borrowing {
  readonly region: Region;
  readonly neighbours: readonly Neighbour[];
  readonly axes: Axes;
}

/** The failure rate of a region or cell after its own rollouts and, at most as 8 more, those of its neighbours. */
export function sharedRate(own: { readonly n: number; readonly failed: number }, on: Borrowing): Shared {
  const { n, failed } = borrow(on, mostBorrowed);
  const rate = posterior(uniformPrior, own.failed + failed, own.n + n);
  return { mean: rate.alpha / (rate.alpha + rate.beta), interval: credible90(rate), borrowed: n };
}

/**
 * The prior of a new task's pass rate in a cell: uniform, with what is known of its neighbours (the cell's own history
 * among them) as at most 2 rollouts more, so that the task's own rollouts decide.
 */
export function priorFor(cell: AxisValues, neighbours: readonly Neighbour[], axes: Axes): Beta {
  const { n, failed } = borrow({ region: cell, neighbours, axes }, mostInPrior);
  return posterior(uniformPrior, n - failed, n);
}
