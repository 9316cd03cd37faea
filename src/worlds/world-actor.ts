import { z } from "zod";
import { fillSlots, readAsset } from "../assets.ts";
import { InputError } from "../core/errors.ts";
import { fenceAs } from "../core/fence.ts";
import type { JsonObject } from "../core/json.ts";
import { createRng, type Rng } from "../core/rng.ts";
import { type Domain, type ScriptedRequest, stateOf, type World } from "../domains/domain.ts";
import type { ChatModel, Usage } from "../models/chat.ts";
import { askForJson } from "../models/structured.ts";
import {
  kindLines,
  schemaLine,
  type WrittenRequest,
  withoutForm,
  writtenRequestSchema,
} from "../tasks/written-request.ts";

export interface WorldWish {
  readonly domain: Domain;
  /** What the world and its user should be like, in anybody's words: data, never instructions to the model. */
  readonly description: string;
  /** The policy under which the task is played. */
  readonly policy: string;
  readonly model: ChatModel;
  readonly seed: string;
  /** Answers to ask for at most, the first one included; 4 unless given. */
  readonly tries?: number;
  readonly signal?: AbortSignal;
}

export type WorldOutcome =
  | {
      readonly status: "written";
      readonly world: World;
      readonly identity: JsonObject;
      readonly requests: readonly ScriptedRequest[];
      /** The user's side in words, if the model wrote it. */
      readonly instruction?: string;
      readonly usage: Usage;
      readonly tries: number;
    }
  | { readonly status: "failed"; readonly why: string; readonly usage: Usage; readonly tries: number };

const longestDescription = 8_000;
const mostRequests = 5;

/**
 * Has a model write a world, its user and the user's requests from a description. What comes back fits the
 * domain's schemas, is free of the faults that `domain.checkWorld` knows, and its user exists; until then every
 * fault goes back to the model by path, with what would be right. Rejects with an InputError for a description
 * that is empty or over 8,000 characters, and with the model's ModelError.
 */
export async function writeWorld(wish: WorldWish): Promise<WorldOutcome> {
  const { domain, description, model, seed, tries = 4, signal } = wish;
  const length = description.trim().length;
  if (length === 0 || length > longestDescription) {
    throw new InputError(
      `A world's description should have 1 to ${longestDescription} characters, got ${length}: write one or shorten it.`,
    );
  }
  const rng = createRng(seed);
  const outcome = await askForJson({
    model,
    system: systemPrompt(domain, wish.policy, rng),
    prompt: `Write the world for the description between the marks.\n\n${fenceAs("description", description)}`,
    schema: writtenSchema(domain),
    seed,
    tries,
    ...(signal === undefined ? {} : { signal }),
  });
  if (outcome.status === "failed") return outcome;
  const { world, identity, requests, instruction } = outcome.value;
  return {
    status: "written",
    world,
    identity,
    requests: requests.map((written, i) => scripted(written, domain, rng.fork(`form ${i}`))),
    ...(instruction === undefined ? {} : { instruction }),
    usage: outcome.usage,
    tries: outcome.tries,
  };
}

/** Which of its wordings a request is said in is left to chance. */
function scripted(written: WrittenRequest, domain: Domain, rng: Rng): ScriptedRequest {
  const kind = domain.requests.find((other) => other.kind === written.request.kind);
  const form = rng.int(0, Math.max(0, (kind?.forms ?? 1) - 1));
  const { request, otherwise } = written;
  if (otherwise === undefined) return { request, form };
  return { request, form, otherwise: scripted(otherwise, domain, rng.fork("otherwise")) };
}

function systemPrompt(domain: Domain, policy: string, rng: Rng): string {
  const example = domain.sampleScenario({ requests: [{}], noise: 0, distractors: 0 }, rng.fork("example"));
  return fillSlots(readAsset("prompts/world-actor.md"), {
    domain: domain.name,
    summary: domain.summary,
    policy,
    worldSchema: schemaLine(domain.worldSchema),
    identitySchema: schemaLine(domain.identity.schema),
    requestKinds: domain.requests.map(kindLines).join("\n"),
    mostRequests: String(mostRequests),
    example:
      example === null
        ? "(none)"
        : JSON.stringify({ ...example, requests: example.requests.map(withoutForm) }),
  });
}

/** All that a written world must be; the domain's own checks run once the form is right. */
function writtenSchema(domain: Domain) {
  return z
    .strictObject({
      world: domain.worldSchema,
      identity: domain.identity.schema,
      requests: z.array(writtenRequestSchema(domain)).min(1).max(mostRequests),
      instruction: z.string().min(1).max(4_000).optional(),
    })
    .superRefine(({ world, identity }, context) => {
      for (const { path, wrong, repair } of domain.checkWorld(world)) {
        context.addIssue({
          code: "custom",
          path: ["world", ...steps(path)],
          message: `${wrong} → ${repair}`,
        });
      }
      if (!domain.identity.known(identity, stateOf(world))) {
        const message = "names nobody in the world → name a user who has a record in the world";
        context.addIssue({ code: "custom", path: ["identity"], message });
      }
    });
}

/** The steps of a JSON Pointer. */
function steps(pointer: string): readonly string[] {
  const parts = pointer.split("/").filter((step) => step !== "");
  return parts.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}
