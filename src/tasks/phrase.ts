import { fillSlots, readAsset } from "../assets.ts";
import { fenceAs } from "../core/fence.ts";
import type { Domain, ScriptedRequest } from "../domains/domain.ts";
import { type ChatMessage, type ChatModel, ModelError, noUsage, type Usage } from "../models/chat.ts";
import { addUsage } from "../models/ledger.ts";
import { type Hearing, hearPhrased } from "./hear-phrased.ts";
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

/**
 * Has a model write the user's side of a task in free words, and takes the text only if what is heard back is exactly
 * what the user wants and nothing that gold finds out is in it. Each refusal says what was heard wrong; after three,
 * or when a model fails, the offline wording stands. Usage is that of phraser and listener together.
 */
export async function phraseTask(phrasing: Phrasing): Promise<Phrased> {
  const { user, domain, phraser, seed, signal } = phrasing;
  let messages: readonly ChatMessage[] = [
    { role: "system", text: phraserPrompt(user, domain) },
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
      const instruction = answer.text.trim();
      const heard = await hearPhrased(instruction, { ...phrasing, seed: `${label}/hear` });
      usage = addUsage(usage, heard.usage);
      if (heard.status === "right") {
        return { status: "phrased", instruction, heardBy: heard.heardBy, tries, usage };
      }
      const said = { role: "assistant", text: instruction || "(nothing)", calls: [] } as const;
      messages = [...messages, said, refusal(heard.wrong)];
      why = `none of ${tries} texts of ${phraser.spec} says what the user wants; wrong in the last: ${heard.wrong.join("; ")}`;
    }
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    why = error.message;
  }
  return { status: "offline", why: why.slice(0, longestWhy), tries, usage };
}

function phraserPrompt(user: UserScript, domain: Domain): string {
  const plain = { ...user, requests: user.requests.map(inFirstForm) };
  const persona = user.persona || "You are matter-of-fact and polite.";
  const opening = user.aside === undefined ? [] : [`You open with something like this: ${user.aside}`];
  return fillSlots(readAsset("prompts/phrase.md"), {
    domain: domain.name,
    summary: domain.summary,
    facts: fenceAs("facts", writeInstruction(plain, domain)),
    manner: fenceAs("manner", [persona, ...opening].join("\n")),
  });
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
