import { canonical, type Json } from "../core/json.ts";
import type { Solution } from "../tasks/task.ts";
import type { TracedCall } from "../tasks/trace.ts";
import type { Scene } from "./scene.ts";

/** What tells which request a target is at. */
export type Attended = Pick<Scene, "solutions" | "trace" | "raised" | "said" | "domain">;

/** Every text and number in a value, in order. */
export function leavesOf(value: Json | undefined): readonly (string | number)[] {
  if (typeof value === "string" || typeof value === "number") return [value];
  if (value === null || typeof value !== "object") return [];
  return Object.values(value).flatMap((part) => leavesOf(part as Json));
}

/** True if every write of a granted solution was made before a place. */
export function isWritten({ trace }: Attended, { status, writes }: Solution, place: number): boolean {
  const isMade = (key: string) =>
    trace.calls.some((made) => made.place < place && made.status === "ok" && canonical(made.call) === key);
  return status === "granted" && writes.every((write) => isMade(canonical(write)));
}

/** The solutions, by index, that the target may be at before a place: not carried out, and what the user spoke of last. */
export function openAt(on: Attended, place: number): readonly number[] {
  const open = on.solutions.flatMap((solution, i) =>
    on.raised[i] === true && !isWritten(on, solution, place) ? [i] : [],
  );
  const last = on.said.findLast((message) => message.place < place)?.requests ?? open;
  const spokenOf = open.filter((i) => last.includes(i));
  return spokenOf.length > 0 ? spokenOf : open;
}

/** Of some solutions, by index, the one that a call before a place, or a text at it, touched last; the first of equals. */
export function lastTouched(
  among: readonly number[],
  on: Attended,
  { place, text = "" }: { readonly place: number; readonly text?: string },
): number | null {
  const touched = among.map((index) => {
    const own = ownTo(index, on);
    if (own.ids.some((id) => text.includes(id))) return place;
    return on.trace.calls.findLast((made) => made.place < place && touches(made, own))?.place ?? -1;
  });
  return among[touched.indexOf(Math.max(...touched))] ?? null;
}

interface Own {
  readonly values: ReadonlySet<string | number>;
  /** The values long enough to be told in a text. */
  readonly ids: readonly string[];
  readonly tools: ReadonlySet<string>;
}

function touches({ name, effect, call, emitted }: TracedCall, { values, ids, tools }: Own): boolean {
  if (effect === "write" && tools.has(name)) return true;
  if (call === null) return ids.some((id) => emitted.includes(id));
  return leavesOf(call.arguments).some((leaf) => values.has(leaf));
}

/** What one solution is about and no other: values, and tools that write. */
function ownTo(index: number, { solutions }: Attended): Own {
  const calls = ({ writes, forbids }: Solution) => [...writes, ...forbids];
  const values = own(solutions, index, (solution) =>
    leavesOf([
      solution.request,
      ...calls(solution).map((call) => call.arguments),
      solution.restsOn.flatMap((record) => record.split("/")),
    ]),
  );
  const ids = [...values].filter((value) => typeof value === "string" && value.length > 3);
  const tools = own(solutions, index, (solution) => calls(solution).map(({ name }) => name));
  return { values, ids: ids.map(String), tools };
}

function own<T>(
  solutions: readonly Solution[],
  index: number,
  about: (solution: Solution) => readonly T[],
): ReadonlySet<T> {
  const others = new Set(solutions.flatMap((solution, i) => (i === index ? [] : about(solution))));
  return new Set(
    solutions
      .slice(index, index + 1)
      .flatMap(about)
      .filter((one) => !others.has(one)),
  );
}
