import lnGamma from "@stdlib/math-base-special-gammaln";
import { isSame, type Json } from "../core/json.ts";
import type { Rng } from "../core/rng.ts";
import { meets } from "../domains/cell.ts";
import type { Axis, AxisValues, Condition, Domain, Region } from "../domains/domain.ts";

/** One request of a task that the target was run on, and how often it went wrong there in each way. */
export interface Observation {
  readonly cell: AxisValues;
  /** The number of things wanted, the schedule, and what else is said of the whole conversation and world. */
  readonly around: AxisValues;
  /** Scored rollouts. */
  readonly n: number;
  /** Rollouts by the key of what went wrong in them. */
  readonly modes: Readonly<Record<string, number>>;
}

/** A way to fail, and where it may come from. */
export interface Vein {
  /** What its failures share: the name of their cause. */
  readonly mode: string;
  /** Conjunctions of conditions that may be its cause, with their chances; most likely first. */
  readonly causes: readonly Cause[];
}

export interface Cause {
  readonly where: Region;
  /** Its share of the posterior. */
  readonly chance: number;
}

/** Conditions of a cause at most, beside the kind of request. */
const mostConditions = 3;
/** A condition on one more axis makes a cause that much less likely beforehand: the simplest explanation comes first. */
const priorOfAxis = 0.15;
/** The chance to fail inside a cause and outside of it, as Beta counts: mostly, and hardly ever. */
const [inside, outside] = [
  { alpha: 3, beta: 1 },
  { alpha: 1, beta: 24 },
] as const;

const lnBeta = (a: number, b: number) => lnGamma(a) + lnGamma(b) - lnGamma(a + b);

/** ln of the chance of k failures in n rollouts in a given order, the rate being drawn from a Beta (beta-binomial). */
function lnChance(
  { alpha, beta }: { readonly alpha: number; readonly beta: number },
  k: number,
  n: number,
): number {
  return lnBeta(alpha + k, beta + n - k) - lnBeta(alpha, beta);
}

/** The conditions that a failing cell meets on one axis: its value, and for numbers also "at least" and "at most". */
function conditionsOn(axis: Axis, value: AxisValues[string]): readonly Condition[] {
  const isNumeric = axis.values.every((one) => typeof one === "number");
  if (!isNumeric || typeof value !== "number") return [value];
  const numbers = axis.values as readonly number[];
  const least = numbers.filter((one) => one <= value && one > Math.min(...numbers)).map((min) => ({ min }));
  const most = numbers.filter((one) => one >= value && one < Math.max(...numbers)).map((max) => ({ max }));
  return [value, ...least, ...most];
}

type Named = readonly [axis: string, condition: Condition];

/** A request that was run, and how much better "inside the cause" explains it than "outside" (ln of the ratio). */
interface Gain {
  readonly one: Observation;
  readonly gain: number;
}

interface Explained {
  readonly where: readonly Named[];
  /** ln of the prior, and with what it explains of the posterior, but for a constant. */
  readonly score: number;
}

/** Every conjunction of conditions on different axes, scored by what it explains; each step looks only at what is left inside. */
function* conjunctions(
  options: readonly (readonly Named[])[],
  within: readonly Gain[],
  so: { readonly where: readonly Named[]; readonly prior: number },
): Generator<Explained> {
  const { where, prior } = so;
  yield { where, score: prior + within.reduce((sum, { gain }) => sum + gain, 0) };
  if (where.length === mostConditions) return;
  for (const [i, onAxis] of options.entries()) {
    // However many conditions an axis has, they share its prior.
    const next = prior + Math.log(priorOfAxis / onAxis.length);
    for (const condition of onAxis) {
      const left = within.filter(({ one }) => covers([condition], one));
      yield* conjunctions(options.slice(i + 1), left, { where: [...where, condition], prior: next });
    }
  }
}

const covers = (where: readonly Named[], { cell, around }: Observation) =>
  where.every(([axis, condition]) => meets(cell[axis] ?? around[axis], condition));

/** Causes so much (in ln) less likely than the best one are left out. */
const negligible = 9;
/** Causes that are kept of one vein. */
const mostCauses = 400;

/**
 * The posterior over all conjunctions of up to three conditions (beside the kind) that hold where a mode was first
 * seen: each is weighed by how well "fails inside, hardly ever outside" explains every request that was run.
 */
