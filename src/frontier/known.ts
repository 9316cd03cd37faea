import type { Domain } from "../domains/domain.ts";
import {
  aroundOf,
  type Minimal,
  mainMode,
  observationsOf,
  type Place,
  type Shown,
  separateModes,
  type Trial,
} from "./trial.ts";
import { knownVein, reach, type Vein } from "./veins.ts";

/** Causes that are known: a minimal form has nothing in it that its failure does not need. */

/** A known cause explains whatever goes wrong where it reaches with this chance. */
const explains = 0.5;

/** True if one of the known causes holds at a place. */
export const isKnownAt = (place: Place, known: readonly Vein[]): boolean =>
  known.some((vein) => vein.isKnown && reach(vein, place) >= explains);

/**
 * The veins whose cause a minimal form tells, those that need least first: what lies inside another one is none of its
 * own.
 */
export function knownVeins(trials: readonly Trial[], domain: Pick<Domain, "axes">): readonly Vein[] {
  const told = trials.flatMap((trial) => {
    const main = mainMode(trial);
    if (trial.minimal === null || main === null) return [];
    // Where several things went wrong, what is left tells which of them it was.
    const own = trial.modes.find(({ key }) => key.startsWith(`${trial.minimal?.needs.kind}: `));
    return [{ ...trial.minimal, mode: (own ?? main).key }];
  });
  const size = ({ needs }: Minimal) => Object.keys(needs).length;
  const veins: Vein[] = [];
  const seen = told.length === 0 ? [] : trials.flatMap((trial) => observationsOf(trial));
  for (const cause of told.toSorted((a, b) => size(a) - size(b)))
    if (!isKnownAt(cause.at, veins)) veins.push(knownVein(cause, veins, { seen, domain }));
  return veins;
}

/**
 * The way to fail of a trial in which nothing went wrong where it is known to, and where it is one and the same request
 * that went wrong in every rollout: a failure that is worth going after as it is. Null for any other trial.
 */
export function cleanlyNew(trial: Trial, known: readonly Vein[]): Shown | null {
  const separate = separateModes(trial);
  const [main] = separate;
  if (main === undefined || separate.some(({ request }) => request !== main.request)) return null;
  const failing = trial.requests.filter((_, i) =>
    trial.modes.some(({ request }) => request === null || request === i),
  );
  return failing.some((cell) => isKnownAt({ cell, around: aroundOf(trial) }, known)) ? null : main;
}
