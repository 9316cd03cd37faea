import { meets } from "../domains/cell.ts";
import type { Axis, AxisValue, Condition } from "../domains/domain.ts";
import type { Place } from "./trial.ts";

/** A condition on an axis. */
export type Named = readonly [axis: string, condition: Condition];

/** What was seen at some places, as the ln of how much better "inside the cause" explains it than "outside". */
export interface Gains {
  readonly places: readonly Place[];
  /** One for each place; NaN where a place does not count. */
  readonly gains: Float64Array;
}

/** The conditions of one axis that may be part of a cause. */
export interface Options {
  /** The axis by its place among the domain's. */
  readonly axis: number;
  readonly conditions: readonly Named[];
}

/** A set of places: bit i of word w stands for the place 32 w + i. */
export type Bits = Uint32Array;

/** What was seen, as plain numbers: places that meet the same conditions are one pattern, which stands at the first of them. */
export interface Patterns {
  /** The gain at each pattern's places, added up. */
  readonly gains: Float64Array;
  readonly all: Bits;
  /** Those that gain anything, in their order. */
  readonly gaining: readonly number[];
  /** For each condition the places that meet it. */
  readonly meeting: readonly Bits[];
}

/** Places on a domain's axes, axis by axis. */
interface Column {
  /** The values that came up, in their order. */
  readonly values: readonly (AxisValue | undefined)[];
  /** For each place the number of its value. */
  readonly numbers: Uint16Array;
  /** For each value the places that have it. */
  readonly having: readonly Bits[];
}

const columnsBefore = new WeakMap<readonly Place[], WeakMap<readonly Axis[], readonly Column[]>>();

/** The columns of some places, which many veins look at. Remembered by identity. */
function columnsOf(places: readonly Place[], axes: readonly Axis[]): readonly Column[] {
  const known = columnsBefore.get(places) ?? new WeakMap<readonly Axis[], readonly Column[]>();
  columnsBefore.set(places, known);
  const columns = known.get(axes) ?? axes.map(({ name }) => columnOf(name, places));
  known.set(axes, columns);
  return columns;
}

function columnOf(name: string, places: readonly Place[]): Column {
  const numbers = new Map<AxisValue | undefined, number>();
  const having: Bits[] = [];
  const own = Uint16Array.from(places, ({ cell, around }, p) => {
    const value = cell[name] ?? around[name];
    const number = numbers.get(value) ?? numbers.size;
    if (number === numbers.size) {
      numbers.set(value, number);
      having.push(noneOf(places));
    }
    addBit(having[number] as Bits, p);
    return number;
  });
  return { values: [...numbers.keys()], numbers: own, having };
}

const noneOf = (places: readonly Place[]): Bits => new Uint32Array(Math.ceil(places.length / 32));

function addBit(bits: Bits, p: number): void {
  bits[p >> 5] = (bits[p >> 5] as number) | (1 << (p & 31));
}

function addBits(to: Bits, from: Bits): void {
  for (let w = 0; w < to.length; w++) to[w] = (to[w] as number) | (from[w] as number);
}

/** The values of one axis by which of its options they meet. */
interface Classes {
  /** For each value, by number, its class. */
  readonly of: readonly number[];
  readonly count: number;
}

function classesOf(conditions: readonly Named[], { values }: Column): Classes {
  const classes = new Map<string, number>();
  const of = values.map((value) => {
    let name = "";
    for (const [, condition] of conditions) name += meets(value, condition) ? "1" : "0";
    const number = classes.get(name) ?? classes.size;
    classes.set(name, number);
    return number;
  });
  return { of, count: classes.size };
}

/** Whole numbers below it, and sums and products of them, are exact. */
const exact = 2 ** 53;

/** For each place what tells its pattern: as one number where that is exact, else spelt out. */
function keysOf(
  count: number,
  options: readonly Options[],
  columns: readonly Column[],
): Float64Array | readonly string[] {
  const classes = options.map(({ axis, conditions }) => classesOf(conditions, columns[axis] as Column));
  const isExact = classes.reduce((product, one) => product * one.count, 1) < exact;
  if (!isExact)
    return Array.from({ length: count }, (_, p) =>
      options.map(({ axis }, a) => classes[a]?.of[columns[axis]?.numbers[p] ?? 0]).join(),
    );
  const keys = new Float64Array(count);
  for (const [a, { axis }] of options.entries()) {
    const { of, count: base } = classes[a] as Classes;
    const { numbers } = columns[axis] as Column;
    if (base > 1)
      for (let p = 0; p < count; p++)
        keys[p] = (keys[p] as number) * base + (of[numbers[p] as number] as number);
  }
  return keys;
}

/** Places that meet the same conditions, in the order in which they came up, with their gains. */
export function patternsOf(
  { places, gains }: Gains,
  options: readonly Options[],
  axes: readonly Axis[],
): Patterns {
  const columns = columnsOf(places, axes);
  const keys = keysOf(places.length, options, columns);
  const first = new Map<number | string, number>();
  const summed = new Float64Array(places.length);
  const all = noneOf(places);
  for (let p = 0; p < places.length; p++) {
    const gain = gains[p] as number;
    if (Number.isNaN(gain)) continue;
    const key = keys[p] as number | string;
    const at = first.get(key) ?? p;
    summed[at] = (summed[at] as number) + gain;
    if (at !== p) continue;
    first.set(key, p);
    addBit(all, p);
  }
  const meeting = options.flatMap(({ axis, conditions }) =>
    conditions.map(([, condition]) => meetingOf(condition, columns[axis] as Column, noneOf(places))),
  );
  return {
    gains: summed,
    all,
    gaining: [...first.values()].filter((p) => (summed[p] as number) > 0),
    meeting,
  };
}

function meetingOf(condition: Condition, { values, having }: Column, bits: Bits): Bits {
  for (const [v, value] of values.entries()) if (meets(value, condition)) addBits(bits, having[v] as Bits);
  return bits;
}
