import type { ModeName } from "./failure-note.ts";

/** Ways to show that a request was not worked on: which one it is depends on how the request should have ended. */
const omissions: ReadonlySet<ModeName> = new Set([
  "missing_write",
  "never_refused",
  "not_transferred",
  "decided_without_lookup",
]);

/** Ways to write something else than what was wanted: which one it is depends on what else there was to take. */
const mistaken: ReadonlySet<ModeName> = new Set(["wrong_choice", "wrong_value"]);

/** What a note says of where a failure comes from. */
export interface Showing {
  /** A note's fingerprint, which begins with the kind of request or the tool. */
  readonly key: string;
  readonly mode: ModeName;
  readonly clause: string | null;
}

/**
 * The name of what may stand behind a note, coarser than its fingerprint: "cancel: omitted", whether a write, a
 * refusal or a transfer is missing; "book: wrong payment_id", whatever was taken instead. Only for writes that the policy forbids is the clause a part of it.
 */
export function causeName({ key, mode, clause }: Showing): string {
  const [subject = ""] = key.split(":");
  if (omissions.has(mode)) return `${subject}: omitted`;
  const [, argument] = / of (\S+)/.exec(key) ?? [];
  if (mistaken.has(mode) && argument !== undefined) return `${subject}: wrong ${argument}`;
  return mode === "forbidden_write" && clause !== null
    ? `${subject}: ${mode} (${clause})`
    : `${subject}: ${mode}`;
}

/** What causes of one kind share beyond the kind of request: a clause that is overlooked, whatever is asked for. */
export function familyOf(cause: string): string {
  return /: (\w+ \(\w+\))/.exec(cause)?.[1] ?? cause;
}
