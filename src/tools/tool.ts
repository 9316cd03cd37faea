import type { z } from "zod";
import type { JsonObject } from "../core/json.ts";
import type { Domain } from "../domains/domain.ts";
import type { ChatModel } from "../models/chat.ts";
import type { Role } from "../models/config.ts";
import type { Embedder } from "../models/embeddings.ts";
import type { Store } from "../store/store.ts";

/** All that a verb needs from outside: made once by the composition root and handed down. */
export interface Deps {
  readonly store: Store;
  readonly domains: readonly Domain[];
  /** Opens a model by its spec; an unknown spec, a missing key or an unknown fault file is an InputError. */
  openModel(spec: string, role: Role, domain: Domain): ChatModel;
  /** Opens an embeddings model by its spec; one that is simulated, a missing key or an unknown spec is an InputError. */
  openEmbedder(spec: string): Embedder;
  /** The simulated models that are registered, as specs with a line on each. */
  readonly simulatedModels: readonly { readonly spec: string; readonly summary: string }[];
  /** The time, ISO 8601 UTC with milliseconds. */
  now(): string;
  /** A new id with a prefix, unlike any other. */
  newId(prefix: string): string;
  /** The name of this process, as the owner of runs. */
  readonly owner: string;
  /** The folder that exports go below, each into a folder of its own. */
  readonly exportDir: string;
  /** The one folder below it that exports may go to, where the user has named it. */
  readonly exportFolder?: string;
  /** How long a call may take before it answers with a run id; 40,000 ms unless a test says otherwise. */
  readonly patienceMs: number;
}

/** How far a long piece of work has come. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly message: string;
}

/** What belongs to one call of a verb. */
export interface CallContext {
  readonly signal: AbortSignal;
  progress(update: Progress): void;
}

/** Something that an answer points to. */
export interface Link {
  readonly uri: string;
  readonly name: string;
}

/** A verb's answer: complete as text and as structured content alike, and naming the next useful call. */
export interface Answer {
  readonly structured: JsonObject;
  readonly text: string;
  readonly links?: readonly Link[];
}

/** One verb as a value: MCP, the command line and `harvest` are three ways to call it. */
export interface FaultlineTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  readonly annotations: {
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly idempotentHint: boolean;
    readonly openWorldHint: boolean;
  };
  run(deps: Deps, input: JsonObject, ctx: CallContext): Promise<Answer>;
}

/** A verb written for the type of its own input; the schema guarantees the type wherever a call comes in. */
export interface TypedTool<I, O> extends Omit<FaultlineTool, "input" | "output" | "run"> {
  readonly input: z.ZodObject & z.ZodType<I>;
  readonly output: z.ZodObject & z.ZodType<O>;
  run(
    deps: Deps,
    input: NoInfer<I>,
    ctx: CallContext,
  ): Promise<{ readonly structured: NoInfer<O>; readonly text: string; readonly links?: readonly Link[] }>;
}

/** Declares a verb and forgets the types of its input and output. */
export function defineTool<I, O>(tool: TypedTool<I, O>): FaultlineTool {
  return tool as unknown as FaultlineTool;
}
