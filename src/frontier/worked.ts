import { haveSameItems } from "../core/lists.ts";
import { chanceWithin, type Interval, posterior, uniformPrior } from "../core/stats.ts";
import type { Domain } from "../domains/domain.ts";
import { hardWindow } from "../rollout/evaluate.ts";
import { isExplained, isKnownAt, knownVeins } from "./known.ts";
import { blamedIn, mainMode, observationsOf, type Trial } from "./trial.ts";
import { reach, type Vein, veinsOf } from "./veins.ts";

/** A vein with what it has brought so far. */
export interface Worked extends Vein {
  /** Tasks that were made to follow it, and those of them that fail by it inside the window. */
  readonly tried: number;
  readonly hits: number;
  /** Tasks kept that fail by it most of all. */
  readonly kept: number;
  /** The share of hits to expect of one task more. */
  readonly share: number;
  /** Rollouts that were spent on following it. */
  readonly rollouts: number;
  /** Scored rollouts of the tasks that belong to it, and how many passed. */
  readonly history: { readonly n: number; readonly passed: number };
}

/**
 * The vein that a trial's failure belongs to: one whose cause is known and explains it, else of its main mode the one that reaches furthest to it.
 */
export function veinOf<V extends Vein>(trial: Trial, veins: readonly V[]): V | null {
  const main = mainMode(trial);
  if (main === null) return null;
  const blamed = blamedIn(trial);
  const reached = (vein: V) => Math.max(0, ...blamed.map((place) => reach(vein, place)));
  const known = veins.filter((vein) => isExplained(trial, vein));
  const own = known.length > 0 ? known : veins.filter(({ mode, isKnown }) => mode === main.key && !isKnown);
  return own.toSorted((a, b) => reached(b) - reached(a))[0] ?? null;
}

/** By the veins that were found, the name of the one that each trial belongs to. */
const ownersBefore = new WeakMap<readonly Worked[], ReadonlyMap<Trial, string | null>>();

/** The name of the vein that a trial's failure belongs to, of those that `veinsIn` has found; null if of none. */
export function ownerOf(trial: Trial, veins: readonly Worked[]): string | null {
  const known = ownersBefore.get(veins)?.get(trial);
  return known === undefined ? (veinOf(trial, veins)?.name ?? null) : known;
}

/** What was found last in a domain, and from what. */
interface Found {
  readonly trials: readonly Trial[];
  readonly window: Interval;
  readonly veins: readonly Worked[];
}

const foundBefore = new WeakMap<Domain, Found>();

/**
 * Every way to fail that was seen, with its likely causes and what it has brought. Remembered until it is asked of
 * other trials of the domain; the same ones by identity are the same.
 */
export function veinsIn(
  trials: readonly Trial[],
  domain: Domain,
  window: Interval = hardWindow,
): readonly Worked[] {
  const before = foundBefore.get(domain);
  const isKept = before?.window.low === window.low && before.window.high === window.high;
  if (before !== undefined && isKept && haveSameItems(before.trials, trials)) return before.veins;
  const veins = findVeins(trials, domain, window);
  foundBefore.set(domain, { trials, window, veins });
  return veins;
}

function findVeins(trials: readonly Trial[], domain: Domain, window: Interval): readonly Worked[] {
  const known = knownVeins(trials, domain);
  const seen = trials.flatMap((trial) => observationsOf(trial, (place) => isKnownAt(place, known)));
  const modes = new Set(seen.flatMap((one) => Object.keys(one.modes)));
  const veins = [...known, ...[...modes].flatMap((mode) => veinsOf(mode, seen, { domain, before: known }))];
  const owners = new Map(trials.map((trial) => [trial, veinOf(trial, veins)?.name ?? null]));
  const following = Map.groupBy(trials, ({ follows }) => follows);
  const owned = Map.groupBy(trials, (trial) => owners.get(trial) ?? null);
  const worked = veins.map((vein): Omit<Worked, "share"> => {
    const made = following.get(vein.name) ?? [];
    const own = owned.get(vein.name) ?? [];
    const isHit = (trial: Trial) => owners.get(trial) === vein.name && isWorthIt(trial, window);
    return {
      ...vein,
      tried: made.length,
      hits: made.filter(isHit).length,
      kept: own.filter(({ kept }) => kept).length,
      rollouts: made.reduce((sum, { n }) => sum + n, 0),
      history: pooled([...new Set([...made, ...own])]),
    };
  });
  const found = worked.map((vein) => ({ ...vein, share: expectedShare(vein, window) }));
  ownersBefore.set(found, owners);
  return found;
}

/**
 * The share of hits to expect of one task more: as seen, with two tasks added that hit with the chance that the pass
 * rate of all that belongs to the vein lies in the window.
 */
function expectedShare(
  { tried, hits, history: { n, passed } }: Pick<Worked, "tried" | "hits" | "history">,
  window: Interval,
): number {
  return (hits + 2 * chanceWithin(posterior(uniformPrior, passed, n), window)) / (tried + 2);
}

/** The chance of lying in the window that all rollouts of a trial have to leave it, so that it counts as a hit. */
const sureOfHit = 0.75;

/** True if a trial is kept, or was let through and nothing that was run of it since speaks against it: a gate least of all. */
const isWorthIt = ({ verdict, n, passed, kept, confirmed }: Trial, window: Interval): boolean =>
  kept ||
  (!confirmed &&
    verdict === "inside" &&
    chanceWithin(posterior(uniformPrior, passed, n), window) >= sureOfHit);

function pooled(trials: readonly Trial[]): Worked["history"] {
  return trials.reduce((so, { n, passed }) => ({ n: so.n + n, passed: so.passed + passed }), {
    n: 0,
    passed: 0,
  });
}
