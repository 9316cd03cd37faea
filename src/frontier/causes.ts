import type { Region } from "../domains/domain.ts";
import { type Explained, type Explaining, explanations } from "./conjunctions.ts";
import { gainAt } from "./gain.ts";
import type { Gains, Named } from "./patterns.ts";
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

/** Causes so much (in ln) less likely than the best one are left out. */
const negligible = 6;
/** Causes that are kept of one vein, at most. */
const mostCauses = 150;

/** What else a cause may need, the likeliest first. */
export function weigh(
  mode: string,
  seen: readonly Observation[],
  on: Pick<Explaining, "at" | "axes" | "priorOf">,
): readonly Explained[] {
  return weighGains({ places: seen, gains: Float64Array.from(seen, (at) => gainAt(mode, at)) }, on);
}

/** The same from what each place gains. */
export function weighGains(
  gains: Gains,
  on: Pick<Explaining, "at" | "axes" | "priorOf">,
): readonly Explained[] {
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
