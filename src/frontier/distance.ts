import { type Cell, meets } from "../domains/cell.ts";
import type { Axis, AxisValue, AxisValues, Condition, Domain, Region } from "../domains/domain.ts";

type Axes = Pick<Domain, "axes">;

/** What another kind of request weighs against one unordered axis that differs: nearly everything else hangs on it. */
const kindWeight = 3;

const weightOf = (name: string) => (name === "kind" ? kindWeight : 1);

/** True if an axis's values have an order that steps can be counted on: they are numbers. */
export function isOrdered({ values }: Pick<Axis, "values">): boolean {
  return values.length > 1 && values.every((value) => typeof value === "number");
}

/** The share that each value of an axis has in a condition; all have the same where there is no condition. */
function shares(axis: Axis, condition: Condition | undefined): readonly number[] {
  const inside = axis.values.map((value) => condition === undefined || meets(value, condition));
  const count = inside.filter(Boolean).length;
  return inside.map((is) => (is && count > 0 ? 1 / count : 0));
}

/**
 * The distance of two conditions on one axis, 0–1: of their even distributions over the values, the Wasserstein
 * distance in ranks over the longest way on ordered axes (Vaserstein 1969), the total variation on all others. Both
 * are metrics.
 */
export function conditionDistance(axis: Axis, a: Condition | undefined, b: Condition | undefined): number {
  const [left, right] = [shares(axis, a), shares(axis, b)];
  const apart = left.map((share, i) => share - (right[i] ?? 0));
  if (!isOrdered(axis)) return apart.reduce((sum, one) => sum + Math.abs(one), 0) / 2;
  let carried = 0;
  const moved = apart.reduce((sum, one) => {
    carried += one;
    return sum + Math.abs(carried);
  }, 0);
  return moved / (axis.values.length - 1);
}

/**
 * The distance of two regions: that of their conditions, summed over the axes that either names. A metric; 0 if both
 * hold the same values. An axis that the domain does not declare differs wholly or not at all.
 */
export function regionDistance(a: Region, b: Region, { axes }: Axes): number {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].reduce((sum, name) => {
    const axis = axes.find((known) => known.name === name);
    const apart =
      axis === undefined
        ? Number(JSON.stringify(a[name]) !== JSON.stringify(b[name]))
        : conditionDistance(axis, a[name], b[name]);
    return sum + weightOf(name) * apart;
  }, 0);
}

/** The distance of two values on an axis, 0–1: in ranks on ordered axes; a value that is missing on one side differs wholly. */
function valueDistance(axis: Axis | undefined, a: AxisValue | undefined, b: AxisValue | undefined): number {
  if (a === b) return 0;
  if (axis === undefined || !isOrdered(axis) || a === undefined || b === undefined) return 1;
  const [from, to] = [axis.values.indexOf(a), axis.values.indexOf(b)];
  return from < 0 || to < 0 ? 1 : Math.abs(from - to) / (axis.values.length - 1);
}

function valuesDistance(a: AxisValues, b: AxisValues, { axes }: Axes): number {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].reduce(
    (sum, name) =>
      sum +
      valueDistance(
        axes.find((axis) => axis.name === name),
        a[name],
        b[name],
      ),
    0,
  );
}

/** Requests of two kinds are as far apart as two of one kind can be at the most, so that the whole stays a metric. */
const requestDistance = (a: AxisValues, b: AxisValues, domain: Axes) =>
  a.kind === b.kind ? Math.min(kindWeight, valuesDistance(a, b, domain)) : kindWeight;

/**
 * The least total distance at which the requests of one side can be matched with those of the other; one that is left
 * alone counts as another kind. By dynamic programming over the sets of matched ones (Held and Karp 1962), so exact.
 */
function matchDistance(a: readonly AxisValues[], b: readonly AxisValues[], domain: Axes): number {
  const [few, many] = a.length <= b.length ? [a, b] : [b, a];
  let best = new Map<number, number>([[0, 0]]);
  for (const one of few) {
    const next = new Map<number, number>();
    for (const [taken, cost] of best) {
      for (const [i, other] of many.entries()) {
        const bit = 1 << i;
        if ((taken & bit) !== 0) continue;
        const sum = cost + requestDistance(one, other, domain);
        next.set(taken | bit, Math.min(sum, next.get(taken | bit) ?? Number.POSITIVE_INFINITY));
      }
    }
    best = next;
  }
  return Math.min(...best.values()) + kindWeight * (many.length - few.length);
}

/** The distance of two cells: of what surrounds their requests, and of the requests, best matched. A metric. */
export function cellDistance(a: Cell, b: Cell, domain: Axes): number {
  return (
    valuesDistance({ ...a.world, ...a.conversation }, { ...b.world, ...b.conversation }, domain) +
    matchDistance(a.requests, b.requests, domain)
  );
}

/** How near a distance is: 1 at distance 0, a half where one unordered axis differs, and falling to 0. */
export function nearness(distance: number): number {
  return 1 / (1 + distance);
}
