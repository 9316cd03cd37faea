import { z } from "zod";
import { fillSlots, readAsset } from "../assets.ts";
import { fenceAs } from "../core/fence.ts";
import { differences, isSame, type JsonObject } from "../core/json.ts";
import { createRng, type Rng } from "../core/rng.ts";
import { hearRequests } from "../domains/dialogue.ts";
import type { Domain, RequestKind } from "../domains/domain.ts";
import { type ChatModel, noUsage, type Usage } from "../models/chat.ts";
import { askForJson } from "../models/structured.ts";
import { everyRequest, isHeardAs } from "./instruction.ts";
import { leaksOf } from "./leaks.ts";
import type { Gold, UserScript } from "./task.ts";
import {
  exampleRequest,
  kindLines,
  schemaLine,
  type WrittenRequest,
  withoutForm,
  writtenRequestSchema,
} from "./written-request.ts";

export interface Hearing {
  readonly domain: Domain;
  readonly user: UserScript;
  readonly gold: Gold;
  /** The model that says what a text wants, and never sees what it should. */
  readonly listener: ChatModel;
  readonly seed: string;
  readonly signal: AbortSignal;
}

/** Whether a text says what the user wants: then who heard it ("rule", or the listener's spec), else what is wrong. */
export type Heard =
  | { readonly status: "right"; readonly heardBy: string; readonly usage: Usage }
  | { readonly status: "wrong"; readonly wrong: readonly string[]; readonly usage: Usage };

const longest = 4_000;
const wrongShown = 12;

/**
 * Hears a text about a user. What it gives away, and house sentences that nobody meant, are found for nothing. The
 * rule alone decides where it hears exactly what is wanted; it does not hear that something is wanted only if
 * something else is refused, so there, and wherever words are free, the listener decides. Rejects with the
 * listener's ModelError.
 */
export async function hearPhrased(text: string, hearing: Hearing): Promise<Heard> {
  const { user, domain } = hearing;
  const wrong = certainFaults(text, hearing);
  if (wrong.length > 0) return { status: "wrong", wrong, usage: noUsage };
  const unconditional = user.requests.every(({ otherwise }) => otherwise === undefined);
  if (unconditional && isHeardAs(text, user, domain)) {
    return { status: "right", heardBy: "rule", usage: noUsage };
  }
  return listen(text, hearing);
}

/** What is wrong with a text beyond doubt. */
function certainFaults(text: string, { domain, user, gold }: Hearing): readonly string[] {
  if (text.length === 0 || text.length > longest) {
    return [`the text should have 1 to ${longest} characters and has ${text.length}`];
  }
  const identity = domain.identity.hear(text);
  const misnamed = identity !== null && !isSame(identity, user.identity);
  const wanted = user.requests.flatMap(everyRequest).map(({ request }) => request);
  const unwanted = hearRequests(text, domain).filter((heard) => !wanted.some((one) => isSame(one, heard)));
  return [
    ...leaksOf(text, { domain, user, gold }).map(
      (value) =>
        `"${value}" must not be in the text: the customer cannot know it, the agent has to find it out`,
    ),
    ...(misnamed ? [`the text says that the customer is ${JSON.stringify(identity)}`] : []),
    ...unwanted.map((heard) => `the text asks for ${JSON.stringify(heard)}, which nobody wants`),
  ];
}

/** What a text says: its user and their requests. */
interface Note {
  readonly identity: JsonObject | null;
  readonly requests: readonly WrittenRequest[];
}

async function listen(text: string, { domain, user, listener, seed, signal }: Hearing): Promise<Heard> {
  const asked = await askForJson<Note>({
    model: listener,
    system: listenerPrompt(domain),
    prompt: `Note down what the text between the marks says.\n\n${fenceAs("text", text)}`,
    schema: z.strictObject({
      identity: domain.identity.schema.nullable(),
      requests: z.array(writtenRequestSchema(domain)),
    }),
    seed,
    signal,
  });
  const { usage } = asked;
  if (asked.status === "failed") {
    return { status: "wrong", wrong: ["nobody could make out what the text asks for"], usage };
  }
  const wanted: Note = { identity: user.identity, requests: user.requests.map(withoutForm) };
  if (isSame(asked.value, wanted)) return { status: "right", heardBy: listener.spec, usage };
  return { status: "wrong", wrong: misheard(wanted, asked.value), usage };
}

/** The same for every task of a domain, so that an endpoint can keep it in mind between calls. */
function listenerPrompt(domain: Domain): string {
  const rng = createRng(`phrase-hear/${domain.name}`);
  return fillSlots(readAsset("prompts/phrase-hear.md"), {
    domain: domain.name,
    summary: domain.summary,
    identitySchema: schemaLine(domain.identity.schema),
    requestKinds: domain.requests
      .map((kind) => `${kindLines(kind)}${exampleLine(kind, domain, rng)}`)
      .join("\n"),
  });
}

/** A sampled request of the kind, in words and as it is noted down: a schema alone does not say what null means. */
function exampleLine(kind: RequestKind, domain: Domain, rng: Rng): string {
  const example = exampleRequest(kind, domain, rng.fork(kind.kind));
  return example === null ? "" : `\n  "${kind.say(example, 0)}" is ${JSON.stringify(example)}`;
}

function misheard(wanted: Note, heard: Note): readonly string[] {
  return differences(wanted, heard, wrongShown).map(({ path, expected, actual }) => {
    if (actual === undefined) return `${path}: the text does not say ${JSON.stringify(expected)}`;
    if (expected === undefined) return `${path}: the text also says ${JSON.stringify(actual)}`;
    return `${path}: the text says ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`;
  });
}
