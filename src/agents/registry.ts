import { setImmediate as nextTurn } from "node:timers/promises";
import { InputError, unknownName } from "../core/errors.ts";
import { readJson } from "../core/json.ts";
import type { Domain } from "../domains/domain.ts";
import type { ChatModel } from "../models/chat.ts";
import { type FaultFile, parseFaultFile } from "./fault-file.ts";
import { createReference } from "./reference.ts";
import { createSimulated } from "./simulated.ts";

/** A fault file as it was found at start. */
export interface FaultSource {
  /** The file's name without its ending: what a file that cannot be read is known by. */
  readonly name: string;
  /** The path, for sentences. */
  readonly where: string;
  readonly text: string;
}

/** The simulated models that are registered. */
export interface SimulatedModels {
  /** As specs, with a line on each. */
  readonly listed: readonly { readonly spec: string; readonly summary: string }[];
  /** Opens `sim:NAME`. An unknown name, and a file with a fault in it, are an InputError. */
  open(name: string, domain: Domain): ChatModel;
}

/** What a name stands for: files by domain, or the reason why it stands for none. */
type Entry = { readonly files: ReadonlyMap<string, FaultFile> } | { readonly trouble: InputError };

/** Registers fault files. A bad one is heard of when its name is used, so that it does not keep others from use. */
export function registerFaultFiles(
  sources: readonly FaultSource[],
  domains: readonly Domain[],
): SimulatedModels {
  const entries = new Map<string, Entry>();
  for (const source of sources) {
    const [name, entry] = readSource(source, domains);
    const taken = entries.has(name) || name === "reference";
    entries.set(name, taken ? { trouble: twice(name, source.where) } : entry);
  }
  const names = ["reference", ...entries.keys()];
  return {
    listed: [
      { spec: "sim:reference", summary: "The domain's own agent: makes no mistakes." },
      ...[...entries].map(([name, entry]) => ({ spec: `sim:${name}`, summary: summaryOf(entry) })),
    ],
    open: (name, domain) => {
      if (name === "reference") return breathing(createReference(domain));
      const entry = entries.get(name);
      if (entry === undefined) throw unknownName("simulated model", name, names);
      if ("trouble" in entry) throw entry.trouble;
      const file = entry.files.get(domain.name);
      if (file !== undefined) return breathing(createSimulated(file, domain));
      throw new InputError(
        `The simulated model "${name}" is not made for the domain ${domain.name}: choose one of ${[...entry.files.keys()].join(", ")}.`,
      );
    },
  };
}

/**
 * A simulated model answers without waiting for anything, and a loop of nothing else would keep time-outs,
 * cancellations and the end of stdin from ever being heard: so each answer lets the process hear first.
 */
function breathing(model: ChatModel): ChatModel {
  return {
    ...model,
    complete: async (request) => {
      await nextTurn();
      return model.complete(request);
    },
  };
}

function twice(name: string, where: string): InputError {
  return new InputError(
    `The name "${name}" is taken, and ${where} has it again: give one of the two another name.`,
  );
}

function summaryOf(entry: Entry): string {
  if ("trouble" in entry) return `Cannot be used: ${entry.trouble.message}`;
  return [...entry.files.values()][0]?.summary ?? "";
}

/** A file's name and, for every domain that knows its axes and clauses, its content. */
function readSource(source: FaultSource, domains: readonly Domain[]): readonly [string, Entry] {
  try {
    const content = readJson(source.text, source.where);
    const files = new Map<string, FaultFile>();
    let trouble: unknown;
    for (const domain of domains) {
      try {
        files.set(domain.name, parseFaultFile(content, domain, source.where));
      } catch (error) {
        trouble = error;
      }
    }
    const [file] = files.values();
    if (file === undefined) throw trouble;
    return [file.name, { files }];
  } catch (error) {
    if (error instanceof InputError) return [source.name, { trouble: error }];
    throw error;
  }
}
