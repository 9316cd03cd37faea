import { canonical } from "../core/json.ts";
import type { Call } from "../domains/domain.ts";
import { solve } from "../tasks/gold.ts";
import type { Trace } from "../tasks/trace.ts";
import { leavesOf } from "./attention.ts";
import { type Mode, modeOf } from "./failure-note.ts";
import type { Scene } from "./scene.ts";

/** What a granted request should have been decided on and was not looked up by a place; empty if nothing is lacking. */
export function skippedLookups(request: number, place: number, scene: Scene): readonly Mode[] {
  const needed = neededReads(request, place, scene);
  const skipped = needed.filter((read) => !isSeen(read, scene.trace, place));
  return skipped.slice(0, 1).map((read) =>
    modeOf({
      mode: "decided_without_lookup",
      request,
      tool: read.name,
      detail: `decided by message ${place} without ${read.name} ${canonical(read.arguments)}`,
      place,
    }),
  );
}

/**
 * The reads without which a request cannot be decided. Other ways than the gold's are right as well, so these are only
 * the reads of what the user or the right write names, and those of a kind that the target never made at all.
 */
function neededReads(request: number, place: number, scene: Scene): readonly Call[] {
  const solution = scene.solutions[request];
  if (solution === undefined) return [];
  const named = new Set(
    leavesOf([scene.task.user.identity, ...solution.writes.map((write) => write.arguments)]),
  );
  const isMade = (read: Call) =>
    scene.trace.calls.some((call) => call.name === read.name && call.status === "ok" && call.place <= place);
  return readsAlone(request, scene).filter(
    (read) => !isMade(read) || leavesOf(read.arguments).every((leaf) => named.has(leaf)),
  );
}

/** The reads by which one request alone is solved: the task's gold does not say which call serves which request. */
function readsAlone(request: number, { solutions, task, domain }: Scene): readonly Call[] {
  const wanted = solutions[request]?.request;
  if (wanted === undefined) return [];
  const { identity } = task.user;
  const user = { identity, schedule: "together", requests: [{ request: wanted, form: 0 }] } as const;
  const solved = solve(domain, { world: task.world, user });
  if (solved.status === "stuck") return [];
  const isRead = ({ name }: Call) =>
    domain.tools.some((tool) => tool.name === name && tool.effect === "read");
  return solved.gold.calls.filter(isRead);
}

/** True if a read was made by a place, or a write's answer has shown the record that it asks for. */
export function isSeen(read: Call, { calls }: Trace, place = Number.POSITIVE_INFINITY): boolean {
  const [id, ...more] = Object.values(read.arguments);
  return calls.some((made) => {
    if (made.status !== "ok" || made.place > place) return false;
    if (canonical(made.call) === canonical(read)) return true;
    return (
      made.effect === "write" &&
      more.length === 0 &&
      leavesOf(made.call?.arguments).some((leaf) => leaf === id)
    );
  });
}
