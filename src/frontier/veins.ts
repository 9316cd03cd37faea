import { haveSameItems } from "../core/lists.ts";
import type { Rng } from "../core/rng.ts";
import { meets } from "../domains/cell.ts";
import type { AxisValues, Condition, Domain, Region } from "../domains/domain.ts";
import { type Cause, chancesOf, weighGains } from "./causes.ts";
import { holdsAt, regionOf } from "./conjunctions.ts";
import { failures } from "./gain.ts";
import { chanceAt } from "./reaching.ts";
import { gainsBy, type Kind, type Seen, seenIn } from "./seen.ts";
import type { Observation, Place } from "./trial.ts";

/** A way to fail, and where it may come from. */
export interface Vein {
  /** The mode and the kind of request, numbered from the second cause on: "cancel: omitted (2)". */
  readonly name: string;
  /** What its failures share. */
  readonly mode: string;
  /** Conjunctions of conditions that may be its cause, with their chances; most likely first. */
  readonly causes: readonly Cause[];
  /** True if a minimal form tells its cause. */
  readonly isKnown: boolean;
}

/** Veins of one mode at most. */
const mostVeins = 6;
/** A vein explains a failure that its cause reaches with this chance. */
const explains = 0.3;

/** What the veins of a mode were found from. */
interface FoundFrom {
  readonly failing: readonly Observation[];
  /** What was seen of each kind in which it fails. */
  readonly places: readonly (readonly Observation[])[];
  readonly names: string;
}

const foundBefore = new WeakMap<
  Pick<Domain, "axes">,
  Map<string, { readonly from: FoundFrom; readonly veins: readonly Vein[] }>
>();

const isSameFrom = (a: FoundFrom, b: FoundFrom) =>
  a.names === b.names &&
  haveSameItems(a.failing, b.failing) &&
  a.places.length === b.places.length &&
  a.places.every((places, i) => haveSameItems(places, b.places[i] ?? []));

/**
 * The veins of one mode. Remembered until something else was seen of a kind of request in which it fails; the same
 * observations by identity are the same.
 */
export function veinsOf(
  mode: string,
  seen: readonly Observation[],
  on: { readonly domain: Pick<Domain, "axes">; readonly before: readonly Vein[] },
): readonly Vein[] {
  const { kinds, failing: all } = seenIn(seen);
  const failing = all.get(mode) ?? [];
  const failingKinds = new Set(failing.map(({ cell }): Kind => cell.kind));
  const from: FoundFrom = {
    failing,
    places: [...failingKinds].map((kind) => kinds.get(kind)?.places ?? []),
    names: on.before.map(({ name }) => name).join("\n"),
  };
  const known = foundBefore.get(on.domain) ?? new Map();
  foundBefore.set(on.domain, known);
  const before = known.get(mode);
  if (before !== undefined && isSameFrom(before.from, from)) return before.veins;
  const veins = findVeins(mode, seen, on);
  known.set(mode, { from, veins });
  return veins;
}

/**
 * Finds the veins of one mode. Each is the posterior over all conjunctions of up to three conditions (beside the kind) that
 * hold at its surest failure, weighed by how well "fails inside, hardly ever outside" explains every request that was
 * run. What a vein leaves unexplained is another cause that fails the same way, and so the next vein.
 */
function findVeins(
  mode: string,
  seen: readonly Observation[],
  { domain, before }: { readonly domain: Pick<Domain, "axes">; readonly before: readonly Vein[] },
): readonly Vein[] {
  const { kinds, failing: all } = seenIn(seen);
  let failing = all.get(mode) ?? [];
  const explained = new Set<Observation>();
  const veins: Vein[] = [];
  while (veins.length < mostVeins) {
    const kind = kindOf(mode, failing, { kinds, explained });
    const pivot = surest(
      mode,
      failing.filter(({ cell }) => cell.kind === kind),
    );
    const ofKind = kinds.get(kind);
    if (pivot === null || ofKind === undefined) break;
    const gains = gainsBy(mode, ofKind, { failing, explained });
    const causes = chancesOf(
      weighGains({ ...ofKind, gains }, { at: pivot, axes: domain.axes }).map(({ where, score }) => ({
        where: regionOf(kind, where),
        conditions: [...(kind === undefined ? [] : [["kind", kind] as const]), ...where],
        score,
      })),
    );
    const vein = { name: nameOf(mode, kind, [...before, ...veins]), mode, causes, isKnown: false };
    veins.push(vein);
    // What belongs to no request was laid to every one of its task: once explained, it is for all of them.
    const tasks = new Set([pivot.task]);
    for (const one of failing) if (!tasks.has(one.task) && reach(vein, one) >= explains) tasks.add(one.task);
    for (const one of failing) if (tasks.has(one.task)) explained.add(one);
    failing = failing.filter((one) => !explained.has(one));
  }
  return veins;
}

