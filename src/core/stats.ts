import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { betaCdf, betaQuantile } from "./distributions.ts";

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

/** Upper bound, at 95 % confidence and one-sided, for a rate of which `seen` of `n` were seen (Clopper & Pearson 1934); 1 for n = 0. */
export function upperBound(seen: number, n: number): number {
  return seen >= n ? 1 : betaQuantile(0.95, seen + 1, n - seen);
}

/** The interval that holds a rate with this posterior with 90 % chance, 5 % left out at either end. */
export function credible90({ alpha, beta }: Beta): Interval {
  return { low: betaQuantile(0.05, alpha, beta), high: betaQuantile(0.95, alpha, beta) };
}

const sum = (counts: Iterable<number>) => [...counts].reduce((all, n) => all + n, 0);

/**
 * Shannon's entropy of counts over that of `kinds` equally likely kinds (the evenness of Pielou 1966): 1 if all came
 * up alike, 0 if only one did or none. 1 where there is but one kind to have.
 */
export function evenness(counts: readonly number[], kinds: number): number {
  const n = sum(counts);
  if (kinds < 2) return 1;
  const entropy = counts.reduce((all, c) => (c === 0 ? all : all - (c / n) * Math.log(c / n)), 0);
  return n === 0 ? 0 : entropy / Math.log(kinds);
}

const foundTimes = (counts: readonly number[], times: number) => counts.filter((n) => n === times).length;

/** The chance that the next find is of a kind not found yet: the share of finds whose kind came up once (Good 1953); 1 for none. */
export function chanceOfNew(counts: readonly number[]): number {
  const n = sum(counts);
  return n === 0 ? 1 : foundTimes(counts, 1) / n;
}

/** A lower bound on the kinds that are still unfound: f1 (f1 − 1) / 2 (f2 + 1), the bias-corrected Chao1 (Chao 1984). */
export function unseenKinds(counts: readonly number[]): number {
  const once = foundTimes(counts, 1);
  return once === 0 ? 0 : (once * (once - 1)) / (2 * (foundTimes(counts, 2) + 1));
}

/** What an item is like: the names of its features, each once, with weights whose squares add up to 1. */
export type Features = Iterable<readonly [name: string, weight: number]>;

/**
 * The effective number of distinct items: exp(−Σ λ ln λ) over the eigenvalues λ of K/n, where K holds the scalar
 * products of the items' features (the Vendi score, Friedman & Dieng 2023). The eigenvalues are those of the features'
 * matrix of moments, which stays small however many items there are. 0 for none.
 */
export function vendiScore(items: readonly Features[]): number {
  const names = new Map<string, number>();
  const coded = items.map((item) => {
    const [places, weights]: [number[], number[]] = [[], []];
    for (const [name, weight] of item) {
      const place = names.get(name) ?? names.size;
      names.set(name, place);
      places.push(place);
      weights.push(weight / Math.sqrt(items.length));
    }
    return { places, weights };
  });
  if (names.size === 0) return 0;
  const moments = Array.from({ length: names.size }, () => new Float64Array(names.size));
  for (const { places, weights } of coded) {
    for (let i = 0; i < places.length; i++) {
      const [row, weight] = [moments[places[i] as number] as Float64Array, weights[i] as number];
      for (let j = 0; j < places.length; j++) {
        const place = places[j] as number;
        row[place] = (row[place] as number) + weight * (weights[j] as number);
      }
    }
  }
  return scoreOf(moments);
}

let lastScored: { readonly moments: readonly Float64Array[]; readonly score: number } | null = null;

/** The score by a matrix of moments. The last one is remembered: a server is asked for the same harvest again and again. */
function scoreOf(moments: readonly Float64Array[]): number {
  const isSame = (row: Float64Array, i: number) => {
    const before = lastScored?.moments[i];
    return before !== undefined && row.every((value, j) => value === before[j]);
  };
  if (lastScored?.moments.length === moments.length && moments.every(isSame)) return lastScored.score;
  const { realEigenvalues } = new EigenvalueDecomposition(new Matrix([...moments]), {
    assumeSymmetric: true,
  });
  const entropy = realEigenvalues.reduce((all, l) => (l <= 1e-12 ? all : all - l * Math.log(l)), 0);
  lastScored = { moments, score: Math.exp(entropy) };
  return lastScored.score;
}
