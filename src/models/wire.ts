import type {
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionMessageParam,
} from "openai/resources/chat/completions";
import { z } from "zod";
import { isObject, sha256 } from "../core/json.ts";
import type { ChatAnswer, ChatMessage, ChatRequest } from "./chat.ts";
import type { Sampling } from "./config.ts";
import type { Embedded } from "./embeddings.ts";

/** What an endpoint turned out to understand. */
export interface Dialect {
  readonly seed: "send" | "omit";
  /** OpenAI's newer models refuse the old name, most other servers do not know the new one. */
  readonly limitField: "max_tokens" | "max_completion_tokens";
  /** Some chat templates refuse a conversation that the assistant opens: its greeting is then told in the system prompt. */
  readonly greeting: "send" | "in system prompt";
}

/**
 * A call's arguments as an endpoint can take them back: servers with chat templates parse them and answer 400
 * where they are not a JSON object, which would turn a target's malformed call into a broken rollout. The model
 * still sees what it wrote.
 */
function argumentsOnTheWire(text: string): string {
  if (text.trim() === "") return "{}";
  try {
    return isObject(JSON.parse(text)) ? text : JSON.stringify({ malformed: text });
  } catch {
    return JSON.stringify({ malformed: text });
  }
}

function messageOnTheWire(message: ChatMessage): ChatCompletionMessageParam {
  if (message.role === "tool") return { role: "tool", tool_call_id: message.callId, content: message.text };
  if (message.role !== "assistant") return { role: message.role, content: message.text };
  if (message.calls.length === 0) return { role: "assistant", content: message.text };
  const calls = message.calls.map((call) => ({
    id: call.id,
    type: "function" as const,
    function: { name: call.name, arguments: argumentsOnTheWire(call.arguments) },
  }));
  return { role: "assistant", content: message.text === "" ? null : message.text, tool_calls: calls };
}

/** The messages with what the assistant said before the user's first words moved into the system prompt. */
function openedByUser(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const start = messages.findIndex((message) => message.role !== "system");
  const [greeting, next] = messages.slice(start);
  if (start < 0 || greeting?.role !== "assistant" || greeting.calls.length > 0 || next === undefined)
    return messages;
  const system = messages.slice(0, start).map(({ text }) => text);
  const told = `You have opened the conversation with the words: ${JSON.stringify(greeting.text)}`;
  return [{ role: "system", text: [...system, told].join("\n\n") }, ...messages.slice(start + 1)];
}

/** A seed's text as a whole number of 31 bits, which every server's integer can hold. */
export function wireSeed(seed: string): number {
  return Number.parseInt(sha256(seed).slice(0, 8), 16) >>> 1;
}

/** The body of a chat completion. */
export function requestOnTheWire(
  request: ChatRequest,
  settings: Sampling & { readonly model: string },
  dialect: Dialect,
): ChatCompletionCreateParamsNonStreaming {
  const { temperature, maxTokens } = settings;
  const tools = request.tools.map((tool) => ({
    type: "function" as const,
    function: { name: tool.name, description: tool.description, parameters: { ...tool.parameters } },
  }));
  return {
    model: settings.model,
    messages: (dialect.greeting === "send" ? request.messages : openedByUser(request.messages)).map(
      messageOnTheWire,
    ),
    ...(tools.length === 0 ? {} : { tools }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxTokens === undefined ? {} : { [dialect.limitField]: maxTokens }),
    ...(dialect.seed === "send" ? { seed: wireSeed(request.seed) } : {}),
  };
}

const tokens = z.number().int().nonnegative().catch(0);

/** A content is a text, or a list of parts of which the texts count. */
const content = z.union([
  z.string(),
  z
    .array(z.object({ type: z.string(), text: z.string().nullish() }))
    .transform((parts) => parts.flatMap(({ type, text }) => (type === "text" ? [text ?? ""] : [])).join("")),
]);

const answerSchema = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({
          content: content.nullish(),
          refusal: z.string().nullish(),
          tool_calls: z
            .array(
              z.object({
                id: z.string().nullish(),
                function: z.object({ name: z.string().min(1), arguments: z.string().nullish() }),
              }),
            )
            .nullish(),
        }),
        finish_reason: z.string().nullish().catch(null),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: tokens, completion_tokens: tokens }).nullish().catch(null),
});

/** A text without the reasoning block that it opens with, which is no part of what is said. */
const withoutThoughts = (text: string) => text.replace(/^\s*<think>[\s\S]*?<\/think>\s*/, "");

/** What the body of an answer turned out to be; a cut one is no answer, whatever it holds. */
export type WireAnswer =
  | { readonly answer: ChatAnswer }
  | { readonly malformed: string }
  | { readonly cut: "length" | "content_filter" };

/**
 * Reads the body of an answer; one that is not as it should be names the member. A call without an id gets one
 * that is unique in its conversation.
 */
export function answerFromWire(body: unknown, messageCount: number): WireAnswer {
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success) return { malformed: parsed.error.issues[0]?.path.join(".") || "the body" };
  const choice = parsed.data.choices[0];
  const end = choice?.finish_reason;
  if (end === "length" || end === "content_filter") return { cut: end };
  const message = choice?.message;
  const calls = (message?.tool_calls ?? []).map((call, i) => ({
    id: call.id || `call_${messageCount}_${i}`,
    name: call.function.name,
    arguments: call.function.arguments ?? "",
  }));
  const usage = {
    inputTokens: parsed.data.usage?.prompt_tokens ?? 0,
    outputTokens: parsed.data.usage?.completion_tokens ?? 0,
  };
  const text = withoutThoughts(message?.content ?? message?.refusal ?? "");
  return { answer: { text, calls, usage } };
}

const embeddedSchema = z.object({
  data: z.array(z.object({ index: z.int().nonnegative(), embedding: z.array(z.number()).min(1) })),
  usage: z.object({ prompt_tokens: tokens }).nullish().catch(null),
});

/** Reads the vectors of so many texts; too few, or vectors of several lengths, are no answer. */
export function embeddedFromWire(
  body: unknown,
  texts: number,
): { readonly answer: Embedded } | { readonly malformed: string } {
  const parsed = embeddedSchema.safeParse(body);
  if (!parsed.success) return { malformed: parsed.error.issues[0]?.path.join(".") || "the body" };
  const { data, usage } = parsed.data;
  const byIndex = new Map(data.map(({ index, embedding }) => [index, Float32Array.from(embedding)]));
  const vectors = Array.from({ length: texts }, (_, i) => byIndex.get(i)).filter((one) => one !== undefined);
  const isWhole = vectors.length === texts && new Set(vectors.map(({ length }) => length)).size <= 1;
  if (!isWhole) return { malformed: "data" };
  return { answer: { vectors, usage: { inputTokens: usage?.prompt_tokens ?? 0, outputTokens: 0 } } };
}
