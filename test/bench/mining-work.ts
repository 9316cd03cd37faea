import { Worker } from "node:worker_threads";
import type { FaultFile } from "../../src/agents/fault-file.ts";
import type { Campaign } from "./mining-campaign.ts";
import type { Job } from "./mining-run.ts";

type Told = { readonly campaign: Campaign } | { readonly done: Job };

/** Runs jobs on some threads at once; what they come to does not depend on how many. */
export async function runJobs(
  {
    jobs,
    files,
    workers,
  }: { readonly jobs: readonly Job[]; readonly files: readonly FaultFile[]; readonly workers: number },
  onCampaign: (campaign: Campaign) => void,
): Promise<void> {
  const left = [...jobs];
  const threads = Array.from({ length: Math.min(workers, jobs.length) }, () =>
    runThread(files, left, onCampaign),
  );
  await Promise.all(threads);
}

/** One thread, until no job is left. */
function runThread(
  files: readonly FaultFile[],
  left: Job[],
  onCampaign: (campaign: Campaign) => void,
): Promise<void> {
  const worker = new Worker(new URL("./mining-worker.ts", import.meta.url), { workerData: files });
  return new Promise((resolve, reject) => {
    const next = () => {
      const job = left.shift();
      if (job === undefined) resolve(void worker.terminate());
      else worker.postMessage(job);
    };
    worker.on("error", reject);
    worker.on("message", (told: Told) => {
      if ("campaign" in told) onCampaign(told.campaign);
      else next();
    });
    next();
  });
}
