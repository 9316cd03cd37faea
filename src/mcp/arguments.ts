import { z } from "zod";
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
    issue === undefined ? `The arguments of ${tool.name} do not fit.` : sentence(tool, issue, given),
  );
}

function sentence(tool: Named, issue: z.core.$ZodIssue, given: unknown): string {
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
  const number = numberWanted(tool, issue.path);
  const wrong =
    number === null ? lower(issue.message) : `expected ${number}, got ${cameAt(given, issue.path)}`;
  return `The argument "${first}" of ${tool.name} does not fit${inside}: ${wrong}; correct it and call again.`;
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

interface Wanted {
  readonly type?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Wanted>>;
  readonly items?: Wanted;
  readonly additionalProperties?: Wanted | false;
}

/** The number that a place in the arguments takes, with its bounds, in words; null where it takes no number alone. */
function numberWanted({ input }: Named, path: readonly PropertyKey[]): string | null {
  const whole = z.toJSONSchema(input, { io: "input", unrepresentable: "any" }) as Wanted;
  const at = path.reduce<Wanted | undefined>((so, step) => {
    const rest = so?.additionalProperties;
    return so?.properties?.[String(step)] ?? so?.items ?? (rest === false ? undefined : rest);
  }, whole);
  if (at?.type !== "integer" && at?.type !== "number") return null;
  const { minimum: from, exclusiveMinimum: above, maximum: to } = at;
  // Zod bounds every whole number by what is safe, which is no bound of ours.
  const bounds = [
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(isBound(from) ? [`from ${from}`] : []),
    ...(isBound(to) ? [`to ${to}`] : []),
  ];
  const what = at.type === "integer" ? "a whole number" : "a number";
  return [what, ...bounds].join(" ");
}

const isBound = (bound: number | undefined) =>
  bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;

/** What came at a place in the arguments, as one short text. */
function cameAt(given: unknown, path: readonly PropertyKey[]): string {
  const came = path.reduce<unknown>(
    (so, step) => (so as Record<PropertyKey, unknown> | undefined)?.[step],
    given,
  );
  if (Array.isArray(came)) return "a list";
  if (typeof came === "object" && came !== null) return "an object";
  return shown(typeof came === "string" ? JSON.stringify(came) : String(came));
}
