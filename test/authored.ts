import { expect } from "vitest";
import { anythingElse, hearRefusal, hearRequests, sayRequest } from "../src/domains/dialogue.ts";
import type { SimplifyStep } from "../src/simplify/certificate.ts";
import type { Task } from "../src/tasks/task.ts";
import { airline } from "./at-endpoint.ts";
import type { Endpoint, Reply, WireBody } from "./endpoint.ts";
import { sampleTask } from "./sampled.ts";
import type { Served } from "./served.ts";
import { customer } from "./wire-models.ts";

/** The task that an author words. */
export const { task } = sampleTask("authored", [
  { kind: "change_flights", clause: "change_basic_economy", reference: "id" },
  { kind: "cancel", clause: "none", reference: "id" },
]);

export const small = "My cat is called Mira, and she sleeps all day while I write such letters.";

/** An assistant's words for a task. */
export const letterOf = ({ user }: Task) =>
  [
    "Dear all, I hope that this finds you well.",
    small,
    airline.identity.say(user.identity),
    ...user.requests.map(({ request }) => sayRequest(request, 0, airline)),
    "Thank you ever so much for all your help with this.",
  ].join(" ");

export const systemOf = ({ messages }: WireBody) => messages[0]?.content ?? "";
const isListening = (body: WireBody) => systemOf(body).startsWith("You read what a customer tells");

/** What stands between the marks of one label. */
export const fenced = (text: string, label: string) =>
  new RegExp(`<${label}-[0-9a-f]{16}>\n(.*?)\n</${label}-`, "s").exec(text)?.[1] ?? "";

/** The facts in one go: what the rule hears as the same user and requests. */
export function terse(body: WireBody): string {
  const [who = "", ...lines] = fenced(systemOf(body), "facts").split("\n");
  const wishes = lines.flatMap((line) => /^\d+\. (.*)$/.exec(line)?.[1] ?? []);
  return [who, ...wishes].join(" ");
}

/** Words that the rule makes nothing of, and models do. */
export const freely = (text: string) => text.replaceAll(" ", "·");
const plainly = (text: string) => text.replaceAll("·", " ");

/** A listener that notes down exactly what the house's sentences in a text say. */
function listen({ messages }: WireBody): Reply {
  const text = plainly(fenced(messages.at(-1)?.content ?? "", "text"));
  const requests = hearRequests(text, airline).map((request) => ({ request }));
  return { text: JSON.stringify({ identity: airline.identity.hear(text), requests }) };
}

/** A customer who says all of the instruction at once, agrees to what is offered, and leaves when it is settled. */
export function play(body: WireBody): Reply {
  const [, instruction = ""] =
    /# Who you are and what you want\n\n(.*?)\n\n# How you talk/s.exec(systemOf(body)) ?? [];
  const told = plainly(instruction);
  const heard = body.messages.at(-1)?.content ?? "";
  // A refusal of one thing is not yet the end of two.
  const isOver = hearRequests(told, airline).length === 1 || heard.includes(anythingElse);
  return hearRefusal(heard) === null || isOver ? customer(told)(body) : { text: "I see. Please go on." };
}

export const says = (write: (body: WireBody) => string) => (body: WireBody) =>
  isListening(body) ? listen(body) : { text: write(body) };

export interface Shrunk {
  readonly minimal_task_key: string;
  readonly instruction: string;
  readonly steps: readonly SimplifyStep[];
  readonly complete: boolean;
  readonly harvested: boolean;
  readonly rollouts: number;
  readonly certificate: {
    readonly status: string;
    readonly about: string;
    readonly removed: readonly string[];
    readonly kept: readonly { readonly what: string; readonly why: string }[];
    readonly tokens: { readonly before: number; readonly after: number };
  };
}

interface Found {
  readonly task?: Task;
  /** The author's words; null where there are none. */
  readonly words?: string | null;
}

/** A session with a confirmed failure, in an author's words. */
export async function failing(server: Served, session: object = {}, found: Found = {}) {
  const { session_id } = await server.get<{ session_id: string }>("start_session", {
    ...{ target: "sim:kimi-like", seed: "1", allow_simulated_oracle: true },
    ...{ phraser: "openai:words", user: "openai:customer" },
    ...session,
  });
  const { world, user } = found.task ?? task;
  const { words = letterOf(found.task ?? task) } = found;
  const requests = user.requests.map(({ request }) => request);
  const written = { session_id, world, identity: user.identity, requests };
  const { task_key } = await server.get<{ task_key: string }>("generate_world", {
    ...written,
    ...(words === null ? {} : { instruction: words }),
  });
  const of = { session_id, task_key };
  expect(await server.get("run_target", of)).toMatchObject({ verdict: "inside" });
  expect(await server.get("verify_with_oracle", of)).toMatchObject({ verdict: "kept", confirmed: true });
  return of;
}

export const simplified = (server: Served, of: object) => server.get<Shrunk>("simplify_failure", of);

/** What a task is and where it is from. */
export async function shownOf(server: Served, { minimal_task_key: task_key }: Shrunk) {
  const { full, origin } = await server.get<{ full: string; origin: object }>("show_task", {
    ...{ task_key, detail: "full" },
  });
  return { origin, ...(JSON.parse(full.split("\n").slice(1, -1).join("\n")) as { task: Task }) };
}

export const wording = ({ steps }: Shrunk) => steps.filter(({ removes }) => removes === "the longer wording");
/** The prompts of those who were asked to write, or to listen. */
export const asked = ({ requests }: Endpoint, to: "write" | "listen") =>
  requests
    .filter(({ body }) => body.model === "words" && isListening(body) === (to === "listen"))
    .map(({ body }) => body);
