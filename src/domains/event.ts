import type { Json } from "../core/json.ts";

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
