import type { AxisValues } from "../domains/domain.ts";
import type { Observation } from "./veins.ts";

/** Which values have stood beside each other in a request: a fault that needs two of them shows only where both meet. */
export type Pairs = ReadonlySet<string>;

/** Every two values of a request and what is around it, with its kind (pairwise coverage: Cohen et al. 1997). */
function* pairsOf({ cell, around }: Pick<Observation, "cell" | "around">): Generator<string> {
  const { kind, verdict: _, ...own } = cell;
  const values = Object.entries({ ...own, ...around } satisfies AxisValues).map(
    ([axis, value]) => `${axis}=${value}`,
  );
  for (const [i, one] of values.entries()) {
    for (let j = i + 1; j < values.length; j++) yield `${kind} ${one} ${values[j]}`;
  }
}

/** The pairs that were run in some requests. */
export function pairsIn(seen: readonly Pick<Observation, "cell" | "around">[]): Pairs {
  return new Set(seen.flatMap((one) => [...pairsOf(one)]));
}

/** How many pairs of some requests were never run. */
export function newPairs(asked: readonly Pick<Observation, "cell" | "around">[], known: Pairs): number {
  const fresh = new Set(asked.flatMap((one) => [...pairsOf(one)]).filter((pair) => !known.has(pair)));
  return fresh.size;
}
