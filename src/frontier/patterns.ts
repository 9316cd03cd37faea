import { meets } from "../domains/cell.ts";
import type { Axis, AxisValue, Condition } from "../domains/domain.ts";
import type { Place } from "./trial.ts";

/** A condition on an axis. */
export type Named = readonly [axis: string, condition: Condition];

/** What was seen at a place, as the ln of how much better "inside the cause" explains it than "outside". */
export interface Gain {
  readonly at: Place;
  readonly gain: number;
}

/** The conditions of one axis that may be part of a cause. */
export interface Options {
  /** The axis by its place among the domain's. */
  readonly axis: number;
  readonly conditions: readonly Named[];
}

/** A set of patterns: bit i of word w stands for the pattern 32 w + i. */
export type Bits = Uint32Array;

/** What was seen, as plain numbers: places that meet the same conditions are one pattern. */
export interface Patterns {
  /** The gain at each pattern's places, added up. */
  readonly gains: Float64Array;
  readonly all: Bits;
  /** Those that gain anything. */
  readonly gaining: Bits;
  /** For each condition the patterns that meet it. */
  readonly meeting: readonly Bits[];
}

/** A place on a domain's axes: for each axis the number of its value. */
type Coded = Uint16Array;

interface Codes {
  /** The values that each axis has had, by number; `undefined` is 0 on each of them. */
  readonly values: readonly Map<AxisValue | undefined, number>[];
  readonly places: WeakMap<Place, Coded>;
}

const codesBefore = new WeakMap<readonly Axis[], Codes>();

/** The codes of a domain's axes, and those of places: one place is part of many veins. Remembered by identity. */
function codesOn(axes: readonly Axis[]): Codes {
  const known = codesBefore.get(axes);
  if (known !== undefined) return known;
  const codes = { values: axes.map(() => new Map([[undefined, 0]])), places: new WeakMap() };
  codesBefore.set(axes, codes);
  return codes;
}

function coded(at: Place, axes: readonly Axis[], { values, places }: Codes): Coded {
  const known = places.get(at);
  if (known !== undefined) return known;
  const own = Uint16Array.from(axes, ({ name }, axis) => {
    const value = at.cell[name] ?? at.around[name];
    const numbers = values[axis] as Map<AxisValue | undefined, number>;
    const number = numbers.get(value) ?? numbers.size;
    numbers.set(value, number);
    return number;
  });
  places.set(at, own);
  return own;
}

/** The values of one axis by which of its options they meet. */
interface Classes {
  /** For each value, by number, its class. */
  readonly of: Uint16Array;
  /** For each class the numbers of the conditions that it meets. */
  readonly met: readonly (readonly number[])[];
}

function classesOf(
  conditions: readonly Named[],
  values: Iterable<AxisValue | undefined>,
  first: number,
): Classes {
  const classes = new Map<string, readonly number[]>();
  const names = Array.from(values, (value) => {
    const met = conditions.flatMap(([, condition], i) => (meets(value, condition) ? [first + i] : []));
    classes.set(met.join(), met);
    return met.join();
  });
  const numbers = new Map([...classes.keys()].map((name, i) => [name, i]));
  return { of: Uint16Array.from(names, (name) => numbers.get(name) ?? 0), met: [...classes.values()] };
}

/** Whole numbers below it, and sums and products of them, are exact. */
const exact = 2 ** 53;

/** Places that meet the same conditions, in the order in which they came up, with their gains. */
export function patternsOf(
  gains: readonly Gain[],
  options: readonly Options[],
  axes: readonly Axis[],
): Patterns {
  const codes = codesOn(axes);
  const places = gains.map(({ at }) => coded(at, axes, codes));
  let conditions = 0;
  const classes = options.map((one) => {
    const first = conditions;
    conditions += one.conditions.length;
    return classesOf(one.conditions, (codes.values[one.axis] ?? new Map()).keys(), first);
  });
  const isExact = classes.reduce((product, { met }) => product * met.length, 1) < exact;
  const summed = new Map<number | string, { readonly place: Coded; gain: number }>();
  for (let g = 0; g < gains.length; g++) {
    const place = places[g] as Coded;
    const { gain } = gains[g] as Gain;
    const key = isExact ? packed(place, options, classes) : spelt(place, options, classes);
    const known = summed.get(key);
    if (known === undefined) summed.set(key, { place, gain });
    else known.gain += gain;
  }
  return laidOut([...summed.values()], { options, classes, conditions });
}

/** The classes of a place as one number, where that is exact. */
function packed(place: Coded, options: readonly Options[], classes: readonly Classes[]): number {
  let key = 0;
  for (let a = 0; a < options.length; a++) {
    const { of, met } = classes[a] as Classes;
    key = key * met.length + (of[place[(options[a] as Options).axis] as number] as number);
  }
  return key;
}

const spelt = (place: Coded, options: readonly Options[], classes: readonly Classes[]) =>
  options.map(({ axis }, a) => classes[a]?.of[place[axis] ?? 0]).join();

interface Layout {
  readonly options: readonly Options[];
  readonly classes: readonly Classes[];
  /** How many there are on all axes. */
  readonly conditions: number;
}

function laidOut(
  summed: readonly { readonly place: Coded; readonly gain: number }[],
  { options, classes, conditions }: Layout,
): Patterns {
  const words = Math.ceil(summed.length / 32);
  const [all, gaining] = [new Uint32Array(words), new Uint32Array(words)];
  const inClass = classes.map(({ met }) => met.map(() => new Uint32Array(words)));
  for (let p = 0; p < summed.length; p++) {
    const { place, gain } = summed[p] as (typeof summed)[number];
    const [w, bit] = [p >> 5, 1 << (p & 31)];
    all[w] = (all[w] as number) | bit;
    if (gain > 0) gaining[w] = (gaining[w] as number) | bit;
    for (let a = 0; a < options.length; a++) {
      const { of } = classes[a] as Classes;
      const bits = inClass[a]?.[of[place[(options[a] as Options).axis] as number] as number] as Bits;
      bits[w] = (bits[w] as number) | bit;
    }
  }
  const meeting = Array.from({ length: conditions }, () => new Uint32Array(words));
  for (const [a, { met }] of classes.entries())
    for (const [c, own] of met.entries())
      for (const i of own) addBits(meeting[i] as Bits, inClass[a]?.[c] as Bits);
  return { gains: Float64Array.from(summed, ({ gain }) => gain), all, gaining, meeting };
}

function addBits(to: Bits, from: Bits): void {
  for (let w = 0; w < to.length; w++) to[w] = (to[w] as number) | (from[w] as number);
}
