import { canonical, isObject, isSame, type Json, type JsonObject } from "../core/json.ts";
import { hearFailure, hearOffer, hearRefusal, hearRequests, isConfirmation } from "../domains/dialogue.ts";
import type { Answer, Call, Domain, Request } from "../domains/domain.ts";
import { freshMemory, type Memory, refusedAnswer, remember } from "../domains/memory.ts";
import type { ChatMessage, EmittedCall } from "../models/chat.ts";

/** One request as an agent has heard it, and how far it has come. */
export interface HeardRequest {
  readonly request: Request;
  readonly status: "open" | "done" | "refused" | "failed" | "handed_over";
  /** The calls last offered for it, and whether the user said yes to them. */
  readonly offer: { readonly calls: readonly Call[]; readonly confirmed: boolean } | null;
  /** How many of the offered calls have been answered, whether they ran or not. */
  readonly sent: number;
  /** The offers that were confirmed and then refused, oldest first, and why. */
  readonly refused: readonly { readonly calls: readonly Call[]; readonly why: string }[];
  /** Why a write that was no step of an offer failed, if one did. */
  readonly trouble: string | null;
}

/** What a conversation comes to for an agent: folded anew from its messages at every turn. */
export interface Conversation {
  readonly memory: Memory;
  readonly introduced: boolean;
  readonly requests: readonly HeardRequest[];
  readonly pending: ReadonlyMap<string, Call>;
}

/** The text that marks a tool's answer as a call that did not run or was refused. */
export const errorMark = "Error: ";

const empty: Conversation = { memory: freshMemory({}), introduced: false, requests: [], pending: new Map() };

/** Whether an agent takes in a request, given what it has seen by then. */
export type Hears = (request: Request, memory: Memory) => boolean;

/** Folds messages into what an agent knows; a request that it does not hear leaves no trace. */
export function follow(messages: readonly ChatMessage[], domain: Domain, hears: Hears): Conversation {
  return messages.reduce<Conversation>((so, message) => {
    if (message.role === "user") return hearUser(so, message.text, { domain, hears });
    if (message.role === "assistant") return recallOwn(so, message);
    return message.role === "tool" ? seeResult(so, message, domain) : so;
  }, empty);
}

/** The request that is being worked on: the first that is still open. */
export function current(conversation: Conversation): HeardRequest | undefined {
  return conversation.requests.find((heard) => heard.status === "open");
}

function hearUser(
  so: Conversation,
  text: string,
  { domain, hears }: { readonly domain: Domain; readonly hears: Hears },
): Conversation {
  const identity = domain.identity.hear(text);
  const introduced: Conversation =
    identity === null || canonical(identity) === canonical(so.memory.identity)
      ? so
      : { ...so, introduced: true, memory: { ...so.memory, identity } };
  const answered = introduced.requests.map((heard) =>
    heard.status === "open" && heard.offer !== null && !heard.offer.confirmed
      ? { ...heard, offer: isConfirmation(text) ? { ...heard.offer, confirmed: true } : null }
      : heard,
  );
  const heard = hearRequests(text, domain).filter((request) => hears(request, introduced.memory));
  return { ...introduced, requests: takeUp(answered, heard) };
}

/**
 * A request heard again is taken up again if it had been settled; what was refused for it stays known. New ones come before those still open: what a user
 * brings up in the middle, such as what is wanted instead of something refused, is what they talk of now.
 */
function takeUp(known: readonly HeardRequest[], said: readonly Request[]): readonly HeardRequest[] {
  if (said.length === 0) return known;
  const keys = new Set(said.map(canonical));
  const again = known.map((heard) =>
    heard.status !== "open" && keys.has(canonical(heard.request))
      ? { ...freshly(heard.request), refused: heard.refused }
      : heard,
  );
  const old = new Set(known.map(({ request }) => canonical(request)));
  const fresh = new Map(said.map((request) => [canonical(request), request]));
  return [...[...fresh].filter(([key]) => !old.has(key)).map(([, request]) => freshly(request)), ...again];
}

const freshly = (request: Request): HeardRequest => ({
  request,
  status: "open",
  offer: null,
  sent: 0,
  refused: [],
  trouble: null,
});

function updateCurrent(so: Conversation, change: Partial<HeardRequest>): Conversation {
  const now = current(so);
  return { ...so, requests: so.requests.map((heard) => (heard === now ? { ...heard, ...change } : heard)) };
}

function recallOwn(so: Conversation, message: Extract<ChatMessage, { role: "assistant" }>): Conversation {
  if (message.calls.length > 0) {
    const pending = new Map(so.pending);
    for (const call of message.calls) {
      const args = parsedArguments(call);
      if (args !== null) pending.set(call.id, { name: call.name, arguments: args });
    }
    return { ...so, pending };
  }
  const offer = hearOffer(message.text);
  if (offer !== null) return updateCurrent(so, { offer: { calls: offer, confirmed: false }, sent: 0 });
  if (hearRefusal(message.text) !== null) return updateCurrent(so, { status: "refused" });
  if (hearFailure(message.text)) return updateCurrent(so, { status: "failed" });
  return so;
}

function parsedArguments(call: EmittedCall): JsonObject | null {
  try {
    const args: unknown = JSON.parse(call.arguments);
    return isObject(args) ? args : null;
  } catch {
    return null;
  }
}

/** A tool's answer as a value: its JSON, or the text itself where it is none. */
export function answerOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** What a tool's answer tells; undefined if the call was interrupted. */
function toldBy(text: string): Answer | undefined {
  return text.startsWith(errorMark)
    ? refusedAnswer(text.slice(errorMark.length))
    : { ok: true, result: answerOf(text) };
}

function seeResult(
  so: Conversation,
  message: Extract<ChatMessage, { role: "tool" }>,
  domain: Domain,
): Conversation {
  const call = so.pending.get(message.callId);
  const answer = toldBy(message.text);
  const seen = call === undefined ? so : { ...so, memory: remember(so.memory, { call, answer }, domain) };
  const now = current(seen);
  const isWrite = domain.tools.some((tool) => tool.name === message.name && tool.effect === "write");
  // After an interruption nothing has changed: the same call is due again, and the consent to it stands.
  if (!isWrite || now?.offer?.confirmed !== true || answer === undefined) return seen;
  const { calls } = now.offer;
  // A write beside the offer is not a step towards it.
  const isStep = call !== undefined && isSame(call, calls[now.sent]);
  if (!answer.ok) {
    const why = message.text.slice(errorMark.length);
    if (!isStep) return updateCurrent(seen, { trouble: why });
    return updateCurrent(seen, { offer: null, sent: 0, refused: [...now.refused, { calls, why }] });
  }
  if (!isStep) return seen;
  const sent = now.sent + 1;
  return updateCurrent(seen, { sent, ...(sent >= calls.length ? { status: "done" as const } : {}) });
}
