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
} from "../domains/dialogue.ts";
import type { Call, Domain, ScriptedRequest } from "../domains/domain.ts";
import type { ChatMessage, Usage } from "../models/chat.ts";
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
}

/** Who speaks for the customer. */
export interface User {
  /** Part of the settings under which rollouts may be pooled. */
  readonly fingerprint: string;
  reply(heard: Heard, signal: AbortSignal): Promise<UserTurn>;
}

/** User turns without a new write after which what is open counts as unmet. */
const patience = 3;

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
  /** User turns since the last new write or settled request. */
  readonly idle: number;
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
    idle: 0,
  };
  return {
    fingerprint: "scripted",
    reply: async ({ messages, writes }) => {
      const text = lastWords(messages);
      const before = mind;
      mind = settle(mind, { text, writes: writes.slice(mind.writesSeen), domain });
      mind = { ...mind, writesSeen: writes.length };
      if (mind.idle >= patience) mind = giveUp(mind);
      const opening = before.wants.every((want) => want.status === "unsaid");
      const due = dueNow(mind, task);
      mind = {
        ...mind,
        wants: mind.wants.map((want) => (due.includes(want) ? { ...want, status: "open" } : want)),
      };
      const said = due.map(({ scripted }) => sayRequest(scripted.request, scripted.form, domain));
      if (opening) return speak([domain.identity.say(task.user.identity), ...said].join(" "));
      const open = mind.wants.filter((want) => want.status === "open");
      if (open.length === 0) return { turn: "end", text: farewell, usage: null };
      mind = { ...mind, idle: mind.idle + 1 };
      if (said.length > 0) return speak(`I see. ${said.join(" ")}`);
      return speak(answer(text, open, { task, domain, settled: settledNow(before, mind) }));
    },
  };
}

const speak = (text: string): UserTurn => ({ turn: "say", text, usage: null });

function lastWords(messages: readonly ChatMessage[]): string {
  const last = messages.findLast((message) => message.role === "assistant" && message.text.trim() !== "");
  return last?.role === "assistant" ? last.text : "";
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

/** Settles what new writes and a refusal have settled: a write the request that it fits, a refusal the first open one. */
function settle(mind: Mind, { text, writes, domain }: News): Mind {
  let wants = mind.wants;
  let idle = writes.length > 0 ? 0 : mind.idle;
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
  if (hearRefusal(text) !== null) {
    const first = wants.find((want) => want.status === "open");
    if (first !== undefined) {
      idle = 0;
      wants = wants.flatMap((want) => (want === first ? withOtherwise(want, "refused") : [want]));
    }
  }
  return { ...mind, wants, idle };
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
  if (offer === null)
    return settled && hearRefusal(text) !== null ? `I see. Then please go on: ${facts}` : sayExactly(facts);
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
