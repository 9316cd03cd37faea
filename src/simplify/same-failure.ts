import type { Domain } from "../domains/domain.ts";
import { analyseFailure } from "../rollout/analyse.ts";
import { causeName } from "../rollout/cause.ts";
import { noteKey } from "../rollout/failure-note.ts";
import type { Rollout } from "../rollout/rollout.ts";
import type { Gold, Task } from "../tasks/task.ts";

/** A task, and the domain that it is of. */
export interface Failing {
  readonly task: Task;
  readonly gold: Gold | null;
  readonly domain: Domain;
}

/** One thing that went wrong in a failed rollout, by its cause. */
export interface Wrong {
  /** "omitted", "transferred", "forbidden_write (clause)" … */
  readonly what: string;
  /** The kind of the request, or the tool where it belongs to none. */
  readonly subject: string;
  readonly argument: string | null;
  /** The argument that holds it: the same one, unless only a member of it is wrong. */
  readonly within: string | null;
}

/** What comes of a transfer that nothing called for: no request is worked on any more. */
const followsFromTransfer: ReadonlySet<string> = new Set(["omitted", "call_failed", "stopped_early"]);

/** What went wrong in a failed rollout by rule; what follows from a transfer is left out. */
export function wrongsOf(
  { trajectory, grade }: Pick<Rollout, "trajectory" | "grade">,
  on: Failing,
): readonly Wrong[] {
  const { modes } = analyseFailure({ ...on, trajectory, grade, distractors: [] });
  const wrongs = modes.map((mode): Wrong => {
    const name = causeName({ key: noteKey(mode), mode: mode.mode, clause: mode.clause });
    const [subject = "", what = ""] = name.split(": ");
    return { what, subject, argument: mode.argument, within: mode.within };
  });
  const transferred = wrongs.some(({ what }) => what === "transferred");
  return transferred ? wrongs.filter(({ what }) => !followsFromTransfer.has(what)) : wrongs;
}

/**
 * True if something went wrong in a rollout, and all of it went wrong in the whole's: in the same way, at the same
 * argument, and with the same kind of request unless that was made simpler. Where the whole's argument was not even of
 * the right form, whatever is wrong within it counts as the same: how it shows depends on how much it has to hold.
 */
export function isSameFailure(
  seen: readonly Wrong[],
  known: readonly Wrong[],
  subjects: "same subjects" | "any subject",
): boolean {
  const isKnown = ({ what, subject, argument, within }: Wrong): boolean =>
    known.some((other) => {
      const sameSubject = subjects === "any subject" || other.subject === subject;
      const same = other.what === what && (subjects === "any subject" || other.argument === argument);
      const holds = within !== argument && other.within === within && other.argument === within;
      return sameSubject && (same || holds);
    });
  return seen.length > 0 && seen.every(isKnown);
}
