/** One piece of a whole that can be left out. */
export interface Element {
  readonly id: string;
  /** What it costs to keep: the tokens that the target reads for it. */
  readonly cost: number;
  /** The element that takes this one along when it goes. */
  readonly parent?: string;
  /** The chance that the failure needs it, before anything was tried; without one, 4 in all of them. */
  readonly prior?: number;
}

/** A set of elements: 1 at the index of each element that is left out. */
export type Removed = Uint8Array;

/** Elements by index, with what goes along with each. */
export interface Tree {
  readonly elements: readonly Element[];
  /** For each element itself and all below it. */
  readonly subtrees: readonly (readonly number[])[];
  readonly priors: readonly number[];
}

/** How many elements a failure is expected to need, and the most that is assumed of one; Wang et al. 2021 (ProbDD). */
const [expectedNeeded, mostAssumed] = [4, 0.3] as const;

/** Throws a RangeError where two elements share an id, or a parent is unknown or below its own child. */
export function treeOf(elements: readonly Element[]): Tree {
  const places = new Map(elements.map(({ id }, i) => [id, i]));
  if (places.size < elements.length)
    throw new RangeError("treeOf: expected an id of its own for each element");
  const subtrees = elements.map((_, i) => [i]);
  elements.forEach((element, i) => {
    let above = element.parent;
    for (let steps = 0; above !== undefined; steps++) {
      const place = places.get(above);
      if (place === undefined || place === i || steps > elements.length) {
        throw new RangeError(
          `treeOf: the parent ${above} of ${element.id} is unknown or below its own child`,
        );
      }
      subtrees[place]?.push(i);
      above = elements[place]?.parent;
    }
  });
  const assumed = Math.min(mostAssumed, expectedNeeded / Math.max(1, elements.length));
  return { elements, subtrees, priors: elements.map(({ prior }) => prior ?? assumed) };
}

/** The ids of the elements that stay. */
export function keptIds({ elements }: Tree, removed: Removed): ReadonlySet<string> {
  return new Set(elements.flatMap(({ id }, i) => (removed[i] === 1 ? [] : [id])));
}

/** The name of a set: equal sets have equal names. */
export const nameOf = (removed: Removed): string => removed.join("");

/**
 * Indices in an order of which every beginning can be left out without leaving a child behind its parent: by the
 * chance of being needed, that of an element being at least the greatest below it; of equals the costliest first.
 */
export function removalOrder(
  { elements, subtrees }: Tree,
  needed: (index: number) => number,
): readonly number[] {
  const own = elements.map((_, i) => needed(i));
  const keys = subtrees.map((below) => below.reduce((most, i) => Math.max(most, own[i] as number), 0));
  const by = (values: readonly number[], a: number, b: number) =>
    (values[a] as number) - (values[b] as number);
  const costs = elements.map(({ cost }) => -cost);
  const sizes = subtrees.map((below) => below.length);
  return elements
    .map((_, i) => i)
    .sort((a, b) => by(keys, a, b) || by(sizes, a, b) || by(costs, a, b) || a - b);
}
