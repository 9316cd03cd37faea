import type { FaultFile } from "../../src/agents/fault-file.ts";
import { createRng } from "../../src/core/rng.ts";
import { airline } from "../../src/domains/airline/airline.ts";
import { gateVerdict, hardWindow, screeningRule, verdictOf } from "../../src/rollout/evaluate.ts";
import { taskKey } from "../../src/tasks/task.ts";
import type { Kept, Searched } from "./mining-campaign.ts";
import { type Candidate, mutateTask } from "./mining-cells.ts";
import { createTree, type Tree } from "./mining-tree.ts";

/** The simple strategies that a miner is compared with: they keep by the same rule, never simplify and have no store. */

/** As a harvest screens, without anything learned before, and then its gate of fresh rollouts. */
const rule = screeningRule(hardWindow);
const gate = { rollouts: 8, least: 4 } as const;

/** Tries one task by the rule and the gate. The seeds are those of a rollout's slot. */
async function tryTask(
  tree: Tree,
  seedOf: (index: number) => string,
): Promise<{ readonly rollouts: number; readonly kept: boolean }> {
  let [n, passed] = [0, 0];
  while (n < rule.cap && (n === 0 || verdictOf(rule, passed, n) === "undecided")) {
    if (await tree.passes(seedOf(n))) passed += 1;
    n += 1;
  }
  if (verdictOf(rule, passed, n) !== "inside") return { rollouts: n, kept: false };
  let [asked, gated] = [0, 0];
  const verdict = () => gateVerdict({ passed: gated, n: asked }, gate, hardWindow);
  for (; verdict() === "undecided"; asked++) if (await tree.passes(seedOf(1_000 + asked))) gated += 1;
  return { rollouts: n + asked, kept: verdict() === "inside" };
}

/** How a baseline comes by its next task: by its place among all, and what was kept so far. */
type Propose = (place: number, kept: readonly Candidate[]) => Candidate;

async function search(
  file: FaultFile,
  { seed, until }: { readonly seed: number; readonly until: number },
  propose: Propose,
): Promise<Searched> {
  const kept: Kept[] = [];
  const found: Candidate[] = [];
  let [spent, candidates] = [0, 0];
  while (spent < until) {
    const candidate = propose(candidates, found);
    candidates += 1;
    const tree = createTree(file, candidate);
    const key = taskKey(candidate.task, airline);
    const tried = await tryTask(tree, (index) => `${seed}/${key}/${index}`);
    spent += tried.rollouts;
    if (!tried.kept || spent > until) continue;
    found.push(candidate);
    kept.push({ named: candidate, at: { search: spent, simplify: 0, fresh: 0 }, tree });
  }
  return { kept, spent: { search: spent, simplify: 0, fresh: 0 }, candidates, said: null };
}

export interface Searching {
  readonly seed: number;
  /** Search rollouts. */
  readonly until: number;
  /** Tasks in random cells, by place. */
  random(place: number): Candidate;
}

/** (a) Uniform random cells. */
export function searchRandom(file: FaultFile, on: Searching): Promise<Searched> {
  return search(file, on, (place) => on.random(place));
}

/** How often greedy exploitation changes something that it kept; else, and while it kept nothing, it draws at random. */
const exploits = 0.85;

/** (b) Greedy exploitation as published: mostly changes one value of something that failed inside the window. */
export function searchGreedy(file: FaultFile, on: Searching): Promise<Searched> {
  return search(file, on, (place, kept) => {
    const rng = createRng(`greedy/${on.seed}/${file.name}/${place}`);
    const mutated =
      kept.length > 0 && rng.chance(exploits) ? mutateTask(rng.pick(kept), rng.fork("mutate")) : null;
    return mutated ?? on.random(place);
  });
}
