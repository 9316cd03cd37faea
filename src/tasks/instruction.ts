import { isSame } from "../core/json.ts";
import { hearRequests, sayRequest } from "../domains/dialogue.ts";
import type { Domain, ScriptedRequest } from "../domains/domain.ts";
import type { UserScript } from "./task.ts";

/** A request and all that is wanted instead of it, in the order in which they come up. */
export const everyRequest = (scripted: ScriptedRequest): readonly ScriptedRequest[] => [
  scripted,
  ...(scripted.otherwise === undefined ? [] : everyRequest(scripted.otherwise)),
];

/** How the user opens: who they are, and the small talk that they have, if any. */
export function introduce(user: Pick<UserScript, "identity" | "aside">, domain: Domain): string {
  const identity = domain.identity.say(user.identity);
  return user.aside === undefined ? identity : `${identity} ${user.aside}`;
}

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

/** The user's side of a task in plain words: who they are, what they want, in which order, and what if it is refused. */
export function writeInstruction(user: UserScript, domain: Domain): string {
  const wants = user.requests.flatMap((scripted, i) =>
    requestLines(scripted, domain).map((line) => `${i + 1}. ${line}`),
  );
  const order = user.requests.length > 1 ? [scheduleWords[user.schedule]] : [];
  return [domain.identity.say(user.identity), "What I want:", ...wants, ...order].join("\n");
}

/**
 * True if the domain's own sentences in a text are exactly those of the user: who they are, and every request in
 * order, each followed by what is wanted instead. Whether a sentence is meant "only if that is refused" is in other
 * words, which nothing hears.
 */
export function isHeardAs(
  text: string,
  user: Pick<UserScript, "identity" | "requests">,
  domain: Domain,
): boolean {
  const wanted = user.requests.flatMap(everyRequest).map(({ request }) => request);
  return isSame(domain.identity.hear(text), user.identity) && isSame(hearRequests(text, domain), wanted);
}
