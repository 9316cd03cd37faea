import type { Rng } from "../core/rng.ts";
import { sayRequest } from "../domains/dialogue.ts";
import type { Domain, ScriptedRequest } from "../domains/domain.ts";
import { introduce } from "./instruction.ts";
import { personas } from "./personas.ts";
import type { UserScript } from "./task.ts";

/** A user with a way of talking, and their side of the task in words. */
export interface Worded {
  readonly user: UserScript;
  readonly instruction: string;
}

/** How often there is an aside, an opening before a single wish, and a closing. */
const often = { aside: 0.75, opening: 0.75, closing: 0.6 } as const;

/** What stands before the first wish. With several wishes it says when they come up, so it is never left out. */
const openings = {
  single: [
    "Here is what I need.",
    "This is why I am writing.",
    "I hope that you can help me with the following.",
    "Let me get straight to it.",
    "What it is about is this.",
    "I shall try to explain it properly.",
    "There is something that I need done.",
  ],
  together: [
    "There is more than one thing, and I am going to say it all in one go.",
    "I have a few things on my mind and want to put all of them into one message.",
    "Let me tell you everything right at the start, so that you have it together.",
    "All of this I want to say at once.",
    "You get everything in my first message, since I would only forget half of it later.",
    "Please bear with me, it is all coming at once.",
  ],
  one_by_one: [
    "I have more than one thing to settle, and I want to bring them up one at a time.",
    "One thing after the other: I do not start on the next before the last is settled.",
    "I like to finish one thing before I begin another, so I am going to raise them one by one.",
    "Let us take these in turn, each only when the one before it is settled.",
    "There is a list in my head, and I am going down it slowly, one thing at a time.",
  ],
  late: [
    "I am going to come out with all of it at once, except for the last thing.",
    "One matter I want to hold back for the end; the rest comes right away.",
    "There is something that I keep for later, and the rest I say at the start.",
    "Nearly all of it comes in my first message; one thing has to wait.",
  ],
} as const;

/** What stands between two wishes; `last` leads to one that is held back. */
const connectors = {
  together: [
    "Next, there is this.",
    "Then there is something else.",
    "And on top of that:",
    "That is not all.",
    "Another thing:",
    "Besides that:",
    "While I am at it:",
    "And also this:",
  ],
  one_by_one: [
    "Once that is settled, and not before:",
    "When that is done, I go on with this.",
    "After that has been dealt with:",
    "As soon as that is out of the way, the next thing:",
    "Only then do I bring up the following.",
    "That settled, I move on.",
  ],
  last: [
    "Only once that is settled will I bring up the last thing:",
    "When all of that is settled, and no sooner, I want to add this.",
    "This I keep to myself until everything else is settled:",
    "And then, after all the rest is settled, almost as if I had forgotten it:",
    "The last thing waits until all the others are settled.",
    "Not before everything above is settled do I mention this.",
  ],
} as const;

/** What leads to a wish that takes the place of a refused one. */
const conditionals = [
  "Should that not be possible:",
  "If the answer to that is no, I want this instead.",
  "If I am told that this cannot be done:",
  "Only if that is refused:",
  "In case I am turned down on that, here is what I want instead.",
  "Should that not be allowed, then rather this.",
  "If they refuse to do that for me:",
  "Failing that, and only then:",
] as const;

const closings = [
  "Thank you for your help.",
  "That is all.",
  "Nothing else, thanks.",
  "That should be everything.",
  "I hope that this is clear.",
  "I would be grateful to have this sorted out.",
  "Many thanks in advance.",
  "There is nothing more to it.",
] as const;

const perhaps = (items: readonly string[], probability: number, rng: Rng): readonly string[] =>
  rng.chance(probability) ? [rng.pick(items)] : [];

function withPersona(user: UserScript, rng: Rng): UserScript {
  if (user.persona !== "") return user;
  const { persona, asides } = rng.pick(personas);
  const [aside] = perhaps(asides, often.aside, rng);
  const { aside: _, ...silent } = user;
  return { ...silent, persona, ...(aside === undefined ? {} : { aside }) };
}

function opening({ requests, schedule }: UserScript, rng: Rng): readonly string[] {
  if (requests.length === 0) return [];
  if (requests.length === 1) return perhaps(openings.single, often.opening, rng);
  return [rng.pick<string>(openings[schedule])];
}

/** The words before a wish that is not the first. */
function connector(index: number, { requests, schedule }: UserScript, rng: Rng): string {
  if (schedule !== "late") return rng.pick<string>(connectors[schedule]);
  return rng.pick<string>(index === requests.length - 1 ? connectors.last : connectors.together);
}

function wish({ request, form, otherwise }: ScriptedRequest, domain: Domain, rng: Rng): readonly string[] {
  const own = sayRequest(request, form, domain);
  if (otherwise === undefined) return [own];
  return [own, rng.pick(conditionals), ...wish(otherwise, domain, rng)];
}

/**
 * Gives a user a way of talking (unless they have one) and writes their side of a task in the first person: identity,
 * small talk, and each request in the sentence of its form, with varied words for the order, the timing and what is
 * wanted instead. What the domain hears in it is the identity and the requests, and nothing more (`isHeardAs`).
 */
export function wordUser(user: UserScript, domain: Domain, rng: Rng): Worded {
  const talking = withPersona(user, rng.fork("persona"));
  const joints = rng.fork("connectors");
  const wants = talking.requests.flatMap((scripted, i) => [
    ...(i === 0 ? [] : [connector(i, talking, joints)]),
    ...wish(scripted, domain, joints.fork(String(i))),
  ]);
  const parts = [
    introduce(talking, domain),
    ...opening(talking, rng.fork("opening")),
    ...wants,
    ...perhaps(closings, often.closing, rng.fork("closing")),
  ];
  return { user: talking, instruction: parts.join(" ") };
}
