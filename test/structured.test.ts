import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { ModelError } from "../src/models/chat.ts";
import { askForJson } from "../src/models/structured.ts";
import { type Endpoint, modelAt, openEndpoint, type Reply } from "./endpoint.ts";

const schema = z.strictObject({ score: z.number().min(0).max(1), why: z.string() });
const good = { score: 0.5, why: "half {of} it" };
let endpoint: Endpoint | undefined;

afterEach(async () => {
  await endpoint?.close();
  endpoint = undefined;
});

/** Asks an endpoint that gives these answers one after another, the last one for ever. */
async function askWith(
  answers: readonly (string | Reply)[],
  more: { tries?: number; signal?: AbortSignal } = {},
) {
  endpoint = await openEndpoint((_, index) => {
    const answer = answers[Math.min(index, answers.length - 1)] ?? "";
    return typeof answer === "string" ? { text: answer } : answer;
  });
  const model = modelAt(endpoint.baseUrl, { model: "judge-model" });
  return askForJson({ model, system: "Judge.", prompt: "How good?", schema, seed: "s", ...more });
}

describe("an answer", () => {
  const json = JSON.stringify(good);
  test.each([
    ["bare", json],
    ["bare, with blanks around it", `\n  ${json}  \n`],
    ["fenced", `\`\`\`json\n${json}\n\`\`\``],
    ["fenced without a language", `\`\`\`\n${JSON.stringify(good, null, 2)}\n\`\`\``],
    [
      "in the last of two fences",
      `First:\n\`\`\`json\n{"score": 9}\n\`\`\`\nBetter:\n\`\`\`json\n${json}\n\`\`\`\nDone.`,
    ],
    ["in the middle of a sentence", `I say ${json} and no more.`],
  ])("is read when it is %s", async (_, text) => {
    expect(await askWith([text])).toEqual({
      status: "answered",
      value: good,
      usage: { inputTokens: 10, outputTokens: 5 },
      tries: 1,
    });
  });

  test("that does not fit goes back with what is wrong, and the usage adds up", async () => {
    const outcome = await askWith(['{"score": 2, "extra": 1}', "no idea", JSON.stringify(good)]);
    expect(outcome).toEqual({
      status: "answered",
      value: good,
      usage: { inputTokens: 30, outputTokens: 15 },
      tries: 3,
    });
    const last = endpoint?.requests[2]?.body.messages ?? [];
    expect(last.map(({ role }) => role)).toEqual([
      "system",
      "user",
      "assistant",
      "user",
      "assistant",
      "user",
    ]);
    expect(last[3]?.content).toMatch(/- \/score: .*<=1/);
    expect(last[3]?.content).toContain("- /why: ");
    expect(last[5]?.content).toContain("the answer is not JSON");
    expect(new Set(endpoint?.requests.map(({ body }) => body.seed)).size).toBe(3);
  });

  test("with a hostile key is never taken", async () => {
    const outcome = await askWith(['{"score": 1, "why": "x", "__proto__": {"admin": true}}']);
    expect(outcome).toMatchObject({ status: "failed", tries: 3 });
    expect(endpoint?.requests[1]?.body.messages.at(-1)?.content).toContain('has the key "__proto__"');
  });

  test.each(["", "[1, 2]", "null", '"text"', "```json\n```", "} {"])("of %j is no object", async (text) => {
    expect(await askWith([text], { tries: 1 })).toMatchObject({ status: "failed", tries: 1 });
  });
});

test("a question fails after its tries, saying what was wrong last", async () => {
  const outcome = await askWith(['{"score": "high", "why": ""}'], { tries: 2 });
  expect(outcome).toEqual({
    status: "failed",
    why: "No fitting JSON object in 2 answers of openai:judge-model; wrong in the last one: /score: Invalid input: expected number, received string",
    usage: { inputTokens: 20, outputTokens: 10 },
    tries: 2,
  });
});

test("a broken endpoint is the model's error, not a failed question", async () => {
  await expect(askWith(["{}", { status: 500, body: "" }])).rejects.toBeInstanceOf(ModelError);
  await endpoint?.close();
  await expect(askWith(["{}"], { signal: AbortSignal.abort() })).rejects.toThrow(/cancelled/);
});
