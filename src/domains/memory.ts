import { canonical, type JsonObject } from "../core/json.ts";
import type { Answer, Call, Domain, View } from "./domain.ts";
import { interruption } from "./event.ts";

/** What one conversation has shown so far: the value behind a view. */
export interface Memory {
  readonly identity: JsonObject;
  readonly answers: ReadonlyMap<string, Answer>;
  readonly writes: readonly Call[];
}

export function freshMemory(identity: JsonObject): Memory {
  return { identity, answers: new Map(), writes: [] };
}

const keyOf = (call: Call) => `${call.name} ${canonical(call.arguments)}`;

/** What a call that did not run tells; undefined for an interrupted one, which tells nothing and can be asked again. */
export function refusedAnswer(text: string): Answer | undefined {
  return text === interruption ? undefined : { ok: false };
}

/**
 * The memory with one more answered call. A write makes all earlier lookups stale: by what it changed if it
 * succeeded, and if it was refused because the world is no longer what was looked up.
 */
export function remember(
  memory: Memory,
  seen: { readonly call: Call; readonly answer: Answer | undefined },
  domain: Domain,
): Memory {
  const { call, answer } = seen;
  if (answer === undefined) return memory;
  const tool = domain.tools.find((known) => known.name === call.name);
  if (tool?.effect !== "write") {
    return { ...memory, answers: new Map(memory.answers).set(keyOf(call), answer) };
  }
  if (!answer.ok) return { ...memory, answers: new Map() };
  const echoes = tool.echoes?.(call.arguments, answer.result) ?? [];
  return {
    ...memory,
    answers: new Map(echoes.map((echo) => [keyOf(echo), answer])),
    writes: [...memory.writes, call],
  };
}

/** The view that a memory gives. */
export function viewOf(memory: Memory): View {
  return {
    identity: memory.identity,
    lookup: (call) => memory.answers.get(keyOf(call)),
    writes: memory.writes,
  };
}
