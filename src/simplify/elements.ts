/** One piece of a whole that can be left out. */
export interface Element {
  readonly id: string;
  /** What it costs to keep: the tokens that the target reads for it. */
  readonly cost: number;
  /** The element that takes this one along when it goes. */
  readonly parent?: string;
  /** True if a child that is needed says nothing of it: the child matters only while this one is there. */
  readonly isApart?: true;
  /** True if something else stands in its place once it is gone, with which the failure may be another one. */
  readonly isReplaced?: true;
  /** The chance that the failure needs it, before anything was tried; without one, 4 in all of them. */
  readonly prior?: number;
}

/** A set of elements: 1 at the index of each element that is left out. */
export type Removed = Uint8Array;

/** Elements by index, with what goes along with each. */
export interface Tree {
  readonly elements: readonly Element[];
  /** The index of each id. */
  readonly places: ReadonlyMap<string, number>;
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
  return { elements, places, subtrees, priors: elements.map(({ prior }) => prior ?? assumed) };
}

/** The ids of the elements that stay. */
export function keptIds({ elements }: Tree, removed: Removed): ReadonlySet<string> {
  return new Set(elements.flatMap(({ id }, i) => (removed[i] === 1 ? [] : [id])));
}

/** True if an element is left out while what it belongs to stays. */
export function isOutAlone({ elements, places }: Tree, i: number, removed: Removed): boolean {
  const above = places.get(elements[i]?.parent ?? "");
  return removed[i] === 1 && (above === undefined || removed[above] !== 1);
}

/** The name of a set: equal sets have equal names. */
export const nameOf = (removed: Removed): string => removed.join("");

/** The elements of a set that matter by themselves: without those that are below one apart that is left out too. */
export function counted({ elements, subtrees }: Tree, removed: Removed): Removed {
  let own = removed;
  elements.forEach(({ isApart }, i) => {
    const below = subtrees[i] ?? [];
    if (isApart !== true || removed[i] !== 1 || below.length < 2) return;
    if (own === removed) own = removed.slice();
    for (const one of below) if (one !== i) own[one] = 0;
  });
  return own;
}

/** What has to be unneeded for an element to go: itself, and what is below it unless it stands apart. */
export function needsOf({ elements, subtrees }: Tree, i: number): readonly number[] {
  return elements[i]?.isApart === true ? [i] : (subtrees[i] ?? [i]);
}

/** Indices by the chance that they cannot go, the least first; children before their parents, the costliest first. */
export function removalOrder(tree: Tree, needed: (index: number) => number): readonly number[] {
  const { elements, subtrees } = tree;
  const own = elements.map((_, i) => needed(i));
  const keys = own.map((_, i) =>
    needsOf(tree, i).reduce((most, one) => Math.max(most, own[one] as number), 0),
  );
  const by = (values: readonly number[], a: number, b: number) =>
    (values[a] as number) - (values[b] as number);
  const costs = elements.map(({ cost }) => -cost);
  const sizes = subtrees.map((below) => below.length);
  return elements
    .map((_, i) => i)
    .sort((a, b) => by(keys, a, b) || by(sizes, a, b) || by(costs, a, b) || a - b);
}
