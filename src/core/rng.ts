import { createHash } from "node:crypto";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/**
 * A seeded stream of chance. Streams fork by label: what one stage draws never moves what another stage draws.
 */
export interface Rng {
  readonly seed: string;
  /** A stream of its own, fixed by this stream's seed and the label alone. */
  fork(label: string): Rng;
  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number;
  /** A number in [0, 1). */
  unit(): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** One of the items; throws a RangeError on an empty list. */
  pick<T>(items: readonly T[]): T;
  /** `count` different items (all of them if there are fewer), in random order. */
  sample<T>(items: readonly T[], count: number): readonly T[];
  shuffle<T>(items: readonly T[]): readonly T[];
  /** One of the items, with chance in proportion to its weight. */
  weighted<T>(items: readonly T[], weightOf: (item: T) => number): T;
}

/** Creates the stream of a seed. Equal seeds give equal streams on every machine. */
export function createRng(seed: string | number): Rng {
  const name = String(seed);
  const source = xoroshiro128plus(createHash("sha256").update(name).digest().readInt32LE(0));
  const int = (low: number, high: number) => uniformInt(source, low, high);
  const unit = () => uniformFloat64(source);
  const shuffle = <T>(items: readonly T[]): readonly T[] => {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = int(0, i);
      const held = copy[i] as T;
      copy[i] = copy[j] as T;
      copy[j] = held;
    }
    return copy;
  };
  return {
    seed: name,
    fork: (label) => createRng(`${name}/${label}`),
    int,
    unit,
    chance: (probability) => unit() < probability,
    pick: (items) => {
      if (items.length === 0) throw new RangeError("pick: expected at least one item, got an empty list");
      return items[int(0, items.length - 1)] as (typeof items)[number];
    },
    sample: (items, count) => shuffle(items).slice(0, count),
    shuffle,
    weighted: (items, weightOf) => {
      const weights = items.map(weightOf);
      let left = unit() * weights.reduce((sum, weight) => sum + weight, 0);
      for (const [i, item] of items.entries()) {
        left -= weights[i] as number;
        if (left < 0) return item;
      }
      const last = items.at(-1);
      if (last === undefined) throw new RangeError("weighted: expected at least one item, got an empty list");
      return last;
    },
  };
}
