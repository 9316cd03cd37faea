import { canonical, isObject, type Json } from "../core/json.ts";
import type { Call, Domain, Request } from "./domain.ts";

/** The sentences that a domain's own agent and its scripted user share. Each is said and heard here only. */

export const greeting = "Hello, how can I help you today?";
export const confirmation = "Yes, please go ahead.";
export const farewell = "No, that is all. Thank you.";
export const anythingElse = "Is there anything else I can do for you?";
export const askIdentity = "Before I can help: may I ask who you are?";
export const notUnderstood = "I am a simulated agent and could not make out a request in what you wrote.";

const offerOpening = "This is what I would do:";
const offerQuestion = "Shall I go ahead? Please answer yes or no.";
const refusalOpening = "I am sorry, but the policy does not allow this";
const failureOpening = "I am sorry, this did not work:";

/** An offer of calls, one a line; the arguments stand as JSON so that nothing gets lost on the way. */
export function sayOffer(calls: readonly Call[]): string {
  const lines = calls.map((call) => `- ${call.name} ${canonical(call.arguments)}`);
  return [offerOpening, ...lines, offerQuestion].join("\n");
}

/** The calls of an offer in a text; null if it holds none. */
export function hearOffer(text: string): readonly Call[] | null {
  const start = text.indexOf(`${offerOpening}\n`);
  const end = text.indexOf(offerQuestion);
  if (start < 0 || end < start) return null;
  const calls: Call[] = [];
  for (const line of text
    .slice(start + offerOpening.length, end)
    .trim()
    .split("\n")) {
    const match = /^- (\w+) (\{.*\})$/.exec(line);
    const args = parsed(match?.[2]);
    if (match?.[1] === undefined || !isObject(args)) return null;
    calls.push({ name: match[1], arguments: args });
  }
  return calls;
}

function parsed(text: string | undefined): Json | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Json);
  } catch {
    return undefined;
  }
}

/** True if a user's text is a plain yes to what was offered, not one with a condition. */
export function isConfirmation(text: string): boolean {
  return (
    /^\s*(yes|yeah|yep|sure|ok|okay|please do|go ahead|confirmed)\b/i.test(text) && !hearsCondition(text)
  );
}

const exactly = "What I want is exactly this:";

/** The user's answer to anything but an offer: all that the user knows once more, and a consent that depends on it. */
export function sayExactly(facts: string): string {
  return `${exactly} ${facts} If that is what you offer, go ahead; if it cannot be done, just say so.`;
}

function hearsCondition(text: string): boolean {
  return text.includes(exactly);
}

const declining =
  /\b(?:can(?:not|'t|’t| not)|unable|not able|won(?:'t|’t)|will not|must not|may not|do(?:es)?(?: not|n't|n’t) (?:allow|permit|qualify|meet)|(?:not|isn't|isn’t|aren't|aren’t) (?:allowed|permitted|possible|eligible|entitled|available|covered|refundable|changeable)|ineligible|decline|denied|refuse|policy|unfortunately|only (?:be )?(?:added|possible|allowed|available))\b/i;

/** True if free words sound like a refusal. Broad on purpose: a polite no must not count as a stall. */
export function soundsLikeRefusal(text: string): boolean {
  return hearRefusal(text) !== null || declining.test(text);
}

/** The user's answer to an offer that is not what was asked for. */
export function sayCorrection(objection: string, facts: string): string {
  return `No, that is not what I asked for: ${objection}. What I want is this: ${facts}`;
}

/** A refusal that names its clauses and gives their texts. */
export function sayRefusal(clauses: readonly string[], domain: Pick<Domain, "clauses">): string {
  const texts = clauses.map((id) => domain.clauses.find((clause) => clause.id === id)?.text ?? id);
  return `${refusalOpening} (${clauses.join(", ")}): ${texts.join(" ")}`;
}

/** The clauses that a refusal names; null if the text is not a refusal in the domain's own words. */
export function hearRefusal(text: string): readonly string[] | null {
  const start = text.indexOf(`${refusalOpening} (`);
  if (start < 0) return null;
  const inside = text.slice(start + refusalOpening.length + 2, text.indexOf(")", start));
  return inside.split(", ").filter((id) => id !== "");
}

/** An agent's word that it gives a request up. */
export function sayFailure(why: string): string {
  return `${failureOpening} ${why} ${anythingElse}`;
}

export function hearFailure(text: string): boolean {
  return text.includes(failureOpening);
}

const heardBefore = new WeakMap<Domain["requests"], Map<string, readonly Request[]>>();
/** Texts remembered of each domain: those of a few conversations, which agents fold anew at every turn. */
const mostHeard = 256;

/** Every request of a domain in a text, in the order of the text. */
export function hearRequests(text: string, { requests }: Pick<Domain, "requests">): readonly Request[] {
  const known = heardBefore.get(requests) ?? new Map<string, readonly Request[]>();
  heardBefore.set(requests, known);
  const heard = known.get(text) ?? hearAll(text, requests);
  if (known.size >= mostHeard && !known.has(text)) known.clear();
  known.set(text, heard);
  return heard;
}

function hearAll(text: string, requests: Domain["requests"]): readonly Request[] {
  return requests
    .flatMap((kind) => kind.hear(text))
    .sort((a, b) => a.at - b.at)
    .map(({ request }) => request);
}

/** A request in the words of one of its forms. */
export function sayRequest(request: Request, form: number, domain: Pick<Domain, "requests">): string {
  return requestKind(request, domain).say(request, form);
}

/** The kind of a request. Throws a RangeError for a kind that the domain does not have. */
export function requestKind(request: Request, domain: Pick<Domain, "requests">): Domain["requests"][number] {
  const kind = domain.requests.find((known) => known.kind === request.kind);
  if (kind === undefined)
    throw new RangeError(`requestKind: the domain has no request kind "${request.kind}"`);
  return kind;
}
