import { z } from "zod";
import { isObject, type Json, type JsonObject } from "../core/json.ts";
import type { Domain, Tool } from "../domains/domain.ts";

/** Tools as the released data set tells them. */

const schemaOf = (schema: z.ZodType): JsonObject =>
  z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as unknown as JsonObject;

const objects = (list: Json | undefined): readonly JsonObject[] =>
  Array.isArray(list) ? (list as readonly Json[]).filter(isObject) : [];

/** A schema's JSON types in one text; "string|null" where there are several. */
function typeOf(schema: JsonObject): string {
  if (typeof schema.type === "string") return schema.type;
  const arms = [...objects(schema.anyOf), ...objects(schema.oneOf)].map(typeOf);
  return arms.length === 0 ? "any" : [...new Set(arms)].join("|");
}

/** The members of an object, or of the records that a list gives. */
function membersOf(schema: JsonObject): Readonly<Record<string, JsonObject>> | null {
  if (isObject(schema.properties)) {
    const members = Object.entries(schema.properties);
    return Object.fromEntries(members.flatMap(([name, part]) => (isObject(part) ? [[name, part]] : [])));
  }
  const [item] = objects([schema.items ?? null, ...objects(schema.prefixItems)]);
  return item === undefined ? null : membersOf(item);
}

function inputsOf(tool: Tool): JsonObject {
  const inputs = Object.entries(membersOf(schemaOf(tool.input)) ?? {});
  return Object.fromEntries(
    inputs.map(([name, part]) => [
      name,
      { ...part, type: typeOf(part), description: part.description ?? "" },
    ]),
  );
}

function outputsOf(tool: Tool): JsonObject {
  const schema = schemaOf(tool.output);
  const outputs = Object.entries(membersOf(schema) ?? { result: schema });
  return Object.fromEntries(outputs.map(([name, part]) => [name, { type: typeOf(part) }]));
}

/** A domain's tools of these names, each with the form of its arguments and of its answer. */
export function toolForms(domain: Domain, names: readonly string[]): readonly JsonObject[] {
  return domain.tools
    .filter(({ name }) => names.includes(name))
    .map((tool) => ({
      name: tool.name,
      description: tool.description,
      tool_type: tool.effect,
      state_changing: tool.effect === "write",
      inputs: inputsOf(tool),
      outputs: outputsOf(tool),
    }));
}
