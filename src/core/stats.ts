import betaCdf from "@stdlib/stats-base-dists-beta-cdf";

/** An interval for a rate, both ends within 0–1. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

const z95 = 1.959963984540054;

/** Wilson's score interval at 95 % for `passed` of `n`; [0, 1] when nothing was seen. Source: Wilson 1927. */
export function wilson(passed: number, n: number): Interval {
  if (n === 0) return { low: 0, high: 1 };
  const p = passed / n;
  const z2 = z95 * z95;
  const scale = 1 + z2 / n;
  const centre = (p + z2 / (2 * n)) / scale;
  const half = (z95 * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n))) / scale;
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** C(a, k) / C(b, k) for a ≤ b, as a product so that it never overflows. */
function chooseRatio(a: number, b: number, k: number): number {
  let ratio = 1;
  for (let i = 0; i < k; i++) ratio *= Math.max(0, a - i) / (b - i);
  return ratio;
}

/** Unbiased pass@k = 1 − C(n−c, k)/C(n, k) (Chen et al. 2021); null when n < k. */
export function passAtK(n: number, passed: number, k: number): number | null {
  return n < k ? null : 1 - chooseRatio(n - passed, n, k);
}

/** pass^k = C(c, k)/C(n, k) (τ-bench 2024): the chance that k of k rollouts pass; null when n < k. */
export function passHatK(n: number, passed: number, k: number): number | null {
  return n < k ? null : chooseRatio(passed, n, k);
}

/** A Beta distribution's two counts. */
export interface Beta {
  readonly alpha: number;
  readonly beta: number;
}

export const uniformPrior: Beta = { alpha: 1, beta: 1 };

/** The posterior of a rate after `passed` of `n`. */
export function posterior(prior: Beta, passed: number, n: number): Beta {
  return { alpha: prior.alpha + passed, beta: prior.beta + n - passed };
}

/** The chance that a rate with this posterior lies from `low` to `high`. */
export function chanceWithin({ alpha, beta }: Beta, { low, high }: Interval): number {
  const upTo = (x: number) => (x <= 0 ? 0 : x >= 1 ? 1 : betaCdf(x, alpha, beta));
  return upTo(high) - upTo(low);
}
