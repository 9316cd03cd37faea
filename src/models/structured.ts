import type { z } from "zod";
import { InputError } from "../core/errors.ts";
import { type Json, pointerStep, readJson } from "../core/json.ts";
import { type ChatMessage, type ChatModel, noUsage, type Usage } from "./chat.ts";
import { addUsage } from "./ledger.ts";

export interface JsonQuestion<T> {
  readonly model: ChatModel;
  readonly system: string;
  readonly prompt: string;
  /** What the object must be; its issues are what the model is told, so they should say what would be right. */
  readonly schema: z.ZodType<T>;
  readonly seed: string;
  /** Answers to ask for at most; 3 unless given. */
  readonly tries?: number;
  readonly signal?: AbortSignal;
}

export type JsonOutcome<T> =
  | { readonly status: "answered"; readonly value: T; readonly usage: Usage; readonly tries: number }
  | { readonly status: "failed"; readonly why: string; readonly usage: Usage; readonly tries: number };

type Reading<T> = { readonly value: T } | { readonly wrong: readonly string[] };

const wrongShown = 20;

/**
 * Asks a model for one JSON object, bare or fenced. An answer that does not fit is sent back with what is wrong
 * with it, until one fits or the tries are used up. Each try has a seed of its own. A call that fails for good
 * rejects with the model's ModelError.
 */
export async function askForJson<T>(question: JsonQuestion<T>): Promise<JsonOutcome<T>> {
  const { model, schema, seed, signal, tries = 3 } = question;
  let messages: readonly ChatMessage[] = [
    { role: "system", text: question.system },
    { role: "user", text: question.prompt },
  ];
  let usage = noUsage;
  let wrong: readonly string[] = [];
  for (let tried = 1; tried <= tries; tried++) {
    const answer = await model.complete({
      messages,
      tools: [],
      seed: `${seed}/try ${tried}`,
      ...(signal === undefined ? {} : { signal }),
    });
    usage = addUsage(usage, answer.usage);
    const reading = readAnswer(answer.text, schema);
    if ("value" in reading) return { status: "answered", value: reading.value, usage, tries: tried };
    wrong = reading.wrong;
    messages = [
      ...messages,
      { role: "assistant", text: answer.text, calls: [] },
      { role: "user", text: sayWrong(wrong) },
    ];
  }
  const last = wrong.join("; ").slice(0, 600);
  const why = `No fitting JSON object in ${tries} answers of ${model.spec}; wrong in the last one: ${last}`;
  return { status: "failed", why, usage, tries };
}

/** The JSON of an answer: all of it, the last fenced block, or what stands from the first brace to the last. */
function jsonText(answer: string): string {
  const text = answer.trim();
  if (text.startsWith("{")) return text;
  const fenced = [...text.matchAll(/^```\w*[ \t]*\r?\n(.*?)\r?\n```/gms)].at(-1)?.[1];
  if (fenced !== undefined) return fenced;
  return text.slice(Math.max(0, text.indexOf("{")), text.lastIndexOf("}") + 1);
}

function readAnswer<T>(answer: string, schema: z.ZodType<T>): Reading<T> {
  let json: Json;
  try {
    json = readJson(jsonText(answer), "the answer");
  } catch (error) {
    if (error instanceof InputError) return { wrong: [error.message] };
    throw error;
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? { value: parsed.data } : { wrong: wrongIn(parsed.error) };
}

/** What a schema found wrong, a line each: the place as a JSON Pointer, and what was expected there. */
function wrongIn(error: z.core.$ZodError): readonly string[] {
  const lines = error.issues.map((issue) => {
    const place = issue.path.map((step) => `/${pointerStep(String(step))}`).join("") || "the object";
    return `${place}: ${issue.message}`;
  });
  const more = lines.length - wrongShown;
  return more > 0 ? [...lines.slice(0, wrongShown), `and ${more} more like these`] : lines;
}

function sayWrong(wrong: readonly string[]): string {
  const lines = wrong.map((line) => `- ${line}`).join("\n");
  return `That answer cannot be used:\n${lines}\n\nAnswer again with the whole corrected JSON object and nothing else.`;
}
