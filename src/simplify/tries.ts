import { isOutAlone, keptIds, nameOf, type Removed, type Tree } from "./elements.ts";
import type { Counts } from "./sequential.ts";

/** What a rollout showed; `slipped` if it failed in another way than the whole does. */
export type Outcome = "failed" | "passed" | "slipped" | "unscored";

/** Searching and confirming keep their rollouts apart: no rollout serves both. */
export type Part = "search" | "confirm";

/** One rollout that is asked for. Those of one part of one set count from index 0. */
export interface Testing {
  readonly kept: ReadonlySet<string>;
  readonly index: number;
  readonly part: Part;
}

/** All outcomes of one set in one part, in the order of their indices. */
export interface Known {
  readonly kept: readonly string[];
  readonly part: Part;
  readonly outcomes: readonly Outcome[];
}

/** How parts of a whole are tried. */
export interface Trying {
  /** True if what is kept is sound. Asked often, at most once for a set. */
  isValid(kept: ReadonlySet<string>): boolean;
  /** One rollout; null when none can be had any more. */
  test(testing: Testing): Promise<Outcome | null>;
  /** True if a set may be the answer (an oracle solves it); asked before it is confirmed, once for a set. */
  admits?(kept: ReadonlySet<string>): Promise<boolean>;
  /** Rollouts at most, known ones and those of the confirmation among them. */
  readonly maxRollouts: number;
  readonly signal?: AbortSignal;
  /** Rollouts in flight at most, where several are sure to be wanted; the result is the same for any number. */
  readonly ahead?: number;
  /** Outcomes of an earlier search: they stand for rollouts, so that it goes on where it ended. */
  readonly known?: readonly Known[];
}

/** The tries so far, counted by what they kept. */
export interface Tries {
  isValid(removed: Removed): boolean;
  /** From now on no set is valid without this element while what it belongs to is there. */
  hold(index: number): void;
  isHeld(index: number): boolean;
  admits(removed: Removed): Promise<boolean>;
  /** One more rollout of a set; null when there is none to be had. */
  play(
    removed: Removed,
    part: Part,
  ): Promise<{ readonly testing: Testing; readonly outcome: Outcome } | null>;
  /** Has so many rollouts more of a set side by side, for plays that are sure to come; they are charged as played. */
  ready(removed: Removed, part: Part, n: number): Promise<void>;
  counts(removed: Removed, part: Part): Counts;
  rollouts(): number;
  known(): readonly Known[];
}

/** Rollouts in a row that nothing could score, after which more of them would show nothing either. */
const maxUnscored = 3;

interface Entry {
  readonly kept: ReadonlySet<string>;
  readonly outcomes: Record<Part, Outcome[]>;
  /** Had, and not played yet; null where none was to be had. */
  readonly waiting: Record<Part, (Outcome | null)[]>;
  readonly counts: Record<Part, { failed: number; passed: number; slipped: number; unscored: number }>;
  isValid: boolean | null;
}

export function openTries(on: Trying, tree: Tree): Tries {
  const entries = new Map<string, Entry>();
  const recalled = new Map(
    (on.known ?? []).map(({ kept, part, outcomes }) => [recallName(part, kept), outcomes]),
  );
  let rollouts = 0;
  let unscored = 0;
  const entryOf = (removed: Removed): Entry => {
    const name = nameOf(removed);
    const known = entries.get(name);
    if (known !== undefined) return known;
    const none = () => ({ failed: 0, passed: 0, slipped: 0, unscored: 0 });
    const entry: Entry = {
      kept: keptIds(tree, removed),
      outcomes: { search: [], confirm: [] },
      waiting: { search: [], confirm: [] },
      counts: { search: none(), confirm: none() },
      isValid: null,
    };
    entries.set(name, entry);
    return entry;
  };
  const isOver = () => rollouts >= on.maxRollouts || unscored >= maxUnscored || on.signal?.aborted === true;
  const recallAt = ({ kept, part, index }: Testing) => recalled.get(recallName(part, kept))?.[index];
  const held = new Set<number>();
  return {
    hold: (index) => held.add(index),
    isHeld: (index) => held.has(index),
    isValid: (removed) => {
      for (const index of held) if (isOutAlone(tree, index, removed)) return false;
      const entry = entryOf(removed);
      entry.isValid ??= on.isValid(entry.kept);
      return entry.isValid;
    },
    admits: async (removed) => {
      const entry = entryOf(removed);
      if (on.admits !== undefined && !(await on.admits(entry.kept))) entry.isValid = false;
      return entry.isValid !== false;
    },
    play: async (removed, part) => {
      if (isOver()) return null;
      const { kept, outcomes, waiting, counts } = entryOf(removed);
      const testing = { kept, index: outcomes[part].length, part };
      const had = waiting[part].shift();
      const outcome = had === undefined ? (recallAt(testing) ?? (await on.test(testing))) : had;
      if (outcome === null) return null;
      rollouts += 1;
      unscored = outcome === "unscored" ? unscored + 1 : 0;
      outcomes[part].push(outcome);
      counts[part][outcome] += 1;
      return { testing, outcome };
    },
    ready: async (removed, part, n) => {
      const { kept, outcomes, waiting } = entryOf(removed);
      const first = outcomes[part].length + waiting[part].length;
      const most = Math.min(n - waiting[part].length, on.ahead ?? 1, on.maxRollouts - rollouts);
      if (most < 2 || isOver()) return;
      const asked = Array.from({ length: most }, (_, k): Testing => ({ kept, index: first + k, part }));
      const had = await Promise.all(asked.map(async (testing) => recallAt(testing) ?? on.test(testing)));
      waiting[part].push(...had);
    },
    counts: (removed, part) => entryOf(removed).counts[part],
    rollouts: () => rollouts,
    known: () =>
      [...entries.values()].flatMap(({ kept, outcomes }) =>
        (["search", "confirm"] as const).flatMap((part) =>
          outcomes[part].length === 0 ? [] : [{ kept: [...kept], part, outcomes: [...outcomes[part]] }],
        ),
      ),
  };
}

const recallName = (part: Part, kept: Iterable<string>) => `${part}/${[...kept].join("\n")}`;
