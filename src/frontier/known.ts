import type { Cell } from "../domains/cell.ts";
import type { Axis, AxisValues, Condition, Domain, Region } from "../domains/domain.ts";
import {
  blamedIn,
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
 * what is counted. The kind of request too, unless it could be made another, simpler one than the whole's.
 */
export function needsOf(
  { conversation, world, requests }: Cell,
  { kind, domain }: { readonly kind: AxisValues[string] | undefined; readonly domain: Pick<Domain, "axes"> },
): Region {
  const own = requests.find((request) => request.kind === kind) ?? requests[0];
  const values: AxisValues = { ...world, ...conversation, ...own };
  return Object.fromEntries(
    domain.axes.flatMap((axis): [string, Condition][] => {
      const value = values[axis.name];
      // The clause says all that the verdict does.
      if (value === undefined || axis.name === "verdict") return [];
      if (axis.name === "kind") return value === kind || value !== axis.simplest ? [["kind", value]] : [];
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
    return trial.needs === null || main === null ? [] : [{ needs: trial.needs, mode: main.key }];
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
 * The way to fail of a trial that nothing known explains, where it is one and the same request that went wrong in every
 * rollout: a failure that is worth going after as it is. Null for any other trial.
 */
export function cleanlyNew(trial: Trial, known: readonly Vein[]): Shown | null {
  const separate = separateModes(trial);
  const [main] = separate;
  if (main === undefined || separate.some(({ request }) => request !== main.request)) return null;
  return blamedIn(trial).some((place) => isKnownAt(place, known)) ? null : main;
}
