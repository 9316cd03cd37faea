import { hash } from "node:crypto";
import { InputError } from "./errors.ts";

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Sha-256 of a text, as 64 hexadecimal digits. */
export function sha256(text: string): string {
  return hash("sha256", text, "hex");
}

/** The canonical text of a value: keys sorted, no white space, members that are undefined left out. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  let members = "";
  for (const key of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[key];
    if (member === undefined) continue;
    members += `${members === "" ? "" : ","}${JSON.stringify(key)}:${canonical(member)}`;
  }
  return `{${members}}`;
}

/** True if two values have the same canonical text; parts that they share are not looked into. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => isSame(item, b[i]));
  }
  if (!isObject(a) || !isObject(b)) return canonical(a) === canonical(b);
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every(
    (key) => (a[key] === undefined) === (b[key] === undefined) && isSame(a[key], b[key]),
  );
}

/** The name of a value by its content: sha-256 of its canonical text. */
export function contentKey(value: unknown): string {
  return sha256(canonical(value));
}

export function isObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

const hostileKeys = new Set(["__proto__", "constructor", "prototype"]);

/** Refuses `__proto__`, `constructor` and `prototype` as keys anywhere in a foreign value (InputError). */
export function refuseHostileKeys(value: unknown, where: string): void {
  if (value === null || typeof value !== "object") return;
  for (const key of Object.keys(value)) {
    if (hostileKeys.has(key)) {
      throw new InputError(
        `${where} has the key "${key}", which is not allowed in data: rename or remove it.`,
      );
    }
    refuseHostileKeys((value as Record<string, unknown>)[key], `${where}/${key}`);
  }
}

/** Reads foreign text as JSON; bad text and hostile keys are an InputError that names `where`. */
export function readJson(text: string, where: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    throw new InputError(
      `${where} is not JSON (${(error as Error).message}): correct the text and try again.`,
    );
  }
  refuseHostileKeys(value, where);
  return value;
}

/** Escapes one step of a JSON Pointer (RFC 6901). */
export function pointerStep(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The steps of a JSON Pointer (RFC 6901), unescaped; none for the empty pointer. */
export function pointerSteps(pointer: string): readonly string[] {
  if (pointer === "") return [];
  return pointer
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The value at a JSON Pointer (RFC 6901), undefined where there is none. */
export function at(value: unknown, pointer: string): Json | undefined {
  let here: unknown = value;
  for (const key of pointerSteps(pointer)) {
    if (here === null || typeof here !== "object" || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<string, unknown>)[key];
  }
  return here as Json | undefined;
}

/** One place where two values differ; a side that is absent there is undefined. */
export interface Difference {
  readonly path: string;
  readonly expected: Json | undefined;
  readonly actual: Json | undefined;
}

/** Where two values differ, by JSON Pointer, at most `limit` places. */
export function differences(expected: unknown, actual: unknown, limit = 20): readonly Difference[] {
  const found: Difference[] = [];
  const walk = (a: unknown, b: unknown, path: string): void => {
    if (found.length >= limit || a === b) return;
    const bothLists = Array.isArray(a) && Array.isArray(b);
    if (bothLists || (isObject(a) && isObject(b))) {
      const left = a as Record<string, unknown>;
      const right = b as Record<string, unknown>;
      for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
        walk(left[key], right[key], `${path}/${pointerStep(key)}`);
      }
      return;
    }
    if (canonical(a) === canonical(b) && (a === undefined) === (b === undefined)) return;
    found.push({ path, expected: a as Json | undefined, actual: b as Json | undefined });
  };
  walk(expected, actual, "");
  return found;
}
