import lnGamma from "@stdlib/math-base-special-gammaln";
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
  /** What its failures share: a note's key. */
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
/** A further condition makes a cause that much less likely beforehand: the simplest explanation comes first. */
const priorOfCondition = 0.25;
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
  readonly score: number;
}

/** Every conjunction of conditions on different axes, scored by what it explains; each step looks only at what is left inside. */
function* conjunctions(
  options: readonly (readonly Named[])[],
  within: readonly Gain[],
  where: readonly Named[],
): Generator<Explained> {
  const gained = within.reduce((sum, { gain }) => sum + gain, 0);
  yield { where, score: gained + where.length * Math.log(priorOfCondition) };
  if (where.length === mostConditions) return;
  for (const [i, onAxis] of options.entries()) {
    for (const condition of onAxis) {
      const left = within.filter(({ one }) => covers([condition], one));
      yield* conjunctions(options.slice(i + 1), left, [...where, condition]);
    }
  }
}

const covers = (where: readonly Named[], { cell, around }: Observation) =>
  where.every(([axis, condition]) => meets(cell[axis] ?? around[axis], condition));

/** Causes so much (in ln) less likely than the best one are left out. */
const negligible = 9;
/** Causes that are told of one vein. */
const shownCauses = 60;

/**
 * The posterior over all conjunctions of up to three conditions (beside the kind) that hold where a mode was first
 * seen: each is weighed by how well "fails inside, hardly ever outside" explains every request that was run.
 */
export function veinOf(mode: string, seen: readonly Observation[], domain: Pick<Domain, "axes">): Vein {
  const failing = seen.filter(({ modes }) => (modes[mode] ?? 0) > 0);
  const surest = failing.toSorted((a, b) => (b.modes[mode] ?? 0) / b.n - (a.modes[mode] ?? 0) / a.n)[0];
  if (surest === undefined) return { mode, causes: [] };
  const { kind } = surest.cell;
  const ofKind = seen.filter(({ cell }) => cell.kind === kind);
  const values: AxisValues = { ...surest.around, ...surest.cell };
  const options = domain.axes
    .filter(({ name }) => name !== "kind" && values[name] !== undefined)
    // The clause says all that the verdict does.
    .filter(({ name }) => name !== "verdict")
    .map((axis) =>
      conditionsOn(axis, values[axis.name] as AxisValues[string]).map((one): Named => [axis.name, one]),
    );
  const weighed = weigh(mode, ofKind, options).slice(0, shownCauses);
  const sum = weighed.reduce((so, { weight }) => so + weight, 0);
  return {
    mode,
    causes: weighed.map(({ where, weight }) => ({
      where: { ...(kind === undefined ? {} : { kind }), ...Object.fromEntries(where) },
      chance: weight / sum,
    })),
  };
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
  const scored = [...conjunctions(options, gains, [])];
  const best = scored.reduce((most, { score }) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  return scored
    .filter(({ score }) => score > best - negligible)
    .map(({ where, score }) => ({ where, weight: Math.exp(score - best) }))
    .sort((x, y) => y.weight - x.weight);
}

/** One cause of a vein, drawn with its chance (posterior sampling, Thompson 1933); null if there is none. */
export function drawCause({ causes }: Vein, rng: Rng): Region | null {
  return causes.length === 0 ? null : rng.weighted(causes, ({ chance }) => chance).where;
}

/** The chance that a vein reaches a request in a cell. */
export function reach({ causes }: Vein, at: Pick<Observation, "cell" | "around">): number {
  return causes
    .filter(({ where }) => covers(Object.entries(where), { ...at, n: 0, modes: {} }))
    .reduce((sum, { chance }) => sum + chance, 0);
}
