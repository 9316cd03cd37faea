import type OpenAI from "openai";
import { contentKey } from "../core/json.ts";
import { type ChatAnswer, type ChatModel, type ChatRequest, ModelError } from "./chat.ts";
import type { EndpointSettings } from "./config.ts";
import type { Embedded, Embedder } from "./embeddings.ts";
import {
  easierDialect,
  passes,
  redact,
  type Trouble,
  troubleSentence,
  waitMs,
  withoutKey,
} from "./trouble.ts";
import { answerFromWire, type Dialect, embeddedFromWire, requestOnTheWire } from "./wire.ts";

export interface OpenAiModelOptions extends EndpointSettings {
  readonly model: string;
  /** Waits; it should end early, in whatever way, when the signal aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** The time in ms since 1970, to read waits that are given as dates. */
  readonly now: () => number;
  /** Takes one line for each failed attempt, with the endpoint's own words redacted; for a log alone. */
  readonly warn?: (line: string) => void;
}

type Attempt<A> = { readonly answer: A } | { readonly trouble: Trouble };

/**
 * A model behind an OpenAI-compatible endpoint, by chat completions. Failures that pass (408, 409, 429, 5xx, no
 * connection, no answer in time) are tried again `retries` times with growing waits; a call that fails for good
 * rejects with a ModelError whose sentence has neither the key nor the endpoint's words. A seed, the name of the
 * token limit or an opening greeting that the endpoint refuses is left out, renamed or moved from then on.
 */
export function openOpenAiModel(options: OpenAiModelOptions): ChatModel {
  const { model, baseUrl, temperature, maxTokens, seed } = options;
  const { host } = new URL(baseUrl);
  const spec = `openai:${model}`;
  let client: Promise<Client> | undefined;
  let dialect: Dialect = { seed, limitField: "max_tokens", greeting: "send" };

  const complete = async (request: ChatRequest): Promise<ChatAnswer> => {
    client ??= openClient(options);
    const opened = await client;
    let asked = dialect;
    return persist(options, {
      wanted: "chat completion",
      seed: request.seed,
      signal: request.signal,
      attempt: () => tryOnce(opened, request, { options, dialect: asked }),
      easier: (trouble) => {
        const easier = easierDialect(trouble, asked);
        if (easier === null) return false;
        asked = easier;
        dialect = easier;
        return true;
      },
    });
  };

  return {
    spec,
    simulated: false,
    fingerprint: contentKey({ spec, host, temperature, maxTokens, seed }),
    complete,
  };
}

/**
 * An embeddings model behind an OpenAI-compatible endpoint. What fails is tried again and told as of a chat model.
 * One call takes all texts; an endpoint that gives a vector too few, or of another length, gave none.
 */
export function openOpenAiEmbedder(options: OpenAiModelOptions): Embedder {
  const { model, baseUrl } = options;
  const spec = `openai:${model}`;
  let client: Promise<Client> | undefined;
  return {
    spec,
    fingerprint: contentKey({ spec, host: new URL(baseUrl).host }),
    embed: async (texts, signal) => {
      client ??= openClient(options);
      const opened = await client;
      const attempt = () => embedOnce(opened, { texts, signal, model });
      return persist(options, {
        wanted: "list of embeddings",
        seed: contentKey(texts),
        signal,
        attempt,
        easier: () => false,
      });
    },
  };
}

interface Persisting<A> {
  readonly wanted: string;
  /** Fixes how long the waits are. */
  readonly seed: string;
  readonly signal: AbortSignal | undefined;
  attempt(): Promise<Attempt<A>>;
  /** Makes the next attempt in an easier way that an endpoint may want, if there is one. */
  easier(trouble: Trouble): boolean;
}

/** Attempts until there is an answer, or until the trouble is one that will not pass (ModelError). */
async function persist<A>(
  options: OpenAiModelOptions,
  { wanted, seed, signal, attempt, easier }: Persisting<A>,
): Promise<A> {
  const { host } = new URL(options.baseUrl);
  for (let failed = 0; ; ) {
    const tried = await attempt();
    if ("answer" in tried) return tried.answer;
    const { trouble } = tried;
    options.warn?.(warning(trouble, host, options.apiKey));
    if (easier(trouble)) continue;
    if (!passes(trouble) || failed === options.retries) {
      throw new ModelError(troubleSentence(trouble, { ...options, host, wanted, attempts: failed + 1 }));
    }
    const wait = waitMs(trouble, { index: failed, seed, nowMs: options.now() });
    await options.sleep(wait, signal).catch(() => undefined);
    failed++;
  }
}

