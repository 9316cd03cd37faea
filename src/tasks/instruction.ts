import { sayRequest } from "../domains/dialogue.ts";
import type { Domain, ScriptedRequest } from "../domains/domain.ts";
import type { UserScript } from "./task.ts";

const scheduleWords = {
  together: "Say everything you want in your first message.",
  one_by_one: "Bring up one thing at a time: the next one only when the last is settled.",
  late: "Keep the last thing to yourself until all the others are settled.",
} as const;

function requestLines({ request, form, otherwise }: ScriptedRequest, domain: Domain): readonly string[] {
  const own = sayRequest(request, form, domain);
  if (otherwise === undefined) return [own];
  return [own, ...requestLines(otherwise, domain).map((line) => `(only if that is refused) ${line}`)];
}

/** The user's side of a task in words: who they are, what they want, in which order, and what if it is refused. */
export function writeInstruction(user: UserScript, domain: Domain): string {
  const wants = user.requests.flatMap((scripted, i) =>
    requestLines(scripted, domain).map((line) => `${i + 1}. ${line}`),
  );
  const order = user.requests.length > 1 ? [scheduleWords[user.schedule]] : [];
  return [domain.identity.say(user.identity), "What I want:", ...wants, ...order].join("\n");
}
