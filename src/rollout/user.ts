import { canonical } from "../core/json.ts";
import {
  confirmation,
  farewell,
  hearOffer,
  hearRefusal,
  requestKind,
  sayCorrection,
  sayExactly,
  sayRequest,
  soundsLikeRefusal,
} from "../domains/dialogue.ts";
import type { Call, Domain, ScriptedRequest } from "../domains/domain.ts";
import type { ChatMessage, Usage } from "../models/chat.ts";
import { introduce } from "../tasks/instruction.ts";
import type { Task } from "../tasks/task.ts";

/** What the other side of a conversation does next. */
export type UserTurn =
  | { readonly turn: "say"; readonly text: string; readonly usage: Usage | null }
  | { readonly turn: "end"; readonly text: string; readonly usage: Usage | null }
  /** The user model failed, or gave up for lack of facts: no fault of the target. */
  | { readonly turn: "broken"; readonly why: string; readonly usage: Usage | null };

/** What has happened since the conversation began, as the user may know it. */
export interface Heard {
  readonly messages: readonly ChatMessage[];
  /** The writes that have succeeded: the user sees what happened to their own records. */
  readonly writes: readonly Call[];
  /** Tool calls that have succeeded so far: somebody who is looking things up is not stalling. */
  readonly calls: number;
}

/** Who speaks for the customer. */
export interface User {
  /** Part of the settings under which rollouts may be pooled. */
  readonly fingerprint: string;
  reply(heard: Heard, signal: AbortSignal): Promise<UserTurn>;
}

/** User turns without a new successful call or a settled request after which what is open counts as unmet. */
const patience = 6;

type Status = "unsaid" | "open" | "granted" | "refused" | "unmet";

interface Want {
  readonly scripted: ScriptedRequest;
  readonly status: Status;
  /** True for what is wanted instead of a request that was not granted. */
  readonly instead: boolean;
}

interface Mind {
  readonly wants: readonly Want[];
  readonly writesSeen: number;
  readonly callsSeen: number;
  /** User turns since the last new successful call or settled request. */
  readonly idle: number;
  /** Refusals in free words since then: the first one that waits for an answer may be no more than a question. */
  readonly declined: number;
}

/**
 * The scripted user: exact, free and driven by what happens. It says its requests by schedule, says yes to an offer
 * of what it asked for and corrects any other, and answers everything else with all that it knows. A request is
 * settled by its effect or by a refusal; then its `otherwise` comes, or the next request.
 */
export function createScriptedUser(task: Task, domain: Domain): User {
  let mind: Mind = {
    wants: task.user.requests.map((scripted) => ({ scripted, status: "unsaid", instead: false })),
    writesSeen: 0,
    callsSeen: 0,
    idle: 0,
    declined: 0,
  };
  return {
    fingerprint: "scripted",
    reply: async ({ messages, writes, calls }) => {
      const text = newWords(messages);
      const before = mind;
      if (calls > mind.callsSeen) mind = { ...mind, idle: 0 };
      mind = settle(mind, { text, writes: writes.slice(mind.writesSeen), domain });
      mind = { ...mind, writesSeen: writes.length, callsSeen: calls };
      if (mind.idle >= patience) mind = giveUp(mind);
      const opening = before.wants.every((want) => want.status === "unsaid");
      const due = dueNow(mind, task);
      mind = {
        ...mind,
        wants: mind.wants.map((want) => (due.includes(want) ? { ...want, status: "open" } : want)),
      };
      const said = due.map(({ scripted }) => sayRequest(scripted.request, scripted.form, domain));
      if (opening) return speak([introduce(task.user, domain), ...said].join(" "));
      const open = mind.wants.filter((want) => want.status === "open");
      if (open.length === 0) return { turn: "end", text: farewell, usage: null };
      mind = { ...mind, idle: mind.idle + 1 };
      if (said.length > 0) return speak(`I see. ${said.join(" ")}`);
      return speak(answer(text, open, { task, domain, settled: settledNow(before, mind) }));
    },
  };
}

const speak = (text: string): UserTurn => ({ turn: "say", text, usage: null });

/** What the target has said since the user last spoke; empty if nothing. */
function newWords(messages: readonly ChatMessage[]): string {
  const since = messages.slice(messages.findLastIndex((message) => message.role === "user") + 1);
  return since
    .flatMap((message) => (message.role === "assistant" ? [message.text] : []))
    .join("\n")
    .trim();
}

const settledNow = (before: Mind, after: Mind) =>
  before.wants.filter((want) => want.status === "open").length >
  after.wants.filter((want) => want.status === "open").length;

/** The requests that come up now: all at the start, what is wanted instead at once, or the next when nothing is open. */
function dueNow(mind: Mind, task: Task): readonly Want[] {
  const unsaid = mind.wants.filter((want) => want.status === "unsaid");
  const instead = unsaid.filter((want) => want.instead);
  if (instead.length > 0) return instead;
  const free = mind.wants.every((want) => want.status !== "open");
  const isFirst = unsaid.length === mind.wants.length;
  if (task.user.schedule === "together" && isFirst) return unsaid;
  if (task.user.schedule === "late" && isFirst && unsaid.length > 1) return unsaid.slice(0, -1);
  return free ? unsaid.slice(0, 1) : [];
}

