import { isObject, type Json, type JsonObject, pointerSteps } from "../core/json.ts";
import type { State } from "./domain.ts";

/** One place of a state that an event changes. */
export interface Patch {
  /** JSON Pointer into the world: /table/id/field…; the record must be there. */
  readonly path: string;
  readonly value: Json;
}

/**
 * Something that happens while a conversation goes on: just before the n-th call of a tool, once, whoever calls it.
 * It hangs on a tool and not on the length of the conversation, so that every way to the goal meets the same event.
 */
export interface Event {
  readonly before: { readonly tool: string /** 1 for the first call. */; readonly nth: number };
  /** What happens, in words: "the last seat on HAT123 goes". */
  readonly what: string;
  /** What it changes in the state before the call is run. */
  readonly patches: readonly Patch[];
  /** If true the call itself comes to nothing: it is answered with `interruption`, and nothing is done. */
  readonly interrupts: boolean;
}

/** What an interrupted call is answered with; whoever calls again is heard. */
export const interruption = "The request timed out and nothing was done: try again.";

/** Events of one task at most: a rollout ends after some calls that failed, and these must not be all of them. */
export const maxEvents = 5;

/** Offers for one request at most: after so many refusals of what was looked up afresh, something else is wrong. */
export const maxOffers = 5;

/** How far things have come: the events of a task, and how often each tool was called. */
export interface Course {
  readonly events: readonly Event[];
  /** Well-formed calls so far, refused ones among them, by the tool's name. */
  readonly calls: ReadonlyMap<string, number>;
  /** The events that have come about, in that order. */
  readonly happened: readonly Event[];
}

/** The course of some events before anything was called; null where nothing ever happens. */
export function courseOf(events: readonly Event[]): Course | null {
  return events.length === 0 ? null : { events, calls: new Map(), happened: [] };
}

/** The course at one more call of a tool, and the events that come just before that call. */
export function advance(
  { events, calls, happened }: Course,
  tool: string,
): { readonly course: Course; readonly due: readonly Event[] } {
  const nth = (calls.get(tool) ?? 0) + 1;
  const due = events.filter(({ before }) => before.tool === tool && before.nth === nth);
  const course: Course = {
    events,
    calls: new Map(calls).set(tool, nth),
    happened: due.length === 0 ? happened : [...happened, ...due],
  };
  return { course, due };
}

/** The state with some places changed. A place that is gone by then, as a spent certificate is, stays gone. */
export function patched(state: State, patches: readonly Patch[]): State {
  return patches.reduce(withPatch, state);
}

function withPatch(state: State, { path, value }: Patch): State {
  const [name = "", id = "", ...steps] = pointerSteps(path);
  const table = Object.hasOwn(state, name) ? state[name] : undefined;
  const record = table?.get(id);
  if (table === undefined || record === undefined) return state;
  const next = withValue(record, steps, value);
  return next === record ? state : { ...state, [name]: table.set(id, next as JsonObject) };
}

/** A value with one place below it set; unchanged where the steps lead nowhere. */
function withValue(here: Json, [step, ...rest]: readonly string[], value: Json): Json {
  if (step === undefined) return value;
  if (!isObject(here) && !Array.isArray(here)) return here;
  if (isObject(here)) {
    if (rest.length > 0 && !Object.hasOwn(here, step)) return here;
    return { ...here, [step]: withValue(here[step] ?? null, rest, value) };
  }
  const index = /^\d+$/.test(step) ? Number(step) : here.length;
  return index < here.length ? here.with(index, withValue(here[index] as Json, rest, value)) : here;
}
