import type { AxisValues } from "../domains/domain.ts";
import type { Place } from "./trial.ts";

/**
 * How often values have stood beside each other in a request: a fault that needs two of them shows only where both
 * meet (combinatorial coverage: Cohen et al. 1997).
 */
export interface Met {
  /** A number for each kind and each value of an axis, in the order they came up. */
  readonly ids: Map<string, number>;
  /** How often two values met in a request of a kind, by the three numbers packed into one. */
  readonly counts: Map<number, number>;
}

export const nothingMet = (): Met => ({ ids: new Map(), counts: new Map() });

/** What packs three numbers into one. */
const base = 4096;

function numberOf(name: string, { ids }: Met): number {
  const known = ids.get(name);
  if (known !== undefined) return known;
  ids.set(name, ids.size + 1);
  return ids.size;
}

/** Every two values at a place, with its kind. */
function pairsAt({ cell, around }: Place, met: Met): readonly number[] {
  const { kind, verdict: _, ...values } = { ...cell, ...around } satisfies AxisValues;
  const first = numberOf(`kind=${kind}`, met) * base;
  const ids = Object.entries(values)
    .map((entry) => numberOf(entry.join("="), met))
    .sort((a, b) => a - b);
  return ids.flatMap((one, i) => ids.slice(i + 1).map((other) => (first + one) * base + other));
}

/** Counts the pairs at a place. */
export function countMet(met: Met, place: Place): void {
  for (const pair of pairsAt(place, met)) met.counts.set(pair, (met.counts.get(pair) ?? 0) + 1);
}

/** How new a place would be, 0–1: the mean over its pairs, of which one that met n times counts 1/(1 + n)². */
export function newnessOf(place: Place, met: Met): number {
  const pairs = pairsAt(place, met);
  const sum = pairs.reduce((so, pair) => so + 1 / (1 + (met.counts.get(pair) ?? 0)) ** 2, 0);
  return pairs.length === 0 ? 0 : sum / pairs.length;
}
