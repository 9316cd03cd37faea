import { canonical } from "../core/json.ts";
import type { Request } from "../domains/domain.ts";
import type { Scenario } from "../domains/scenario.ts";
import { criteriaOf } from "../tasks/compose.ts";
import type { Gated } from "../tasks/gates.ts";
import type { Whole } from "./pieces.ts";

/** What is the same in many cuts of one whole, by name. */
export interface Remembered {
  readonly worlds: Map<string, Scenario | null>;
  readonly requests: Map<string, Request | null>;
  readonly tasks: Map<string, Gated>;
  readonly isDerived: boolean;
}

const remembered = new WeakMap<Whole, Remembered>();

/** What is remembered of one whole, for as long as that is. */
export function memoryOf(whole: Whole): Remembered {
  const before = remembered.get(whole);
  if (before !== undefined) return before;
  const { task, gold } = whole;
  const own = task.criteria.filter(({ type }) => type !== "complies");
  const isDerived = canonical(own) === canonical(criteriaOf(gold));
  const memory = { worlds: new Map(), requests: new Map(), tasks: new Map(), isDerived };
  remembered.set(whole, memory);
  return memory;
}

/** What is known under a name, or is made once. */
export function recall<T>(known: Map<string, T>, name: string, make: () => T): T {
  const before = known.get(name);
  if (before !== undefined) return before;
  const made = make();
  known.set(name, made);
  return made;
}
