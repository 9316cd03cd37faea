import type { Bits, Patterns } from "./patterns.ts";

/** What speaks against a conjunction, counted: to count is far quicker than to add up. */

/** The place of the lowest bit that is set. */
export const lowest = (bits: number) => 31 - Math.clz32(bits & -bits);

/** How many bits of a word are set (Warren, Hacker's Delight, §5-1). */
function bitsIn(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Patterns that lose so much at least. */
export interface Losing {
  readonly loss: number;
  readonly patterns: Bits;
}

/** Losses of which the one is looked at that comes to most by the patterns that lose so much: to count them is quick. */
const losses = [0.5, 1, 2, 4, 8] as const;

/** The losing patterns that are quickest to rule out conjunctions by. */
export function losingIn({ gains, all }: Pick<Patterns, "gains" | "all">): Losing {
  const counts = losses.map(() => 0);
  for (const gain of gains)
    for (let i = 0; i < losses.length && gain <= -(losses[i] as number); i++)
      counts[i] = (counts[i] as number) + 1;
  const worth = losses.map((loss, i) => loss * (counts[i] as number));
  const loss = losses[worth.indexOf(Math.max(...worth))] as number;
  const patterns = all.slice();
  for (let p = 0; p < gains.length; p++)
    if ((gains[p] as number) > -loss) patterns[p >> 5] = (patterns[p >> 5] as number) & ~(1 << (p & 31));
  return { loss, patterns };
}

/** True if two sets share more than so many patterns. */
export function shareMore(than: number, a: Bits, b: Bits): boolean {
  let count = 0;
  for (let w = 0; w < a.length; w++) {
    count += bitsIn((a[w] as number) & (b[w] as number));
    if (count > than) return true;
  }
  return false;
}
