import type { Beliefs } from "./beliefs.ts";
import { counted, needsOf, type Removed, removalOrder, type Tree } from "./elements.ts";
import type { Rates } from "./sequential.ts";

/** What a choice is made from. */
export interface Choosing {
  readonly tree: Tree;
  readonly beliefs: Beliefs;
  isValid(removed: Removed): boolean;
}

/** Less likely to be needed, an element counts as gone; at least so likely, as settled. Between, it is open. */
const [gone, settled] = [0.04, 0.9] as const;
/** What was thought unlikely from the start has to have become so much less likely. */
const lessThanBefore = 0.75;
/** The most that the chances of all that is gone may come to before a form is put to the sweep. */
const mostRisk = 0.04;

/** Nats that a rollout has to teach to be worth having: less is left where pieces can only go together, or stay. */
const leastLearned = 0.004;

export type Choice =
  /** The set whose next rollout teaches most. */
  | { readonly status: "try"; readonly removed: Removed }
  /** Nothing is open any more: this much can go. */
  | { readonly status: "done"; readonly removed: Removed };

/** Elements that join a set together, in the order in which they do. */
type Blocks = readonly (readonly number[])[];

/** Unsound beginnings that are looked at, the most telling first, before one that is known to be sound is taken. */
const mostUnsound = 4;

/** What to leave out in the next rollout, or that the search is at its end. */
export function chooseTry(on: Choosing): Choice {
  const quick = chooseFrom(singly(openOrder(on), on.tree), on, () => true);
  // Only where the first idea is unsound does it matter what can go beside what.
  if (on.isValid(quick.removed)) return quick;
  const { blocks, sound } = soundBlocks(openOrder(on, coarse), on);
  let unsound = 0;
  return chooseFrom(blocks, on, (removed, k) => {
    if (sound.has(k)) return true;
    if (unsound >= mostUnsound) return false;
    if (on.isValid(removed)) return true;
    unsound += 1;
    return false;
  });
}

/** Each element by itself, with what goes along. */
function singly(order: readonly number[], { subtrees }: Tree): Blocks {
  const taken = new Set<number>();
  return order.map((i) => {
    const block = (subtrees[i] ?? []).filter((below) => !taken.has(below));
    for (const one of block) taken.add(one);
    return block;
  });
}

/** Says of the beginning of so many blocks and one whether it can be tried. */
type Admits = (removed: Removed, k: number) => boolean;

function chooseFrom(blocks: Blocks, on: Choosing, admits: Admits): Choice {
  const chances = cleanChances(blocks, on);
  const isAllGone = blocks.every((block) => block.every((i) => isGone(i, on) || hasGoneAbove(i, block, on)));
  const isSettled = isAllGone && 1 - (chances.at(-1) ?? 1) <= mostRisk;
  const best = isSettled ? null : mostTelling(blocks, chances, on, admits);
  return best === null ? { status: "done", removed: removable(on) } : { status: "try", removed: best };
}

/** The beginning whose next rollout teaches most; null if none teaches enough. */
function mostTelling(
  blocks: Blocks,
  chances: readonly number[],
  { beliefs, tree }: Choosing,
  admits: Admits,
): Removed | null {
  const rates = beliefs.rates();
  const guesses = chances.map((chance, k) => ({ k, learned: information(chance, rates) }));
  let best: { readonly removed: Removed; readonly learned: number } | null = null;
  for (const { k, learned } of guesses.toSorted((a, b) => b.learned - a.learned || a.k - b.k)) {
    if (learned <= (best?.learned ?? leastLearned)) break;
    const removed = setOf(blocks.slice(0, k + 1), tree);
    // Of a set that was tried before more is known than of its elements one by one.
    const known = beliefs.clean(counted(tree, removed));
    const exact = known === null ? learned : information(known, rates);
    if (exact > (best?.learned ?? leastLearned) && admits(removed, k)) best = { removed, learned: exact };
  }
  return best?.removed ?? null;
}

/** The chance of each beginning that nothing in it is needed. */
function cleanChances(blocks: Blocks, { beliefs, tree }: Choosing): readonly number[] {
  const isPlain = tree.elements.every(({ isApart }) => isApart !== true);
  const removed = new Uint8Array(tree.elements.length);
  let chance = 1;
  return blocks.map((block) => {
    for (const i of block) {
      removed[i] = 1;
      chance *= 1 - beliefs.needed(i);
    }
    if (isPlain) return chance;
    return counted(tree, removed).reduce((so, out, i) => (out === 1 ? so * (1 - beliefs.needed(i)) : so), 1);
  });
}

