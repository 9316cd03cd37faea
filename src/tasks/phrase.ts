import { fillSlots, readAsset } from "../assets.ts";
import { fenceAs } from "../core/fence.ts";
import type { Domain, ScriptedRequest } from "../domains/domain.ts";
import { type ChatMessage, type ChatModel, ModelError, noUsage, type Usage } from "../models/chat.ts";
import { addUsage } from "../models/ledger.ts";
import { type Heard, type Hearing, hearPhrased } from "./hear-phrased.ts";
import { writeInstruction } from "./instruction.ts";
import type { UserScript } from "./task.ts";

export interface Phrasing extends Hearing {
  /** The model that writes the text. */
  readonly phraser: ChatModel;
}

/** A user's side in a model's words, or why the offline wording stands. Tries are texts that the phraser wrote. */
export type Phrased =
  | {
      readonly status: "phrased";
      readonly instruction: string;
      /** "rule", or the listener's spec. */
      readonly heardBy: string;
      readonly tries: number;
      readonly usage: Usage;
    }
  | { readonly status: "offline"; readonly why: string; readonly tries: number; readonly usage: Usage };

const mostTries = 3;
const longestWhy = 600;
/** Characters of a refused text that its writer is shown again. */
const longestShown = 4_000;

/**
 * Has a model write the user's side of a task in free words, and takes the text only if what is heard back is exactly
 * what the user wants and nothing that gold finds out is in it. Each refusal says what was heard wrong; after three,
 * or when a model fails, the offline wording stands. Usage is that of phraser and listener together.
 */
export async function phraseTask(phrasing: Phrasing): Promise<Phrased> {
  const written = await writeUntilHeard({ ...phrasing, system: phraserPrompt(phrasing) });
  const { status, tries, usage } = written;
  if (status === "unheard") return { status: "offline", why: written.why, tries, usage };
  const { text, heardBy } = written;
  return { status: "phrased", instruction: text, heardBy, tries, usage };
}

export interface Writing extends Phrasing {
  /** The phraser's prompt. */
  readonly system: string;
  /** Characters that a text may have, if fewer than any text may. */
  readonly longest?: number;
}

/** A text that is heard as what the user wants, or why there is none: `unanswered` if a model failed. */
export type Written =
  | {
      readonly status: "heard";
      readonly text: string;
      /** "rule", or the listener's spec. */
      readonly heardBy: string;
      readonly tries: number;
      readonly usage: Usage;
    }
  | {
      readonly status: "unheard";
      readonly trouble: "misheard" | "unanswered";
      readonly why: string;
      readonly tries: number;
      readonly usage: Usage;
    };

/** Asks the phraser for a text until it is heard right, three times at most; each time it is told what was wrong. */
export async function writeUntilHeard(writing: Writing): Promise<Written> {
  const { phraser, system, seed, signal } = writing;
  let messages: readonly ChatMessage[] = [
    { role: "system", text: system },
    { role: "user", text: "Write the text." },
  ];
  let usage = noUsage;
  let tries = 0;
  let why = "";
  try {
    while (tries < mostTries) {
      const label = `${seed}/try ${tries + 1}`;
      const answer = await phraser.complete({ messages, tools: [], seed: `${label}/phrase`, signal });
      tries += 1;
      usage = addUsage(usage, answer.usage);
      const text = answer.text.trim();
      const heard = await hearBounded(text, { ...writing, seed: `${label}/hear` });
      usage = addUsage(usage, heard.usage);
      if (heard.status === "right") return { status: "heard", text, heardBy: heard.heardBy, tries, usage };
      const shown = text.slice(0, longestShown) || "(nothing)";
      const said = { role: "assistant", text: shown, calls: [] } as const;
      messages = [...messages, said, refusal(heard.wrong)];
      why = `none of ${tries} texts of ${phraser.spec} says what the user wants; wrong in the last: ${heard.wrong.join("; ")}`;
    }
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return {
      status: "unheard",
      trouble: "unanswered",
      why: error.message.slice(0, longestWhy),
      tries,
      usage,
    };
  }
  return { status: "unheard", trouble: "misheard", why: why.slice(0, longestWhy), tries, usage };
}

async function hearBounded(text: string, writing: Writing): Promise<Heard> {
  const { longest = text.length } = writing;
  if (text.length <= longest) return hearPhrased(text, writing);
  const wrong = [`the text should have ${longest} characters at most and has ${text.length}`];
  return { status: "wrong", wrong, usage: noUsage };
}

function phraserPrompt({ user, domain }: Pick<Phrasing, "user" | "domain">): string {
  return fillSlots(readAsset("prompts/phrase.md"), {
    domain: domain.name,
    summary: domain.summary,
    facts: factsOf(user, domain),
    manner: mannerOf(user),
  });
}

/** All that a user wants, said plainly, as data for a prompt. */
export const factsOf = (user: UserScript, domain: Domain): string =>
  fenceAs("facts", writeInstruction({ ...user, requests: user.requests.map(inFirstForm) }, domain));

/** How a user talks, as data for a prompt. */
export function mannerOf({ persona, aside }: UserScript): string {
  const opening = aside === undefined ? [] : [`You open with something like this: ${aside}`];
  return fenceAs("manner", [persona || "You are matter-of-fact and polite.", ...opening].join("\n"));
}

function inFirstForm({ request, otherwise }: ScriptedRequest): ScriptedRequest {
  return otherwise === undefined
    ? { request, form: 0 }
    : { request, form: 0, otherwise: inFirstForm(otherwise) };
}

function refusal(wrong: readonly string[]): ChatMessage {
  const lines = wrong.map((line) => `- ${line}`).join("\n");
  return {
    role: "user",
    text: `That text cannot be used, for what is heard in it is not what the facts say:\n${lines}\n\nWrite the whole text again with this put right, and nothing else.`,
  };
}
