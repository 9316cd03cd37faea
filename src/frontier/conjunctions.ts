import { meets } from "../domains/cell.ts";
import type { Axis, AxisValues, Condition, Region } from "../domains/domain.ts";
import type { Place } from "./trial.ts";

/** A condition on an axis. */
export type Named = readonly [axis: string, condition: Condition];

/** Conjunctions of conditions that may be the cause of something, with how well each explains what was seen. */
export interface Explained {
  readonly where: readonly Named[];
  /** ln of prior times likelihood, but for a constant. */
  readonly score: number;
}

/** What was seen at a place, as the ln of how much better "inside the cause" explains it than "outside". */
export interface Gain {
  readonly at: Place;
  readonly gain: number;
}

/** Conditions of a cause at most, beside the kind of request. */
const mostConditions = 3;
/** A condition on one more axis makes a cause that much less likely beforehand: the simplest explanation comes first. */
const priorOfAxis = 0.15;

/** True if a place meets a condition; its own values come before those around it. */
export const holdsAt = ({ cell, around }: Place, [axis, condition]: Named) =>
  meets(cell[axis] ?? around[axis], condition);

/** The conditions that a value meets on its axis: the value itself, and for numbers also "at least" and "at most". */
function conditionsOn(axis: Axis, value: AxisValues[string]): readonly Condition[] {
  const isNumeric = axis.values.every((one) => typeof one === "number");
  if (!isNumeric || typeof value !== "number") return [value];
  const numbers = axis.values as readonly number[];
  const least = numbers.filter((one) => one <= value && one > Math.min(...numbers)).map((min) => ({ min }));
  const most = numbers.filter((one) => one >= value && one < Math.max(...numbers)).map((max) => ({ max }));
  return [value, ...least, ...most];
}

/** For each axis the conditions that a place meets there. */
export function optionsAt({ cell, around }: Place, axes: readonly Axis[]): readonly (readonly Named[])[] {
  const values: AxisValues = { ...around, ...cell };
  return (
    axes
      // The kind is given, and the clause says all that the verdict does.
      .filter(({ name }) => name !== "kind" && name !== "verdict" && values[name] !== undefined)
      .map((axis) =>
        conditionsOn(axis, values[axis.name] as AxisValues[string]).map((one): Named => [axis.name, one]),
      )
  );
}

/** Gains at places that meet the same conditions, added up: `met[i]` says whether condition i is met. */
interface Pattern {
  readonly met: Uint8Array;
  gain: number;
}

function patternsOf(gains: readonly Gain[], conditions: readonly Named[]): readonly Pattern[] {
  const patterns = new Map<string, Pattern>();
  for (const { at, gain } of gains) {
    const met = Uint8Array.from(conditions, (condition) => (holdsAt(at, condition) ? 1 : 0));
    const key = met.join("");
    const known = patterns.get(key);
    if (known === undefined) patterns.set(key, { met, gain });
    else known.gain += gain;
  }
  return [...patterns.values()];
}

/** What is left to be looked at inside a conjunction. */
interface Visiting {
  readonly where: readonly number[];
  readonly prior: number;
  readonly left: readonly Pattern[];
  /** The axis that the next condition may be on. */
  readonly from: number;
}

/**
 * Every conjunction of conditions on different axes that explains what was seen nearly as well as the best one: so
 * much (in ln) less at most. The prior falls with every further axis; however many conditions an axis has, they share
 * it. Each step looks only at what is left inside, and not at all where even its best could not come near.
 */
export function explanations(
  gains: readonly Gain[],
  options: readonly (readonly Named[])[],
  within: number,
): readonly Explained[] {
  const conditions = options.flat();
  const starts = options.map((_, i) => options.slice(0, i).reduce((sum, { length }) => sum + length, 0));
  const scored: { readonly where: readonly number[]; readonly score: number }[] = [];
  let best = Number.NEGATIVE_INFINITY;
  const visit = ({ where, prior, left, from }: Visiting): void => {
    let [score, most] = [prior, prior];
    for (const { gain } of left) {
      score += gain;
      if (gain > 0) most += gain;
    }
    if (score > best - within) scored.push({ where, score });
    best = Math.max(best, score);
    if (where.length === mostConditions) return;
    for (let axis = from; axis < options.length; axis++) {
      const count = options[axis]?.length ?? 0;
      const fall = Math.log(priorOfAxis / count);
      if (most + fall <= best - within) continue;
      for (let i = starts[axis] ?? 0, end = i + count; i < end; i++) {
        const inside = left.filter(({ met }) => met[i] === 1);
        visit({ where: [...where, i], prior: prior + fall, left: inside, from: axis + 1 });
      }
    }
  };
  visit({ where: [], prior: 0, left: patternsOf(gains, conditions), from: 0 });
  return scored
    .filter(({ score }) => score > best - within)
    .map(({ where, score }) => ({ where: where.map((i) => conditions[i] as Named), score }));
}

/** Conditions as a region of a kind. */
export function regionOf(kind: AxisValues[string] | undefined, where: readonly Named[]): Region {
  return { ...(kind === undefined ? {} : { kind }), ...Object.fromEntries(where) };
}
