import type { z } from "zod";
import {
  type Answer,
  type AxisValues,
  type Call,
  type Habits,
  type Move,
  type Request,
  type RequestKind,
  ToolError,
  type View,
} from "./domain.ts";

/** How request kinds are written: each reasons as a generator that asks for lookups until it can decide. */

/** A request kind written for its own request type; the schema guarantees the type wherever one comes in. */
export interface TypedRequestKind<R extends Request>
  extends Omit<RequestKind, "schema" | "say" | "next" | "objection" | "smaller" | "cell"> {
  readonly schema: z.ZodType<R>;
  say(request: R, form: number): string;
  next(request: R, view: View, habits: Habits): Move;
  objection(request: R, call: Call): string | null;
  smaller(request: R): readonly { readonly removes: string; readonly request: R }[];
  cell(request: R, view: View): AxisValues;
}

/** How a kind reasons: it asks for lookups until it can decide. Throws a ToolError where there is no way on. */
export type Planning<T = Move> = Generator<readonly Call[], T, readonly Answer[]>;

function drive<T>(
  planning: Planning<T>,
  view: View,
): { readonly value: T } | { readonly missing: readonly Call[] } {
  let step = planning.next();
  while (!step.done) {
    const answers = step.value.map((call) => view.lookup(call));
    const missing = step.value.filter((_, i) => answers[i] === undefined);
    if (missing.length > 0) return { missing };
    step = planning.next(answers as readonly Answer[]);
  }
  return { value: step.value };
}

/** The next move of a planning: its decision, or the lookups that it still lacks. */
export function nextMove(planning: Planning, view: View): Move {
  try {
    const end = drive(planning, view);
    return "missing" in end ? { move: "look", calls: end.missing } : end.value;
  } catch (error) {
    if (error instanceof ToolError) return { move: "stuck", why: error.message };
    throw error;
  }
}

/** What a planning comes to with the lookups made so far; undefined while one is missing or none leads on. */
export function peek<T>(planning: Planning<T>, view: View): T | undefined {
  try {
    const end = drive(planning, view);
    return "missing" in end ? undefined : end.value;
  } catch (error) {
    if (error instanceof ToolError) return undefined;
    throw error;
  }
}

/** Declares a request kind and forgets its own type. */
export function defineRequest<R extends Request>(kind: TypedRequestKind<R>): RequestKind {
  return kind as unknown as RequestKind;
}
