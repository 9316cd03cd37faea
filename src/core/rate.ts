import {
  type Beta,
  chanceWithin,
  type Interval,
  passAtK,
  passHatK,
  posterior,
  uniformPrior,
  wilson,
} from "./stats.ts";

/** All that is reported of a pass rate, from its counts. */

/** Whether a pass rate lies in a window. */
export type WindowVerdict = "inside" | "outside" | "undecided";

/** The chance of lying inside from which a rate counts as inside, and up to which it counts as outside. */
export interface Sureness {
  readonly certainty: number;
  readonly doubt: number;
}

/** How sure a verdict is that is reported. */
export const reportedSureness: Sureness = { certainty: 0.9, doubt: 0.1 };

/** Rollouts in a group of the training that a task's signal is told for (GRPO; Shao et al. 2024). */
export const groupSize = 8;

/** The k of pass@k and pass^k. */
const ks = [1, 2, 4, 8] as const;

/** Values by k as text; null where fewer than k rollouts were scored. */
export type ByK = Readonly<Record<`${(typeof ks)[number]}`, number | null>>;

export interface Rate {
  /** Scored rollouts, and those that passed. */
  readonly n: number;
  readonly passed: number;
  readonly prior: Beta;
  /** The rate's Beta posterior with its mean, and the chance that it lies in the window. */
  readonly posterior: Beta & { readonly mean: number; readonly inside: number };
  /** Wilson's, at 95 %. */
  readonly interval: Interval;
  readonly passAt: ByK;
  readonly passHat: ByK;
  /** E[p(1 − p)] under the posterior: 0 for what always or never passes, at most 0.25. */
  readonly learnability: number;
  /** E[p^8 + (1 − p)^8] under the posterior: the share of groups of 8 whose rollouts all end alike. */
  readonly withoutSignal: number;
  readonly verdict: WindowVerdict;
}

/** What counts say of a window; undecided without a rollout and while the posterior is not sure. */
export function windowVerdict(n: number, chance: number, { certainty, doubt }: Sureness): WindowVerdict {
  if (n > 0 && chance >= certainty) return "inside";
  return n > 0 && chance <= doubt ? "outside" : "undecided";
}

/** E[p^k] = B(α + k, β) / B(α, β) = Π (α + i) / (α + β + i) for i < k: the k-th moment of a Beta distribution. */
function moment({ alpha, beta }: Beta, k: number): number {
  let product = 1;
  for (let i = 0; i < k; i++) product *= (alpha + i) / (alpha + beta + i);
  return product;
}

const byK = (of: (k: number) => number | null) => Object.fromEntries(ks.map((k) => [k, of(k)])) as ByK;

/**
 * Describes the rate behind `passed` of `n`. Learnability is that of SFL (Rutherford et al. 2024), a group without
 * signal the one whose advantages are all 0; both are exact moments of the posterior, no plug-in of its mean.
 */
export function describeRate(
  { n, passed }: { readonly n: number; readonly passed: number },
  { window, prior = uniformPrior }: { readonly window: Interval; readonly prior?: Beta },
): Rate {
  const rate = posterior(prior, passed, n);
  const { alpha, beta } = rate;
  const inside = chanceWithin(rate, window);
  const fails = { alpha: beta, beta: alpha };
  return {
    n,
    passed,
    prior: { alpha: prior.alpha, beta: prior.beta },
    posterior: { alpha, beta, mean: alpha / (alpha + beta), inside },
    interval: wilson(passed, n),
    passAt: byK((k) => passAtK(n, passed, k)),
    passHat: byK((k) => passHatK(n, passed, k)),
    learnability: moment(rate, 1) - moment(rate, 2),
    withoutSignal: moment(rate, groupSize) + moment(fails, groupSize),
    verdict: windowVerdict(n, inside, reportedSureness),
  };
}

/** A described rate as an answer and an export give it. */
export function rateFields(rate: Rate) {
  const { passAt, passHat, withoutSignal, n, passed, prior, interval, ...rest } = rate;
  const { alpha, beta, mean, inside } = rate.posterior;
  return {
    n,
    passed,
    pass_rate: n === 0 ? null : passed / n,
    ...rest,
    prior: { ...prior },
    posterior: { alpha, beta, mean, inside },
    interval: { ...interval },
    pass_at: { ...passAt },
    pass_hat: { ...passHat },
    without_signal: withoutSignal,
  };
}

/** What a short answer says of a rate beside its counts and interval. */
export function rateText({ posterior: { mean, inside }, passAt, passHat, ...rate }: Rate): string {
  const largest = ks.findLast((k) => passAt[k] !== null);
  const powers =
    largest === undefined
      ? ""
      : `, pass@${largest} ${passAt[largest]?.toFixed(2)}, pass^${largest} ${passHat[largest]?.toFixed(2)}`;
  return `posterior mean ${mean.toFixed(2)}, in the window with chance ${inside.toFixed(2)}${powers}, learnability ${rate.learnability.toFixed(2)}, ${Math.round(100 * rate.withoutSignal)} % of groups of ${groupSize} without signal`;
}
