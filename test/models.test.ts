import { afterEach, describe, expect, test, vi } from "vitest";
import { BudgetError, type ChatMessage, noUsage, type Usage } from "../src/models/chat.ts";
import type { Role } from "../src/models/config.ts";
import { addUsage, createLedger, metered } from "../src/models/ledger.ts";
import type { OpenAiModelOptions } from "../src/models/openai.ts";
import { wireSeed } from "../src/models/wire.ts";
import { type Endpoint, modelAt, openEndpoint, type Reply, testKey, type WireBody } from "./endpoint.ts";

let endpoint: Endpoint | undefined;

afterEach(async () => {
  await endpoint?.close();
  endpoint = undefined;
});

async function modelThat(
  answer: (body: WireBody, index: number) => Reply,
  more: Partial<OpenAiModelOptions> = {},
) {
  endpoint = await openEndpoint(answer);
  return modelAt(endpoint.baseUrl, more);
}

const ask = (signal?: AbortSignal) => ({
  messages: [{ role: "user", text: "Hello" }] as readonly ChatMessage[],
  tools: [],
  seed: "s/1",
  ...(signal ? { signal } : {}),
});

describe("a conversation over the wire", () => {
  test("a text comes back with its usage, and the key goes in the header alone", async () => {
    const model = await modelThat(() => ({ text: "Hi.", usage: { inputTokens: 7, outputTokens: 2 } }));
    expect(await model.complete(ask())).toEqual({
      text: "Hi.",
      calls: [],
      usage: { inputTokens: 7, outputTokens: 2 },
    });
    expect(endpoint?.requests[0]?.headers.authorization).toBe(`Bearer ${testKey}`);
    expect(endpoint?.requests[0]?.body).toEqual({
      model: "test-model",
      messages: [{ role: "user", content: "Hello" }],
      seed: wireSeed("s/1"),
    });
  });

  test("calls, results and tools are mapped both ways", async () => {
    const model = await modelThat(() => ({
      calls: [
        { id: "a", name: "find_user", arguments: { id: "u1" } },
        { id: "", name: "list_all", arguments: "" },
      ],
    }));
    const answer = await model.complete({
      messages: [
        { role: "system", text: "Policy." },
        { role: "user", text: "Hello" },
        {
          role: "assistant",
          text: "",
          calls: [
            { id: "x", name: "look", arguments: '{"a":1}' },
            { id: "y", name: "look", arguments: "{not json" },
            { id: "z", name: "look", arguments: "" },
          ],
        },
        { role: "tool", callId: "x", name: "look", text: "found" },
      ],
      tools: [{ name: "look", description: "Looks.", parameters: { type: "object" } }],
      seed: "s",
    });
    expect(answer.calls).toEqual([
      { id: "a", name: "find_user", arguments: '{"id":"u1"}' },
      { id: "call_4_1", name: "list_all", arguments: "" },
    ]);
    const body = endpoint?.requests[0]?.body;
    expect(body?.messages[2]).toEqual({
      role: "assistant",
      content: null,
      tool_calls: [
        { id: "x", type: "function", function: { name: "look", arguments: '{"a":1}' } },
        { id: "y", type: "function", function: { name: "look", arguments: '{"malformed":"{not json"}' } },
        { id: "z", type: "function", function: { name: "look", arguments: "{}" } },
      ],
    });
    expect(body?.messages[3]).toEqual({ role: "tool", tool_call_id: "x", content: "found" });
    expect(body?.tools).toEqual([
      { type: "function", function: { name: "look", description: "Looks.", parameters: { type: "object" } } },
    ]);
  });

  test("sampling settings are sent, and a seed only where it is asked for", async () => {
    const model = await modelThat(() => ({ text: "ok" }), { temperature: 0.3, maxTokens: 50, seed: "omit" });
    await model.complete(ask());
    expect(endpoint?.requests[0]?.body).toMatchObject({ temperature: 0.3, max_tokens: 50 });
    expect(endpoint?.requests[0]?.body).not.toHaveProperty("seed");
  });

  test("the package's own variables and its log have no effect", async () => {
    vi.stubEnv("OPENAI_ORG_ID", "org-private");
    vi.stubEnv("OPENAI_PROJECT_ID", "project-private");
    vi.stubEnv("OPENAI_LOG", "debug");
    const log = vi.spyOn(console, "debug");
    const model = await modelThat(() => ({ text: "ok" }));
    await model.complete(ask());
    expect(JSON.stringify(endpoint?.requests[0]?.headers)).not.toContain("private");
    expect(log).not.toHaveBeenCalled();
    vi.unstubAllEnvs();
    log.mockRestore();
  });

  test("a key that comes back in an answer is cut out of it", async () => {
    const model = await modelThat(() => ({
      text: `Your key is ${testKey}.`,
      calls: [{ name: "say", arguments: { key: testKey } }],
    }));
    expect(JSON.stringify(await model.complete(ask()))).not.toContain(testKey);
  });
});

