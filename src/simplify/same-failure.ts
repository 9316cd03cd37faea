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
  /** The index of the gold's solution that it belongs to; null if to none. */
  readonly request: number | null;
}

/** What comes of a transfer that nothing called for: no request is worked on any more. */
const followsFromTransfer: ReadonlySet<string> = new Set(["omitted", "call_failed", "stopped_early"]);

/** What went wrong in a failed rollout by rule, the most telling first; what follows from a transfer is left out. */
export function wrongsOf(
  { trajectory, grade }: Pick<Rollout, "trajectory" | "grade">,
  on: Failing,
): readonly Wrong[] {
  const { modes } = analyseFailure({ ...on, trajectory, grade, distractors: [] });
  const wrongs = modes.map((mode): Wrong => {
    const name = causeName({ key: noteKey(mode), mode: mode.mode, clause: mode.clause });
    const [subject = "", what = ""] = name.split(": ");
    return { what, subject, argument: mode.argument, within: mode.within, request: mode.request };
  });
  const transferred = wrongs.some(({ what }) => what === "transferred");
  return transferred ? wrongs.filter(({ what }) => !followsFromTransfer.has(what)) : wrongs;
}

/** No request is of another kind than it was. */
const noneRemade: ReadonlySet<number> = new Set();

/**
 * True if something went wrong in a rollout, and all of it went wrong in the whole's: in the same way, at the same
 * argument, and with the same kind of request. Of a request that was made one of another kind, by its index in the
 * whole, it is enough that it went wrong in the same way; so it is of what belongs to no request once one was made so. Where the whole's argument was wrong as a whole, whatever is
 * wrong within it is the same: how that shows depends on how much it has to hold.
 */
export function isSameFailure(
  seen: readonly Wrong[],
  known: readonly Wrong[],
  remade: ReadonlySet<number> = noneRemade,
): boolean {
  const isKnown = ({ what, subject, argument, within, request }: Wrong): boolean =>
    known.some((other) => {
      const isRemade =
        request === other.request && (request === null ? remade.size > 0 : remade.has(request));
      const same = other.what === what && (isRemade || other.argument === argument);
      const holds = within !== argument && other.within === within && other.argument === within;
      return (isRemade || other.subject === subject) && (same || holds);
    });
  return seen.length > 0 && seen.every(isKnown);
}

/** Of fewer rollouts than this each is believed to show what the others would, too. */
const leastToCompare = 5;

/**
 * How many of the failed rollouts of a whole fail the same way as the others: so often its next one will. Counted
 * against all of them, itself among them, every one would.
 */
export function failAlike(failed: readonly (readonly Wrong[])[]): number {
  if (failed.length < leastToCompare) return failed.length;
  const others = (i: number) => failed.toSpliced(i, 1).flat();
  return failed.filter((seen, i) => isSameFailure(seen, others(i))).length;
}

/** The name of what goes wrong in most of some failed rollouts, of equals the most telling; null if nothing does. */
export function mostShown(failed: readonly (readonly Wrong[])[]): string | null {
  const counts = new Map<string, number>();
  for (const seen of failed)
    for (const name of new Set(seen.map(({ subject, what }) => `${subject}: ${what}`)))
      counts.set(name, (counts.get(name) ?? 0) + 1);
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a);
  return most?.[0] ?? null;
}

/** The least share of the failed rollouts that what is blamed for them has to explain. */
const leastExplained = 0.75;

/**
 * The requests that a failure is blamed on, by index: those of the fewest wrongs that show in most of the failed
 * rollouts, of equals the most telling. Most of what else went wrong follows from these, or has a cause of its own.
 */
export function blamedFor(failed: readonly (readonly Wrong[])[]): ReadonlySet<number> {
  const shows = (seen: readonly Wrong[], wrong: Wrong) => seen.filter((one) => isLike(one, wrong));
  const requests = new Set<number>();
  for (let left = failed; left.length > (1 - leastExplained) * failed.length; ) {
    const often = (wrong: Wrong) => left.filter((seen) => shows(seen, wrong).length > 0).length;
    const [first, ...others] = left.flat();
    if (first === undefined) break;
    const best = others.reduce((most, one) => (often(one) > often(most) ? one : most), first);
    const blamed = left.flatMap((seen) => [...new Set(shows(seen, best).map(({ request }) => request))]);
    for (const request of blamed)
      if (request !== null && 2 * blamed.filter((one) => one === request).length >= often(best))
        requests.add(request);
    left = left.filter((seen) => shows(seen, best).length === 0);
  }
  return requests;
}

const isLike = (one: Wrong, other: Wrong): boolean => isSameFailure([one], [other]);
