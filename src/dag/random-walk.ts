import { z } from "zod";
import { canonical, type Json, type JsonObject } from "../core/json.ts";
import type { Rng } from "../core/rng.ts";
import { type Call, type Domain, stateOf, type Tool } from "../domains/domain.ts";
import { act, type Environment, openEnvironment } from "../domains/environment.ts";
import { fieldsOf, valuesAt } from "../domains/reference.ts";
import type { Task } from "../tasks/task.ts";

/** Walks on the tool graph: from what the user says, through lookups and what they tell, to each write. */

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
    more.set(reference, values.set(textOf(value), value));
  }
  return more;
}

const toldBy = (schema: Tool["output"], value: Json) =>
  fieldsOf(schema).flatMap((field) =>
    valuesAt(value, field).flatMap((one) => field.references.map((reference) => [reference, one] as const)),
  );

const textOf = (value: Json) => (typeof value === "string" ? value : canonical(value));
const noInput: Tool["input"] = z.strictObject({});

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

/** True if every reference that a call takes has been said or shown: the call lies at the end of edges already walked. */
function isFed({ name, arguments: args }: Call, { known }: Here, domain: Domain): boolean {
  const tool = domain.tools.find((one) => one.name === name);
  return fieldsOf(tool?.input ?? noInput).every((field) =>
    valuesAt(args, field).every((value) =>
      field.references.some((reference) => known.get(reference)?.has(textOf(value)) === true),
    ),
  );
}

/** How to go: gold's own way, or a drawn one with some detours at most. */
export type Way = "straight" | { readonly detours: number };

/** What is to be walked through: for each request the calls that gold makes for it, in gold's order. */
export interface Walked {
  readonly requests: readonly (readonly Call[])[];
  readonly task: Task;
  readonly domain: Domain;
  readonly way: Way;
}

/**
 * A walk along the edges of the tool graph through all of gold's calls, the stops of each request. On a drawn way the
 * next call is drawn among the request's lookups that what is known by then can feed, up to its next write, and
 * detours among all reads that it can feed; a detour goes with the request before whose call it stands.
 */
export function walkCalls({ requests, task, domain, way }: Walked, rng: Rng): readonly (readonly Stop[])[] {
  const upset = new Set(task.events.map(({ before }) => before.tool));
  // A tool whose n-th call an event waits for is left to those who need it.
  const reads = domain.tools.filter(
    ({ name, effect }) => effect === "read" && task.tools.includes(name) && !upset.has(name),
  );
  const all = requests.flat();
  const ends = all.findIndex(({ name }) => effectOf(name, domain) === "transfer");
  const detours = way === "straight" || reads.length === 0 ? 0 : way.detours;
  const places = Array.from({ length: detours }, () => rng.int(0, ends < 0 ? all.length : ends));
  const taken = new Set(all.map(canonical));
  let here: Here = {
    environment: openEnvironment(domain, stateOf(task.world), { allowed: task.tools, events: task.events }),
    known: wordsOf(task, domain),
  };
  const go = (call: Call, isDetour: boolean): Stop => {
    const acted = act(here.environment, call);
    const tool = domain.tools.find(({ name }) => name === call.name);
    const told = acted.status === "ok" && tool !== undefined ? toldBy(tool.output, acted.result) : [];
    here = { environment: acted.environment, known: learn(here.known, told) };
    return { call, isDetour, refused: acted.status === "ok" ? null : acted.text };
  };
  const wander = (): readonly Stop[] => {
    for (let i = 0; i < draws; i++) {
      const call = drawCall(rng.pick(reads), here.known, rng);
      if (call === null || taken.has(canonical(call))) continue;
      if (act(here.environment, call).status !== "ok") continue;
      taken.add(canonical(call));
      return [go(call, true)];
    }
    return [];
  };
  let made = 0;
  const wanderHere = () => places.filter((place) => place === made).flatMap(wander);
  const walked = requests.map((calls) => {
    const left = [...calls];
    const stops: Stop[] = [];
    while (left.length > 0) {
      stops.push(...wanderHere());
      // Which call an event meets depends on the order: under events it stays gold's own.
      const isDrawn = way !== "straight" && upset.size === 0;
      const next = isDrawn ? drawNext(left, here, { domain, rng }) : 0;
      stops.push(go(left.splice(next, 1)[0] as Call, false));
      made += 1;
    }
    return stops;
  });
  const rest = ends < 0 ? wanderHere() : [];
  return walked.map((stops, i) => (i === walked.length - 1 ? [...stops, ...rest] : stops));
}

/** The index of the call that comes next: one of the lookups before the next write that can be made by now. */
function drawNext(
  left: readonly Call[],
  here: Here,
  { domain, rng }: { readonly domain: Domain; readonly rng: Rng },
): number {
  const until = left.findIndex(({ name }) => effectOf(name, domain) !== "read");
  const open = left.slice(0, until < 0 ? left.length : until);
  const fed = [...open.keys()].filter((i) => isFed(open[i] as Call, here, domain));
  return fed.length === 0 ? 0 : rng.pick(fed);
}

const effectOf = (name: string, domain: Domain) => domain.tools.find((tool) => tool.name === name)?.effect;