/** True if an element goes along with one that stands apart and is gone itself. */
function hasGoneAbove(i: number, block: readonly number[], on: Choosing): boolean {
  const { elements, subtrees } = on.tree;
  return block.some(
    (above) =>
      elements[above]?.isApart === true && subtrees[above]?.includes(i) === true && isGone(above, on),
  );
}

/** The largest sound set of which every element counts as gone. */
export function removable(on: Choosing): Removed {
  const order = openOrder(on).filter((i) => isGone(i, on));
  const quick = setOf(singly(order, on.tree), on.tree);
  return on.isValid(quick) ? quick : setOf(soundBlocks(order, on).blocks, on.tree);
}

const isGone = (i: number, { beliefs, tree }: Choosing): boolean =>
  beliefs.needed(i) < Math.min(gone, lessThanBefore * (tree.priors[i] ?? 1));

/** How many elements do not count as gone, sound or not. */
export function leftOf(on: Choosing): number {
  const { elements } = on.tree;
  const gone = singly(
    elements.flatMap((_, i) => (isGone(i, on) ? [i] : [])),
    on.tree,
  ).flat();
  return elements.length - new Set(gone).size;
}

/** How many elements it is expected to be wrong about, if each is taken for what it most likely is. */
export function doubtOf({ beliefs, tree }: Choosing): number {
  return tree.priors.reduce((sum, _, i) => sum + Math.min(beliefs.needed(i), 1 - beliefs.needed(i)), 0);
}

function setOf(blocks: Blocks, { elements }: Tree): Removed {
  const removed = new Uint8Array(elements.length);
  for (const block of blocks) for (const i of block) removed[i] = 1;
  return removed;
}

/** A chance to half a nat: an order by it changes seldom, and so do the sets whose soundness has to be looked at. */
const coarse = (chance: number): number => Math.exp(Math.round(2 * Math.log(chance)) / 2);

/** The elements that are not settled as needed, and nothing below which is, the least likely first. */
function openOrder({ tree, beliefs }: Choosing, read = (chance: number) => chance): readonly number[] {
  return removalOrder(tree, (i) => read(beliefs.needed(i))).filter((i) =>
    needsOf(tree, i).every((below) => beliefs.needed(below) < settled),
  );
}

interface SoundBlocks {
  readonly blocks: Blocks;
  /** The indices of blocks with which a beginning ends that is known to be sound: the last one among them. */
  readonly sound: ReadonlySet<number>;
}

/**
 * The part of an order that can go: as much of it at once as leaves something sound, by halves; what cannot go by
 * itself is tried again after the others. What counts as gone goes before all else.
 */
function soundBlocks(order: readonly number[], on: Choosing): SoundBlocks {
  const { tree, isValid } = on;
  const blocks: (readonly number[])[] = [];
  const sound = new Set<number>();
  const removed = setOf([], tree);
  const canGo = (indices: readonly number[]): boolean => {
    const added = singly(indices, tree)
      .map((block) => block.filter((i) => removed[i] === 0))
      .filter((block) => block.length > 0);
    for (const i of added.flat()) removed[i] = 1;
    if (isValid(removed)) {
      blocks.push(...added);
      if (added.length > 0) sound.add(blocks.length - 1);
      return true;
    }
    for (const i of added.flat()) removed[i] = 0;
    return false;
  };
  /** What cannot go. */
  const take = (indices: readonly number[]): readonly number[] => {
    if (indices.length === 0 || canGo(indices)) return [];
    const half = Math.ceil(indices.length / 2);
    return indices.length === 1 ? indices : [...take(indices.slice(0, half)), ...take(indices.slice(half))];
  };
  const gone = order.filter((i) => isGone(i, on));
  const others = order.filter((i) => !isGone(i, on));
  for (let [waiting, before] = [[...take(gone), ...take(others)], order.length]; ; ) {
    if (waiting.length === 0 || waiting.length === before) return { blocks, sound };
    before = waiting.length;
    waiting = [...take(waiting.filter((i) => removed[i] === 0))];
  }
}

/** What one rollout of a part teaches that is whole with this chance: mutual information in nats (Shannon 1948). */
function information(whole: number, { kept, lost }: Rates): number {
  const mixed = whole * kept + (1 - whole) * lost;
  return entropy(mixed) - whole * entropy(kept) - (1 - whole) * entropy(lost);
}

const entropy = (p: number) => (p <= 0 || p >= 1 ? 0 : -p * Math.log(p) - (1 - p) * Math.log(1 - p));
