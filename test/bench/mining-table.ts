import type { Strategy } from "./mining-campaign.ts";
import {
  bySeed,
  type Cost,
  costsOf,
  median,
  recallAt,
  rolloutsTo,
  type SeedFigures,
  type Spread,
  type Study,
  searchCost,
  seedFigures,
  spreadOf,
  withSimplification,
} from "./mining-figures.ts";

/** The figures of one strategy: medians over seeds of what is pooled over all targets. */
export interface Row {
  readonly strategy: Strategy;
  readonly seeds: number;
  readonly until: number;
  recall(rollouts: number, cost?: Cost): Spread;
  to(share: number, cost?: Cost): Spread;
  figure(name: keyof SeedFigures): Spread;
}

/** A strategy's row; null if it was not run. */
export function rowOf(study: Study, strategy: Strategy): Row | null {
  const seeds = bySeed(study, strategy);
  if (seeds.length === 0) return null;
  const figures = seeds.map((seed) => seedFigures(seed, study));
  const costs = (cost: Cost) => seeds.map((seed) => costsOf(seed, study, cost));
  return {
    strategy,
    seeds: seeds.length,
    until: median(seeds.flat().map(({ until }) => until)),
    recall: (rollouts, cost = searchCost) => spreadOf(costs(cost).map((one) => recallAt(one, rollouts))),
    to: (share, cost = searchCost) => spreadOf(costs(cost).map((one) => rolloutsTo(one, share))),
    figure: (name) => spreadOf(figures.map((one) => one[name])),
  };
}

const share = (value: number) => (Number.isFinite(value) ? value.toFixed(2).replace(/^0/, "") : "–");
const whole = (value: number) => (Number.isFinite(value) ? String(Math.round(value)) : "∞");

/** The lines of the table: a name, and how a row shows it. */
const columns: readonly (readonly [string, (row: Row) => string])[] = [
  ...[150, 300, 600, 1200].map(
    (at) =>
      [
        `recall at ${at} search rollouts`,
        (row: Row) => (at > row.until ? "not run" : share(row.recall(at).median)),
      ] as const,
  ),
  ...[0.8, 0.9, 0.95, 0.99].map(
    (at) =>
      [
        `search rollouts to ${Math.round(100 * at)} %`,
        (row: Row) => {
          const { low, median: middle, high } = row.to(at);
          return `${whole(middle)} (${whole(low)}–${whole(high)})`;
        },
      ] as const,
  ),
  ["recall at 600, simplification counted", (row) => share(row.recall(600, withSimplification).median)],
  ["rollouts to 95 %, simplification counted", (row) => whole(row.to(0.95, withSimplification).median)],
  ["harvested tasks of all targets", (row) => whole(row.figure("harvested").median)],
  ["precision: some fault is found", (row) => share(row.figure("precision").median)],
  ["search rollouts a harvested task", (row) => row.figure("perTask").median.toFixed(1)],
  ["  without the faultless targets", (row) => row.figure("perTaskFaulty").median.toFixed(1)],
  ["first 20: evenness over K", (row) => share(row.figure("evenness").median)],
  ["first 20: top share", (row) => share(row.figure("topShare").median)],
  ["first 20: top share above 1/K", (row) => share(row.figure("overEven").median)],
  ["first 20: campaigns with fewer", (row) => whole(row.figure("short").median)],
  ["truly inside the window (256)", (row) => row.figure("inside").median.toFixed(3)],
  ["inside on 32 fresh", (row) => row.figure("freshInside").median.toFixed(3)],
  ["simplification rollouts a target", (row) => whole(row.figure("simplify").median)],
  ["reported fresh rollouts a target", (row) => whole(row.figure("fresh").median)],
  ["search rollouts run on each target", (row) => whole(row.until)],
  ["seeds", (row) => String(row.seeds)],
];

/** The table, one line a figure and one column a strategy: medians over seeds. */
export function tableOf(rows: readonly Row[]): string {
  const names = Math.max(...columns.map(([name]) => name.length));
  const line = (name: string, cells: readonly string[]) =>
    [name.padEnd(names), ...cells.map((cell) => cell.padStart(18))].join(" ");
  return [
    line(
      "",
      rows.map(({ strategy }) => strategy),
    ),
    ...columns.map(([name, show]) => line(name, rows.map(show))),
  ].join("\n");
}
