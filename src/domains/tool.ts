import type { z } from "zod";
import type { Json, JsonObject } from "../core/json.ts";
import type { State, Tool } from "./domain.ts";

/** A tool written for the type of its own arguments; the schema guarantees the type wherever a call comes in. */
export interface TypedTool<A extends JsonObject> extends Omit<Tool, "input" | "run" | "shows" | "echoes"> {
  readonly input: z.ZodType<A>;
  run(state: State, args: NoInfer<A>): { readonly state: State; readonly result: Json };
  shows(args: NoInfer<A>, result: Json): readonly string[];
  echoes?(args: NoInfer<A>, result: Json): ReturnType<NonNullable<Tool["echoes"]>>;
}

/** Declares a tool and forgets the type of its arguments. */
export function defineTool<A extends JsonObject>(tool: TypedTool<A>): Tool {
  return tool as unknown as Tool;
}
