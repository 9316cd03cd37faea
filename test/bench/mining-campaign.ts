import type { FaultFile } from "../../src/agents/fault-file.ts";
import { scoreTask } from "./mining-score.ts";
import { createTree, type Named, type Tree } from "./mining-tree.ts";

/** What a strategy has cost so far, in target rollouts by what they were for. */
export interface Spent {
  /** Proposing, screening and gating. */
  readonly search: number;
  readonly simplify: number;
  /** Those that are only reported. */
  readonly fresh: number;
}

export const nothingSpent: Spent = { search: 0, simplify: 0, fresh: 0 };

/** A task that a strategy kept, with the tree that its rollouts came from where there is one. */
export interface Kept {
  readonly named: Named;
  readonly at: Spent;
  readonly tree?: Tree;
}

/** One strategy's search for the faults of one target, before it is scored. */
export interface Searched {
  readonly kept: readonly Kept[];
  readonly spent: Spent;
  /** Tasks that were tried. */
  readonly candidates: number;
  /** What it says at its end, where it says anything. */
  readonly said: string | null;
}

export const strategies = ["random", "greedy", "dag", "wg"] as const;
export type Strategy = (typeof strategies)[number];

/** A task that was kept, by what was planted. */
export interface Harvested {
  readonly at: Spent;
  readonly rate: number;
  readonly freshPassed: number;
  readonly found: readonly string[];
}

/** One strategy's search for the faults of one target from one seed, scored. */
export interface Campaign {
  readonly strategy: Strategy;
  readonly target: string;
  readonly seed: number;
  /** Search rollouts that it was to spend. */
  readonly until: number;
  readonly harvested: readonly Harvested[];
  readonly spent: Spent;
  readonly candidates: number;
  readonly said: string | null;
  /** Milliseconds of one core. */
  readonly ms: { readonly searching: number; readonly scoring: number };
}

/** Scores what a search has kept, in its order. */
export async function score(
  file: FaultFile,
  { kept }: Pick<Searched, "kept">,
): Promise<readonly Harvested[]> {
  const harvested: Harvested[] = [];
  for (const { named, at, tree } of kept)
    harvested.push({ at, ...(await scoreTask(file, named, tree ?? createTree(file, named))) });
  return harvested;
}
