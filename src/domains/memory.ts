import { canonical, type JsonObject } from "../core/json.ts";
import type { Answer, Call, Domain, View } from "./domain.ts";

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

/** The memory with one more answered call. A write that succeeded makes all earlier lookups stale. */
export function remember(
  memory: Memory,
  seen: { readonly call: Call; readonly answer: Answer },
  domain: Domain,
): Memory {
  const { call, answer } = seen;
  const tool = domain.tools.find((known) => known.name === call.name);
  if (tool?.effect !== "write") {
    return { ...memory, answers: new Map(memory.answers).set(keyOf(call), answer) };
  }
  if (!answer.ok) return memory;
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