interface Client {
  readonly sdk: typeof OpenAI;
  readonly client: OpenAI;
}

/**
 * Loads the package (120 ms, so not before the first call) and makes a client that looks at no variable of its
 * own: nothing is sent beside the key, and nothing is logged (its log would go to stdout, which is MCP's).
 */
async function openClient({ baseUrl, apiKey, timeoutMs }: OpenAiModelOptions): Promise<Client> {
  const { OpenAI } = await import("openai");
  const client = new OpenAI({
    baseURL: baseUrl,
    apiKey,
    adminAPIKey: null,
    organization: null,
    project: null,
    timeout: timeoutMs,
    maxRetries: 0,
    logLevel: "off",
  });
  return { sdk: OpenAI, client };
}

async function tryOnce(
  { sdk, client }: Client,
  request: ChatRequest,
  { options, dialect }: { readonly options: OpenAiModelOptions; readonly dialect: Dialect },
): Promise<Attempt<ChatAnswer>> {
  const { signal } = request;
  if (signal?.aborted) return { trouble: { kind: "cancelled" } };
  let body: unknown;
  try {
    body = await client.chat.completions.create(
      requestOnTheWire(request, options, dialect),
      signal === undefined ? {} : { signal },
    );
  } catch (error) {
    return { trouble: signal?.aborted ? { kind: "cancelled" } : troubleOf(error, sdk) };
  }
  const read = answerFromWire(body, request.messages.length);
  if ("answer" in read) return { answer: cleanAnswer(read.answer, options.apiKey) };
  if ("cut" in read) return { trouble: { kind: "cut", by: read.cut } };
  return { trouble: troubleInBody(body) ?? { kind: "malformed", where: read.malformed } };
}

async function embedOnce(
  { sdk, client }: Client,
  {
    texts,
    signal,
    model,
  }: { readonly texts: readonly string[]; readonly signal: AbortSignal | undefined; readonly model: string },
): Promise<Attempt<Embedded>> {
  if (signal?.aborted) return { trouble: { kind: "cancelled" } };
  let body: unknown;
  try {
    // Numbers, not base64, which many compatible endpoints do not know.
    const asked = { model, input: [...texts], encoding_format: "float" as const };
    body = await client.embeddings.create(asked, signal === undefined ? {} : { signal });
  } catch (error) {
    return { trouble: signal?.aborted ? { kind: "cancelled" } : troubleOf(error, sdk) };
  }
  const read = embeddedFromWire(body, texts.length);
  if ("answer" in read) return read;
  return { trouble: troubleInBody(body) ?? { kind: "malformed", where: read.malformed } };
}

function troubleOf(error: unknown, sdk: typeof OpenAI): Trouble {
  if (error instanceof sdk.APIConnectionTimeoutError) return { kind: "timeout" };
  if (error instanceof sdk.APIConnectionError) return { kind: "connection" };
  if (error instanceof sdk.APIError && typeof error.status === "number") {
    return {
      kind: "status",
      status: error.status,
      text: `${error.code ?? ""} ${error.message}`,
      headers: error.headers,
    };
  }
  if (error instanceof SyntaxError) return { kind: "malformed", where: "the body" };
  // fetch reports a connection that broke in the middle of a body as a TypeError "terminated"
  if (error instanceof TypeError && error.message === "terminated") return { kind: "connection" };
  return { kind: "unknown" };
}

/** Some routers answer 200 with `{"error": {"code": 429, …}}` when the server behind them failed. */
function troubleInBody(body: unknown): Trouble | null {
  const error = (body as { error?: { code?: unknown; message?: unknown } } | null | undefined)?.error;
  if (typeof error?.code !== "number") return null;
  return { kind: "status", status: error.code, text: String(error.message ?? "") };
}

/** An endpoint may echo the key even in an answer; from there it would reach store and exports. */
function cleanAnswer(answer: ChatAnswer, apiKey: string): ChatAnswer {
  const clean = (text: string) => withoutKey(text, apiKey);
  const calls = answer.calls.map((call) => ({
    ...call,
    name: clean(call.name),
    arguments: clean(call.arguments),
  }));
  return { ...answer, text: clean(answer.text), calls };
}

function warning(trouble: Trouble, host: string, apiKey: string): string {
  if (trouble.kind === "malformed") return `${host}: malformed answer at ${trouble.where}`;
  if (trouble.kind === "cut") return `${host}: answer cut off by ${trouble.by}`;
  if (trouble.kind !== "status") return `${host}: ${trouble.kind}`;
  return `${host}: ${trouble.status} ${redact(trouble.text, apiKey)}`;
}