export function veinOf(mode: string, seen: readonly Observation[], domain: Pick<Domain, "axes">): Vein {
  const failing = seen.filter(({ modes }) => (modes[mode] ?? 0) > 0);
  const kind = kindOf(mode, failing, seen);
  const rate = ({ modes, n }: Observation) => (modes[mode] ?? 0) / n;
  const [surest] = failing.filter(({ cell }) => cell.kind === kind).toSorted((a, b) => rate(b) - rate(a));
  if (surest === undefined) return { mode, causes: [] };
  const ofKind = seen.filter(({ cell }) => cell.kind === kind);
  const values: AxisValues = { ...surest.around, ...surest.cell };
  const options = domain.axes
    .filter(({ name }) => name !== "kind" && values[name] !== undefined)
    // The clause says all that the verdict does.
    .filter(({ name }) => name !== "verdict")
    .map((axis) =>
      conditionsOn(axis, values[axis.name] as AxisValues[string]).map((one): Named => [axis.name, one]),
    );
  const weighed = weigh(mode, ofKind, options).slice(0, mostCauses);
  const sum = weighed.reduce((so, { weight }) => so + weight, 0);
  return {
    mode,
    causes: weighed.map(({ where, weight }) => ({
      where: { ...(kind === undefined ? {} : { kind }), ...Object.fromEntries(where) },
      chance: weight / sum,
    })),
  };
}

/** The kind of request that a mode goes with: what belongs to no request was laid to each one that stood beside it. */
function kindOf(mode: string, failing: readonly Observation[], seen: readonly Observation[]) {
  const kinds = [...new Set(failing.map(({ cell }) => cell.kind))];
  const rate = (kind: AxisValues[string] | undefined) => {
    const own = seen.filter(({ cell }) => cell.kind === kind);
    const failed = own.reduce((sum, { modes }) => sum + (modes[mode] ?? 0), 0);
    return (failed + 0.5) / (own.reduce((sum, { n }) => sum + n, 0) + 1);
  };
  return kinds.toSorted((a, b) => rate(b) - rate(a))[0];
}

interface Weighed {
  readonly where: readonly Named[];
  readonly weight: number;
}

function weigh(
  mode: string,
  seen: readonly Observation[],
  options: readonly (readonly Named[])[],
): readonly Weighed[] {
  const gains = seen.map((one): Gain => {
    const k = Math.min(one.n, one.modes[mode] ?? 0);
    return { one, gain: lnChance(inside, k, one.n) - lnChance(outside, k, one.n) };
  });
  const scored = [...conjunctions(options, gains, { where: [], prior: 0 })];
  const best = scored.reduce((most, { score }) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  return scored
    .filter(({ score }) => score > best - negligible)
    .map(({ where, score }) => ({ where, weight: Math.exp(score - best) }))
    .sort((x, y) => y.weight - x.weight);
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
export function leadOf({ causes }: Vein, least: number, rng: Rng): Lead | null {
  if (causes.length === 0) return null;
  const drawn = rng.weighted(causes, ({ chance }) => chance);
  let where = drawn.where;
  const within = () =>
    causes.filter((cause) => implies(where, cause.where)).reduce((sum, { chance }) => sum + chance, 0);
  for (const cause of causes) {
    if (within() >= least) break;
    where = narrowed(where, cause.where);
  }
  return { where, chance: within() };
}

/** True if every condition of `of` stands in a region, or a value that meets it. */
function implies(region: Region, of: Region): boolean {
  return Object.entries(of).every(([axis, condition]) => {
    const own = region[axis];
    if (own === undefined) return false;
    return isSame(own as Json, condition as Json) || (typeof own !== "object" && meets(own, condition));
  });
}

/** A region with the conditions of another one, both of which hold in one cell: the narrower one of each axis. */
function narrowed(region: Region, more: Region): Region {
  const merged = Object.entries(more).map(([axis, condition]) => {
    const own = region[axis];
    if (own === undefined || typeof condition !== "object") return [axis, condition] as const;
    return [axis, typeof own !== "object" ? own : { ...own, ...condition }] as const;
  });
  return { ...region, ...Object.fromEntries(merged) };
}

/** The chance that a vein reaches a request in a cell. */
export function reach({ causes }: Vein, at: Pick<Observation, "cell" | "around">): number {
  return causes
    .filter(({ where }) => covers(Object.entries(where), { ...at, n: 0, modes: {} }))
    .reduce((sum, { chance }) => sum + chance, 0);
}
