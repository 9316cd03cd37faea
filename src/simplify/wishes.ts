import type { Domain, ScriptedRequest } from "../domains/domain.ts";
import { solveOnce } from "../tasks/gold.ts";
import type { Task } from "../tasks/task.ts";
import type { Wish } from "./pieces.ts";

/** What comes up in a task; null where it has no gold. What is wanted instead of a granted request never does. */
export function wishesOf(task: Task, domain: Domain): readonly Wish[] | null {
  const solved = solveOnce(domain, task);
  if (solved.status === "stuck") return null;
  const { solutions } = solved.gold;
  const wishes: Wish[] = [];
  const add = (scripted: ScriptedRequest, after: number | null): void => {
    const place = wishes.length;
    const { otherwise, ...plain } = scripted;
    const comesUp = otherwise !== undefined && solutions[place]?.status === "refused";
    wishes.push({ scripted: comesUp ? plain : scripted, cell: solved.cells[place] ?? {}, after });
    if (comesUp) add(otherwise, place);
  };
  for (const scripted of task.user.requests) add(scripted, null);
  return wishes;
}
