import { describe, expect, test } from "vitest";
import { budgetLeft, defaultBudget, nothingSpent, spend } from "../src/core/budget.ts";
import { InputError } from "../src/core/errors.ts";
import { readEndpoints, roles } from "../src/models/config.ts";
import { parseSpec } from "../src/models/spec.ts";

describe("a model's spec", () => {
  test.each([
    ["openai:gpt-4.1", { kind: "openai", model: "gpt-4.1" }],
    ["openai:meta-llama/Llama-3:free", { kind: "openai", model: "meta-llama/Llama-3:free" }],
    ["sim:reference", { kind: "sim", name: "reference" }],
    ["sim:planted_12-a", { kind: "sim", name: "planted_12-a" }],
  ])("%s is understood", (spec, expected) => {
    expect(parseSpec(spec)).toEqual({ spec, ...expected });
  });

  test.each([
    "",
    "gpt-4.1",
    "client",
    "openai:",
    "openai:two words",
    "openai:a\nb",
    "sim:",
    "sim:../../etc/passwd",
    "sim:a.json",
    "OPENAI:x",
    " openai:x",
    `openai:${"x".repeat(300)}`,
  ])("%j is refused in one sentence", (spec) => {
    expect(() => parseSpec(spec)).toThrow(InputError);
    expect(() => parseSpec(spec)).toThrow(
      /^Expected a model as openai:MODEL or sim:NAME, got ".*": name one/,
    );
  });
});

describe("endpoints by role", () => {
  test("the closest variable wins", () => {
    const endpoints = readEndpoints({
      OPENAI_API_KEY: "key-openai",
      FAULTLINE_API_KEY: "key-house",
      FAULTLINE_BASE_URL: "http://house.example/v1/",
      FAULTLINE_WORLD_ACTOR_API_KEY: "key-actor",
    });
    expect(endpoints("target")).toMatchObject({ baseUrl: "http://house.example/v1", apiKey: "key-house" });
    expect(endpoints("world-actor")).toMatchObject({
      baseUrl: "http://house.example/v1",
      apiKey: "key-actor",
      keyVariable: "FAULTLINE_WORLD_ACTOR_API_KEY",
    });
  });

  test("with a key alone the endpoint is OpenAI's, with the defaults", () => {
    expect(readEndpoints({ OPENAI_API_KEY: "key", OPENAI_BASE_URL: " " })("judge")).toEqual({
      baseUrl: "https://api.openai.com/v1",
      apiKey: "key",
      keyVariable: "OPENAI_API_KEY",
      limitVariable: "FAULTLINE_JUDGE_MAX_TOKENS",
      timeoutMs: 120_000,
      retries: 4,
      seed: "send",
    });
  });

  test("a missing key is asked for by name, for every role", () => {
    for (const role of roles) {
      const own = `FAULTLINE_${role.toUpperCase().replace("-", "_")}_API_KEY`;
      expect(() => readEndpoints({})(role)).toThrow(`set ${own} or FAULTLINE_API_KEY or OPENAI_API_KEY.`);
    }
  });

  test("a key never goes to an address that was set closer to the role than the key", () => {
    const endpoints = readEndpoints({
      OPENAI_API_KEY: "key",
      FAULTLINE_TARGET_BASE_URL: "http://other.example/v1",
    });
    expect(() => endpoints("target")).toThrow(/set FAULTLINE_TARGET_API_KEY \(the key that belongs to/);
    expect(endpoints("oracle").baseUrl).toBe("https://api.openai.com/v1");
  });

  test("sampling settings are read for their own role alone", () => {
    const endpoints = readEndpoints({
      OPENAI_API_KEY: "key",
      FAULTLINE_TARGET_TEMPERATURE: "0",
      FAULTLINE_TARGET_MAX_TOKENS: "512",
      FAULTLINE_TARGET_TIMEOUT_MS: "9000",
      FAULTLINE_TARGET_RETRIES: "0",
      FAULTLINE_TARGET_SEED: "omit",
    });
    expect(endpoints("target")).toMatchObject({
      temperature: 0,
      maxTokens: 512,
      timeoutMs: 9000,
      retries: 0,
      seed: "omit",
    });
    expect(endpoints("user")).not.toHaveProperty("temperature");
  });

  test.each([
    ["FAULTLINE_TARGET_TEMPERATURE", "hot"],
    ["FAULTLINE_TARGET_TEMPERATURE", "3"],
    ["FAULTLINE_TARGET_MAX_TOKENS", "1.5"],
    ["FAULTLINE_TARGET_TIMEOUT_MS", "-1"],
    ["FAULTLINE_TARGET_SEED", "yes"],
    ["OPENAI_BASE_URL", "file:///etc/passwd"],
    ["OPENAI_BASE_URL", "not an address"],
    ["OPENAI_API_KEY", "two words"],
  ])("%s=%s is refused by its name", (variable, value) => {
    const endpoints = readEndpoints({ OPENAI_API_KEY: "key", [variable]: value });
    expect(() => endpoints("target")).toThrow(InputError);
    expect(() => endpoints("target")).toThrow(variable);
  });

  test("an address with a password is refused without repeating it", () => {
    const endpoints = readEndpoints({
      OPENAI_API_KEY: "key",
      OPENAI_BASE_URL: "https://me:hunter2@host.example/v1",
    });
    expect(() => endpoints("target")).toThrow(/without a user name/);
    expect(() => endpoints("target")).not.toThrow(/hunter2/);
  });
});

test("a budget counts down and stops at nothing", () => {
  const spent = spend(spend(nothingSpent, { rollouts: 150 }), { rollouts: 1, tokens: 30_000_000 });
  expect(budgetLeft(defaultBudget, spent)).toEqual({ rollouts: 49, tokens: 0 });
});
