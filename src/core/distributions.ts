import { createRequire } from "node:module";
import type gammaln from "@stdlib/math-base-special-gammaln";
import type cdf from "@stdlib/stats-base-dists-beta-cdf";
import type quantile from "@stdlib/stats-base-dists-beta-quantile";

/** The library's functions are hundreds of small files: they are loaded when first called, so that a server starts without them. */
const load = createRequire(import.meta.url);
let loaded: { readonly cdf: typeof cdf; readonly quantile: typeof quantile } | undefined;
let loadedGamma: typeof gammaln | undefined;

function beta(): NonNullable<typeof loaded> {
  loaded ??= {
    cdf: load("@stdlib/stats-base-dists-beta-cdf") as typeof cdf,
    quantile: load("@stdlib/stats-base-dists-beta-quantile") as typeof quantile,
  };
  return loaded;
}

/** The chance that a Beta variable is at most `x`. */
export function betaCdf(x: number, alpha: number, b: number): number {
  return beta().cdf(x, alpha, b);
}

/** The value that a Beta variable is at most with chance `p`. */
export function betaQuantile(p: number, alpha: number, b: number): number {
  return beta().quantile(p, alpha, b);
}

/** The natural logarithm of the gamma function. */
export function lnGamma(x: number): number {
  loadedGamma ??= load("@stdlib/math-base-special-gammaln") as typeof gammaln;
  return loadedGamma(x);
}
