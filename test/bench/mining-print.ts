import { writeFileSync } from "node:fs";
import { type Strategy, strategies } from "./mining-campaign.ts";
import { type Criterion, criteriaOf, faultLines } from "./mining-criteria.ts";
import { median, type Study } from "./mining-figures.ts";
import { plotOf } from "./mining-plot.ts";
import { type Row, rowOf, tableOf } from "./mining-table.ts";

/** Seeds up to this one are for development; those above are held out, and no choice was ever made on them. */
const lastDevelopmentSeed = 1_000;

function rowsOf(study: Study): ReadonlyMap<Strategy, Row> {
  return new Map(
    strategies.flatMap((strategy) => {
      const row = rowOf(study, strategy);
      return row === null ? [] : [[strategy, row] as const];
    }),
  );
}

const sum = (values: readonly number[]) => values.reduce((so, value) => so + value, 0);

/** What was run, in one sentence. */
function runText({ campaigns, attributable }: Study): string {
  const seeds = [...new Set(campaigns.map(({ seed }) => seed))].sort((a, b) => a - b);
  const held = seeds.filter((seed) => seed > lastDevelopmentSeed).length;
  const what = held === 0 ? "development" : held === seeds.length ? "held out" : "development and held out";
  const faults = sum([...attributable.values()].map((some) => some.length));
  return `${attributable.size} simulated targets, ${faults} attributable faults, seeds ${seeds[0] ?? "none"}–${seeds.at(-1) ?? "none"} (${seeds.length}, ${what})`;
}

function timeLines({ campaigns }: Study): readonly string[] {
  return strategies.flatMap((strategy) => {
    const own = campaigns.filter((campaign) => campaign.strategy === strategy);
    if (own.length === 0) return [];
    const seconds = (of: (ms: (typeof own)[number]["ms"]) => number) =>
      (median(own.map(({ ms }) => of(ms))) / 1000).toFixed(1);
    return [
      `  ${strategy}: ${seconds(({ searching }) => searching)} s searching, ${seconds(({ scoring }) => scoring)} s scoring`,
    ];
  });
}

const criterionLine = ({ what, figure, status }: Criterion) => `  ${status}: ${what} · ${figure}`;

const ours = ["dag", "wg"] as const;

/** Prints the table, what must be reached and times, and writes the plot. */
export function printStudy(study: Study, how: { readonly plot: string; readonly byFault: boolean }): void {
  const rows = rowsOf(study);
  console.log(
    `${runText(study)}; seeds above ${lastDevelopmentSeed} are held out. Medians over seeds of what is pooled over the targets; rollouts are those on each target, quartiles in brackets.`,
  );
  console.log(tableOf([...rows.values()]));
  for (const strategy of ours) {
    const row = rows.get(strategy);
    if (row === undefined) continue;
    console.log(`${strategy} must reach:`);
    for (const criterion of criteriaOf(row, rows, study)) console.log(criterionLine(criterion));
  }
  const apart = sum([...study.apart.values()].map((some) => some.length));
  console.log(
    `${apart} more planted faults are listed apart, decoys and what no simplest single request shows${how.byFault ? ", median search rollouts to each:" : ": --by-fault lists them"}`,
  );
  if (how.byFault) {
    for (const line of faultLines(study, study.apart, [...rows.keys()])) console.log(line);
    console.log("median search rollouts to each attributable fault:");
    for (const line of faultLines(study, study.attributable, [...rows.keys()])) console.log(line);
  }
  console.log("one target from one seed takes, at the median, on one core:");
  for (const line of timeLines(study)) console.log(line);
  writeFileSync(how.plot, plotOf([...rows.values()], runText(study)));
  console.log(`plot: ${how.plot}`);
}

const short = (value: number) => (Number.isFinite(value) ? value.toFixed(2).replace(/^0/, "") : "–");
const count = (value: number) => (Number.isFinite(value) ? String(Math.round(value)) : "∞");

/** The benchmark's figures in three lines. */
export function closing(study: Study): readonly string[] {
  const rows = rowsOf(study);
  const all = [...rows.values()];
  const recalls = all.map(
    (row) =>
      `${row.strategy} ${[150, 300, 600, 1200].map((at) => (at > row.until ? "–" : short(row.recall(at).median))).join("/")}`,
  );
  const costs = all.map(
    (row) => `${row.strategy} ${[0.8, 0.9, 0.95, 0.99].map((at) => count(row.to(at).median)).join("/")}`,
  );
  const judged = ours.flatMap((strategy) => {
    const row = rows.get(strategy);
    if (row === undefined) return [];
    const criteria = criteriaOf(row, rows, study);
    const missed = criteria.filter(({ status }) => status !== "reached");
    const list = missed.map(({ what, figure }) => `${what} (${figure})`).join("; ") || "nothing";
    return [`${strategy} reaches ${criteria.length - missed.length} of ${criteria.length}, not: ${list}`];
  });
  return [
    `mining (simulated): ${runText(study)}; recall at 150/300/600/1200 search rollouts: ${recalls.join(", ")}`,
    `search rollouts to 80/90/95/99 %: ${costs.join(", ")}`,
    judged.join(" | ") || "our strategies were not run",
  ];
}
