import { z } from "zod";
import { defaultBudget } from "../core/budget.ts";
import { InputError } from "../core/errors.ts";
import type { Interval } from "../core/stats.ts";
import type { Domain } from "../domains/domain.ts";
import type { ChatModel } from "../models/chat.ts";
import { hardWindow, teachableWindow } from "../rollout/evaluate.ts";
import type { Session } from "../store/records.ts";
import { defaultDomain, namedDomain } from "./lookup.ts";
import { checkQuotas, quotasText } from "./quotas.ts";
import { type Deps, defineTool } from "./tool.ts";

/** The windows that have a name: the seed's, and one for tasks that still teach. */
export const windows: Readonly<Record<"hard" | "teachable", Interval>> = {
  hard: hardWindow,
  teachable: teachableWindow,
};

const defaults = {
  oracle: "sim:reference",
  user: "scripted",
  window: "hard",
  seed: "1",
  concurrency: 4,
} as const;

const spec = z.string().min(1).max(250);

const windowSchema = z.union([z.enum(["hard", "teachable"]), z.array(z.number().min(0).max(1)).length(2)], {
  error: 'expected "hard", "teachable" or two pass rates from 0 to 1 such as [0, 0.33]',
});

const input = z.strictObject({
  target: spec.describe("the model under test: sim:NAME (no key needed) or openai:MODEL"),
  domain: z
    .string()
    .min(1)
    .max(80)
    .optional()
    .describe("the kind of world; default the first that there is. describe_domain says what is in it"),
  oracle: spec
    .optional()
    .describe("the model that shows a task can be done; default sim:reference, the domain's own solver"),
  user: spec
    .optional()
    .describe("who plays the customer: scripted (default; exact and free) or a model as openai:MODEL"),
  world_actor: spec
    .optional()
    .describe("the model that writes worlds from descriptions; default none, worlds are sampled or yours"),
  phraser: spec
    .optional()
    .describe("the model that words tasks, as openai:MODEL; default none, the offline sentences"),
  embedder: spec
    .optional()
    .describe(
      "the embeddings model that compares what hypotheses say, as openai:MODEL; default none, their words are compared",
    ),
  window: windowSchema
    .optional()
    .describe("pass rates worth keeping: hard = 0–0.33 (default), teachable = 0.125–0.75, or [low, high]"),
  budget_rollouts: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe("rollouts of the target at most; default 200"),
  budget_tokens: z
    .int()
    .min(1)
    .max(1_000_000_000_000)
    .optional()
    .describe("tokens of all models together at most; default 20,000,000"),
  seed: z
    .union([z.string().min(1).max(64), z.int().min(0).max(1_000_000_000)])
    .optional()
    .describe('fixes all chance of Faultline and of simulated models; default "1"'),
  allow_simulated_oracle: z
    .boolean()
    .optional()
    .describe(
      "whether a simulated oracle may confirm a failure; default true only if the target is simulated too",
    ),
  concurrency: z.int().min(1).max(64).optional().describe("rollouts in flight at once; default 4"),
  quotas: z
    .strictObject({
      vein: z.number().gt(0).max(1).exactOptional(),
      new: z.number().min(0).max(0.9).exactOptional(),
      kinds: z.record(z.string(), z.int().min(0).max(10_000)).exactOptional(),
    })
    .optional()
    .describe(
      "vein: share of the harvest that one way to fail may fill; new: share of screening rollouts that looks where nobody asked, at least; kinds: harvested tasks at most by the kind of request they fail by",
    ),
});

const output = z.object({
  session_id: z.string(),
  domain: z.string(),
  target: z.string(),
  oracle: z.string(),
  user: z.string(),
  world_actor: z.string().optional(),
  phraser: z.string().optional(),
  embedder: z.string().optional(),
  window: z.object({ low: z.number(), high: z.number() }),
  budget: z.object({ rollouts: z.number(), tokens: z.number() }),
  seed: z.string(),
  allow_simulated_oracle: z.boolean(),
  concurrency: z.number(),
  quotas: z.unknown().optional(),
  notes: z.array(z.string()),
  next: z.string(),
});

type Input = z.infer<typeof input>;

function readWindow(given: Input["window"]): Interval {
  const chosen = given ?? defaults.window;
  if (typeof chosen === "string") return windows[chosen];
  const [low = 0, high = 1] = chosen;
  if (low < high) return { low, high };
  throw new InputError(
    `The window [${low}, ${high}] holds no pass rates: give the lower end first, as in [0, 0.33].`,
  );
}

