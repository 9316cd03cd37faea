import { afterEach, describe, expect, test } from "vitest";
import { type ChatMessage, ModelError } from "../src/models/chat.ts";
import { type Endpoint, modelAt, openEndpoint, type Reply, type WireBody } from "./endpoint.ts";

let endpoint: Endpoint | undefined;

afterEach(async () => {
  await endpoint?.close();
  endpoint = undefined;
});

async function modelThat(answer: (body: WireBody) => Reply) {
  endpoint = await openEndpoint(answer);
  return modelAt(endpoint.baseUrl);
}

const opened: readonly ChatMessage[] = [
  { role: "system", text: "Policy." },
  { role: "assistant", text: "Hello, how can I help you?", calls: [] },
  { role: "user", text: "Cancel my trip." },
];

const ask = { messages: opened, tools: [], seed: "s" };

const choice = (content: unknown, finish_reason: string): Reply => ({
  status: 200,
  body: { choices: [{ message: { role: "assistant", content }, finish_reason }] },
});

describe("an answer", () => {
  test.each([
    ["length", /^test-model at 127\.0\.0\.1:\d+ ran out of tokens .* raise FAULTLINE_TARGET_MAX_TOKENS/],
    ["content_filter", /filtered an answer of test-model \(content_filter\).*FAULTLINE_TARGET_MAX_TOKENS/],
  ])("cut off by %s is no answer, and says what to raise", async (reason, sentence) => {
    const model = await modelThat(() => choice("I will now", reason));
    const error: unknown = await model.complete(ask).catch((why: unknown) => why);
    expect(error).toBeInstanceOf(ModelError);
    expect((error as Error).message).toMatch(sentence);
    expect(endpoint?.requests).toHaveLength(1);
  });

  test.each([
    [
      "a list of parts",
      [
        { type: "text", text: "It is " },
        { type: "text", text: "done." },
      ],
    ],
    [
      "a part of another type",
      [
        { type: "thinking", thinking: [] },
        { type: "text", text: "It is done." },
      ],
    ],
    ["a reasoning block at its start", "\n<think>\nCancel <b>?\n</think>\n\nIt is done."],
  ])("with %s is its text", async (_, content) => {
    const model = await modelThat(() => choice(content, "stop"));
    expect((await model.complete(ask)).text).toBe("It is done.");
  });

  test("keeps a reasoning mark that stands inside it", async () => {
    const model = await modelThat(() => choice("Say <think>x</think>.", "stop"));
    expect((await model.complete(ask)).text).toBe("Say <think>x</think>.");
  });
});

describe("an endpoint that wants the user to speak first", () => {
  test.each([
    "A conversation must start with a user message.",
    "messages: first message must use the user role",
    "Conversation roles must alternate user/assistant/user/assistant/...",
    "After the optional system message, conversation roles must alternate",
  ])("and says %j is told the greeting in the system prompt from then on", async (message) => {
    const model = await modelThat(({ messages }) =>
      messages.find(({ role }) => role !== "system")?.role === "user"
        ? { text: "ok" }
        : { status: 400, body: { error: { message } } },
    );
    await model.complete(ask);
    await model.complete(ask);
    const [first, second, third, ...more] = endpoint?.requests ?? [];
    expect(more).toEqual([]);
    expect(first?.body.messages).toHaveLength(3);
    expect(second?.body.messages).toEqual([
      {
        role: "system",
        content: 'Policy.\n\nYou have opened the conversation with the words: "Hello, how can I help you?"',
      },
      { role: "user", content: "Cancel my trip." },
    ]);
    expect(third?.body).toEqual(second?.body);
  });
});
