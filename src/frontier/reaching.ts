import { meets } from "../domains/cell.ts";
import type { AxisValue, Condition } from "../domains/domain.ts";
import type { Named } from "./patterns.ts";
import type { Place } from "./trial.ts";

/** A cause as reaching needs it: conditions, one on an axis at most, and a chance. */
interface Weighted {
  readonly conditions: readonly Named[];
  readonly chance: number;
}

/** A set of causes: bit i of word w stands for the cause 32 w + i. */
type Bits = Uint32Array;

/** What the causes of a vein ask of one axis. */
interface Asked {
  readonly name: string;
  /** The causes that ask nothing of it. */
  readonly free: Bits;
  readonly asking: ReadonlyMap<Condition, Bits>;
  /** For each value that came up the causes that it does not rule out. */
  readonly left: Map<AxisValue | undefined, Bits>;
}

const add = (to: Bits, from: Bits) => {
  for (let w = 0; w < to.length; w++) to[w] = (to[w] as number) | (from[w] as number);
};

function askedOf(causes: readonly Weighted[]): readonly Asked[] {
  const byAxis = new Map<string, Map<Condition, Bits>>();
  const none = new Uint32Array(Math.ceil(causes.length / 32));
  for (const [c, { conditions }] of causes.entries()) {
    for (const [name, condition] of conditions) {
      const asking = byAxis.get(name) ?? new Map<Condition, Bits>();
      const bits = asking.get(condition) ?? none.slice();
      bits[c >> 5] = (bits[c >> 5] as number) | (1 << (c & 31));
      byAxis.set(name, asking.set(condition, bits));
    }
  }
  return [...byAxis].map(([name, asking]) => {
    const bound = none.slice();
    for (const bits of asking.values()) add(bound, bits);
    return { name, free: bound.map((word) => ~word), asking, left: new Map() };
  });
}

function leftBy({ free, asking, left }: Asked, value: AxisValue | undefined): Bits {
  const known = left.get(value);
  if (known !== undefined) return known;
  const bits = free.slice();
  for (const [condition, causes] of asking) if (meets(value, condition)) add(bits, causes);
  left.set(value, bits);
  return bits;
}

const askedBefore = new WeakMap<readonly Weighted[], readonly Asked[]>();

/** The sum of the chances of the causes that hold at a place, in their order. What they ask is remembered by identity. */
export function chanceAt(causes: readonly Weighted[], { cell, around }: Place): number {
  const asked = askedBefore.get(causes) ?? askedOf(causes);
  askedBefore.set(causes, asked);
  const holding = new Uint32Array(Math.ceil(causes.length / 32)).fill(~0);
  for (const one of asked) {
    const left = leftBy(one, cell[one.name] ?? around[one.name]);
    let any = 0;
    for (let w = 0; w < holding.length; w++) {
      holding[w] = (holding[w] as number) & (left[w] as number);
      any |= holding[w] as number;
    }
    if (any === 0) return 0;
  }
  let sum = 0;
  for (let c = 0; c < causes.length; c++)
    if (((holding[c >> 5] as number) >>> (c & 31)) & 1) sum += (causes[c] as Weighted).chance;
  return sum;
}
