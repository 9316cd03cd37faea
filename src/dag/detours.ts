import { canonical, type Json, type JsonObject } from "../core/json.ts";
import type { Rng } from "../core/rng.ts";
import { type Call, type Domain, stateOf, type Tool } from "../domains/domain.ts";
import { act, type Environment, openEnvironment } from "../domains/environment.ts";
import { fieldsOf, valuesAt } from "../domains/reference.ts";
import type { Task } from "../tasks/task.ts";

/** Reads on the way that nothing needs: what somebody looks up who wants to be sure. */

/** A call of a golden trajectory; a detour tells nothing that the rest takes. */
export interface Stop {
  readonly call: Call;
  readonly isDetour: boolean;
  /** Why it did not run, where an event got in its way; else null. */
  readonly refused: string | null;
}

/** Every value that has been said or shown so far, by the references that it stands for, each once by its text. */
type Known = ReadonlyMap<string, ReadonlyMap<string, Json>>;

function learn(known: Known, told: readonly (readonly [reference: string, value: Json])[]): Known {
  const more = new Map([...known].map(([reference, values]) => [reference, new Map(values)]));
  for (const [reference, value] of told) {
    const values = more.get(reference) ?? new Map<string, Json>();
    more.set(reference, values.set(typeof value === "string" ? value : canonical(value), value));
  }
  return more;
}

const toldBy = (schema: Tool["output"], value: Json) =>
  fieldsOf(schema).flatMap((field) =>
    valuesAt(value, field).flatMap((one) => field.references.map((reference) => [reference, one] as const)),
  );

/** What the user's words tell: who they are, and what they want. */
function wordsOf(task: Task, domain: Domain): Known {
  const wants = task.user.requests.map(({ request }) => request);
  return learn(new Map(), [
    ...toldBy(domain.identity.schema, task.user.identity),
    ...wants.flatMap((request) => {
      const kind = domain.requests.find((one) => one.kind === request.kind);
      return kind === undefined ? [] : toldBy(kind.schema, request);
    }),
  ]);
}

/** A call of a read along edges of the tool graph: every argument is something known; null if one is not. */
function drawCall(tool: Tool, known: Known, rng: Rng): Call | null {
  const args: Record<string, Json> = {};
  for (const { path, references, required } of fieldsOf(tool.input)) {
    if (!required) continue;
    const values = references.flatMap((reference) => [...(known.get(reference)?.values() ?? [])]);
    if (values.length === 0) return null;
    args[path] = rng.pick(values);
  }
  return { name: tool.name, arguments: args as JsonObject };
}

/** Calls drawn until one runs that the way does not have yet. */
const draws = 6;

interface Here {
  readonly environment: Environment;
  readonly known: Known;
}

/** The calls of a way with `count` detours put in between, each along the tool graph from what is known by then. */
export function withDetours(
  calls: readonly Call[],
  on: { readonly task: Task; readonly domain: Domain; readonly count: number },
  rng: Rng,
): readonly Stop[] {
  const { task, domain, count } = on;
  const upset = new Set(task.events.map(({ before }) => before.tool));
  // A tool whose n-th call an event waits for is left to those who need it.
  const reads = domain.tools.filter(
    ({ name, effect }) => effect === "read" && task.tools.includes(name) && !upset.has(name),
  );
  const ends = calls.findIndex(({ name }) => effectOf(name, domain) === "transfer");
  const last = ends < 0 ? calls.length : ends;
  const places = Array.from({ length: count }, () => rng.int(0, last));
  const taken = new Set(calls.map(canonical));
  let here: Here = {
    environment: openEnvironment(domain, stateOf(task.world), { allowed: task.tools, events: task.events }),
    known: wordsOf(task, domain),
  };
  const stops: Stop[] = [];
  const go = (call: Call, isDetour: boolean) => {
    const stepped = act(here.environment, call);
    stops.push({ call, isDetour, refused: stepped.status === "ok" ? null : stepped.text });
    const tool = domain.tools.find(({ name }) => name === call.name);
    const told = stepped.status === "ok" && tool !== undefined ? toldBy(tool.output, stepped.result) : [];
    here = { environment: stepped.environment, known: learn(here.known, told) };
  };
  const wander = () => {
    for (let i = 0; i < draws; i++) {
      const call = drawCall(rng.pick(reads), here.known, rng);
      if (call === null || taken.has(canonical(call))) continue;
      if (act(here.environment, call).status !== "ok") continue;
      taken.add(canonical(call));
      go(call, true);
      return;
    }
  };
  for (let i = 0; i <= calls.length; i++) {
    if (reads.length > 0) for (const place of places) if (place === i) wander();
    const call = calls[i];
    if (call !== undefined) go(call, false);
  }
  return stops;
}

const effectOf = (name: string, domain: Domain) => domain.tools.find((tool) => tool.name === name)?.effect;
