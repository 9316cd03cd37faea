import { hardWindow } from "../../src/rollout/evaluate.ts";
import type { Campaign, Harvested, Strategy } from "./mining-campaign.ts";
import { freshRollouts } from "./mining-score.ts";

/** Campaigns, and the faults of each target that recall is counted over. */
export interface Study {
  readonly campaigns: readonly Campaign[];
  /** By target; a target without such faults counts for no recall. */
  readonly attributable: ReadonlyMap<string, readonly string[]>;
  /** By target, the faults that no recall is counted over: decoys, and what no single simplest request shows. */
  readonly apart: ReadonlyMap<string, readonly string[]>;
  /** The targets in which nothing is planted. */
  readonly faultless: readonly string[];
}

/** The median over seeds, with the quartiles. */
export interface Spread {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** Linear interpolation between order statistics (Hyndman and Fan 1996, type 7); infinite values stay infinite. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [below = Number.NaN, above = Number.NaN] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return below === above ? below : below + (above - below) * (place - Math.floor(place));
}

export const spreadOf = (values: readonly number[]): Spread => ({
  low: quantile(values, 0.25),
  median: quantile(values, 0.5),
  high: quantile(values, 0.75),
});

export const median = (values: readonly number[]) => quantile(values, 0.5);

const sum = (values: readonly number[]) => values.reduce((so, value) => so + value, 0);

/** The campaigns of a strategy by seed. */
export function bySeed({ campaigns }: Study, strategy: Strategy): readonly (readonly Campaign[])[] {
  const own = campaigns.filter((campaign) => campaign.strategy === strategy);
  return [...Map.groupBy(own, ({ seed }) => seed)].sort(([a], [b]) => a - b).map(([, some]) => some);
}

/** What a rollout axis counts: search alone, or the rollouts of simplification too. */
export type Cost = (at: Harvested["at"]) => number;
export const searchCost: Cost = ({ search }) => search;
export const withSimplification: Cost = ({ search, simplify }) => search + simplify;

/** What each attributable fault of all targets cost, in rollouts on its target, sorted; infinite where it was not found. */
export function costsOf(seed: readonly Campaign[], { attributable }: Study, cost: Cost): readonly number[] {
  const costs = seed.flatMap(({ target, harvested, until }) =>
    (attributable.get(target) ?? []).map((fault) => {
      const first = harvested.find(({ at, found }) => at.search <= until && found.includes(fault));
      return first === undefined ? Number.POSITIVE_INFINITY : cost(first.at);
    }),
  );
  return costs.sort((a, b) => a - b);
}

export const recallAt = (costs: readonly number[], rollouts: number) =>
  costs.length === 0 ? Number.NaN : costs.filter((cost) => cost <= rollouts).length / costs.length;

/** Rollouts on each target until a share of all faults is found. */
export const rolloutsTo = (costs: readonly number[], share: number) =>
  costs[Math.ceil(share * costs.length - 1e-9) - 1] ?? Number.POSITIVE_INFINITY;

/** How many tasks the diversity line looks at. */
const firstTasks = 20;

/** How evenly the first 20 tasks of one campaign are spread over the faults. */
export interface Diversity {
  /** Entropy of the modes over all attributable faults, over the largest that it can be; unfound ones count zero. */
  readonly evenness: number;
  /** The share of the fault that most of what was credited goes to, and how far that is above 1/K. */
  readonly topShare: number;
  readonly overEven: number;
  /** Tasks looked at: fewer than 20 where fewer were kept. */
  readonly tasks: number;
}

/** A task is shared among the faults that it finds; null where no two faults are attributable. */
export function diversityOf(campaign: Campaign, { attributable }: Study): Diversity | null {
  const faults = attributable.get(campaign.target) ?? [];
  if (faults.length < 2) return null;
  const first = campaign.harvested.slice(0, firstTasks);
  const credit = new Map<string, number>();
  for (const { found } of first)
    for (const fault of found) credit.set(fault, (credit.get(fault) ?? 0) + 1 / found.length);
  const all = sum([...credit.values()]);
  const own = faults.map((fault) => credit.get(fault) ?? 0).filter((c) => c > 0);
  const entropy = sum(own.map((c) => (c / sum(own)) * Math.log(sum(own) / c)));
  const topShare = all === 0 ? 1 : Math.max(...credit.values()) / all;
  return {
    evenness: own.length === 0 ? 0 : entropy / Math.log(faults.length),
    topShare,
    overEven: topShare - 1 / faults.length,
    tasks: first.length,
  };
}

export const isInside = ({ rate }: Harvested) => rate <= hardWindow.high;

export const isFreshInside = ({ freshPassed }: Harvested) => freshPassed / freshRollouts <= hardWindow.high;

/** The figures of one seed over all targets. */
export interface SeedFigures {
  readonly harvested: number;
  /** Shares of the harvested tasks; NaN where there are none. */
  readonly precision: number;
  readonly inside: number;
  readonly freshInside: number;
  /** Search rollouts for each harvested task, with and without the targets that have no fault. */
  readonly perTask: number;
  readonly perTaskFaulty: number;
  readonly simplify: number;
  readonly fresh: number;
  /** Means over the targets. */
  readonly evenness: number;
  readonly topShare: number;
  readonly overEven: number;
  /** Campaigns that kept fewer than 20 tasks. */
  readonly short: number;
}

export function seedFigures(seed: readonly Campaign[], study: Study): SeedFigures {
  const kept = seed.flatMap(({ harvested }) => harvested);
  const share = (isSo: (one: Harvested) => boolean) => kept.filter(isSo).length / kept.length;
  const faulty = seed.filter(({ target }) => (study.attributable.get(target) ?? []).length > 0);
  const spent = (some: readonly Campaign[], part: keyof Campaign["spent"]) =>
    sum(some.map((campaign) => campaign.spent[part]));
  const diverse = seed.flatMap((campaign) => diversityOf(campaign, study) ?? []);
  const mean = (of: (one: Diversity) => number) => sum(diverse.map(of)) / diverse.length;
  return {
    harvested: kept.length,
    precision: share(({ found }) => found.length > 0),
    inside: share(isInside),
    freshInside: share(isFreshInside),
    perTask: spent(seed, "search") / kept.length,
    perTaskFaulty: spent(faulty, "search") / sum(faulty.map(({ harvested }) => harvested.length)),
    simplify: spent(seed, "simplify") / seed.length,
    fresh: spent(seed, "fresh") / seed.length,
    evenness: mean(({ evenness }) => evenness),
    topShare: mean(({ topShare }) => topShare),
    overEven: mean(({ overEven }) => overEven),
    short: diverse.filter(({ tasks }) => tasks < firstTasks).length,
  };
}
