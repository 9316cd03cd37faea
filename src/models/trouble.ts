import { createRng } from "../core/rng.ts";
import type { Dialect } from "./wire.ts";

/** Why one attempt at a call gave no answer. */
export type Trouble =
  | {
      readonly kind: "status";
      readonly status: number;
      /** The endpoint's own words; for the log alone, redacted. */
      readonly text: string;
      readonly headers?: Headers;
    }
  | { readonly kind: "connection" | "timeout" | "cancelled" | "unknown" }
  | { readonly kind: "malformed"; readonly where: string }
  /** The answer ended before the model was done. */
  | { readonly kind: "cut"; readonly by: "length" | "content_filter" };

const firstWaitMs = 500;
const longestWaitMs = 60_000;

/** True if the same call may well succeed a little later. An exhausted quota comes as 429 and will not. */
export function passes(trouble: Trouble): boolean {
  if (trouble.kind !== "status") return trouble.kind === "connection" || trouble.kind === "timeout";
  if (trouble.status === 429) return !trouble.text.includes("insufficient_quota");
  return trouble.status === 408 || trouble.status === 409 || trouble.status >= 500;
}

/** What the endpoint asked to wait, in ms: `retry-after-ms`, or `retry-after` in seconds or as an HTTP date. */
export function askedWaitMs(headers: Headers | undefined, nowMs: number): number | undefined {
  const ms = Number.parseFloat(headers?.get("retry-after-ms") ?? "");
  if (Number.isFinite(ms)) return Math.max(0, ms);
  const text = headers?.get("retry-after") ?? "";
  const asked = /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isFinite(asked) ? Math.max(0, asked) : undefined;
}

/**
 * How long to wait before the next attempt, in ms: what the endpoint asked and up to a quarter more, else half to
 * all of 500 ms doubled with each attempt; a minute at the most. The jitter is fixed by the request's seed.
 */
export function waitMs(
  trouble: Trouble,
  attempt: { readonly index: number; readonly seed: string; readonly nowMs: number },
): number {
  const draw = createRng(attempt.seed).fork(`retry ${attempt.index}`).unit();
  const asked = trouble.kind === "status" ? askedWaitMs(trouble.headers, attempt.nowMs) : undefined;
  const wait =
    asked === undefined ? firstWaitMs * 2 ** attempt.index * (0.5 + draw / 2) : asked * (1 + draw / 4);
  return Math.round(Math.min(longestWaitMs, wait));
}

/** How servers and their chat templates say that a conversation must not open with the assistant's words. */
const wantsUserFirst = [
  /\b(?:start|begin|open)\w* with\b.{0,30}\buser\b/i,
  /\bfirst\b.{0,40}\buser\b/i,
  /\buser\b.{0,40}\bfirst\b/i,
  /\balternate\b/i,
];

/**
 * The dialect to try next when the endpoint refused a field that may be left out or renamed, or a greeting that may
 * stand elsewhere, without changing what is measured, else null. A refused temperature is not among these: dropping it would change the target.
 */
export function easierDialect(trouble: Trouble, dialect: Dialect): Dialect | null {
  if (trouble.kind !== "status" || (trouble.status !== 400 && trouble.status !== 422)) return null;
  if (dialect.limitField === "max_tokens" && trouble.text.includes("max_completion_tokens")) {
    return { ...dialect, limitField: "max_completion_tokens" };
  }
  if (dialect.seed === "send" && /\bseed\b/i.test(trouble.text)) return { ...dialect, seed: "omit" };
  const order = wantsUserFirst.some((words) => words.test(trouble.text));
  return dialect.greeting === "send" && order ? { ...dialect, greeting: "in system prompt" } : null;
}

/**
 * A text without the key. Keys of less than 8 characters stay: local endpoints take words like "none", which are
 * no secret and would be found everywhere.
 */
export function withoutKey(text: string, apiKey: string): string {
  return apiKey.length < 8 ? text : text.replaceAll(apiKey, "[key]");
}

/** A foreign text for the log: without anything that looks like a key, on one line, 300 characters at most. */
export function redact(text: string, apiKey: string): string {
  return withoutKey(text, apiKey)
    .replaceAll(/\bsk-[\w-]{6,}/g, "[key]")
    .replaceAll(/bearer\s+\S+/gi, "Bearer [key]")
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .slice(0, 300);
}

/** What an error sentence may name: nothing of it is foreign. */
export interface Called {
  readonly model: string;
  readonly host: string;
  readonly keyVariable: string;
  readonly limitVariable: string;
  readonly timeoutMs: number;
  readonly attempts: number;
  /** What was asked for, in words; a chat completion unless it is said. */
  readonly wanted?: string;
}

/** The sentence for a call that failed for good. No word of the endpoint's own is in it. */
export function troubleSentence(trouble: Trouble, called: Called): string {
  const { host, model, attempts } = called;
  const times = attempts === 1 ? "" : ` ${attempts} times`;
  switch (trouble.kind) {
    case "cancelled":
      return `The call of ${model} at ${host} was cancelled.`;
    case "timeout":
      return `${model} at ${host} gave no answer within ${called.timeoutMs} ms${times}: raise the role's TIMEOUT_MS or try again later.`;
    case "connection":
      return `No connection to ${host}${times}: check that the endpoint is up and that the role's base URL is right.`;
    case "malformed":
      return `${host} gave an answer for ${model} that is no ${called.wanted ?? "chat completion"} (wrong at ${trouble.where}): check that the base URL is that of an OpenAI-compatible endpoint.`;
    case "cut":
      return trouble.by === "length"
        ? `${model} at ${host} ran out of tokens before its answer was done: raise ${called.limitVariable}, or the endpoint's own limit.`
        : `${host} filtered an answer of ${model} (content_filter), so it is no answer: loosen the endpoint's filter; ${called.limitVariable} does not change it.`;
    case "unknown":
      return `The call of ${model} at ${host} failed before it was sent: check the role's base URL and key.`;
    case "status":
      return statusSentence(trouble.status, called, times);
  }
}

function statusSentence(status: number, { host, model, keyVariable }: Called, times: string): string {
  if (status === 401 || status === 403) return `${host} refused the key (${status}): check ${keyVariable}.`;
  if (status === 404)
    return `${host} knows no model ${model} (404): check the model's name and the base URL.`;
  if (status === 429)
    return `${host} is out of quota or refused ${model} for its rate${times} (429): wait, or raise the limit.`;
  if (status === 400 || status === 422) {
    return `${host} refused the request to ${model} (${status}): check that it knows tools and the sampling settings, and that the conversation fits it.`;
  }
  return `${host} failed to answer for ${model}${times} (${status}): try again later.`;
}