interface News {
  readonly text: string;
  readonly writes: readonly Call[];
  readonly domain: Domain;
}

/** Settles what new writes and a refusal have settled: a write the request that it fits, a refusal the one it is about. */
function settle(mind: Mind, { text, writes, domain }: News): Mind {
  let wants = mind.wants;
  const idle = writes.length > 0 ? 0 : mind.idle;
  for (const call of writes) {
    const open = wants.filter((want) => want.status === "open");
    const fits = (want: Want) => takesEffect(want.scripted, call, domain);
    const hit = open.find(
      (want) =>
        fits(want) &&
        requestKind(want.scripted.request, domain).objection(want.scripted.request, call) === null,
    );
    const settled = hit ?? open.find(fits);
    wants = wants.map((want) => (want === settled ? { ...want, status: "granted" } : want));
  }
  const open = wants.filter((want) => want.status === "open");
  const declined = writes.length > 0 ? 0 : mind.declined + (isFreeRefusal(text) ? 1 : 0);
  const refused = refusedBy(text, open, declined);
  if (refused === undefined) return { ...mind, wants, idle, declined };
  wants = wants.flatMap((want) => (want === refused ? withOtherwise(want, "refused") : [want]));
  return { ...mind, wants, idle: 0, declined: 0 };
}

const isFreeRefusal = (text: string) =>
  hearRefusal(text) === null && hearOffer(text) === null && soundsLikeRefusal(text);

/**
 * The request that a text turns down. The house's own sentence is about the first open one. Free words count at once
 * if they wait for no answer ("this cannot be undone, please confirm" is an offer), else when they are said again; among several requests they are about the one whose id they name,
 * or the first where they name none.
 */
function refusedBy(text: string, open: readonly Want[], declined: number): Want | undefined {
  if (hearRefusal(text) !== null) return open[0];
  if (!isFreeRefusal(text) || (asks(text) && declined < 2)) return undefined;
  if (open.length === 1) return open[0];
  const named = open.filter((want) => namesOf(want).some((name) => text.includes(name)));
  if (named.length === 1) return named[0];
  return named.length === 0 || declined >= 2 ? open[0] : undefined;
}

const courtesy = /\b(?:(?:anything|something|what) else|(?:other|more|further) (?:questions|requests))\b/i;
const wantsAnswer =
  /\?|\b(?:confirm|proceed|go ahead|reply|let me know|please (?:provide|share|tell|verify|check|choose|say))\b/i;

/** True if a text waits for an answer, be it a consent; whether there is anything else is a courtesy and no question. */
function asks(text: string): boolean {
  return text
    .split(/(?<=[.!?])\s/)
    .some((sentence) => wantsAnswer.test(sentence) && !courtesy.test(sentence));
}

/** The ids that tell a request from others. */
function namesOf({ scripted }: Want): readonly string[] {
  return (JSON.stringify(scripted.request).match(/"(?=\w*\d)\w{6,}"/g) ?? []).map((quoted) =>
    quoted.slice(1, -1),
  );
}

const takesEffect = ({ request }: ScriptedRequest, call: Call, domain: Domain) =>
  requestKind(request, domain).writes.includes(call.name);

function withOtherwise(want: Want, status: Status): readonly Want[] {
  const { otherwise } = want.scripted;
  const done: Want = { ...want, status };
  return otherwise === undefined ? [done] : [done, { scripted: otherwise, status: "unsaid", instead: true }];
}

/** Out of patience: what is open counts as unmet. What is wanted instead still comes up. */
function giveUp(mind: Mind): Mind {
  return {
    ...mind,
    idle: 0,
    declined: 0,
    wants: mind.wants.flatMap((want) => (want.status === "open" ? withOtherwise(want, "unmet") : [want])),
  };
}

interface Answering {
  readonly task: Task;
  readonly domain: Domain;
  readonly settled: boolean;
}

/** What to say to the target's words while something is open. */
function answer(text: string, open: readonly Want[], { task, domain, settled }: Answering): string {
  const facts = [
    domain.identity.say(task.user.identity),
    ...open.map(({ scripted }) => sayRequest(scripted.request, scripted.form, domain)),
  ].join(" ");
  const offer = hearOffer(text);
  if (offer === null) {
    return settled && soundsLikeRefusal(text) ? `I see. Then please go on: ${facts}` : sayExactly(facts);
  }
  const objections = offer.map((call) => objectionTo(call, open, domain));
  const objection = objections.find((found) => found !== null);
  return objection === undefined || objection === null ? confirmation : sayCorrection(objection, facts);
}

/** The least objection that any open request has to an offered call; null if one has none. */
function objectionTo(call: Call, open: readonly Want[], domain: Domain): string | null {
  const objections = open.map(({ scripted }) =>
    requestKind(scripted.request, domain).objection(scripted.request, call),
  );
  return objections.includes(null) ? null : (objections[0] ?? `nobody asked for ${canonical(call.name)}`);
}
