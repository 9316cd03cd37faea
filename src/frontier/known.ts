import type { Cell } from "../domains/cell.ts";
import type { Axis, AxisValues, Condition, Domain, Region } from "../domains/domain.ts";
import {
  aroundOf,
  mainMode,
  observationsOf,
  type Place,
  type Shown,
  separateModes,
  type Trial,
} from "./trial.ts";
import { knownVein, reach, type Vein } from "./veins.ts";

/** Causes that are known: a minimal form has nothing in it that its failure does not need. */

/**
 * What a failure needs, by its minimal form: every value that is not the simplest of its axis, and at least so much of
 * what is counted. The kind of request too, unless it could be made another, simpler one than the whole's; where
 * several requests are left it stays, since nothing tells which of them the failure is about.
 */
export function needsOf(
  { conversation, world, requests }: Cell,
  { kind, domain }: { readonly kind: AxisValues[string] | undefined; readonly domain: Pick<Domain, "axes"> },
): Region {
  const own = requests.find((request) => request.kind === kind) ?? requests[0];
  const simplestKind = domain.axes.find(({ name }) => name === "kind")?.simplest;
  const isAnyKind = requests.length === 1 && own?.kind === simplestKind && own?.kind !== kind;
  const values: AxisValues = { ...world, ...conversation, ...own };
  return Object.fromEntries(
    domain.axes.flatMap((axis): [string, Condition][] => {
      const value = values[axis.name];
      // The clause says all that the verdict does.
      if (value === undefined || axis.name === "verdict") return [];
      if (axis.name === "kind") return isAnyKind ? [] : [["kind", value]];
      return value === axis.simplest ? [] : [[axis.name, atLeast(value, axis)]];
    }),
  );
}

const atLeast = (value: AxisValues[string], { simplest }: Axis): Condition =>
  typeof value === "number" && typeof simplest === "number" && value > simplest ? { min: value } : value;

/** A known cause explains whatever goes wrong where it reaches with this chance. */
const explains = 0.5;

/** True if one of the known causes holds at a place. */
export const isKnownAt = (place: Place, known: readonly Vein[]): boolean =>
  known.some((vein) => vein.isKnown && reach(vein, place) >= explains);

/** A place that meets what a failure needs, and is as simple as can be otherwise. */
function plainPlace(needs: Region, { axes }: Pick<Domain, "axes">): Place {
  const values = axes.map(({ name, simplest }) => {
    const needed = needs[name];
    const least = typeof needed === "object" && "min" in needed ? needed.min : needed;
    return [name, typeof least === "object" || least === undefined ? simplest : least] as const;
  });
  return { cell: Object.fromEntries(values), around: {} };
}

/**
 * The veins whose cause a minimal form tells, those that need least first: what lies inside another one is none of its
 * own.
 */
export function knownVeins(trials: readonly Trial[], domain: Pick<Domain, "axes">): readonly Vein[] {
  const told = trials.flatMap((trial) => {
    const main = mainMode(trial);
    if (trial.needs === null || main === null) return [];
    // Where several things went wrong, what is left tells which of them it was.
    const own = trial.modes.find(({ key }) => key.startsWith(`${trial.needs?.kind}: `));
    return [{ needs: trial.needs, mode: (own ?? main).key }];
  });
  const size = ({ needs }: { readonly needs: Region }) => Object.keys(needs).length;
  const veins: Vein[] = [];
  const seen = told.length === 0 ? [] : trials.flatMap((trial) => observationsOf(trial));
  for (const { needs, mode } of told.toSorted((a, b) => size(a) - size(b))) {
    const isInside = isKnownAt(plainPlace(needs, domain), veins);
    if (!isInside) veins.push(knownVein({ mode, needs }, veins, { seen, domain }));
  }
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
