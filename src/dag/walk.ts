import type { JsonObject } from "../core/json.ts";

/** A call of a golden trajectory. */
export interface CallNode {
  readonly type: "tool";
  readonly tool_id: string;
  /** What it is for: `reservation_lookup`, `flight_search`, `write`, `transfer`; a read that nothing needs is a `detour`. */
  readonly role: string;
  readonly state_changing: boolean;
  readonly arguments: JsonObject;
  /** Why it does not run, where an event gets in its way. */
  readonly refused?: string;
}

/** The choice made from what reads have offered, between a search and a write. */
export interface ChoiceNode {
  readonly type: "choice";
  /** What is chosen: "flight". */
  readonly of: string;
  /** How many options fitted. */
  readonly options: number;
  readonly taken: string;
  /** The options that lost, nearest first. */
  readonly lost: readonly string[];
}

/** A golden trajectory in the form of the released data set: one walk for each request, T nodes for calls, R nodes for choices. */
export interface Walk {
  readonly walks: readonly { readonly intent: string; readonly nodes: readonly string[] }[];
  readonly nodes: Readonly<Record<string, CallNode | ChoiceNode>>;
}
