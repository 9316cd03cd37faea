import { meets } from "../domains/cell.ts";
import type { Axis, AxisValues, Condition, Region } from "../domains/domain.ts";
import { type Gain, type Named, type Options, type Patterns, patternsOf } from "./patterns.ts";
import type { Place } from "./trial.ts";

/** A conjunction of conditions that may be the cause of something, and how well it explains what was seen. */
export interface Explained {
  readonly where: readonly Named[];
  /** Prior times likelihood, beside those of the best one. */
  readonly weight: number;
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
}

/** Room for what is looked at inside conjunctions of one length, used over and over. */
interface Level {
  /** The patterns that lie inside, by number. */
  readonly left: Uint32Array;
  /** For each further condition the score of the conjunction with it, and what it were if nothing spoke against it. */
  readonly scores: Float64Array;
  readonly mosts: Float64Array;
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

function lookedAt(gains: readonly Gain[], { at, axes }: Pick<Explaining, "at" | "axes">): Looked {
  const options = optionsAt(at, axes);
  const starts = [0];
  for (const one of options) starts.push((starts.at(-1) ?? 0) + one.conditions.length);
  const falls = options.map((one) => Math.log(priorOfAxis / one.conditions.length));
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
  readonly most: number;
  /** Patterns that lie inside. */
  readonly size: number;
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

/** Scores every conjunction with one condition more, each with the gains of the patterns inside in their order. */
function scoreWithin(level: Level, visited: Visited, { starts, falls, patterns }: Looked): void {
  const { left, scores, mosts } = level;
  const { gains, list, ends } = patterns;
  const { prior, size, from } = visited;
  for (let axis = from; axis < falls.length; axis++) {
    const own = prior + (falls[axis] as number);
    for (let i = starts[axis] as number; i < (starts[axis + 1] as number); i++) {
      scores[i] = own;
      mosts[i] = own;
    }
  }
  const first = starts[from] as number;
  for (let l = 0; l < size; l++) {
    const p = left[l] as number;
    const gain = gains[p] as number;
    const begin = p === 0 ? 0 : (ends[p - 1] as number);
    for (let e = (ends[p] as number) - 1; e >= begin; e--) {
      const i = list[e] as number;
      if (i < first) break;
      scores[i] = (scores[i] as number) + gain;
      if (gain > 0) mosts[i] = (mosts[i] as number) + gain;
    }
  }
}

/** Leaves to a level those of another one's patterns that meet a condition; how many they are. */
function leave(
  to: Uint32Array,
  { left }: Level,
  { size, i, looked }: { readonly size: number; readonly i: number; readonly looked: Looked },
): number {
  const { met } = looked.patterns;
  const row = looked.conditions.length;
  let count = 0;
  for (let l = 0; l < size; l++) {
    const p = left[l] as number;
    if (met[p * row + i] === 1) to[count++] = p;
  }
  return count;
}

/**
 * The conjunctions of conditions on different axes that explain what was seen nearly as well as the best one. The
 * prior falls with every further axis; however many conditions an axis has, they share it. Each step looks only at
 * what is left inside, and not at all where even its best could not come near.
 */
export function explanations(gains: readonly Gain[], on: Explaining): readonly Explained[] {
  const looked = lookedAt(gains, on);
  const { conditions, starts, falls, leasts, patterns } = looked;
  const levels = Array.from({ length: mostConditions }, () => levelFor(patterns.count, conditions.length));
  const found: number[] = [];
  const scores: number[] = [];
  let best = Number.NEGATIVE_INFINITY;
  const note = (where: number, score: number) => {
    if (score <= best - on.within) return;
    found.push(where);
    scores.push(score);
    if (score > best) best = score;
  };
  const visit = (visited: Visited): void => {
    const { length, where, prior, most, size, from } = visited;
    const level = levels[length] as Level;
    const below = levels[length + 1]?.left;
    scoreWithin(level, visited, looked);
    for (let axis = from; axis < falls.length; axis++) {
      const fall = falls[axis] as number;
      if (most + fall <= best - on.within) continue;
      for (let i = starts[axis] as number; i < (starts[axis + 1] as number); i++) {
        const longer = packWith(where, i);
        note(longer, level.scores[i] as number);
        const so = level.mosts[i] as number;
        if (below === undefined || so + (leasts[axis + 1] as number) <= best - on.within) continue;
        const inside = { size: leave(below, level, { size, i, looked }), from: axis + 1 };
        visit({ length: length + 1, where: longer, prior: prior + fall, most: so, ...inside });
      }
    }
  };
  const sum = (all: readonly number[]) => all.reduce((so, gain) => so + gain, 0);
  const all = [...patterns.gains];
  note(0, sum(all));
  const most = sum(all.filter((gain) => gain > 0));
  visit({ length: 0, where: 0, prior: 0, most, size: patterns.count, from: 0 });
  return scores
    .flatMap((score, f) => (score > best - on.within ? [{ f, weight: Math.exp(score - best) }] : []))
    .sort((a, b) => b.weight - a.weight)
    .slice(0, on.most)
    .map(({ f, weight }) => {
      return { where: unpacked(found[f] as number).map((i) => conditions[i] as Named), weight };
    });
}

/** A level with all patterns in it. */
const levelFor = (patterns: number, conditions: number): Level => ({
  left: Uint32Array.from({ length: patterns }, (_, p) => p),
  scores: new Float64Array(conditions),
  mosts: new Float64Array(conditions),
});

/** Conditions as a region of a kind. */
export function regionOf(kind: AxisValues[string] | undefined, where: readonly Named[]): Region {
  const region: Record<string, Condition> = kind === undefined ? {} : { kind };
  for (const [axis, condition] of where) region[axis] = condition;
  return region;
}
