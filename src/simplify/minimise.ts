import { removable } from "./choose-try.ts";
import { keptIds, type Removed } from "./elements.ts";
import { openSearch, type Search, type Searching, searchOnce } from "./search.ts";
import { boundsFor, type Counts, noCounts, readTest, surelyNeeded, totalOf } from "./sequential.ts";
import { type Kept, slippedFrom, sweep } from "./sweep.ts";
import type { Known } from "./tries.ts";

export interface Minimised {
  /**
   * `confirmed`: it fails on fresh rollouts too. `unconfirmed`: no form did in all rounds, and the whole is given
   * back. `cut`: budget or cancellation ended it, or nothing could be scored; what is kept is the smallest form so far.
   */
  readonly status: "confirmed" | "unconfirmed" | "cut";
  /** Ids, in the order of the elements. */
  readonly kept: readonly string[];
  /** One entry for each that is kept; empty where the sweep did not come to its end. */
  readonly certificate: readonly Kept[];
  /** Rollouts of the form that took no part in finding it. */
  readonly fresh: Counts;
  readonly rollouts: number;
  readonly rounds: number;
  /** All outcomes, to go on from. */
  readonly known: readonly Known[];
}

/** A round ends in a confirmation; where that fails, another begins and knows what it showed. */
const maxRounds = 6;
/** Both errors of a confirmation, and its rollouts at most. */
const [confirmError, confirmCap] = [0.01, 40] as const;

/**
 * Finds a smallest part that still fails, from noisy rollouts. First it searches: each rollout leaves out the set that
 * it teaches most about, and every element's chance of being needed is updated after it (noisy group testing; keeping
 * such chances is the idea of ProbDD, Wang et al. 2021). Then it sweeps: each element that is left goes alone until a
 * sequential test has decided on it, so that no single one could go (1-minimal, up to the test's errors). Then it
 * confirms the form on rollouts that took no part. For given outcomes the result is always the same.
 */
export async function minimise(on: Searching): Promise<Minimised> {
  const search = openSearch(on);
  const { tree, tries } = search;
  const end = (status: Minimised["status"], removed: Removed, round: number): Minimised => ({
    status,
    kept: [...keptIds(tree, removed)],
    certificate: [],
    fresh: noCounts,
    rollouts: tries.rollouts(),
    rounds: round,
    known: tries.known(),
  });
  for (let round = 1; round <= maxRounds; round++) {
    const found = await searchOnce(search);
    if (found === null) return end("cut", removable(search), round);
    const { removed, certificate } = await settle(search, found);
    if (certificate === null) return end("cut", removed, round);
    const slipped = await slippedFrom(search, removed);
    if (slipped === "cut") return end("cut", removed, round);
    if (slipped !== null) {
      tries.hold(slipped);
      search.beliefs.hold(slipped);
      continue;
    }
    if (!(await tries.admits(removed))) continue;
    const { status, fresh } = await confirm(search, removed);
    if (status === "cut") return end("cut", removed, round);
    if (status === "holds") return { ...end("confirmed", removed, round), certificate, fresh };
  }
  return end("unconfirmed", new Uint8Array(tree.elements.length), maxRounds);
}

interface Settled {
  readonly removed: Removed;
  /** Null where it was cut short. */
  readonly certificate: readonly Kept[] | null;
}

/**
 * Sweeps until nothing can go alone. Where one could go after all the search was led astray, by a few rollouts that
 * lie: what they said is read anew beside what the sweep has shown, and it searches again from there.
 */
async function settle(search: Search, found: Removed): Promise<Settled> {
  for (let removed = found; ; ) {
    const swept = await sweep(search, removed);
    if (swept === null) return { removed, certificate: null };
    if ("certificate" in swept) return { removed, ...swept };
    removed = swept.smaller;
    search.beliefs.holdAgainst(search.beliefs.rates());
    const again = await searchOnce(search);
    if (again === null) return { removed, certificate: null };
    if (goesFurther(again, removed)) removed = again;
  }
}

/** True if a form leaves out all that another one does, and more. */
const goesFurther = (form: Removed, than: Removed) =>
  than.every((out, i) => out === 0 || form[i] === 1) && form.some((out, i) => out === 1 && than[i] === 0);

type Confirmed = { readonly status: "holds" | "fails" | "cut"; readonly fresh: Counts };

/** Puts a form to new rollouts only; at the cap the likelier side decides. */
async function confirm({ tries, beliefs, play }: Search, removed: Removed): Promise<Confirmed> {
  const bounds = boundsFor({ wronglyKept: confirmError, wronglyLost: confirmError });
  const before = { ...tries.counts(removed, "confirm") };
  const fresh = (): Counts => {
    const { failed, passed, slipped } = tries.counts(removed, "confirm");
    return {
      failed: failed - before.failed,
      passed: passed - before.passed,
      slipped: slipped - before.slipped,
    };
  };
  const rates = beliefs.rates();
  const even = { kept: 0, lost: 0 };
  while (readTest(fresh(), rates, bounds) === "undecided" && totalOf(fresh()) < confirmCap) {
    const sure = Math.min(surelyNeeded(fresh(), rates, bounds), confirmCap - totalOf(fresh()));
    await tries.ready(removed, "confirm", sure);
    if (!(await play(removed, "confirm"))) return { status: "cut", fresh: fresh() };
  }
  return { status: readTest(fresh(), rates, even) === "kept" ? "holds" : "fails", fresh: fresh() };
}
