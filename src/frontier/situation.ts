import { type Cell, meets } from "../domains/cell.ts";
import type { AxisValues, Condition, Region } from "../domains/domain.ts";

/**
 * One request of a task with what stands around it. A domain's axes have names of their own, so that a region can be
 * held against all of it at once, whatever the scope of its conditions.
 */
export interface Situation {
  readonly request: AxisValues;
  /** The task's values on the conversation and world axes. */
  readonly around: AxisValues;
}

export function situationsOf({ conversation, world, requests }: Cell): readonly Situation[] {
  const around = { ...world, ...conversation };
  return requests.map((request) => ({ request, around }));
}

/** True if a situation meets every condition of a region: a cell lies in a region if one of its situations does. */
export function liesIn({ request, around }: Situation, region: Region): boolean {
  for (const name in region) {
    const condition = region[name];
    if (condition !== undefined && !meets(request[name] ?? around[name], condition)) return false;
  }
  return true;
}

const piece = (name: string, value: unknown) => `|${JSON.stringify(name)}:${JSON.stringify(value)}`;

const piecesIn = ({ request, around }: Situation) =>
  Object.entries({ ...around, ...request }).map(([name, value]) => piece(name, value));

/** A situation as one text, in which each value can be found by `textsOf` and nothing else can. */
export function situationText(one: Situation): string {
  return `${piecesIn(one).join("")}|`;
}

/** A situation's values one by one, each as `textsOf` names it. */
export function piecesOf(one: Situation): readonly string[] {
  return piecesIn(one).map((text) => `${text}|`);
}

/** The texts of which a situation's text contains one if and only if it meets a condition; `seen`: values that its axis has had. */
export function textsOf(
  name: string,
  condition: Condition,
  seen: readonly AxisValues[string][],
): readonly string[] {
  const values = Array.isArray(condition)
    ? condition
    : typeof condition === "object"
      ? seen.filter((value) => meets(value, condition))
      : [condition];
  return values.map((value) => `${piece(name, value)}|`);
}
