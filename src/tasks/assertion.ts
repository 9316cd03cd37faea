import { at, canonical, isObject, type Json } from "../core/json.ts";
import { brief } from "./final-state.ts";
import type { Criterion } from "./task.ts";

/** What a state is held to, by JSON Pointer. Data only: never code, never a regular expression. */
export type StateAssertion = Omit<Extract<Criterion, { type: "assertion" }>, "type">;

/** How a state stands to an assertion, in words that may quote the state. */
export interface Asserted {
  readonly holds: boolean;
  readonly found: string;
  readonly expected: string;
}

/** Holds a state to an assertion; `delta` alone looks at what was there before. */
export function holdTo(
  { path, op, value }: StateAssertion,
  { before, after }: { readonly before: unknown; readonly after: unknown },
): Asserted {
  const here = at(after, path);
  const shown = { found: `${path} is ${brief(here)}` };
  switch (op) {
    case "equals":
      return {
        ...shown,
        holds: here !== undefined && canonical(here) === canonical(value),
        expected: brief(value),
      };
    case "absent":
      return { ...shown, holds: here === undefined, expected: "nothing there" };
    case "count": {
      const size = sizeOf(here);
      const found = size === undefined ? shown.found : `${path} has ${size} members`;
      return { found, holds: size === value, expected: `${value} members` };
    }
    case "delta": {
      const there = at(before, path);
      const delta = typeof here === "number" && typeof there === "number" ? here - there : null;
      return { ...shown, holds: delta === value, expected: `a change by ${value} from ${brief(there)}` };
    }
    case "contains":
      return { ...shown, holds: contains(here, value), expected: `to contain ${brief(value)}` };
  }
}

function sizeOf(value: Json | undefined): number | undefined {
  if (Array.isArray(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : undefined;
}

function contains(value: Json | undefined, part: Json | undefined): boolean {
  if (typeof value === "string") return typeof part === "string" && value.includes(part);
  return Array.isArray(value) && value.some((item) => canonical(item) === canonical(part));
}
