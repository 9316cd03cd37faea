import { isSame } from "../core/json.ts";
import type { Rng } from "../core/rng.ts";
import { type Call, type Domain, type State, stateOf } from "../domains/domain.ts";
import { act, openEnvironment } from "../domains/environment.ts";
import type { Event } from "../domains/event.ts";
import type { Parts } from "../tasks/compose.ts";
import { type Solved, solve, solveOnce } from "../tasks/gold.ts";
import type { EventKind } from "./parameters.ts";

type Wanted = Exclude<EventKind, "none">;

interface Disturbing {
  readonly domain: Domain;
  readonly parts: Parts;
  readonly gold: readonly Call[];
}

/**
 * The parts of a task with one event more, which gold meets, is changed by and still solves the task through, with one
 * right answer; null if there is none. Criteria that are among the parts stay as they are: leave them out, and they
 * follow the new gold.
 */
export function addEvent(domain: Domain, parts: Parts, wanted: Wanted, rng: Rng): Parts | null {
  const { world, user, events: earlier = [] } = parts;
  const before = solveOnce(domain, { world, user, events: earlier });
  if (before.status === "stuck") return null;
  const on: Disturbing = { domain, parts, gold: before.gold.calls };
  const candidates = wanted === "interruption" ? interruptionsOf(on) : changesOf(on);
  for (const event of rng.shuffle(candidates)) {
    const events = [...earlier, event];
    if (isDifferent(before, solve(domain, { world, user, events }))) return { ...parts, events };
  }
  return null;
}

/** True if a task is solved another way than before, and one way only. */
function isDifferent(before: Extract<Solved, { status: "solved" }>, after: Solved): boolean {
  return after.status === "solved" && after.ties.length === 0 && !isSame(after.gold.calls, before.gold.calls);
}

/** Just before which call of its tool a call of gold stands. */
function placeOf(gold: readonly Call[], index: number): Event["before"] {
  const tool = gold[index]?.name ?? "";
  return { tool, nth: gold.slice(0, index + 1).filter(({ name }) => name === tool).length };
}

/** The indices of gold's calls of tools with an effect. */
function callsOf({ domain, gold }: Disturbing, effect: "read" | "write"): readonly number[] {
  const names = new Set(domain.tools.filter((tool) => tool.effect === effect).map(({ name }) => name));
  return [...gold.keys()].filter((index) => names.has(gold[index]?.name ?? ""));
}

function interruptionsOf(on: Disturbing): readonly Event[] {
  return callsOf(on, "read").map((index) => {
    const before = placeOf(on.gold, index);
    return { before, what: `call ${before.nth} of ${before.tool} times out`, patches: [], interrupts: true };
  });
}

function changesOf(on: Disturbing): readonly Event[] {
  const { domain, gold } = on;
  return callsOf(on, "write").flatMap((index) =>
    domain
      .disturbances(gold[index] as Call, stateBefore(index, on))
      .map(({ what, patches }) => ({ before: placeOf(gold, index), what, patches, interrupts: false })),
  );
}

function stateBefore(index: number, { domain, parts, gold }: Disturbing): State {
  const start = openEnvironment(domain, stateOf(parts.world), { events: parts.events ?? [] });
  return gold.slice(0, index).reduce((so, call) => act(so, call).environment, start).state;
}
