import type { JsonObject } from "../core/json.ts";
import type { Domain } from "../domains/domain.ts";
import type { Session } from "../store/records.ts";
import type { ExportedTask } from "./task-lines.ts";

/** What is exported: a session's harvest, in its order. */
export interface Exporting {
  readonly session: Session;
  readonly domain: Domain;
  readonly tasks: readonly ExportedTask[];
}

/** One file of an export. */
export interface ExportFile {
  /** Its name within the folder. */
  readonly name: string;
  readonly data: string | Uint8Array;
  /** How many tasks it holds. */
  readonly tasks: number;
}

/** A task that a form cannot carry, by its key. */
export interface LeftOut {
  readonly task: string;
  readonly reason: string;
}

/** What an export comes to: the same tasks give the same bytes. */
export interface Exported {
  readonly files: readonly ExportFile[];
  readonly leftOut: readonly LeftOut[];
}

export type ExportFormat = (exporting: Exporting) => Exported | Promise<Exported>;

/** A task's number in its session's harvest, from "001": it stays the same when another task is left out. */
export function taskNumber({ harvested }: ExportedTask): string {
  return String(harvested.order + 1).padStart(3, "0");
}

/** Tells the tasks that a form carries, each told in it, from those that it has a reason to leave out. */
export function carried<T extends JsonObject>(
  tasks: readonly ExportedTask[],
  tell: (on: ExportedTask) => T | { readonly leftOut: string },
): { readonly told: readonly T[]; readonly leftOut: readonly LeftOut[] } {
  const told: T[] = [];
  const leftOut: LeftOut[] = [];
  for (const on of tasks) {
    const one = tell(on);
    if (isReason(one)) leftOut.push({ task: on.stored.key, reason: one.leftOut });
    else told.push(one);
  }
  return { told, leftOut };
}

const isReason = (one: object): one is { readonly leftOut: string } => "leftOut" in one;

/** True if things happen in a task while the conversation goes on, which a world and calls alone cannot tell. */
export function hasEvents(task: object): boolean {
  return "events" in task && Array.isArray(task.events) && task.events.length > 0;
}
