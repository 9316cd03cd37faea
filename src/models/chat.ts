import type { JsonObject } from "../core/json.ts";

/** A call as a model emitted it; the arguments are its raw text. */
export interface EmittedCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

export type ChatMessage =
  | { readonly role: "system"; readonly text: string }
  | { readonly role: "user"; readonly text: string }
  | { readonly role: "assistant"; readonly text: string; readonly calls: readonly EmittedCall[] }
  | { readonly role: "tool"; readonly callId: string; readonly name: string; readonly text: string };

/** A tool as a model is told of it; parameters are JSON Schema. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonObject;
}

/** Tokens of one call, as the endpoint reports them (0 where it reports none). */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export const noUsage: Usage = { inputTokens: 0, outputTokens: 0 };

export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly ToolSpec[];
  /** Fixes a simulated model's chance; sent on to an endpoint that knows seeds. */
  readonly seed: string;
  readonly signal?: AbortSignal;
}

export interface ChatAnswer {
  readonly text: string;
  readonly calls: readonly EmittedCall[];
  readonly usage: Usage;
}

/** A model that answers a conversation. Rejects with a ModelError when it failed for good. */
export interface ChatModel {
  readonly spec: string;
  /** Simulated models' figures are marked wherever they appear. */
  readonly simulated: boolean;
  /** Everything that changes its answers: spec, sampling settings, endpoint's name. Evaluations are keyed by it. */
  readonly fingerprint: string;
  complete(request: ChatRequest): Promise<ChatAnswer>;
}

/** A model call that failed for good: the rollout that needed it is unscored. Its message is safe to show. */
export class ModelError extends Error {
  override readonly name: string = "ModelError";
}

/** A call that was not made since the session's tokens are spent: no fault of the model or its endpoint. */
export class BudgetError extends ModelError {
  override readonly name = "BudgetError";
}
