import { z } from "zod";
import { InputError } from "../core/errors.ts";

/** The parts that a model can play. */
export const roles = [
  "target",
  "oracle",
  "user",
  "world-actor",
  "phraser",
  "strategist",
  "analyst",
  "judge",
  "embedder",
] as const;
export type Role = (typeof roles)[number];

/** Sampling settings of one role's model; what is absent is left to the endpoint. */
export interface Sampling {
  readonly temperature?: number;
  /** Tokens of one answer at most. */
  readonly maxTokens?: number;
  /** Whether the rollout's seed goes along. */
  readonly seed: "send" | "omit";
}

/** Where and how a role's model is called. */
export interface EndpointSettings extends Sampling {
  readonly baseUrl: string;
  readonly apiKey: string;
  /** The variable that the key came from, for sentences about it. */
  readonly keyVariable: string;
  /** The variable of the role's token limit, for sentences about it. */
  readonly limitVariable: string;
  /** How long one attempt may take. */
  readonly timeoutMs: number;
  /** Attempts after the first. */
  readonly retries: number;
}

/** An environment, as `process.env` has it. */
export type Env = Readonly<Record<string, string | undefined>>;

export const openAiBaseUrl = "https://api.openai.com/v1";

const settings = {
  TEMPERATURE: { of: z.coerce.number().min(0).max(2), expected: "a number from 0 to 2" },
  MAX_TOKENS: { of: z.coerce.number().int().min(1).max(1_000_000), expected: "a whole number from 1" },
  TIMEOUT_MS: {
    of: z.coerce.number().int().min(100).max(3_600_000),
    expected: "milliseconds from 100 to 3600000",
  },
  RETRIES: { of: z.coerce.number().int().min(0).max(20), expected: "a whole number from 0 to 20" },
  SEED: { of: z.enum(["send", "omit"]), expected: "send or omit" },
} as const;

type Setting = keyof typeof settings;

/** The value of a variable; a blank one counts as unset, as clients pass `""` for what their user left out. */
function readVariable(env: Env, variable: string): string | undefined {
  const value = env[variable]?.trim();
  return value === "" ? undefined : value;
}

function readSetting<S extends Setting>(
  env: Env,
  prefix: string,
  setting: S,
): z.output<(typeof settings)[S]["of"]> | undefined {
  const variable = `${prefix}_${setting}`;
  const text = readVariable(env, variable);
  if (text === undefined) return undefined;
  const { of, expected } = settings[setting];
  const parsed = of.safeParse(text);
  if (parsed.success) return parsed.data as z.output<(typeof settings)[S]["of"]>;
  throw new InputError(`${variable} should be ${expected}, got "${text.slice(0, 40)}": correct or unset it.`);
}

/** Refuses what is no web address, and addresses with a password in them, which would travel into logs. */
function checkBaseUrl(text: string, variable: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const web = url?.protocol === "https:" || url?.protocol === "http:";
  if (web && url?.username === "" && url.password === "") return text.replace(/\/+$/, "");
  throw new InputError(
    `${variable} should be an http or https address without a user name, such as ${openAiBaseUrl}: correct it.`,
  );
}

/**
 * The endpoint settings by role, from an environment. Each of base URL and key is looked for as
 * `FAULTLINE_ROLE_…`, then `FAULTLINE_…`, then `OPENAI_…`; hyphens in a role's name become underscores.
 * A key is never sent to an address that was set closer to the role than the key was: with a base URL of its
 * own, a role needs a key of its own. Without any base URL it is OpenAI's. A missing key and a setting out of
 * range are an InputError, raised when the role is asked for, so that simulated models need no key.
 */
export function readEndpoints(env: Env): (role: Role) => EndpointSettings {
  return (role) => {
    const prefix = `FAULTLINE_${role.toUpperCase().replaceAll("-", "_")}`;
    const levels = [prefix, "FAULTLINE", "OPENAI"];
    const baseLevel = levels.findIndex((level) => readVariable(env, `${level}_BASE_URL`) !== undefined);
    const keyLevels = levels.slice(0, baseLevel === -1 ? undefined : baseLevel + 1);
    const keyVariable = keyLevels.map((level) => `${level}_API_KEY`).find((name) => readVariable(env, name));
    const apiKey = keyVariable === undefined ? undefined : readVariable(env, keyVariable);
    if (keyVariable === undefined || apiKey === undefined) {
      const names = keyLevels.map((level) => `${level}_API_KEY`);
      const beside = baseLevel === -1 ? "" : ` (the key that belongs to ${levels[baseLevel]}_BASE_URL)`;
      throw new InputError(
        `The ${role}'s model needs a key and found none: set ${names.join(" or ")}${beside}.`,
      );
    }
    if (!/^[\x21-\x7e]+$/.test(apiKey)) {
      throw new InputError(`${keyVariable} has blanks or characters that no key has: set it again.`);
    }
    const baseVariable = `${levels[baseLevel] ?? "OPENAI"}_BASE_URL`;
    const temperature = readSetting(env, prefix, "TEMPERATURE");
    const maxTokens = readSetting(env, prefix, "MAX_TOKENS");
    return {
      baseUrl: checkBaseUrl(readVariable(env, baseVariable) ?? openAiBaseUrl, baseVariable),
      apiKey,
      keyVariable,
      limitVariable: `${prefix}_MAX_TOKENS`,
      timeoutMs: readSetting(env, prefix, "TIMEOUT_MS") ?? 120_000,
      retries: readSetting(env, prefix, "RETRIES") ?? 4,
      seed: readSetting(env, prefix, "SEED") ?? "send",
      ...(temperature === undefined ? {} : { temperature }),
      ...(maxTokens === undefined ? {} : { maxTokens }),
    };
  };
}
