import { createBeliefs } from "./beliefs.ts";
import { type Choosing, chooseTry, doubtOf, leftOf, removable } from "./choose-try.ts";
import { counted, type Element, type Removed, treeOf } from "./elements.ts";
import { ratesOf, totalOf } from "./sequential.ts";
import { type Outcome, openTries, type Testing, type Tries, type Trying } from "./tries.ts";

/** A whole whose failure is to be made small, and how to try a part of it. */
export interface Searching extends Trying {
  readonly elements: readonly Element[];
  /** Rollouts of the whole that were had before, and how many of them failed. */
  readonly whole: { readonly failed: number; readonly n: number };
  onTry?(tried: Tried): void;
}

export type Step = "search" | "sweep" | "confirm";

/** One rollout, and what it was for. */
export interface Tried extends Testing {
  readonly step: Step;
  readonly outcome: Outcome;
  /** So far, this one included. */
  readonly rollouts: number;
  /** Elements that are not yet known to be superfluous. */
  readonly left: number;
}

/** A search under way. */
export interface Search extends Choosing {
  readonly tries: Tries;
  readonly whole: Searching["whole"];
  /** One rollout, from which the chances are updated; false when there is none to be had. */
  play(removed: Removed, step: Step): Promise<boolean>;
}

/** Rollouts that leave as much in doubt as before, after which a search has nothing more to find. */
const stallLimit = 500;

/** After so many rollouts of a search, so many of the whole, to know better what rate tries are held against. */
const [measureEvery, measureBy] = [100, 24] as const;

/** Throws a RangeError where the elements are no tree. */
export function openSearch(on: Searching): Search {
  const tree = treeOf(on.elements);
  const tries = openTries(on, tree);
  const beliefs = createBeliefs(tree.priors, ratesOf(on.whole));
  const choosing: Choosing = { tree, beliefs, isValid: tries.isValid };
  return {
    ...choosing,
    tries,
    whole: on.whole,
    play: async (removed, step) => {
      const played = await tries.play(removed, step === "confirm" ? "confirm" : "search");
      if (played === null) return false;
      const { testing, outcome } = played;
      if (outcome !== "unscored") beliefs.see(counted(tree, removed), outcome === "failed");
      on.onTry?.({ ...testing, step, outcome, rollouts: tries.rollouts(), left: leftOf(choosing) });
      return true;
    },
  };
}

/** Searches until nothing is open, or as much has been in doubt for long; null if it was cut short. */
export async function searchOnce(search: Search): Promise<Removed | null> {
  let least = Number.POSITIVE_INFINITY;
  for (let [n, idle] = [1, 0]; idle < stallLimit; n++, idle++) {
    const { status, removed } = chooseTry(search);
    if (status === "done") return removed;
    const doubt = doubtOf(search);
    if (doubt < least) [least, idle] = [doubt, 0];
    if (!(await search.play(removed, "search"))) return null;
    if (n % measureEvery === 0 && !(await measureWhole(search))) return null;
  }
  return removable(search);
}

/** A long search is long for a rate that is hard to tell from another: it is measured again, and all is read anew. */
async function measureWhole({ tree, tries, whole, beliefs, play }: Search): Promise<boolean> {
  const nothing = new Uint8Array(tree.elements.length);
  for (let i = 0; i < measureBy; i++) {
    await tries.ready(nothing, "search", measureBy - i);
    if (!(await play(nothing, "search"))) return false;
  }
  const counts = tries.counts(nothing, "search");
  beliefs.holdAgainst(ratesOf({ failed: whole.failed + counts.failed, n: whole.n + totalOf(counts) }));
  return true;
}
