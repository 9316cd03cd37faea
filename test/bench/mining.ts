import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FaultFile } from "../../src/agents/fault-file.ts";
import { type Campaign, type Strategy, strategies } from "./mining-campaign.ts";
import { describeFiles, drawRandomCells } from "./mining-describe.ts";
import type { Study } from "./mining-figures.ts";
import { ownFaults, readTargets } from "./mining-files.ts";
import { generateTargets } from "./mining-generate.ts";
import { closing, printStudy } from "./mining-print.ts";
import type { Job } from "./mining-run.ts";
import { type Attribution, attribute } from "./mining-score.ts";
import { runJobs } from "./mining-work.ts";
import { readOptions } from "./options.ts";

const values = readOptions({
  faults: {
    type: "string",
    default: ownFaults,
    about: "a folder of fault files instead of the benchmark's own",
  },
  generated: { type: "string", about: "a seed that twelve files are made from instead" },
  targets: { type: "string", default: "", about: "names of targets with commas between, instead of all" },
  strategies: { type: "string", default: strategies.join(","), about: "which are run" },
  seeds: { type: "string", default: "20", about: "how many; 0 draws what --from holds alone" },
  "first-seed": { type: "string", default: "1", about: "seeds above 1000 are held out" },
  until: { type: "string", default: "600", about: "search rollouts of each harvest" },
  "baseline-until": { type: "string", default: "2400", about: "those of what they are compared with" },
  tasks: { type: "string", default: "1000", about: "tasks that a harvest is asked for" },
  workers: { type: "string", default: "2", about: "processes side by side" },
  json: { type: "string", about: "where what was run is written" },
  from: { type: "string", multiple: true, default: [] as string[], about: "files so written, drawn too" },
  plot: { type: "string", default: join(tmpdir(), "faultline-mining.svg"), about: "where the plot goes" },
  "by-fault": { type: "boolean", default: false, about: "tells the rollouts to each fault" },
  describe: { type: "boolean", default: false, about: "only says what the targets are like" },
});

const cellSeed = 1;
const targetsPerSet = 12;

/** The names of a list that commas separate; one that is not known ends the run with what there is. */
function known(list: string, all: readonly string[]): readonly string[] {
  const names = list.split(",").filter((name) => name !== "");
  const unknown = names.find((name) => !all.includes(name));
  if (unknown === undefined) return names;
  console.error(`There is no ${unknown} here: choose some of ${all.join(",")}.`);
  process.exit(2);
}

async function openTargets(): Promise<readonly FaultFile[]> {
  const all =
    values.generated === undefined
      ? readTargets(values.faults)
      : await generateTargets(values.generated, { count: targetsPerSet, cells: drawRandomCells(cellSeed) });
  const wanted = known(
    values.targets,
    all.map(({ name }) => name),
  );
  return all.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
}

/** All jobs, seed by seed: random cells are the same for all targets, everything else runs target by target. */
function planJobs(names: readonly string[]): readonly Job[] {
  const first = Number(values["first-seed"]);
  const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => first + i);
  const chosen = strategies.filter((strategy) => known(values.strategies, strategies).includes(strategy));
  const tasks = Number(values.tasks);
  return seeds.flatMap((seed) =>
    chosen.flatMap((strategy) => {
      const until = Number(isBaseline(strategy) ? values["baseline-until"] : values.until);
      const parts = strategy === "random" ? [names] : names.map((name) => [name]);
      return parts.map((targets) => ({ strategy, seed, targets, until, tasks }));
    }),
  );
}

const isBaseline = (strategy: Strategy) => strategy === "random" || strategy === "greedy";

async function runStudy(files: readonly FaultFile[]): Promise<Study> {
  const attributions = new Map<string, readonly Attribution[]>();
  for (const file of files) attributions.set(file.name, await attribute(file));
  const faultsWith = (attributable: boolean) =>
    new Map(
      [...attributions].map(([target, all]) => [
        target,
        all.filter((one) => one.attributable === attributable).map(({ fault }) => fault),
      ]),
    );
  const jobs = planJobs(files.map(({ name }) => name));
  const earlier = values.from.flatMap(
    (path) => JSON.parse(readFileSync(path, "utf8")) as readonly Campaign[],
  );
  const run: Campaign[] = [];
  await runJobs({ jobs, files, workers: Number(values.workers) }, (campaign) => {
    run.push(campaign);
    if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(run));
    const { strategy, target, seed, harvested, ms } = campaign;
    console.error(
      `${strategy} ${target} seed ${seed}: ${harvested.length} tasks, ${(ms.searching / 1000).toFixed(1)} s searching, ${(ms.scoring / 1000).toFixed(1)} s scoring`,
    );
  });
  const campaigns = wholeSeeds([...earlier, ...run], [...attributions.keys()]);
  const faultless = files.filter(({ faults }) => faults.length === 0).map(({ name }) => name);
  return { campaigns, attributable: faultsWith(true), apart: faultsWith(false), faultless };
}

/** The campaigns of those seeds of each strategy that were run on every target: others cannot be pooled. */
function wholeSeeds(campaigns: readonly Campaign[], targets: readonly string[]): readonly Campaign[] {
  const groups = Map.groupBy(
    campaigns.filter(({ target }) => targets.includes(target)),
    ({ strategy, seed }) => `${strategy} seed ${seed}`,
  );
  return [...groups].flatMap(([name, some]) => {
    const byTarget = new Map(some.map((campaign) => [campaign.target, campaign]));
    if (byTarget.size === targets.length) return [...byTarget.values()];
    console.log(`left out: ${name}, run on ${byTarget.size} of ${targets.length} targets`);
    return [];
  });
}

const files = await openTargets();
if (values.describe) {
  for (const lines of await describeFiles(files, cellSeed)) console.log(lines);
} else {
  const study = await runStudy(files);
  printStudy(study, { plot: values.plot, byFault: values["by-fault"] });
  for (const line of closing(study)) console.log(line);
}
