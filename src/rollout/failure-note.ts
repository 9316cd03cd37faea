import type { Distractor } from "../domains/scenario.ts";

/** Every way to fail, the most telling first: what a note puts first, and what explains what stands behind it. */
export const modeNames = [
  "transferred",
  "forbidden_write",
  "decided_without_lookup",
  "not_transferred",
  "wrong_choice",
  "made_up_value",
  "wrong_value",
  "wrong_amount",
  "repeated_write",
  "unasked_write",
  "call_failed",
  "stopped_early",
  "missing_write",
  "never_refused",
  "clause_violated",
  "ran_into_limit",
  "words_only",
] as const;

/**
 * `wrong_choice`: another one of what a lookup offered. `made_up_value`: an id that nothing has shown and nobody said.
 * `call_failed`: the right write was tried in a form that failed. `stopped_early`: a confirmed offer was never carried
 * out. `never_refused`: no words of refusal. `words_only`: state and calls are right, what was said is not.
 */
export type ModeName = (typeof modeNames)[number];

/** One thing that went wrong in a failed rollout. */
export interface Mode {
  readonly mode: ModeName;
  /** The index of the gold's solution that it belongs to, or beside which an unasked write came; null if to none. */
  readonly request: number | null;
  /** The kind of that request. */
  readonly kind: string | null;
  /** The tool of the write that is at fault. */
  readonly tool: string | null;
  /** The name of the argument that is at fault. */
  readonly argument: string | null;
  /** The argument that holds what is at fault: the same one, unless only a member of it is. */
  readonly within: string | null;
  /** One short sentence; it may quote the target and the world. */
  readonly detail: string;
  readonly taken: Distractor | null;
  readonly clause: string | null;
  /** The index of the message where it shows, where there is one. */
  readonly place: number | null;
}

/** The first gold call that the target never made, and what it did instead. */
export interface FirstWrong {
  /** "call 4: book_reservation". */
  readonly step: string;
  readonly expected: string;
  readonly actual: string;
  readonly place: number | null;
}

/** What went wrong in one failed rollout. */
export interface FailureNote {
  /** The most telling first. */
  readonly modes: readonly Mode[];
  readonly firstWrong: FirstWrong | null;
}

/** A mode's name and words, with what is left out set to null. */
export function modeOf(mode: Pick<Mode, "mode" | "detail"> & Partial<Mode>): Mode {
  return {
    request: null,
    kind: null,
    tool: null,
    argument: null,
    within: null,
    taken: null,
    clause: null,
    place: null,
    ...mode,
  };
}

/**
 * A mode's fingerprint, the same for every rollout of one cause: "book: wrong_choice of flight_number (price)". It
 * names the kind of request (the tool where it belongs to none), the argument, and the criterion or the clause;
 * never a value.
 */
export function noteKey({ mode, kind, tool, argument, taken, clause }: Mode): string {
  const by = taken?.losesBy ?? clause;
  return [
    `${kind ?? tool ?? "conversation"}: ${mode}`,
    ...(argument === null ? [] : [`of ${argument}`]),
    ...(by === null ? [] : [`(${by})`]),
  ].join(" ");
}

/** Modes in the order of how telling they are, each fingerprint once for a request. */
export function mostTellingFirst(modes: readonly Mode[]): readonly Mode[] {
  const named = (mode: Mode) => `${mode.request} ${noteKey(mode)}`;
  const once = modes.filter((mode, i) => modes.findIndex((other) => named(other) === named(mode)) === i);
  return once.toSorted((a, b) => modeNames.indexOf(a.mode) - modeNames.indexOf(b.mode));
}
