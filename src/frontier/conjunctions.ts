import { meets } from "../domains/cell.ts";
import type { Axis, AxisValues, Condition, Region } from "../domains/domain.ts";
import { losingIn, lowest, shareMore } from "./losing.ts";
import { type Bits, type Gains, type Named, type Options, type Patterns, patternsOf } from "./patterns.ts";
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
  gains: Gains,
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

/** The sum of the gains of the patterns that two sets share, in their order, and of what it begins with. */
function scoreOf(prior: number, [a, b]: readonly [Bits, Bits], gains: Float64Array): number {
  let score = prior;
  for (let w = 0; w < a.length; w++)
    for (let bits = (a[w] as number) & (b[w] as number); bits !== 0; bits &= bits - 1)
      score += gains[32 * w + lowest(bits)] as number;
  return score;
}

function keepShared(to: Bits, a: Bits, b: Bits): void {
  for (let w = 0; w < to.length; w++) to[w] = (a[w] as number) & (b[w] as number);
}

/** A hair more than what is lost by rounding. */
const hair = 1e-6;

/**
 * The conjunctions of conditions on different axes that explain what was seen nearly as well as the best one. The
 * prior falls with every further axis; however many conditions an axis has, they share it. Each step looks only at
 * what is left inside, and not at all where even its best could not come near.
 */
export function explanations(seen: Gains, on: Explaining): readonly Explained[] {
  const looked = lookedAt(seen, on);
  const { conditions, starts, falls, leasts, patterns } = looked;
  const { meeting, gaining, gains, all } = patterns;
  const losing = losingIn(patterns);
  const found: { readonly where: number; readonly score: number }[] = [];
  // Room for what is left inside a conjunction of each length, and for what of it loses, used over and over.
  const roomsOf = (length: number) => Array.from({ length }, () => new Uint32Array(all.length));
  const [rooms, losingRooms] = [roomsOf(mostConditions - 1), roomsOf(mostConditions)];
  let floor = Number.NEGATIVE_INFINITY;
  const note = (where: number, score: number) => {
    if (score > floor) found.push({ where, score });
    floor = Math.max(floor, score - on.within);
  };
  const mostOf = (prior: number, a: Bits, b: Bits) => {
    let sum = prior;
    for (const p of gaining)
      if ((((a[p >> 5] as number) & (b[p >> 5] as number)) >>> (p & 31)) & 1) sum += gains[p] as number;
    return sum;
  };
  const visit = ({ length, where, inside, from, prior: before, most: mostBefore }: Visited): void => {
    const [left, lost] = [rooms[length], losingRooms[length] as Bits];
    keepShared(lost, inside, losing.patterns);
    for (let axis = from; axis < falls.length; axis++) {
      const prior = before + (falls[axis] as number);
      const bound = mostBefore + (falls[axis] as number);
      if (bound <= floor) continue;
      const mostLost = (bound - floor) / losing.loss + hair;
      for (let i = starts[axis] as number; i < (starts[axis + 1] as number); i++) {
        const own = meeting[i] as Bits;
        if (!shareMore(mostLost, lost, own)) note(packWith(where, i), scoreOf(prior, [inside, own], gains));
        if (left === undefined) continue;
        const most = mostOf(prior, inside, own);
        if (most + (leasts[axis + 1] as number) <= floor) continue;
        keepShared(left, inside, own);
        visit({ length: length + 1, where: packWith(where, i), prior, most, inside: left, from: axis + 1 });
      }
    }
  };
  note(0, scoreOf(0, [all, all], gains));
  visit({ length: 0, where: 0, prior: 0, most: mostOf(0, all, all), inside: all, from: 0 });
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
