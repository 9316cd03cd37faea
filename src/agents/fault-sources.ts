import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { listAssets, readAsset } from "../assets.ts";
import { InputError } from "../core/errors.ts";
import type { FaultSource } from "./registry.ts";

/** The ready-made fault files and those in the given folders. A folder that cannot be read is an InputError. */
export function readFaultSources(folders: readonly string[]): readonly FaultSource[] {
  const own = listAssets("resources/faults").map((file) =>
    source(file, readAsset(`resources/faults/${file}`)),
  );
  return [...own, ...folders.flatMap(readFolder)];
}

const source = (file: string, text: string): FaultSource => ({
  name: basename(file, ".json"),
  where: file,
  text,
});

function readFolder(folder: string): readonly FaultSource[] {
  try {
    const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
    return files.sort().map((file) => source(file, readFileSync(join(folder, file), "utf8")));
  } catch {
    throw new InputError(
      `The fault files in ${folder} cannot be read: name a folder that holds *.json files with --faults.`,
    );
  }
}
