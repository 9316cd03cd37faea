import { isOutAlone, type Removed, removalOrder } from "./elements.ts";
import type { Search } from "./search.ts";
import { boundsFor, type Counts, noCounts, readTest, surelyNeeded, totalOf } from "./sequential.ts";

/** What is known of one element of the smallest form. */
export interface Kept {
  readonly id: string;
  /**
   * `needed`: without it the failure is gone. `carries`: an element below it has to stay. `unsound`: nothing sound is
   * left without it. `slipped`: what fails without it does not fail with it, so that is another failure. `undecided`: too
   * close to say, so it stays.
   */
  readonly why: "needed" | "carries" | "unsound" | "slipped" | "undecided";
  /** What had to go with it for something sound to be left; empty where it could go by itself. */
  readonly along: readonly string[];
  /** Rollouts without it and what goes along with it, all else being as in the smallest form. */
  readonly without: Counts;
}

/** The errors of taking away what is needed, and of keeping what is not; and the rollouts spent on one at most. */
const [wronglyGone, wronglyKept, cap] = [0.002, 0.02, 40] as const;
const bounds = boundsFor({ wronglyKept: wronglyGone, wronglyLost: wronglyKept });

/** What a sweep has shown: that one more can go, or why each that is left stays. */
export type Swept = { readonly smaller: Removed } | { readonly certificate: readonly Kept[] };

/**
 * Takes away each element that is left, alone, the least likely to be needed first, until one could go; counts that
 * hold for the same set are used again. Null if it was cut short.
 */
export async function sweep(search: Search, removed: Removed): Promise<Swept | null> {
  const { tree, beliefs } = search;
  const kept = new Map<number, Kept>();
  const isApart = (i: number) => tree.elements[i]?.isApart === true;
  const order = removalOrder(tree, beliefs.needed);
  // What stands apart takes the most along, and nothing below it tells whether it can go.
  for (const i of [...order.filter(isApart), ...order.filter((one) => !isApart(one))]) {
    if (removed[i] === 1) continue;
    const below = tree.subtrees[i] ?? [i];
    const id = tree.elements[i]?.id as string;
    if (!isApart(i) && below.some((one) => isFirm(kept.get(one)))) {
      kept.set(i, { id, why: "carries", along: [], without: noCounts });
      continue;
    }
    if (search.tries.isHeld(i)) {
      const { failed, passed, slipped } = search.tries.counts(without(search, removed, [i]), "search");
      // What shows there shows the other failure.
      kept.set(i, {
        id,
        why: "slipped",
        along: [],
        without: { failed: 0, passed, slipped: failed + slipped },
      });
      continue;
    }
    const sound = soundWithout(search, removed, i);
    if (sound === null) {
      kept.set(i, { id, why: "unsound", along: [], without: noCounts });
      continue;
    }
    const why = await check(search, sound.without);
    if (why === null) return null;
    if (why === "superfluous") return { smaller: sound.without };
    const { failed, passed, slipped } = search.tries.counts(sound.without, "search");
    const along = sound.along.map((one) => tree.elements[one]?.id as string);
    kept.set(i, { id, why, along, without: { failed, passed, slipped } });
  }
  return { certificate: tree.elements.flatMap((_, i) => kept.get(i) ?? []) };
}

const isFirm = (kept: Kept | undefined): boolean => kept !== undefined && kept.why !== "undecided";

/** A form without some elements more, and what goes along with them. */
function without({ tree }: Search, removed: Removed, indices: readonly number[]): Removed {
  const smaller = removed.slice();
  for (const one of indices) for (const below of tree.subtrees[one] ?? []) smaller[below] = 1;
  return smaller;
}

interface Without {
  readonly without: Removed;
  readonly along: readonly number[];
}

/** A form without an element: alone if that is sound, else with one more, or with all that is left; null if none is. */
function soundWithout(search: Search, removed: Removed, i: number): Without | null {
  const { tree, tries } = search;
  const others = tree.elements.flatMap((_, j) => (removed[j] === 1 || j === i ? [] : [j]));
  const ways = [[], ...others.map((j) => [j]), others];
  for (const along of ways) {
    const smaller = without(search, removed, [i, ...along]);
    if (tries.isValid(smaller)) return { without: smaller, along };
  }
  return null;
}

/**
 * An element that has to stay since what is there in its place fails for another reason: the form fails with that, and
 * not with the element itself. Null where there is none, "cut" where that was cut short.
 */
export async function slippedFrom(search: Search, removed: Removed): Promise<number | "cut" | null> {
  const { tree } = search;
  for (const [i, { isReplaced }] of tree.elements.entries()) {
    if (isReplaced !== true || !isOutAlone(tree, i, removed)) continue;
    const back = soundWith(search, removed, i);
    const fails = back === null ? "undecided" : await check(search, back);
    if (fails === null) return "cut";
    if (fails !== "superfluous") return i;
  }
  return null;
}

/** A form with an element in its place again: by itself if that is sound, else with one more that was taken away; null if none is. */
function soundWith({ tree, tries }: Search, removed: Removed, i: number): Removed | null {
  const others = tree.elements.flatMap((_, j) => (removed[j] === 1 && j !== i ? [j] : []));
  for (const along of [[], ...others.map((j) => [j])]) {
    const back = removed.slice();
    for (const one of [i, ...along])
      for (let up: number | undefined = one; up !== undefined; up = parentOf(tree, up)) back[up] = 0;
    if (tries.isValid(back)) return back;
  }
  return null;
}

const parentOf = ({ elements, places }: Search["tree"], i: number) => places.get(elements[i]?.parent ?? "");

/** Whether a form can do without what was taken away; null if that was cut short. */
async function check(
  { tries, beliefs, play }: Search,
  without: Removed,
): Promise<"needed" | "undecided" | "superfluous" | null> {
  for (;;) {
    const counts = tries.counts(without, "search");
    const read = readTest(counts, beliefs.rates(), bounds);
    if (read === "kept") return "superfluous";
    if (read === "lost") return "needed";
    if (totalOf(counts) >= cap) return "undecided";
    const sure = Math.min(surelyNeeded(counts, beliefs.rates(), bounds), cap - totalOf(counts));
    await tries.ready(without, "search", sure);
    if (!(await play(without, "sweep"))) return null;
  }
}
