import type { CallStatus } from "../domains/environment.ts";
import type { EmittedCall, Usage } from "../models/chat.ts";

export type Message =
  | { readonly role: "user"; readonly text: string }
  | { readonly role: "assistant"; readonly text: string; readonly calls: readonly EmittedCall[] }
  | {
      readonly role: "tool";
      readonly callId: string;
      readonly name: string;
      readonly text: string;
      readonly status: CallStatus;
    };

/** How a conversation ended. Only the first two are graded on what the target did of its own accord. */
export type Ending = "user_done" | "transferred" | "turn_limit" | "error_limit" | "cancelled" | "broken";

/** The record of one attempt: every message in order; a call's place is the index of its message. */
export interface Trajectory {
  readonly messages: readonly Message[];
  readonly ending: Ending;
  /** Tokens of the target and of the user model. */
  readonly usage: { readonly target: Usage; readonly user: Usage };
}
