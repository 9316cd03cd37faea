import { z } from "zod";
import { errorMark } from "../agents/conversation.ts";
import type { JsonObject } from "../core/json.ts";
import { greeting, notUnderstood } from "../domains/dialogue.ts";
import { type Call, type Domain, stateOf } from "../domains/domain.ts";
import { type Environment, openEnvironment, step } from "../domains/environment.ts";
import { renderPolicy } from "../domains/policy.ts";
import {
  type ChatAnswer,
  type ChatMessage,
  type ChatModel,
  ModelError,
  noUsage,
  type ToolSpec,
  type Usage,
} from "../models/chat.ts";
import { addUsage } from "../models/ledger.ts";
import type { Blame } from "../tasks/grade.ts";
import type { Task } from "../tasks/task.ts";
import type { Ending, Message, Trajectory } from "../tasks/trajectory.ts";
import type { Limits } from "./rollout.ts";
import type { User } from "./user.ts";

/** One conversation to be held. */
export interface Conversing {
  readonly domain: Domain;
  readonly task: Task;
  readonly target: ChatModel;
  readonly user: User;
  readonly seed: string;
  readonly limits: Limits;
  readonly signal: AbortSignal;
}

/** What became of it; a broken one says whose fault that was. */
export interface Conversed {
  readonly trajectory: Trajectory;
  readonly broken: { readonly blame: Blame; readonly why: string } | null;
}

interface Talk {
  readonly messages: readonly Message[];
  readonly environment: Environment;
  readonly writes: readonly Call[];
  readonly turns: number;
  readonly errors: number;
  readonly usage: Trajectory["usage"];
}

type Next = {
  readonly talk: Talk;
  readonly ending?: Ending;
  readonly broken?: NonNullable<Conversed["broken"]>;
};

const specs = new WeakMap<Domain, readonly ToolSpec[]>();

/** A domain's tools as a model is told of them. */
export function toolSpecs(domain: Domain): readonly ToolSpec[] {
  const known = specs.get(domain);
  if (known !== undefined) return known;
  const made = domain.tools.map(({ name, description, input }) => {
    const { $schema: _, ...parameters } = z.toJSONSchema(input, { io: "input" }) as JsonObject;
    return { name, description, parameters };
  });
  specs.set(domain, made);
  return made;
}

/** Holds one conversation of target, user and environment to its end. */
export async function converse(on: Conversing): Promise<Conversed> {
  const { domain, task } = on;
  const system = renderPolicy(domain, task.clauses);
  const tools = toolSpecs(domain).filter((tool) => task.tools.includes(tool.name));
  let next: Next = {
    talk: {
      messages: [{ role: "assistant", text: greeting, calls: [] }],
      environment: openEnvironment(domain, stateOf(task.world), {
        allowed: task.tools,
        events: task.events,
      }),
      writes: [],
      turns: 0,
      errors: 0,
      usage: { target: noUsage, user: noUsage },
    },
  };
  next = await userTurn(next.talk, on);
  while (next.ending === undefined) {
    next = await targetTurn(next.talk, { ...on, system, tools });
    const last = next.talk.messages.at(-1);
    if (next.ending === undefined && last?.role === "assistant") next = await userTurn(next.talk, on);
  }
  const { messages, usage } = next.talk;
  return { trajectory: { messages, ending: next.ending, usage }, broken: next.broken ?? null };
}

const ended = (talk: Talk, ending: Ending): Next => ({ talk, ending });

const broke = (talk: Talk, blame: Blame, why: string): Next => ({
  talk,
  ending: "broken",
  broken: { blame, why },
});

function spend(talk: Talk, who: "target" | "user", usage: Usage | null): Talk {
  return usage === null
    ? talk
    : { ...talk, usage: { ...talk.usage, [who]: addUsage(talk.usage[who], usage) } };
}

async function userTurn(talk: Talk, on: Conversing): Promise<Next> {
  if (on.signal.aborted) return ended(talk, "cancelled");
  const calls = talk.messages.filter((message) => message.role === "tool" && message.status === "ok").length;
  const heard = { messages: talk.messages.map(asChat), writes: talk.writes, calls };
  const turn = await on.user.reply(heard, on.signal);
  const after = spend(talk, "user", turn.usage);
  if (turn.turn === "broken")
    return on.signal.aborted ? ended(after, "cancelled") : broke(after, "user", turn.why);
  const said: Talk = { ...after, messages: [...after.messages, { role: "user", text: turn.text }] };
  return turn.turn === "end" ? ended(said, "user_done") : { talk: said };
}

interface Prompted extends Conversing {
  readonly system: string;
  readonly tools: readonly ToolSpec[];
}

async function targetTurn(talk: Talk, on: Prompted): Promise<Next> {
  if (on.signal.aborted) return ended(talk, "cancelled");
  if (talk.turns >= on.limits.turns) return ended(talk, "turn_limit");
  const asked = await ask(talk, on);
  if ("why" in asked)
    return on.signal.aborted ? ended(talk, "cancelled") : broke(talk, "endpoint", asked.why);
  const { answer } = asked;
  if (answer.text === notUnderstood)
    return broke(talk, "target", "the simulated agent understands only the domain's own sentences");
  const after = spend({ ...talk, turns: talk.turns + 1 }, "target", answer.usage);
  const message: Message = { role: "assistant", text: answer.text, calls: answer.calls };
  return runCalls({ ...after, messages: [...after.messages, message] }, answer, on);
}

async function ask(
  talk: Talk,
  on: Prompted,
): Promise<{ readonly answer: ChatAnswer } | { readonly why: string }> {
  try {
    const messages: readonly ChatMessage[] = [
      { role: "system", text: on.system },
      ...talk.messages.map(asChat),
    ];
    return {
      answer: await on.target.complete({ messages, tools: on.tools, seed: on.seed, signal: on.signal }),
    };
  } catch (error) {
    if (error instanceof ModelError) return { why: error.message };
    throw error;
  }
}

/** Runs what a message calls, one after the other even where they came side by side. */
function runCalls(talk: Talk, answer: ChatAnswer, on: Prompted): Next {
  let { environment, errors } = talk;
  const messages = [...talk.messages];
  const writes = [...talk.writes];
  let transferred = false;
  for (const emitted of answer.calls) {
    const stepped = step(environment, emitted);
    environment = stepped.environment;
    const text = stepped.status === "ok" ? stepped.text : `${errorMark}${stepped.text}`;
    messages.push({ role: "tool", callId: emitted.id, name: emitted.name, text, status: stepped.status });
    const effect = on.domain.tools.find((tool) => tool.name === emitted.name)?.effect;
    if (stepped.status !== "ok") errors += 1;
    else if (effect === "write") writes.push(stepped.call);
    else if (effect === "transfer") transferred = true;
  }
  const after: Talk = { ...talk, messages, environment, writes, errors };
  if (transferred) return ended(after, "transferred");
  return errors >= on.limits.errors ? ended(after, "error_limit") : { talk: after };
}

function asChat(message: Message): ChatMessage {
  if (message.role !== "tool") return message;
  const { role, callId, name, text } = message;
  return { role, callId, name, text };
}