/** Opens every model once, so that an unknown spec or a missing key is heard of now and not in a rollout. */
function openAll(deps: Deps, given: Input, domain: Domain): { target: ChatModel; oracle: ChatModel } {
  const target = deps.openModel(given.target, "target", domain);
  const oracle = deps.openModel(given.oracle ?? defaults.oracle, "oracle", domain);
  if (given.user !== undefined && given.user !== defaults.user) {
    if (deps.openModel(given.user, "user", domain).simulated) {
      throw new InputError(
        `The user cannot be ${given.user}, which plays agents only: leave user out for the scripted one, or name openai:MODEL.`,
      );
    }
  }
  if (given.world_actor !== undefined && deps.openModel(given.world_actor, "world-actor", domain).simulated) {
    throw new InputError(
      `The world_actor cannot be ${given.world_actor}, which writes no worlds: leave it out, or name openai:MODEL.`,
    );
  }
  if (given.phraser !== undefined && deps.openModel(given.phraser, "phraser", domain).simulated) {
    throw new InputError(
      `The phraser cannot be ${given.phraser}, which writes no words of its own: leave it out, or name openai:MODEL.`,
    );
  }
  if (given.embedder !== undefined) deps.openEmbedder(given.embedder);
  return { target, oracle };
}

function notesOn(
  session: Session,
  { target, oracle }: { target: ChatModel; oracle: ChatModel },
): readonly string[] {
  const notes: string[] = [];
  if (target.simulated) notes.push("The target is simulated: its figures say nothing about a real model.");
  if (target.simulated && session.user !== defaults.user) {
    notes.push(
      "A simulated target understands only the scripted user's sentences: with a model as user most rollouts will be unscored.",
    );
  }
  if (session.phraser !== undefined && session.user === defaults.user) {
    notes.push(
      "The scripted user says its own sentences: the phraser's words reach exports and model-played users.",
    );
  }
  if (oracle.simulated && !session.allowSimulatedOracle) {
    notes.push(
      "The oracle is simulated and may not confirm this target's failures: name a real oracle, or set allow_simulated_oracle.",
    );
  }
  if (session.target === session.oracle) {
    notes.push("Target and oracle are one model: it can hardly solve what it fails.");
  }
  return notes;
}

/** Opens a mining campaign. */
export const startSession = defineTool({
  name: "start_session",
  title: "Start a session",
  description:
    "Opens a mining session against one target model: domain, models, pass-rate window, budget and seed. Start here; every other call takes the session_id that it answers. Checks each model by opening it, and calls none.",
  input,
  output,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  run: async (deps, given) => {
    const domain = namedDomain(deps, given.domain ?? defaultDomain(deps));
    if (given.quotas !== undefined) checkQuotas(given.quotas, domain);
    const window = readWindow(given.window);
    const models = openAll(deps, given, domain);
    const session: Session = {
      id: deps.newId("session"),
      domain: domain.name,
      target: models.target.spec,
      oracle: models.oracle.spec,
      user: given.user ?? defaults.user,
      ...(given.world_actor === undefined ? {} : { worldActor: given.world_actor }),
      ...(given.phraser === undefined ? {} : { phraser: given.phraser }),
      ...(given.embedder === undefined ? {} : { embedder: given.embedder }),
      window,
      budget: {
        rollouts: given.budget_rollouts ?? defaultBudget.rollouts,
        tokens: given.budget_tokens ?? defaultBudget.tokens,
      },
      seed: String(given.seed ?? defaults.seed),
      allowSimulatedOracle: given.allow_simulated_oracle ?? models.target.simulated,
      concurrency: given.concurrency ?? defaults.concurrency,
      ...(given.quotas === undefined ? {} : { quotas: given.quotas }),
      createdAt: deps.now(),
    };
    deps.store.recordSession(session);
    return answer(session, notesOn(session, models));
  },
});

function answer(session: Session, notes: readonly string[]) {
  const next = `harvest with session_id "${session.id}" mines on its own; show_frontier, propose_hypothesis and generate_world go step by step`;
  const { id, worldActor, allowSimulatedOracle, createdAt: _, budget, window, ...rest } = session;
  const lines = [
    `Session ${id}: ${session.target} in ${session.domain}, oracle ${session.oracle}, user ${session.user}${worldActor === undefined ? "" : `, world-actor ${worldActor}`}${session.phraser === undefined ? "" : `, phraser ${session.phraser}`}${session.embedder === undefined ? "" : `, embedder ${session.embedder}`}.`,
    `Keeps pass rates from ${window.low} to ${window.high}; at most ${budget.rollouts} rollouts and ${budget.tokens} tokens; seed ${session.seed}, ${session.concurrency} rollouts at once; simulated oracle ${allowSimulatedOracle ? "may" : "may not"} confirm.`,
    ...quotasText(session),
    ...notes,
    `Next: ${next}.`,
  ];
  return {
    structured: {
      session_id: id,
      ...rest,
      ...(worldActor === undefined ? {} : { world_actor: worldActor }),
      window: { ...window },
      budget: { ...budget },
      allow_simulated_oracle: allowSimulatedOracle,
      notes: [...notes],
      next,
    },
    text: lines.join("\n"),
    links: [{ uri: `faultline://sessions/${id}/summary`, name: `Session ${id}` }],
  };
}
