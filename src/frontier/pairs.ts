import type { AxisValue } from "../domains/domain.ts";
import type { Place } from "./trial.ts";

/** How often each two values met in a request of one kind, by their two numbers packed into one. */
type Counts = Map<number, number>;

/**
 * How often values have stood beside each other in a request: a fault that needs two of them shows only where both
 * meet (combinatorial coverage: Cohen et al. 1997).
 */
export interface Met {
  /** A number for each value of an axis, in the order they came up. */
  readonly ids: Map<string, Map<AxisValue, number>>;
  readonly kinds: Map<AxisValue | undefined, Counts>;
}

export const nothingMet = (): Met => ({ ids: new Map(), kinds: new Map() });

/** What packs two numbers into one. */
const base = 4096;

function numberOf(name: string, value: AxisValue, { ids }: Met): number {
  const numbers = ids.get(name) ?? new Map<AxisValue, number>();
  const known = numbers.get(value);
  if (known !== undefined) return known;
  if (numbers.size === 0) ids.set(name, numbers);
  let number = 0;
  for (const { size } of ids.values()) number += size;
  numbers.set(value, number);
  return number;
}

/** Every two values at a place; what is around a request hides what it has of the same name. */
function pairsAt({ cell, around }: Place, met: Met): readonly number[] {
  const values = { ...cell, ...around };
  const ids: number[] = [];
  for (const name in values)
    if (name !== "kind" && name !== "verdict") ids.push(numberOf(name, values[name] as AxisValue, met));
  ids.sort((a, b) => a - b);
  const pairs: number[] = [];
  for (let i = 0; i < ids.length; i++)
    for (let j = i + 1; j < ids.length; j++) pairs.push((ids[i] as number) * base + (ids[j] as number));
  return pairs;
}

/** Counts the pairs at a place. */
export function countMet(met: Met, place: Place): void {
  const counts: Counts = met.kinds.get(place.cell.kind) ?? new Map();
  met.kinds.set(place.cell.kind, counts);
  for (const pair of pairsAt(place, met)) counts.set(pair, (counts.get(pair) ?? 0) + 1);
}

/** How new a place would be, 0–1: the mean over its pairs, of which one that met n times counts 1/(1 + n)². */
export function newnessOf(place: Place, met: Met): number {
  const pairs = pairsAt(place, met);
  const counts = met.kinds.get(place.cell.kind);
  let sum = 0;
  for (const pair of pairs) sum += 1 / (1 + (counts?.get(pair) ?? 0)) ** 2;
  return pairs.length === 0 ? 0 : sum / pairs.length;
}
