import { parentPort, workerData } from "node:worker_threads";
import type { FaultFile } from "../../src/agents/fault-file.ts";
import { type Job, runJob } from "./mining-run.ts";

/** Runs jobs as they are handed over, one at a time. */
const files = workerData as readonly FaultFile[];
parentPort?.on("message", (job: Job) => {
  void runJob(job, files, (campaign) => parentPort?.postMessage({ campaign })).then(() =>
    parentPort?.postMessage({ done: job }),
  );
});
