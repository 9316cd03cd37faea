import { canonical, isSame } from "../core/json.ts";
import {
  anythingElse,
  askIdentity,
  notUnderstood,
  requestKind,
  sayFailure,
  sayOffer,
  sayRefusal,
} from "../domains/dialogue.ts";
import {
  type Call,
  type Domain,
  type Habits,
  type Move,
  type Request,
  soundHabits,
  type View,
} from "../domains/domain.ts";
import { maxOffers } from "../domains/event.ts";
import { viewOf } from "../domains/memory.ts";
import type { ChatAnswer, ChatMessage, ChatModel, EmittedCall } from "../models/chat.ts";
import { noUsage } from "../models/chat.ts";
import { type Conversation, current, follow, type HeardRequest } from "./conversation.ts";

/** What an agent says or does in one turn. */
export type Turn =
  | { readonly say: string }
  | { readonly call: Call; readonly raw?: string }
  | { readonly calls: readonly Call[] };

/**
 * How an agent differs from the reference. Each member is one step of it; the reference agent's temper changes
 * nothing. A member is asked afresh at every turn, so it must answer the same for the same request.
 */
export interface Temper {
  /** False if the request goes unheard. */
  hears(request: Request, view: View): boolean;
  /** Changes the lookup that is about to be made, or answers it without looking. */
  look(call: Call, on: Doing): Call | { readonly guess: Call["arguments"] };
  habits(on: Doing): Habits;
  /** Changes the move that was decided. */
  decide(move: Move, on: Doing): Move;
  /** Changes what a confirmed offer leads to. */
  act(turn: Turn, on: Doing): Turn;
}

/** The request being worked on, and what is seen. */
export interface Doing {
  readonly request: Request;
  readonly view: View;
  readonly heard: HeardRequest;
}

export const soundTemper: Temper = {
  hears: () => true,
  look: (call) => call,
  habits: () => soundHabits,
  decide: (move) => move,
  act: (turn) => turn,
};

/** The turn that an agent takes after these messages. */
export function takeTurn(messages: readonly ChatMessage[], domain: Domain, temper: Temper): Turn {
  let understood = false;
  const conversation = follow(messages, domain, (request, memory) => {
    understood = true;
    return temper.hears(request, viewOf(memory));
  });
  if (!conversation.introduced) return { say: askIdentity };
  if (!understood) return { say: notUnderstood };
  const heard = current(conversation);
  return heard === undefined ? { say: anythingElse } : workOn(heard, conversation, { domain, temper });
}

interface With {
  readonly domain: Domain;
  readonly temper: Temper;
}

function workOn(heard: HeardRequest, conversation: Conversation, { domain, temper }: With): Turn {
  const on: Doing = { request: heard.request, view: viewOf(conversation.memory), heard };
  if (heard.trouble !== null) return { say: sayFailure(heard.trouble) };
  const next = heard.offer?.confirmed === true ? heard.offer.calls[heard.sent] : undefined;
  if (next !== undefined) return temper.act({ call: next }, on);
  const move = temper.decide(nextMove(on, { domain, temper }), on);
  switch (move.move) {
    case "look":
      return { call: move.calls[0] as Call };
    case "offer": {
      const why = hopeless(move.calls, heard);
      return { say: why === null ? sayOffer(move.calls) : sayFailure(why) };
    }
    case "refuse":
      return { say: sayRefusal(move.clauses, domain) };
    case "handover": {
      const tool = domain.tools.find((known) => known.effect === "transfer");
      return {
        call: {
          name: tool?.name ?? "",
          arguments: { summary: `Clause ${move.clauses.join(", ")} applies.` },
        },
      };
    }
    case "stuck":
      return { say: sayFailure(move.why) };
  }
}

/** Why there is no use in an offer: the same was refused just now, or too many were; null if it may be made. */
function hopeless(calls: readonly Call[], { refused }: HeardRequest): string | null {
  const last = refused.at(-1);
  if (last === undefined) return null;
  return isSame(calls, last.calls) || refused.length >= maxOffers ? last.why : null;
}

/** The kind's next move, lookups that the temper answers by guessing filled in. */
export function nextMove(on: Doing, { domain, temper }: With): Move {
  const kind = requestKind(on.request, domain);
  const guesses = new Map<string, Call["arguments"]>();
  const view: View = {
    ...on.view,
    lookup: (call) => {
      const guess = guesses.get(canonical(call));
      return guess === undefined ? on.view.lookup(call) : { ok: true, result: guess };
    },
  };
  for (;;) {
    const move = kind.next(on.request, view, temper.habits(on));
    if (move.move !== "look") return move;
    const [first] = move.calls;
    if (first === undefined) return { move: "stuck", why: "there was nothing to look up" };
    const looked = temper.look(first, on);
    if (!("guess" in looked)) return { move: "look", calls: [looked] };
    guesses.set(canonical(first), looked.guess);
  }
}

/** A turn as a model's answer. */
export function answerWith(turn: Turn, place: number): ChatAnswer {
  if ("say" in turn) return { text: turn.say, calls: [], usage: noUsage };
  const calls = "calls" in turn ? turn.calls : [turn.call];
  const raw = "raw" in turn ? turn.raw : undefined;
  const emitted: readonly EmittedCall[] = calls.map((call, i) => ({
    id: `call_${place}_${i}`,
    name: call.name,
    arguments: raw ?? canonical(call.arguments),
  }));
  return { text: "", calls: emitted, usage: noUsage };
}

/** The agent made from a domain's own requests and clauses. It understands the domain's sentences and no others. */
export function createReference(domain: Domain): ChatModel {
  return {
    spec: "sim:reference",
    simulated: true,
    fingerprint: `sim:reference@${domain.name}-${domain.version}`,
    complete: async ({ messages }) => answerWith(takeTurn(messages, domain, soundTemper), messages.length),
  };
}
