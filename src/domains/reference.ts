import { z } from "zod";
import { isObject, type Json, type JsonObject } from "../core/json.ts";

/** How schemas say what their fields name, so that what one tool tells can feed what another one takes. */

type Mark = { readonly refers: readonly string[] } | { readonly offers: string };

/** Kept beside the schemas, not in them: what a target reads of a tool does not change. */
const marks = z.registry<Mark>();

function marked<S extends z.ZodType>(schema: S, mark: Mark): S {
  const copy: z.ZodType = schema.clone();
  marks.add(copy, mark);
  return copy as S;
}

/**
 * A copy of a schema whose values are references: ids, dates, places, people. An argument can be fed by every field
 * of an answer, of the identity or of a request that shares a reference with it. A field that only repeats an
 * argument of its own call refers to nothing. On a whole answer a reference is a fact that requests can weigh.
 */
export function refers<S extends z.ZodType>(schema: S, ...references: readonly string[]): S {
  return marked(schema, { refers: references });
}

/** A copy of the schema of a list, as options of something: a write that takes from it takes a choice. */
export function offers<S extends z.ZodType>(list: S, what: string): S {
  return marked(list, { offers: what });
}

/** One place of a schema that refers to something. */
export interface Field {
  /** Members joined by dots; `[]` for the items of a list, `.*` for the values and `.~` for the keys of a record. */
  readonly path: string;
  readonly references: readonly string[];
  /** What the list around it offers options of; null if it is not among options. */
  readonly offered: string | null;
  /** True if no value of the schema goes without it, empty lists aside. */
  readonly required: boolean;
}

/** What the whole of a schema is called among the paths of its fields. */
export const wholePath = "$";

const read = new WeakMap<z.ZodType, JsonObject>();

/** The JSON Schema with the marks in it, remembered by the schema's identity. */
function markedSchema(schema: z.ZodType): JsonObject {
  const known = read.get(schema);
  if (known !== undefined) return known;
  const options = { metadata: marks, io: "input", unrepresentable: "any" } as const;
  const made = z.toJSONSchema(schema, options) as unknown as JsonObject;
  read.set(schema, made);
  return made;
}

const objects = (list: Json | undefined): readonly JsonObject[] =>
  Array.isArray(list) ? (list as readonly Json[]).filter(isObject) : [];
const texts = (list: Json | undefined): readonly string[] =>
  Array.isArray(list) ? (list as readonly Json[]).filter((one) => typeof one === "string") : [];

type Place = Omit<Field, "references">;

/** The parts of a JSON Schema, each with its place. */
function* parts(node: JsonObject, at: Place): Generator<readonly [JsonObject, Place]> {
  const needed = texts(node.required);
  const step = (path: string): Place => ({ ...at, path: `${at.path}${path}` });
  for (const [name, part] of Object.entries(isObject(node.properties) ? node.properties : {})) {
    const path = at.path === "" ? name : `.${name}`;
    if (isObject(part)) yield [part, { ...step(path), required: at.required && needed.includes(name) }];
  }
  for (const item of [...objects([node.items ?? null]), ...objects(node.prefixItems)])
    yield [item, step("[]")];
  if (isObject(node.propertyNames)) yield [node.propertyNames, step(".~")];
  if (isObject(node.additionalProperties)) yield [node.additionalProperties, step(".*")];
  for (const arm of [...objects(node.anyOf), ...objects(node.oneOf)]) yield [arm, { ...at, required: false }];
  for (const arm of objects(node.allOf)) yield [arm, at];
}

function* walk(node: JsonObject, from: Place): Generator<Field> {
  const at = typeof node.offers === "string" ? { ...from, offered: node.offers } : from;
  const references = texts(node.refers);
  if (references.length > 0) yield { ...at, path: at.path === "" ? wholePath : at.path, references };
  for (const [part, place] of parts(node, at)) yield* walk(part, place);
}

const fields = new WeakMap<z.ZodType, readonly Field[]>();

/**
 * Every place of a schema that refers to something, remembered by the schema's identity. A schema that holds itself
 * is followed once.
 */
export function fieldsOf(schema: z.ZodType): readonly Field[] {
  const known = fields.get(schema);
  if (known !== undefined) return known;
  const made = [...walk(markedSchema(schema), { path: "", offered: null, required: true })];
  fields.set(schema, made);
  return made;
}

function always(node: JsonObject): ReadonlySet<string> {
  const needed = texts(node.required);
  const properties = isObject(node.properties) ? node.properties : {};
  const held = [
    ...needed.map((name) => properties[name]).filter((part) => part !== undefined),
    ...objects(node.allOf),
    ...objects(node.prefixItems),
    ...(typeof node.minItems === "number" && node.minItems > 0 ? [node.items ?? null] : []),
  ];
  const [first, ...others] = [...objects(node.anyOf), ...objects(node.oneOf)].map(always);
  const inEveryArm = [...(first ?? [])].filter((reference) => others.every((arm) => arm.has(reference)));
  return new Set([
    ...texts(node.refers),
    ...objects(held).flatMap((part) => [...always(part)]),
    ...inEveryArm,
  ]);
}

/** The references that every value of a schema holds. */
export function alwaysIn(schema: z.ZodType): ReadonlySet<string> {
  return always(markedSchema(schema));
}

/** The values one step further down: a list's items, a record's values or keys, or one member. */
function below(value: Json, step: string): readonly Json[] {
  if (step === "[]") return Array.isArray(value) ? (value as readonly Json[]) : [];
  if (!isObject(value)) return [];
  if (step === "*") return Object.values(value) as readonly Json[];
  if (step === "~") return Object.keys(value);
  return value[step] === undefined ? [] : [value[step] as Json];
}

const stepsOf = new Map<string, readonly string[]>();

/** What stands at a field's place in a value, item by item; nothing where the value lacks it. */
export function valuesAt(value: Json, { path }: Pick<Field, "path">): readonly Json[] {
  const steps =
    stepsOf.get(path) ??
    (path === wholePath ? "" : path.replaceAll("[]", ".[]")).split(".").filter((step) => step !== "");
  stepsOf.set(path, steps);
  return steps
    .reduce<readonly Json[]>((here, step) => here.flatMap((one) => below(one, step)), [value])
    .filter((one) => one !== null);
}
