import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type FaultFile, parseFaultFile } from "../../src/agents/fault-file.ts";
import { airline } from "../../src/domains/airline/airline.ts";

/** The folder of the twelve targets that the benchmark is developed on. */
export const ownFaults = join(import.meta.dirname, "faults");

/** The simulated targets of a folder, by file name. */
export function readTargets(folder: string): readonly FaultFile[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return names
    .sort()
    .map((name) => parseFaultFile(JSON.parse(readFileSync(join(folder, name), "utf8")), airline, name));
}