describe("fields that an endpoint refuses", () => {
  test("a refused seed is left out from then on", async () => {
    const model = await modelThat((body) =>
      body.seed === undefined
        ? { text: "ok" }
        : { status: 422, body: { detail: [{ type: "extra_forbidden", loc: ["body", "seed"] }] } },
    );
    await model.complete(ask());
    await model.complete(ask());
    expect(endpoint?.requests.map(({ body }) => "seed" in body)).toEqual([true, false, false]);
  });

  test("the token limit takes its newer name where the older one is refused", async () => {
    const message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.";
    const model = await modelThat(
      (body) =>
        body.max_tokens === undefined ? { text: "ok" } : { status: 400, body: { error: { message } } },
      { maxTokens: 99 },
    );
    expect((await model.complete(ask())).text).toBe("ok");
    expect(endpoint?.requests[1]?.body.max_completion_tokens).toBe(99);
  });

  test("a refused temperature fails, since another one would be another target", async () => {
    const message = "Unsupported value: 'temperature' does not support 0.3 with this model.";
    const model = await modelThat(() => ({ status: 400, body: { error: { message } } }), {
      temperature: 0.3,
    });
    await expect(model.complete(ask())).rejects.toThrow(/refused the request to test-model \(400\)/);
    expect(endpoint?.requests).toHaveLength(1);
  });
});

test("a fingerprint moves with all that changes answers, and not with the key", () => {
  const base = "http://one.example/v1";
  const print = (more: Partial<OpenAiModelOptions>, url = base) => modelAt(url, more).fingerprint;
  expect(print({ apiKey: "other-key-000" })).toBe(print({}));
  expect(print({ timeoutMs: 1, retries: 0 })).toBe(print({}));
  const others = [
    print({ model: "b" }),
    print({ temperature: 0 }),
    print({ maxTokens: 5 }),
    print({ seed: "omit" }),
    print({}, "http://two.example/v1"),
  ];
  expect(new Set([print({}), ...others]).size).toBe(6);
});

describe("a metered model", () => {
  test("charges its role and refuses once the limit is spent", async () => {
    const spent = new Map<Role, Usage>([["judge", { inputTokens: 4, outputTokens: 1 }]]);
    const ledger = createLedger(25, {
      charge: (role, usage) => void spent.set(role, addUsage(spent.get(role) ?? noUsage, usage)),
      spent: () => Object.fromEntries(spent),
    });
    const model = metered(await modelThat(() => ({ text: "ok" })), "target", ledger);
    expect(ledger.left()).toBe(20);
    await model.complete(ask());
    expect(ledger.left()).toBe(5);
    await model.complete(ask());
    expect(ledger.left()).toBe(0);
    await expect(model.complete(ask())).rejects.toThrow(
      new BudgetError(
        "The session's 25 tokens are spent: start_session with a larger budget_tokens to ask the target again.",
      ),
    );
    expect(endpoint?.requests).toHaveLength(2);
    expect(spent.get("target")).toEqual({ inputTokens: 20, outputTokens: 10 });
    expect(spent.get("judge")).toEqual({ inputTokens: 4, outputTokens: 1 });
  });

  test("keeps its name and fingerprint", async () => {
    const model = await modelThat(() => ({ text: "ok" }));
    const ledger = createLedger(1, { charge: () => undefined, spent: () => ({}) });
    const { complete: _, ...name } = metered(model, "target", ledger);
    expect(model).toMatchObject(name);
  });
});
