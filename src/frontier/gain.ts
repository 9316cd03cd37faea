import { lnGamma } from "../core/distributions.ts";
import type { Observation } from "./trial.ts";

/** How much better a cause explains what was seen inside of it than outside. */

/** The chance to fail inside a cause and outside of it, as Beta counts: any, and hardly ever. */
const [inside, outside] = [
  { alpha: 1.2, beta: 1 },
  { alpha: 1, beta: 24 },
] as const;

/** The chance that another cause, which fails the same way, lies where this one does not. */
const elsewhere = 0.1;

const lnBeta = (a: number, b: number) => lnGamma(a) + lnGamma(b) - lnGamma(a + b);

/** ln of the chance of k failures in n rollouts in a given order, the rate being drawn from a Beta (beta-binomial). */
function lnChance(
  { alpha, beta }: { readonly alpha: number; readonly beta: number },
  k: number,
  n: number,
): number {
  return lnBeta(alpha + k, beta + n - k) - lnBeta(alpha, beta);
}

const gainsBefore = new Map<number, number>();

/** How much better (in ln) k failures of n are explained inside a cause than outside of it. Remembered. */
function gainOf(k: number, n: number): number {
  const name = n * 2 ** 26 + k;
  const known = gainsBefore.get(name);
  if (known !== undefined) return known;
  const within = lnChance(inside, k, n);
  const without = Math.log(
    (1 - elsewhere) * Math.exp(lnChance(outside, k, n)) + elsewhere * Math.exp(within),
  );
  gainsBefore.set(name, within - without);
  return within - without;
}

/** Rollouts of an observation that failed in a mode. */
export const failures = (mode: string, { modes, n }: Observation) => Math.min(n, modes[mode] ?? 0);

/** How much better "inside the cause" of a mode explains what was seen than "outside", in ln; of no mode: what did not fail in it. */
export function gainAt(mode: string | null, at: Observation): number {
  const k = mode === null ? 0 : failures(mode, at);
  // A rollout that failed otherwise does not say whether it would have failed this way too.
  let others = 0;
  for (const key in at.modes) if (key !== mode) others += at.modes[key] ?? 0;
  return gainOf(k, Math.max(k, at.n - others));
}
