import { meets } from "../domains/cell.ts";
import type { Axis, AxisValues, Condition, Region } from "../domains/domain.ts";
import { type Bits, type Gain, type Named, type Options, type Patterns, patternsOf } from "./patterns.ts";
import type { Place } from "./trial.ts";

/** A conjunction of conditions that may be the cause of something, and how well it explains what was seen. */
export interface Explained {
  readonly where: readonly Named[];
  /** ln of prior times likelihood. */
  readonly score: number;
}

/** Conditions of a cause at most, beside the kind of request. */
const mostConditions = 3;
/** A condition on one more axis makes a cause that much less likely beforehand: the simplest explanation comes first. */
const priorOfAxis = () => 0.15;

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
function optionsAt({ cell, around }: Place, axes: readonly Axis[]): readonly Options[] {
  return axes.flatMap((axis, i): readonly Options[] => {
    const value = cell[axis.name] ?? around[axis.name];
    // The kind is given, and the clause says all that the verdict does.
    if (value === undefined || axis.name === "kind" || axis.name === "verdict") return [];
    return [{ axis: i, conditions: conditionsOn(axis, value).map((one): Named => [axis.name, one]) }];
  });
}

/** Where causes are looked for, and which of them are told. */
export interface Explaining {
  /** All conditions of a cause hold here. */
  readonly at: Place;
  readonly axes: readonly Axis[];
  /** A conjunction that explains so much (in ln) less than the best one is left out. */
  readonly within: number;
  /** Conjunctions that are told, at most: the likeliest. */
  readonly most: number;
  /** The odds beforehand that a cause has a condition on an axis, up to 1. */
  priorOf?(axis: string): number;
}

/** The conditions that are looked at, axis by axis. */
interface Looked {
  readonly conditions: readonly Named[];
  /** Where the conditions of each axis begin; one more for the end. */
  readonly starts: readonly number[];
  /** What a condition on each axis adds to the prior (in ln), and what the cheapest does on any from one on. */
  readonly falls: readonly number[];
  readonly leasts: readonly number[];
  readonly patterns: Patterns;
}

function lookedAt(
  gains: readonly Gain[],
  { at, axes, priorOf = priorOfAxis }: Pick<Explaining, "at" | "axes" | "priorOf">,
): Looked {
  const options = optionsAt(at, axes);
  const starts = [0];
  for (const one of options) starts.push((starts.at(-1) ?? 0) + one.conditions.length);
  const falls = options.map(({ axis, conditions }) =>
    Math.log(priorOf((axes[axis] as Axis).name) / conditions.length),
  );
  const leasts = falls.map((_, axis) => Math.max(...falls.slice(axis)));
  return {
    conditions: options.flatMap((one) => one.conditions),
    starts,
    falls,
    leasts: [...leasts, Number.NEGATIVE_INFINITY],
    patterns: patternsOf(gains, options, axes),
  };
}

/** A conjunction of which the narrower ones are looked at. */
interface Visited {
  readonly length: number;
  /** Its conditions, packed (`packWith`). */
  readonly where: number;
  readonly prior: number;
  /** The score that it would have if nothing spoke against it. */
  readonly most: number;
  /** The patterns inside. */
  readonly inside: Bits;
  /** The axis that the next condition may be on. */
  readonly from: number;
}

/** More conditions than there are: what packs those of a conjunction into one number, 0 for none. */
const base = 2 ** 16;
const packWith = (where: number, condition: number) => where * base + condition + 1;

function unpacked(where: number): readonly number[] {
  if (where === 0) return [];
  return [...unpacked(Math.floor(where / base)), (where % base) - 1];
}

const lowest = (bits: number) => 31 - Math.clz32(bits & -bits);

/** A sum and the gains of the patterns that two sets share, in their order. */
function withGains(sum: number, [a, b]: readonly [Bits, Bits], gains: Float64Array): number {
  let so = sum;
  for (let w = 0; w < a.length; w++)
    for (let bits = (a[w] as number) & (b[w] as number); bits !== 0; bits &= bits - 1)
      so += gains[32 * w + lowest(bits)] as number;
  return so;
}

/** What the score of a conjunction begins with, the most that it can come to, and where it is of no interest any more. */
interface Scoring {
  readonly gains: Float64Array;
  readonly prior: number;
  readonly most: number;
  readonly floor: number;
}

/** The score of a conjunction from the patterns that two sets share; −∞ as soon as it cannot come above the floor. */
function scoreOf(a: Bits, b: Bits, { gains, prior, most, floor }: Scoring): number {
  let score = prior;
  let bound = most;
  for (let w = 0; w < a.length; w++) {
    for (let bits = (a[w] as number) & (b[w] as number); bits !== 0; bits &= bits - 1) {
      const gain = gains[32 * w + lowest(bits)] as number;
      score += gain;
      if (gain < 0) bound += gain;
    }
    if (bound <= floor) return Number.NEGATIVE_INFINITY;
  }
  return score;
}

function keepShared(to: Bits, a: Bits, b: Bits): void {
  for (let w = 0; w < to.length; w++) to[w] = (a[w] as number) & (b[w] as number);
}

/**
 * The conjunctions of conditions on different axes that explain what was seen nearly as well as the best one. The
 * prior falls with every further axis; however many conditions an axis has, they share it. Each step looks only at
 * what is left inside, and not at all where even its best could not come near.
 */
export function explanations(gains: readonly Gain[], on: Explaining): readonly Explained[] {
  const looked = lookedAt(gains, on);
  const { conditions, starts, falls, leasts, patterns } = looked;
  const { meeting, gaining, all } = patterns;
  const found: { readonly where: number; readonly score: number }[] = [];
  // Room for what is left inside a conjunction of each length, used over and over.
  const rooms = Array.from({ length: mostConditions - 1 }, () => new Uint32Array(all.length));
  let floor = Number.NEGATIVE_INFINITY;
  const note = (where: number, score: number) => {
    if (score > floor) found.push({ where, score });
    floor = Math.max(floor, score - on.within);
  };
  const visit = ({ length, where, inside, from, ...so }: Visited): void => {
    for (let axis = from; axis < falls.length; axis++) {
      const fall = falls[axis] as number;
      const prior = so.prior + fall;
      if (so.most + fall <= floor) continue;
      const scoring = { gains: patterns.gains, prior, most: so.most + fall, floor };
      for (let i = starts[axis] as number; i < (starts[axis + 1] as number); i++) {
        const longer = packWith(where, i);
        const own = meeting[i] as Bits;
        note(longer, scoreOf(inside, own, scoring));
        const left = rooms[length];
        if (left === undefined) continue;
        keepShared(left, inside, own);
        const most = withGains(prior, [left, gaining], patterns.gains);
        if (most + (leasts[axis + 1] as number) <= floor) continue;
        visit({ length: length + 1, where: longer, prior, most, inside: left, from: axis + 1 });
      }
    }
  };
  note(0, withGains(0, [all, all], patterns.gains));
  const most = withGains(0, [all, gaining], patterns.gains);
  visit({ length: 0, where: 0, prior: 0, most, inside: all, from: 0 });
  return found
    .filter(({ score }) => score > floor)
    .sort((a, b) => b.score - a.score)
    .slice(0, on.most)
    .map(({ where, score }) => ({ where: unpacked(where).map((i) => conditions[i] as Named), score }));
}

/** Conditions as a region of a kind. */
export function regionOf(kind: AxisValues[string] | undefined, where: readonly Named[]): Region {
  const region: Record<string, Condition> = kind === undefined ? {} : { kind };
  for (const [axis, condition] of where) region[axis] = condition;
  return region;
}
