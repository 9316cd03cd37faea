import { fillSlots, readAsset } from "../assets.ts";
import type { ChatMessage, ChatModel } from "../models/chat.ts";
import { ModelError } from "../models/chat.ts";
import type { Task } from "../tasks/task.ts";
import type { User, UserTurn } from "./user.ts";

/** A user played by a model: it reads the instruction and the conversation, and ends it with one of three marks. */
export function createModelUser(task: Task, model: ChatModel, seed: string): User {
  const system = fillSlots(readAsset("prompts/user.md"), {
    instruction: task.instruction,
    persona: task.user.persona || "You are matter-of-fact and polite.",
  });
  return {
    fingerprint: model.fingerprint,
    reply: async ({ messages }, signal) => {
      try {
        const answer = await model.complete({
          messages: [{ role: "system", text: system }, ...messages.flatMap(fromTheOtherSide)],
          tools: [],
          seed,
          signal,
        });
        return { ...turnOf(answer.text), usage: answer.usage };
      } catch (error) {
        if (error instanceof ModelError)
          return { turn: "broken", why: `the user model failed: ${error.message}`, usage: null };
        throw error;
      }
    },
  };
}

/** The conversation as the customer sees it: words only, the parts swapped. */
function fromTheOtherSide(message: ChatMessage): readonly ChatMessage[] {
  if (message.role === "user") return [{ role: "assistant", text: message.text, calls: [] }];
  if (message.role === "assistant" && message.text.trim() !== "")
    return [{ role: "user", text: message.text }];
  return [];
}

function turnOf(
  text: string,
):
  | Omit<Extract<UserTurn, { turn: "say" | "end" }>, "usage">
  | Omit<Extract<UserTurn, { turn: "broken" }>, "usage"> {
  if (text.includes("###OUT-OF-SCOPE###")) {
    return { turn: "broken", why: "the user model said that it lacks information to go on" };
  }
  if (text.includes("###STOP###") || text.includes("###TRANSFER###")) return { turn: "end", text };
  if (text.trim() === "") return { turn: "broken", why: "the user model answered nothing" };
  return { turn: "say", text };
}
