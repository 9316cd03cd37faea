import type { AxisValues, Condition, Domain, Region } from "../domains/domain.ts";
import { chancesOf, type Scored, weigh } from "./causes.ts";
import { holdsAt } from "./conjunctions.ts";
import {
  aroundOf,
  blamedIn,
  isLeftOut,
  type Minimal,
  mainMode,
  type Observation,
  observationsOf,
  type Place,
  type Shown,
  separateModes,
  type Trial,
} from "./trial.ts";
import { nameOf, reach, type Vein } from "./veins.ts";

/** Causes that are known: a minimal form has nothing in it that its failure does not need. */

/** A known cause explains whatever goes wrong where it reaches with this chance; what goes wrong in its own way with less. */
const [explains, explainsAlike] = [0.55, 0.3] as const;

/** True if one of the known causes holds at a place. */
export const isKnownAt = (place: Place, known: readonly Vein[]): boolean =>
  known.some((vein) => vein.isKnown && reach(vein, place) >= explains);

/**
 * True if a known cause explains what went wrong in a trial: it holds at a request that is to blame. Where the trial
 * failed in the cause's own way it need only be likely to hold there, or hold at any other request of it, since like
 * requests are easily taken for each other. What was only left out may follow from what went wrong at another one.
 */
export function isExplained(trial: Trial, vein: Vein): boolean {
  const main = mainMode(trial);
  if (main === null || !vein.isKnown) return false;
  const blamed = blamedIn(trial);
  if (blamed.some((place) => isKnownAt(place, [vein]))) return true;
  const isAlike = vein.mode === main.key;
  if (isAlike && blamed.some((place) => reach(vein, place) >= explainsAlike)) return true;
  const around = aroundOf(trial);
  const isWrong = (i: number) => trial.modes.some(({ request }) => request === i);
  return trial.requests.some(
    (cell, i) => (isAlike || (isLeftOut(main) && isWrong(i))) && isKnownAt({ cell, around }, [vein]),
  );
}

/**
 * The veins whose cause a minimal form tells, those that need least first: what lies inside another one is none of its
 * own.
 */
export function knownVeins(trials: readonly Trial[], domain: Pick<Domain, "axes">): readonly Vein[] {
  const told = trials.flatMap((trial) => {
    const main = mainMode(trial);
    if (trial.minimal === null || main === null) return [];
    const { needs, shows } = trial.minimal;
    // Where several things went wrong, what is left tells which of them it was.
    const own =
      trial.modes.find(({ key }) => key === shows) ??
      trial.modes.find(({ key }) => key.startsWith(`${needs.kind}: `));
    return [{ ...trial.minimal, mode: (own ?? main).key }];
  });
  const size = ({ needs }: Minimal) => Object.keys(needs).length;
  const veins: Vein[] = [];
  const seen = told.length === 0 ? [] : trials.flatMap((trial) => observationsOf(trial));
  for (const cause of told.toSorted((a, b) => size(a) - size(b))) {
    const { at, beside } = cause;
    const places = [at, ...beside.map((cell) => ({ cell, around: at.around }))];
    if (!places.some((place) => isKnownAt(place, veins)))
      veins.push(knownVein(cause, veins, { seen, domain }));
  }
  return veins;
}

/** What was seen, and the axes. */
interface Seeing {
  readonly seen: readonly Observation[];
  readonly domain: Pick<Domain, "axes">;
}

/** The odds beforehand that a cause needs a value too that no smaller form could do without, and a simplest one. */
const [alsoNeeds, needsSimplest] = [1, 0.02] as const;

/**
 * The vein of a minimal form, which tells what the failure needs. What else has to hold no smaller form can tell: that
 * values have to be as simple as they are there, that one counts which cannot go by itself, or that others would do
 * as well. That is weighed by what failed and passed.
 */
function knownVein(
  { mode, needs, perhaps, at }: Minimal & { readonly mode: string },
  before: readonly Vein[],
  { seen, domain }: Seeing,
): Vein {
  const priorOf = (axis: string) => (perhaps.includes(axis) ? alsoNeeds : needsSimplest);
  const causes = [{ where: needs, odds: 1 }, ...widened({ needs, at }, domain)].flatMap(
    ({ where, odds }): readonly Scored[] => {
      const fixed = Object.entries(where);
      const inside = seen
        .filter((one) => one.n > 0 && fixed.every((named) => holdsAt(one, named)))
        .map((one): Observation => {
          const failed = Object.values(one.modes).reduce((sum, count) => sum + count, 0);
          return { ...one, modes: failed === 0 ? {} : { [mode]: Math.min(one.n, failed) } };
        });
      const free = (values: AxisValues): AxisValues =>
        Object.fromEntries(Object.entries(values).filter(([name]) => needs[name] === undefined));
      const place = { cell: free(at.cell), around: free(at.around) };
      return weigh(mode, inside, { at: place, axes: domain.axes, priorOf }).map((more) => ({
        where: { ...where, ...Object.fromEntries(more.where) },
        conditions: [...fixed, ...more.where],
        score: more.score + Math.log(odds),
      }));
    },
  );
  const name = nameOf(mode, String(needs.kind ?? "any"), before);
  return { name, mode, causes: chancesOf(causes), isKnown: true };
}

/** The odds beforehand that where a cause needs a value any other one but the simplest would do as well. */
const anyOther = 0.1;

/** Needs of which one is wider: any value but the simplest, any clause, any kind where no simpler one could be tried. */
function widened(
  { needs, at }: Pick<Minimal, "needs" | "at">,
  { axes }: Pick<Domain, "axes">,
): readonly { readonly where: Region; readonly odds: number }[] {
  return Object.entries(needs).flatMap(([name, condition]) => {
    const { [name]: _, ...others } = needs;
    const axis = axes.find((one) => one.name === name);
    const wider = (where: Region) => [{ where: { ...others, ...where }, odds: anyOther }];
    if (axis === undefined || typeof condition === "object" || typeof condition === "number") return [];
    if (name === "kind") return condition === axis.simplest ? wider({}) : [];
    // Which clause it is that turns a request down may not matter.
    const { verdict } = at.cell;
    if (name === "clause") return verdict === undefined ? [] : wider({ verdict });
    const rest: Condition = axis.values.filter((value) => value !== axis.simplest);
    return axis.values.length > 2 && condition !== axis.simplest ? wider({ [name]: rest }) : [];
  });
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
