import type { z } from "zod";
import { anyOf, InputError } from "../core/errors.ts";
import { type JsonObject, refuseHostileKeys } from "../core/json.ts";
import type { FaultlineTool } from "../tools/tool.ts";

type Named = Pick<FaultlineTool, "name" | "input">;

/** Checks a call's arguments by the verb's schema; what is wrong is said in one sentence that names the argument. */
export function readArguments(tool: Named, given: unknown): JsonObject {
  refuseHostileKeys(given, `The arguments of ${tool.name}`);
  const parsed = tool.input.safeParse(given ?? {});
  if (parsed.success) return parsed.data as JsonObject;
  const [issue] = parsed.error.issues;
  throw new InputError(
    issue === undefined ? `The arguments of ${tool.name} do not fit.` : sentence(tool, issue),
  );
}

function sentence(tool: Named, issue: z.core.$ZodIssue): string {
  const known = Object.keys(tool.input.shape);
  const [first, ...deeper] = issue.path.map(String);
  if (issue.code === "unrecognized_keys" && first === undefined) {
    return `${tool.name} has no argument "${shown(issue.keys[0] ?? "")}": expected ${anyOf(known)}.`;
  }
  if (first === undefined) return `${tool.name} takes one object of arguments: ${lower(issue.message)}.`;
  const inside = deeper.length === 0 ? "" : ` at /${shown(deeper.join("/"))}`;
  if (issue.code === "invalid_type" && issue.input === undefined && issue.message.endsWith("undefined")) {
    const meaning = meaningOf(tool, first);
    return `${tool.name} needs the argument "${first}"${inside}${meaning === undefined ? "" : ` (${meaning})`}: give it and call again.`;
  }
  return `The argument "${first}" of ${tool.name} does not fit${inside}: ${lower(issue.message)}; correct it and call again.`;
}

function meaningOf(tool: Named, argument: string): string | undefined {
  return (tool.input.shape[argument] as z.ZodType | undefined)?.description;
}

const shown = (text: string) => (text.length > 80 ? `${text.slice(0, 80)}…` : text);

/** Zod's message within a sentence. */
function lower(message: string): string {
  const plain = message.replace(/^Invalid (input|option): /, "");
  return plain.charAt(0).toLowerCase() + plain.slice(1);
}
