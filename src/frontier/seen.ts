import type { AxisValues } from "../domains/domain.ts";
import { failures, gainAt } from "./gain.ts";
import type { Observation } from "./trial.ts";

/** A kind of request; none where a cell does not say it. */
export type Kind = AxisValues[string] | undefined;

/** What was seen of one kind, in order. */
export interface SeenOfKind {
  readonly places: readonly Observation[];
  readonly order: ReadonlyMap<Observation, number>;
  /** For each place what it gains by any mode that it does not show. */
  readonly gains: Float64Array;
  /** Scored rollouts that tell of the kind. */
  readonly n: number;
}

/** What was seen, by what all modes look at. */
export interface Seen {
  readonly kinds: ReadonlyMap<Kind, SeenOfKind>;
  /** The failures of each mode, in order. */
  readonly failing: ReadonlyMap<string, readonly Observation[]>;
}

const before = new WeakMap<readonly Observation[], Seen>();

/** What was seen by kind of request and by mode. Remembered by identity. */
export function seenIn(observations: readonly Observation[]): Seen {
  const known = before.get(observations);
  if (known !== undefined) return known;
  const kinds = new Map(
    [...Map.groupBy(observations, ({ cell }): Kind => cell.kind)].map(([kind, places]) => [
      kind,
      {
        places,
        order: new Map(places.map((one, p) => [one, p])),
        gains: Float64Array.from(places, (one) => gainAt(null, one)),
        n: places.reduce((sum, one) => sum + one.n, 0),
      },
    ]),
  );
  const failing = new Map<string, Observation[]>();
  for (const one of observations) {
    for (const mode in one.modes) {
      if (failures(mode, one) === 0) continue;
      const alike = failing.get(mode) ?? [];
      failing.set(mode, alike);
      alike.push(one);
    }
  }
  const seen = { kinds, failing };
  before.set(observations, seen);
  return seen;
}

/** What each place of a kind gains by a mode; NaN where it is explained. */
export function gainsBy(
  mode: string,
  { order, gains }: SeenOfKind,
  {
    failing,
    explained,
  }: { readonly failing: readonly Observation[]; readonly explained: Iterable<Observation> },
): Float64Array {
  const own = gains.slice();
  for (const one of failing) {
    const p = order.get(one);
    if (p !== undefined) own[p] = gainAt(mode, one);
  }
  for (const one of explained) {
    const p = order.get(one);
    if (p !== undefined) own[p] = Number.NaN;
  }
  return own;
}
