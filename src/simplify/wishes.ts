import type { Domain, ScriptedRequest } from "../domains/domain.ts";
import { solveOnce } from "../tasks/gold.ts";
import type { Gold, Task } from "../tasks/task.ts";
import type { Whole, Wish } from "./pieces.ts";

/**
 * A task as something to make smaller, with the requests that its failure is blamed on, by their index in the gold's
 * solutions; null where it has no gold. What is wanted instead of a granted request never comes up.
 */
export function wholeOf(
  { task, gold }: { readonly task: Task; readonly gold: Gold | null },
  domain: Domain,
  blamed: ReadonlySet<number>,
): Whole | null {
  const solved = solveOnce(domain, task);
  if (gold === null || solved.status === "stuck") return null;
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
  return { task, gold, domain, wishes, world: solved.cell.world, blamed };
}
