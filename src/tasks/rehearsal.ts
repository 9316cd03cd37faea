import { canonical } from "../core/json.ts";
import {
  confirmation,
  greeting,
  notUnderstood,
  sayOffer,
  sayRefusal,
  sayRequest,
} from "../domains/dialogue.ts";
import type { Call, Domain } from "../domains/domain.ts";
import { noUsage } from "../models/chat.ts";
import { everyRequest, introduce } from "./instruction.ts";
import { transferTool } from "./request-course.ts";
import type { Gold, Task } from "./task.ts";
import type { Message, Trajectory } from "./trajectory.ts";

/** Conversations that cost nothing: what gold would do, and what agents would do that do not try. */

function opening(task: Task, domain: Domain): readonly Message[] {
  const said = task.user.requests
    .flatMap(everyRequest)
    .map(({ request, form }) => sayRequest(request, form, domain));
  const text = said.length === 0 ? task.instruction : [introduce(task.user, domain), ...said].join(" ");
  return [
    { role: "assistant", text: greeting, calls: [] },
    { role: "user", text },
  ];
}

const say = (text: string): Message => ({ role: "assistant", text, calls: [] });

const emit = (call: Call, id: string): Message => ({
  role: "assistant",
  text: "",
  calls: [{ id, name: call.name, arguments: canonical(call.arguments) }],
});

function ended(messages: readonly Message[], ending: Trajectory["ending"]): Trajectory {
  return { messages, ending, usage: { target: noUsage, user: noUsage } };
}

/** The gold's calls as a conversation, each write offered and confirmed, each refusal spoken at the end. */
export function rehearseGold(task: Task, gold: Gold, domain: Domain): Trajectory {
  const isWrite = (call: Call) =>
    domain.tools.some((tool) => tool.name === call.name && tool.effect === "write");
  const acts = gold.calls.flatMap((call, i): readonly Message[] =>
    isWrite(call)
      ? [say(sayOffer([call])), { role: "user", text: confirmation }, emit(call, `gold_${i}`)]
      : [emit(call, `gold_${i}`)],
  );
  const refusals = gold.solutions
    .filter((solution) => solution.status === "refused")
    .map((solution) => say(sayRefusal(solution.clauses, domain)));
  const transferred = gold.solutions.at(-1)?.status === "handover";
  // A transfer ends the conversation, so what is refused must have been said before it.
  const transfer = transferred ? acts.slice(-1) : [];
  const before = transferred ? acts.slice(0, -1) : acts;
  const messages = [...opening(task, domain), ...before, ...refusals, ...transfer];
  return ended(messages, transferred ? "transferred" : "user_done");
}

/** What an agent does that does nothing, hands over at once, or declines everything without looking. */
export const idlers = {
  "do-nothing": (task: Task, domain: Domain) =>
    ended([...opening(task, domain), say(notUnderstood)], "user_done"),
  "transfer-at-once": (task: Task, domain: Domain) =>
    ended(
      [
        ...opening(task, domain),
        emit({ name: transferTool(domain), arguments: { summary: "At once." } }, "idle_0"),
      ],
      "transferred",
    ),
  "refuse-at-once": (task: Task, domain: Domain) =>
    ended([...opening(task, domain), say(sayRefusal(task.clauses, domain))], "user_done"),
} as const satisfies Record<string, (task: Task, domain: Domain) => Trajectory>;
