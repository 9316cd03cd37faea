import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ChatModel } from "../src/models/chat.ts";
import { type OpenAiModelOptions, openOpenAiModel } from "../src/models/openai.ts";

/** The body of a chat completion as it came over the wire. */
export interface WireBody {
  readonly model: string;
  readonly messages: readonly WireMessage[];
  readonly tools?: readonly { readonly function: { readonly name: string; readonly parameters: unknown } }[];
  readonly temperature?: number;
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly seed?: number;
}

export interface WireMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string | null;
  readonly tool_call_id?: string;
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly type: "function";
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
}

/** What the endpoint does with one request. */
export type Reply =
  | {
      /** A good chat completion. Arguments that are not a text are sent as JSON. */
      readonly text?: string;
      readonly calls?: readonly {
        readonly id?: string;
        readonly name: string;
        readonly arguments: unknown;
      }[];
      readonly usage?: { readonly inputTokens: number; readonly outputTokens: number };
      /** Waits before it answers. */
      readonly delayMs?: number;
    }
  | {
      readonly status: number;
      readonly body: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Ends the connection without an answer, or half-way through one. */
  | { readonly drop: "at once" | "in the body" };

export interface Endpoint {
  readonly baseUrl: string;
  /** Every body so far, in the order of arrival, with its headers. */
  readonly requests: readonly { readonly body: WireBody; readonly headers: IncomingMessage["headers"] }[];
  close(): Promise<void>;
}

/** What an endpoint makes of the texts of an embeddings call; null where it fails (503). */
export type Embed = (texts: readonly string[]) => readonly (readonly number[])[] | null;

/**
 * Opens an OpenAI-compatible endpoint on a free local port. `answer` is asked for each chat completion with its
 * body and its index, `embed` for each embeddings call; everything else is a 404.
 */
export async function openEndpoint(
  answer: (body: WireBody, index: number) => Reply | Promise<Reply>,
  embed?: Embed,
): Promise<Endpoint> {
  const requests: { body: WireBody; headers: IncomingMessage["headers"] }[] = [];
  const server = createServer(async (request, response) => {
    if (request.url === "/v1/embeddings" && embed !== undefined) {
      const { input } = JSON.parse(await readAll(request)) as { input: readonly string[] };
      const data = embed(input)?.map((embedding, index) => ({ object: "embedding", index, embedding }));
      response.writeHead(data === undefined ? 503 : 200, { "content-type": "application/json" });
      response.end(
        JSON.stringify({ object: "list", data, usage: { prompt_tokens: input.length, total_tokens: 0 } }),
      );
      return;
    }
    if (request.method !== "POST" || request.url !== "/v1/chat/completions") {
      response.writeHead(404).end();
      return;
    }
    const body = JSON.parse(await readAll(request)) as WireBody;
    const index = requests.push({ body, headers: request.headers }) - 1;
    await send(response, { reply: await answer(body, index), model: body.model, index });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readAll(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

async function send(
  response: ServerResponse,
  { reply, model, index }: { readonly reply: Reply; readonly model: string; readonly index: number },
): Promise<void> {
  if ("drop" in reply) {
    if (reply.drop === "in the body") {
      response.writeHead(200, { "content-type": "application/json" });
      await new Promise((resolve) => response.write('{"choices": [', resolve));
    }
    response.destroy();
    return;
  }
  if ("status" in reply) {
    const text = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body);
    response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers }).end(text);
    return;
  }
  if (reply.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, reply.delayMs));
  response
    .writeHead(200, { "content-type": "application/json" })
    .end(JSON.stringify(completion(reply, model, index)));
}

function completion(reply: Extract<Reply, { text?: string }>, model: string, index: number) {
  const calls = reply.calls?.map((call, i) => ({
    id: call.id ?? `call_${index}_${i}`,
    type: "function",
    function: {
      name: call.name,
      arguments: typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments),
    },
  }));
  const message = { role: "assistant", content: reply.text ?? null, ...(calls ? { tool_calls: calls } : {}) };
  const usage = reply.usage ?? { inputTokens: 10, outputTokens: 5 };
  return {
    id: `chatcmpl-${index}`,
    object: "chat.completion",
    created: 0,
    model,
    choices: [{ index: 0, message, finish_reason: calls ? "tool_calls" : "stop" }],
    usage: {
      prompt_tokens: usage.inputTokens,
      completion_tokens: usage.outputTokens,
      total_tokens: usage.inputTokens + usage.outputTokens,
    },
  };
}

export const testKey = "sk-secret-0123456789abcdef";

/** A model behind an endpoint that never really waits between attempts; its clock stands still. */
export function modelAt(baseUrl: string, more: Partial<OpenAiModelOptions> = {}): ChatModel {
  return openOpenAiModel({
    model: "test-model",
    baseUrl,
    apiKey: testKey,
    keyVariable: "FAULTLINE_TARGET_API_KEY",
    limitVariable: "FAULTLINE_TARGET_MAX_TOKENS",
    timeoutMs: 5_000,
    retries: 0,
    seed: "send",
    sleep: async () => undefined,
    now: () => Date.parse("2026-11-20T12:00:00Z"),
    ...more,
  });
}
