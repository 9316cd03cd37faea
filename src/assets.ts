import { readdirSync, readFileSync } from "node:fs";
import { InputError, unknownName } from "./core/errors.ts";

const root = new URL("../", import.meta.url);

/** The text of a file below `prompts/` or `resources/`. Throws if it is missing. */
export function readAsset(path: `${"prompts" | "resources"}/${string}`): string {
  return readFileSync(new URL(path, root), "utf8");
}

/** The names of the files in a folder below `prompts/` or `resources/`, sorted. */
export function listAssets(folder: `${"prompts" | "resources"}/${string}`): readonly string[] {
  return readdirSync(new URL(folder, root)).sort();
}

/**
 * Fills the slots `{{name}}` of a template. A slot without a value and a value without a slot are both an
 * InputError, so that a prompt and the code that fills it cannot drift apart.
 */
export function fillSlots(template: string, values: Readonly<Record<string, string>>): string {
  const unused = new Set(Object.keys(values));
  const text = template.replaceAll(/\{\{([\w.-]+)\}\}/g, (_, slot: string) => {
    const value = values[slot];
    if (value === undefined) throw unknownName("slot in a template", slot, Object.keys(values));
    unused.delete(slot);
    return value;
  });
  if (unused.size > 0) {
    throw new InputError(`The template has no slot for ${[...unused].join(", ")}: add it or drop the value.`);
  }
  return text;
}
