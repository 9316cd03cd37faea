import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { InputError, unknownName } from "../src/core/errors.ts";
import { canonical, differences, type Json, type JsonObject, readJson } from "../src/core/json.ts";
import { tau2Hash } from "../src/domains/airline/tau2-hash.ts";
import { airlineTools } from "../src/domains/airline/tools.ts";
import { type Domain, type State, stateOf, type World } from "../src/domains/domain.ts";
import { type Environment, openEnvironment, replay, step } from "../src/domains/environment.ts";

/** What a replay needs of a domain. */
export type Replayed = Pick<Required<Domain>, "tools" | "tau2Hash">;

/** The domains whose recordings can be replayed, by the name that a recording gives. */
const replayed: Readonly<Record<string, Replayed>> = { airline: { tools: airlineTools, tau2Hash } };

/** The domain of a name; an InputError that names the known ones if there is none. */
export function replayedDomain(name: string): Replayed {
  const domain = Object.hasOwn(replayed, name) ? replayed[name] : undefined;
  if (domain === undefined) throw unknownName("domain", name, Object.keys(replayed));
  return domain;
}

const worldSchema = z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown())));

const vectorsSchema = z.object({
  domain: z.string(),
  world: worldSchema,
  sequences: z.array(
    z.object({
      initial_hash: z.string(),
      calls: z.array(
        z.object({
          name: z.string(),
          arguments: z.record(z.string(), z.unknown()),
          ok: z.boolean(),
          result: z.unknown().optional(),
          hash: z.string(),
        }),
      ),
    }),
  ),
});

/** One world with the calls that were recorded on it. */
export type Vectors = z.infer<typeof vectorsSchema>;
type RecordedCall = Vectors["sequences"][number]["calls"][number];

const tasksSchema = z.array(
  z.object({
    id: z.string(),
    user_scenario: z.object({ instructions: z.union([z.string(), z.object({ domain: z.string() })]) }),
    evaluation_criteria: z
      .object({
        actions: z
          .array(
            z.object({
              name: z.string(),
              requestor: z.enum(["user", "assistant"]).default("assistant"),
              arguments: z.record(z.string(), z.unknown()),
            }),
          )
          .nullish(),
        communicate_info: z.array(z.string()).nullish(),
        reward_basis: z.array(z.string()).default(["DB", "COMMUNICATE"]),
      })
      .nullish(),
  }),
);

/** A task of τ²-bench, as far as a replay reads it. */
export type RecordedTask = z.infer<typeof tasksSchema>[number];

/** The text of a file, unpacked if it is gzip; an InputError if it cannot be read. */
export function readText(path: string): string {
  try {
    const bytes = readFileSync(path);
    return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("utf8");
  } catch (error) {
    throw new InputError(
      `${path} cannot be read (${(error as Error).message}): name a file of JSON, plain or gzip.`,
    );
  }
}

function parsed<T>(schema: z.ZodType<T>, text: string, where: string): T {
  const outcome = schema.safeParse(readJson(text, where));
  if (outcome.success) return outcome.data;
  const [issue] = outcome.error.issues;
  throw new InputError(
    `${where} has the wrong form at /${issue?.path.map(String).join("/")}: ${issue?.message}.`,
  );
}

/** The recordings of a text, one a line, each with its line number. */
export function parseVectors(
  text: string,
  file: string,
): readonly { readonly line: number; readonly vectors: Vectors }[] {
  const lines = text
    .split("\n")
    .map((content, index) => ({ content, line: index + 1 }))
    .filter(({ content }) => content.trim() !== "");
  if (lines.length === 0) throw new InputError(`${file} is empty: expected one recorded world on each line.`);
  return lines.map(({ content, line }) => ({
    line,
    vectors: parsed(vectorsSchema, content, `${file} line ${line}`),
  }));
}

export function parseTasks(text: string, file: string): readonly RecordedTask[] {
  return parsed(tasksSchema, text, file);
}

/** The world of a database file. */
export function parseWorld(text: string, file: string): World {
  return parsed(worldSchema, text, file) as World;
}

