import { lnGamma } from "../core/distributions.ts";
import type { Region } from "../domains/domain.ts";
import { type Explained, type Explaining, explanations } from "./conjunctions.ts";
import type { Gain, Named } from "./patterns.ts";
import type { Observation } from "./trial.ts";

/** What failures may come from, and with which chance. */

/** Conditions that together may make the target fail. */
export interface Cause {
  readonly where: Region;
  /** The same, condition by condition. */
  readonly conditions: readonly Named[];
  /** Its share of the posterior. */
  readonly chance: number;
}

/** A cause before its chance is known: ln of prior times likelihood. */
export type Scored = Omit<Cause, "chance"> & { readonly score: number };

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

const gainsBefore = new Map<string, number>();

/** How much better (in ln) k failures of n are explained inside a cause than outside of it. Remembered. */
function gainOf(k: number, n: number): number {
  const known = gainsBefore.get(`${k}/${n}`);
  if (known !== undefined) return known;
  const within = lnChance(inside, k, n);
  const without = Math.log(
    (1 - elsewhere) * Math.exp(lnChance(outside, k, n)) + elsewhere * Math.exp(within),
  );
  gainsBefore.set(`${k}/${n}`, within - without);
  return within - without;
}

/** Causes so much (in ln) less likely than the best one are left out. */
const negligible = 6;
/** Causes that are kept of one vein, at most. */
const mostCauses = 150;

/** The rollouts of an observation that failed in this way. */
export const failures = (mode: string, { modes, n }: Observation) => Math.min(n, modes[mode] ?? 0);

/** How much better "inside the cause" explains what was seen than "outside", in ln. */
function gainAt(mode: string, at: Observation): number {
  const k = failures(mode, at);
  // A rollout that failed otherwise does not say whether it would have failed this way too.
  let others = 0;
  for (const key in at.modes) if (key !== mode) others += at.modes[key] ?? 0;
  return gainOf(k, Math.max(k, at.n - others));
}

/** What else a cause may need, the likeliest first. */
export function weigh(
  mode: string,
  seen: readonly Observation[],
  on: Pick<Explaining, "at" | "axes" | "priorOf">,
): readonly Explained[] {
  const gains = seen.map((at): Gain => ({ at, gain: gainAt(mode, at) }));
  return explanations(gains, { ...on, within: negligible, most: mostCauses });
}

/** Causes with chances that add up to 1, likeliest first. */
export function chancesOf(causes: readonly Scored[]): readonly Cause[] {
  const best = causes.reduce((most, { score }) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  const weights = causes.map(({ score }) => Math.exp(score - best));
  const sum = weights.reduce((so, weight) => so + weight, 0);
  return causes
    .map(({ score: _, ...cause }, i) => ({ ...cause, chance: (weights[i] as number) / sum }))
    .sort((a, b) => b.chance - a.chance)
    .slice(0, mostCauses);
}
