import { z } from "zod";
import { cellDistance, nearness } from "../frontier/distance.ts";
import type { PlacedTask } from "../store/tasks.ts";
import type { Workbench } from "./workbench.ts";

/** Earlier tasks of each of its kinds that a task is compared with, the newest ones. */
const compared = 200;

/** The three earlier tasks that are nearest. */
export const nearestTasksOutput = z
  .array(z.object({ task_key: z.string(), similarity: z.number() }))
  .describe(
    `the nearest of the session's newest ${compared} tasks of each of its kinds, by cell: 1 the same cell, falling to 0 with the distance on the axes`,
  );

export type NearTasks = z.infer<typeof nearestTasksOutput>;

/** The three earlier tasks of a session whose cells are nearest to a new one's. */
export function nearestTasks({ deps, session, domain }: Workbench, { key, cell }: PlacedTask): NearTasks {
  const kinds = cell.requests.flatMap(({ kind }) => (kind === undefined ? [] : [String(kind)]));
  return deps.store
    .tasksOfKinds(session.id, kinds, compared)
    .filter((other) => other.key !== key)
    .map((other) => ({ task_key: other.key, similarity: nearness(cellDistance(cell, other.cell, domain)) }))
    .toSorted((a, b) => b.similarity - a.similarity || (a.task_key < b.task_key ? -1 : 1))
    .slice(0, 3)
    .map(({ task_key, similarity }) => ({ task_key, similarity: Math.round(similarity * 100) / 100 }));
}

/** The same in one line. */
export function nearestTasksLine(near: NearTasks): string {
  const [first] = near;
  if (first === undefined) return "Nearest earlier task: none of its kind.";
  const one = ({ task_key, similarity }: NearTasks[number]) => `${similarity.toFixed(2)} ${task_key}`;
  const same = first.similarity === 1 ? "its cell was tried already: " : "";
  return `Nearest earlier tasks by cell: ${same}${near.map(one).join(", ")}.`;
}