/** The name of the next vein of a mode: its kind where the mode does not say it, and a number from the second one on. */
export function nameOf(mode: string, kind: AxisValues[string] | undefined, before: readonly Vein[]): string {
  const name = mode.startsWith(`${kind}:`) ? mode : `${mode} in ${kind}`;
  const alike = before.filter((vein) => vein.name === name || vein.name.startsWith(`${name} (`)).length;
  return alike === 0 ? name : `${name} (${alike + 1})`;
}

/** The failure with the highest rate, of equal ones the one with most rollouts, then the oldest. */
function surest(mode: string, seen: readonly Observation[]): Observation | null {
  const rate = (one: Observation) => (failures(mode, one) + 0.5) / (one.n + 1);
  return seen.reduce<Observation | null>((best, one) => {
    if (failures(mode, one) === 0) return best;
    return best === null || rate(one) > rate(best) ? one : best;
  }, null);
}

/** The kind of request that a mode goes with: what belongs to no request was laid to each one that stood beside it. */
function kindOf(
  mode: string,
  failing: readonly Observation[],
  { kinds, explained }: Pick<Seen, "kinds"> & { readonly explained: ReadonlySet<Observation> },
): Kind {
  const failed = new Map<Kind, number>();
  for (const one of failing)
    failed.set(one.cell.kind, (failed.get(one.cell.kind) ?? 0) + failures(mode, one));
  // Of equal ones the kind that came up first.
  const rated = [...kinds].flatMap(([kind, seen]) => {
    const count = failed.get(kind);
    if (count === undefined) return [];
    let n = seen.n;
    for (const one of explained) if (one.cell.kind === kind) n -= one.n;
    return [{ kind, rate: (count + 0.5) / (n + 1) }];
  });
  return rated.toSorted((a, b) => b.rate - a.rate)[0]?.kind;
}

/** Where a vein is followed, and the chance that its cause lies there. */
export interface Lead {
  readonly where: Region;
  readonly chance: number;
}

/**
 * Conditions that together hold a vein's cause with at least a given chance: those of a cause drawn by its chance
 * (posterior sampling, Thompson 1933), and more from the likeliest others until the chance is reached. What stays
 * open is free to vary, and every task that still fails there narrows the cause. Null if there is none.
 */
export function leadOf({ causes }: Pick<Vein, "causes">, least: number, rng: Rng): Lead | null {
  if (causes.length === 0) return null;
  let where = rng.weighted(causes, ({ chance }) => chance).where;
  let [open, chance] = [causes, 0];
  for (;;) {
    const [holds, left] = [
      open.filter((one) => implies(where, one)),
      open.filter((one) => !implies(where, one)),
    ];
    chance += holds.reduce((sum, cause) => sum + cause.chance, 0);
    const [next] = left;
    if (chance >= least || next === undefined) return { where, chance };
    where = narrowed(where, next.where);
    open = left;
  }
}

const isRange = (condition: Condition) => typeof condition === "object" && !Array.isArray(condition);

/** True if whatever meets a condition meets the other one. */
function isNarrower(own: Condition, of: Condition): boolean {
  if (own === of) return true;
  if (typeof own !== "object") return meets(own, of);
  if (!isRange(own) || !isRange(of)) return false;
  const [a, b] = [own as Range, of as Range];
  return (
    (b.min === undefined || (a.min ?? b.min - 1) >= b.min) &&
    (b.max === undefined || (a.max ?? b.max + 1) <= b.max)
  );
}

interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** True if whatever lies in a region lies in a cause. */
const implies = (region: Region, { conditions }: Cause): boolean =>
  conditions.every(([axis, condition]) => {
    const own = region[axis];
    return own !== undefined && isNarrower(own, condition);
  });

/** A region with the conditions of another one, both of which hold in one cell: the narrower one of each axis. */
function narrowed(region: Region, more: Region): Region {
  const merged = Object.entries(more).map(([axis, condition]) => {
    const own = region[axis];
    if (own === undefined || isNarrower(condition, own)) return [axis, condition] as const;
    return [
      axis,
      isRange(own) && isRange(condition) ? { ...(own as Range), ...(condition as Range) } : own,
    ] as const;
  });
  return { ...region, ...Object.fromEntries(merged) };
}

/** The chance that a vein reaches a request at a place. */
export function reach({ causes }: Pick<Vein, "causes">, at: Place): number {
  const [only] = causes;
  if (only === undefined || causes.length > 1) return chanceAt(causes, at);
  return only.conditions.every((named) => holdsAt(at, named)) ? only.chance : 0;
}
