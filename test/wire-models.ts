import { hearRefusal } from "../src/domains/dialogue.ts";
import type { ChatMessage, ChatModel } from "../src/models/chat.ts";
import type { Reply, WireBody } from "./endpoint.ts";

/** A model behind the wire: what it answers to the body of a chat completion. */
export function onTheWire(model: ChatModel): (body: WireBody) => Promise<Reply> {
  return async (body) => {
    const messages = body.messages.map((message) => fromWire(message, body));
    const { text, calls } = await model.complete({ messages, tools: [], seed: String(body.seed) });
    return { text, ...(calls.length === 0 ? {} : { calls }) };
  };
}

function fromWire(message: WireBody["messages"][number], { messages }: WireBody): ChatMessage {
  const text = message.content ?? "";
  if (message.role === "tool") {
    const callId = message.tool_call_id ?? "";
    const all = messages.flatMap((other) => other.tool_calls ?? []);
    const name = all.find((call) => call.id === callId)?.function.name ?? "";
    return { role: "tool", callId, name, text };
  }
  if (message.role !== "assistant") return { role: message.role, text };
  const calls = (message.tool_calls ?? []).map(({ id, function: called }) => ({ id, ...called }));
  return { role: "assistant", text, calls };
}

/** A customer played behind the wire: says the opening, agrees to what is offered, and leaves once it is settled. */
export function customer(opening: string): (body: WireBody) => Reply {
  return ({ messages }) => {
    if (!messages.some((message) => message.role === "assistant")) return { text: opening };
    const heard = messages.at(-1)?.content ?? "";
    if (heard.includes("Shall I go ahead?")) return { text: "Yes, please go ahead." };
    const settled = heard.includes("anything else") || hearRefusal(heard) !== null;
    return { text: settled ? "###STOP###" : "Please go on." };
  };
}
