import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Campaign, type Strategy, strategies } from "./mining-campaign.ts";
import type { Study } from "./mining-figures.ts";
import { ownFaults, readTargets } from "./mining-files.ts";
import { attribute } from "./mining-score.ts";
import { rowOf, tableOf } from "./mining-table.ts";
import { runJobs } from "./mining-work.ts";

const { values } = parseArgs({
  options: {
    faults: { type: "string", default: ownFaults },
    targets: { type: "string", default: "" },
    strategies: { type: "string", default: strategies.join(",") },
    seeds: { type: "string", default: "20" },
    "first-seed": { type: "string", default: "1" },
    until: { type: "string", default: "600" },
    "baseline-until": { type: "string", default: "2400" },
    tasks: { type: "string", default: "1000" },
    workers: { type: "string", default: "2" },
    json: { type: "string" },
  },
});

const wanted = values.targets.split(",").filter((name) => name !== "");
const files = readTargets(values.faults).filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const chosen = strategies.filter((strategy) => values.strategies.split(",").includes(strategy));
const untilOf = (strategy: Strategy) =>
  Number(strategy === "random" || strategy === "greedy" ? values["baseline-until"] : values.until);
const first = Number(values["first-seed"]);
const jobs = Array.from({ length: Number(values.seeds) }, (_, i) => first + i).flatMap((seed) =>
  chosen.map((strategy) => ({ strategy, seed, until: untilOf(strategy), tasks: Number(values.tasks) })),
);

const attributable = new Map<string, readonly string[]>();
for (const file of files) {
  const all = await attribute(file);
  attributable.set(
    file.name,
    all.filter((one) => one.attributable).map(({ fault }) => fault),
  );
}
const campaigns: Campaign[] = [];
await runJobs({ jobs, files, workers: Number(values.workers) }, (campaign) => {
  campaigns.push(campaign);
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(campaigns));
  const { strategy, target, seed, harvested, ms } = campaign;
  console.error(
    `${strategy} ${target} seed ${seed}: ${harvested.length} tasks, ${(ms.searching / 1000).toFixed(1)} s searching, ${(ms.scoring / 1000).toFixed(1)} s scoring`,
  );
});
const study: Study = { campaigns, attributable };
console.log(tableOf(chosen.flatMap((strategy) => rowOf(study, strategy) ?? [])));
