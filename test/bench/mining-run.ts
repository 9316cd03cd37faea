import type { FaultFile } from "../../src/agents/fault-file.ts";
import { searchGreedy, searchRandom } from "./mining-baselines.ts";
import { type Campaign, type Searched, type Strategy, score } from "./mining-campaign.ts";
import { createPool } from "./mining-cells.ts";
import { searchByHarvest } from "./mining-harvest.ts";

/** One strategy from one seed, against some targets; those of one job share what does not depend on them. */
export interface Job {
  readonly strategy: Strategy;
  readonly seed: number;
  readonly targets: readonly string[];
  /** Search rollouts on each target. */
  readonly until: number;
  /** Tasks that a harvest is asked for. */
  readonly tasks: number;
}

/** Runs a job; each campaign is handed over as soon as it is scored. */
export async function runJob(
  { strategy, seed, targets, until, tasks }: Job,
  files: readonly FaultFile[],
  onCampaign: (campaign: Campaign) => void,
): Promise<void> {
  const on = { seed, until, random: createPool(seed) };
  const searchBy: Readonly<Record<Strategy, (file: FaultFile) => Promise<Searched>>> = {
    random: (file) => searchRandom(file, on),
    greedy: (file) => searchGreedy(file, on),
    dag: (file) => searchByHarvest(file, { strategy: "dag", seed, until, tasks }),
    wg: (file) => searchByHarvest(file, { strategy: "wg", seed, until, tasks }),
  };
  for (const file of files.filter(({ name }) => targets.includes(name))) {
    const start = performance.now();
    const { kept, ...searched } = await searchBy[strategy](file);
    const searching = performance.now() - start;
    const harvested = await score(file, { kept });
    const ms = { searching, scoring: performance.now() - start - searching };
    onCampaign({ strategy, target: file.name, seed, until, harvested, ...searched, ms });
  }
}
