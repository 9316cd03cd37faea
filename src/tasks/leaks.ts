import { z } from "zod";
import { isObject, type Json } from "../core/json.ts";
import { requestKind } from "../domains/dialogue.ts";
import type { Domain } from "../domains/domain.ts";
import { everyRequest } from "./instruction.ts";
import type { Gold, UserScript } from "./task.ts";

/** What a text must not give away is known by the user who says it and by the gold that finds it out. */
export interface Secrets {
  readonly domain: Domain;
  readonly user: Pick<UserScript, "identity" | "requests">;
  readonly gold: Gold;
}

/** Numbers below this are counts that anybody may say. */
const smallest = 10;

/**
 * The values that gold finds out and a text gives away: texts and numbers in the arguments of gold's writes that
 * stand in the text as words of their own, and in nothing that the user says in any form. Values from a fixed list
 * (cabins, yes and no) and numbers below 10 give nothing away. A value in other words ("May 20th") is not found.
 */
export function leaksOf(text: string, { domain, user, gold }: Secrets): readonly string[] {
  const said = everythingSaid(user, domain);
  const fixed = fixedValues(domain);
  const found = gold.solutions.flatMap(({ writes }) => writes.flatMap((call) => [...leaves(call.arguments)]));
  return [...new Set(found.map(String))].filter(
    (value) => !fixed.has(value) && standsIn(text, value) && !standsIn(said, value),
  );
}

/** All that a user says of their own, in every form. */
function everythingSaid({ identity, requests }: Secrets["user"], domain: Domain): string {
  const sentences = requests.flatMap(everyRequest).flatMap(({ request }) => {
    const kind = requestKind(request, domain);
    return Array.from({ length: kind.forms }, (_, form) => kind.say(request, form));
  });
  return [domain.identity.say(identity), ...sentences].join("\n");
}

/** The values of all enumerations in the forms of the domain's tools. */
function fixedValues(domain: Domain): ReadonlySet<string> {
  const schemas = domain.tools.map((tool) => z.toJSONSchema(tool.input, { unrepresentable: "any" }));
  return new Set(schemas.flatMap((schema) => [...enumerated(schema as Json)]));
}

function* enumerated(schema: Json): Generator<string> {
  if (Array.isArray(schema)) for (const item of schema) yield* enumerated(item as Json);
  if (!isObject(schema)) return;
  for (const [key, member] of Object.entries(schema)) {
    if (key !== "enum" && key !== "const") yield* enumerated(member);
    else for (const value of leaves(member)) yield String(value);
  }
}

/** The texts of two characters or more and the numbers that are no small counts. */
function* leaves(value: Json): Generator<string | number> {
  if (typeof value === "string" && value.length > 1) yield value;
  else if (typeof value === "number" && value >= smallest) yield value;
  else if (Array.isArray(value)) for (const item of value) yield* leaves(item as Json);
  else if (isObject(value)) for (const item of Object.values(value)) yield* leaves(item);
}

/** True if a value is a word of its own in a text: a number however it is written in digits, an id in any case. */
function standsIn(text: string, value: string): boolean {
  if (/^\d+(?:\.\d+)?$/.test(value)) return numbersIn(text).has(Number(value));
  const escaped = value.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?<!\\w)${escaped}(?!\\w)`, /\d/.test(value) ? "i" : "").test(text);
}

/** The numbers of a text, with or without commas and cents; not those inside dates, times and ids. */
function numbersIn(text: string): ReadonlySet<number> {
  const found = text.matchAll(/(?<![\w.:/-])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?!\w|[:/-]\d)/g);
  return new Set([...found].map(([digits]) => Number(digits.replaceAll(",", ""))));
}
