import type {
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionMessageParam,
} from "openai/resources/chat/completions";
import { z } from "zod";
import { isObject, sha256 } from "../core/json.ts";
import type { ChatAnswer, ChatMessage, ChatRequest } from "./chat.ts";
import type { Sampling } from "./config.ts";

/** What an endpoint turned out to understand. */
export interface Dialect {
  readonly seed: "send" | "omit";
  /** OpenAI's newer models refuse the old name, most other servers do not know the new one. */
  readonly limitField: "max_tokens" | "max_completion_tokens";
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
    messages: request.messages.map(messageOnTheWire),
    ...(tools.length === 0 ? {} : { tools }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxTokens === undefined ? {} : { [dialect.limitField]: maxTokens }),
    ...(dialect.seed === "send" ? { seed: wireSeed(request.seed) } : {}),
  };
}

const tokens = z.number().int().nonnegative().catch(0);

const answerSchema = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({
          content: z.string().nullish(),
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
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: tokens, completion_tokens: tokens }).nullish().catch(null),
});

/**
 * Reads the body of an answer; a text in its place says which member is not as it should be. A call without an
 * id gets one that is unique in its conversation.
 */
export function answerFromWire(body: unknown, messageCount: number): ChatAnswer | string {
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success) return parsed.error.issues[0]?.path.join(".") || "the body";
  const message = parsed.data.choices[0]?.message;
  const calls = (message?.tool_calls ?? []).map((call, i) => ({
    id: call.id || `call_${messageCount}_${i}`,
    name: call.function.name,
    arguments: call.function.arguments ?? "",
  }));
  return {
    text: message?.content ?? message?.refusal ?? "",
    calls,
    usage: {
      inputTokens: parsed.data.usage?.prompt_tokens ?? 0,
      outputTokens: parsed.data.usage?.completion_tokens ?? 0,
    },
  };
}