/** A recorded call that went otherwise here; `sequence` and `call` count from 1, call 0 is the state before any. */
export interface Disagreement {
  readonly sequence: number;
  readonly call: number;
  readonly tool: string;
  readonly wrong: string;
}

/** How a recording went here. */
export interface Agreement {
  readonly calls: number;
  readonly agreeing: number;
  readonly disagreements: readonly Disagreement[];
}

function short(value: Json | undefined): string {
  const text = value === undefined ? "nothing" : canonical(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

function resultDifference(expected: unknown, actual: Json): string | undefined {
  const [first] = differences(expected, actual, 1);
  if (first === undefined) return undefined;
  return `result differs at "${first.path}": recorded ${short(first.expected)}, got ${short(first.actual)}`;
}

/** Takes a recorded call and says every way in which the answer differs. */
function compareCall(
  domain: Replayed,
  environment: Environment,
  recorded: RecordedCall,
): { readonly environment: Environment; readonly wrong: readonly string[] } {
  const taken = step(environment, { name: recorded.name, arguments: JSON.stringify(recorded.arguments) });
  const wrong: string[] = [];
  if ((taken.status === "ok") !== recorded.ok) {
    wrong.push(`recorded ${recorded.ok ? "ok" : "not ok"}, got ${taken.status} (${short(taken.text)})`);
  } else if (taken.status === "ok") {
    const difference = resultDifference(recorded.result, taken.result);
    if (difference !== undefined) wrong.push(difference);
  }
  const hash = domain.tau2Hash(taken.environment.state);
  if (hash !== recorded.hash) wrong.push(`hash differs: recorded ${recorded.hash}, got ${hash}`);
  return { environment: taken.environment, wrong };
}

/** Replays one recorded world; every call must agree in ok or not ok, in its result and in the hash after it. */
export function compareVectors(vectors: Vectors): Agreement {
  const domain = replayedDomain(vectors.domain);
  const state = stateOf(vectors.world as World);
  const disagreements: Disagreement[] = [];
  let calls = 0;
  let agreeing = 0;
  for (const [s, sequence] of vectors.sequences.entries()) {
    const initial = domain.tau2Hash(state);
    if (initial !== sequence.initial_hash) {
      const wrong = `hash differs: recorded ${sequence.initial_hash}, got ${initial}`;
      disagreements.push({ sequence: s + 1, call: 0, tool: "(start)", wrong });
    }
    let environment = openEnvironment(domain, state);
    for (const [c, recorded] of sequence.calls.entries()) {
      const compared = compareCall(domain, environment, recorded);
      environment = compared.environment;
      calls++;
      if (compared.wrong.length === 0) agreeing++;
      else {
        const wrong = compared.wrong.join("; ");
        disagreements.push({ sequence: s + 1, call: c + 1, tool: recorded.name, wrong });
      }
    }
  }
  return { calls, agreeing, disagreements };
}

/** How a task's own gold actions go on the database, and whether an agent that does nothing would be rewarded. */
export interface GoldReplay {
  readonly id: string;
  readonly failures: readonly string[];
  readonly idlePasses: boolean;
}

/**
 * Replays a task's gold. By τ²'s reward an idle agent passes if every part of the reward basis holds for it: DB if
 * the gold leaves the hash as it was, COMMUNICATE if there is nothing to say; other parts count as not held.
 */
export function replayGold(domain: Replayed, state: State, task: RecordedTask): GoldReplay {
  const criteria = task.evaluation_criteria;
  const calls = (criteria?.actions ?? [])
    .filter((action) => action.requestor === "assistant")
    .map((action) => ({ name: action.name, arguments: action.arguments as JsonObject }));
  const gold = replay(domain, state, calls);
  const holds: Readonly<Record<string, () => boolean>> = {
    DB: () => domain.tau2Hash(gold.state) === domain.tau2Hash(state),
    COMMUNICATE: () => (criteria?.communicate_info ?? []).length === 0,
  };
  return {
    id: task.id,
    failures: gold.failures.map(({ index, call, text }) => `action ${index + 1}, ${call.name}: ${text}`),
    idlePasses: (criteria?.reward_basis ?? []).every((part) => holds[part]?.() ?? false),
  };
}
