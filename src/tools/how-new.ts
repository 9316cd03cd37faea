import { z } from "zod";
import type { Domain } from "../domains/domain.ts";
import { isOrdered } from "../frontier/distance.ts";
import type { Hypothesis } from "../frontier/hypothesis.ts";
import { byWords, type Comparing, type Neighbour, nearest, noveltyOf } from "../frontier/novelty.ts";
import { mainMode, type Trial } from "../frontier/trial.ts";
import { type Failing, shareOf, type VeinShare, veinIn } from "../frontier/vein-share.ts";
import type { WeightOf } from "../frontier/words.ts";
import { ModelError } from "../models/chat.ts";
import { vectorLikeness } from "../models/embeddings.ts";
import { totalTokens } from "../models/ledger.ts";
import type { Session } from "../store/records.ts";
import { quote } from "./fence.ts";
import type { CallContext, Deps } from "./tool.ts";

/** Earlier hypotheses that are compared one by one, of those found by words and as many by region. */
const candidates = { words: 50, embedding: 200 } as const;
/** Characters of a cause in an answer. */
const maxCause = 120;

/** What is said of how new a hypothesis is. */
export const noveltyOutput = {
  novelty: z
    .number()
    .describe("0 for a rewording, else 1 minus the similarity of the nearest earlier hypothesis"),
  compared_by: z.enum(["words", "embedding"]).describe("how the statements were compared"),
  compared_note: z.string().optional().describe("why words were compared though the session has an embedder"),
  nearest: z.array(
    z.object({
      hypothesis_id: z.string(),
      statement: z.string(),
      similarity: z.number().describe("mean of region and said"),
      region: z
        .number()
        .describe("nearness of the regions: 1 the same, falling to 0 with their distance on the axes"),
      said: z.number().describe("likeness of the statements, 0–1"),
      near_by: z.enum(["region", "words", "embedding", "region and words", "region and embedding"]),
      is_rewording: z.boolean(),
    }),
  ),
  is_rewording: z.boolean().describe("true if the same failures would disprove it and an earlier one"),
  vein: z
    .object({
      cause: z.string().describe("the most frequent cause of failures inside its region"),
      failures: z.number().describe("failures there that show it"),
      of: z.number().describe("failures there"),
      confirmed: z.number().describe("confirmed failures of the session that show it"),
      confirmed_of: z.number(),
      share: z.number().describe("confirmed by confirmed_of"),
    })
    .nullable()
    .describe("the way to fail that it follows; null where nothing failed inside its region"),
};

export interface HowNew {
  readonly near: readonly Neighbour[];
  readonly novelty: number;
  readonly isRewording: boolean;
  readonly reading: Comparing["reading"];
  readonly note: string | null;
  readonly vein: VeinShare | null;
}

export interface Asking {
  readonly session: Session;
  readonly domain: Domain;
  readonly failures: readonly Failing[];
  readonly ctx: Pick<CallContext, "signal">;
}

/** The failures that a vein is looked for among: what tells most of each trial, at the request that it blames. */
export function failingOf(trials: readonly Trial[]): readonly Failing[] {
  return trials.flatMap((trial): readonly Failing[] => {
    const main = mainMode(trial);
    if (main === null) return [];
    const blamed = main.request === null ? undefined : trial.requests[main.request];
    const cell = blamed === undefined ? trial.cell : { ...trial.cell, requests: [blamed] };
    return [{ cell, cause: main.key, confirmed: trial.confirmed }];
  });
}

/** Compares a hypothesis with all earlier ones of its session; it may be recorded already. */
export async function howNew(deps: Deps, hypothesis: Hypothesis, asking: Asking): Promise<HowNew> {
  const { session, domain, failures } = asking;
  const { hypotheses: earlier, weight } = deps.store.likely({
    session: session.id,
    claim: hypothesis,
    besides: nextTo(hypothesis, domain),
    limit: session.embedder === undefined ? candidates.words : candidates.embedding,
  });
  const { comparing, note } = await compareBy(deps, hypothesis, { ...asking, earlier, weight });
  const near = nearest(hypothesis, earlier, comparing);
  return {
    near,
    novelty: noveltyOf(near),
    isRewording: near.some(({ isRewording }) => isRewording),
    reading: comparing.reading,
    note,
    vein: veinIn(hypothesis.where, failures, domain),
  };
}

/** The values one step from a region's own on axes that have an order: hypotheses about these are near, too. */
function nextTo({ where }: Hypothesis, { axes }: Domain): readonly (readonly [string, string | number])[] {
  return Object.entries(where).flatMap(([name, condition]) => {
    const axis = axes.find((known) => known.name === name);
    if (axis === undefined || !isOrdered(axis) || typeof condition === "object") return [];
    const rank = axis.values.indexOf(condition as number);
    return [axis.values[rank - 1], axis.values[rank + 1]].flatMap((value) =>
      value === undefined ? [] : [[name, value] as const],
    );
  });
}

interface Among extends Asking {
  readonly earlier: readonly Hypothesis[];
  readonly weight: WeightOf;
}

interface Compared {
  readonly comparing: Comparing;
  /** Why words are compared though vectors were asked for. */
  readonly note: string | null;
}

/** By the session's embedder where it has one that answers, else by words. */
async function compareBy(deps: Deps, { statement }: Hypothesis, among: Among): Promise<Compared> {
  const { session, domain, earlier, weight } = among;
  const words = byWords(statement, weight, domain);
  if (session.embedder === undefined || earlier.length === 0) return { comparing: words, note: null };
  try {
    const vectors = await vectorsOf(deps, [statement, ...earlier.map((one) => one.statement)], among);
    const own = vectors.get(statement) ?? new Float32Array();
    const likeness = (other: string) => vectorLikeness(own, vectors.get(other) ?? new Float32Array());
    return { comparing: { domain, reading: "embedding", likeness }, note: null };
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return { comparing: words, note: `Words were compared, since the embedder failed: ${error.message}` };
  }
}

/** The vectors of some texts, those that are kept and those that are asked for now; tokens are charged to the session. */
async function vectorsOf(
  { store, openEmbedder }: Deps,
  statements: readonly string[],
  { session, ctx }: Among,
): Promise<ReadonlyMap<string, Float32Array>> {
  const embedder = openEmbedder(session.embedder ?? "");
  const texts = [...new Set(statements)];
  const kept = store.vectors(embedder.fingerprint, texts);
  const missing = texts.filter((_, i) => kept[i] === undefined);
  if (missing.length > 0) {
    if (totalTokens(store.spending(session.id).tokens) >= session.budget.tokens) {
      throw new ModelError("the session's tokens are spent: start_session with a larger budget_tokens.");
    }
    const { vectors, usage } = await embedder.embed(missing, ctx.signal);
    store.chargeTokens(session.id, "embedder", usage);
    store.keepVectors(embedder.fingerprint, missing, vectors);
  }
  const all = store.vectors(embedder.fingerprint, texts);
  return new Map(texts.map((text, i) => [text, all[i] ?? new Float32Array()]));
}

const rounded = (x: number) => Math.round(x * 100) / 100;

/** How new it is, as an answer gives it. */
export function noveltyAnswer({ near, novelty, isRewording, reading, note, vein }: HowNew) {
  return {
    novelty: rounded(novelty),
    compared_by: reading,
    ...(note === null ? {} : { compared_note: note }),
    nearest: near.map((one) => ({
      hypothesis_id: one.id,
      statement: one.statement,
      similarity: rounded(one.similarity),
      region: rounded(one.region),
      said: rounded(one.said),
      near_by: one.nearBy,
      is_rewording: one.isRewording,
    })),
    is_rewording: isRewording,
    vein:
      vein === null
        ? null
        : {
            cause: quote(vein.cause, maxCause),
            failures: vein.here,
            of: vein.of,
            confirmed: vein.confirmed,
            confirmed_of: vein.confirmedOf,
            share: rounded(shareOf(vein)),
          },
  };
}

/** How new it is, in lines. */
export function noveltyLines({ near, novelty, note, vein }: HowNew): readonly string[] {
  const again = near.find(({ isRewording }) => isRewording);
  const verdict =
    again === undefined
      ? ""
      : `: a rewording of ${again.id}, which the same failures disprove; better choose another`;
  return [
    `Novelty ${novelty.toFixed(2)}${verdict}.`,
    ...(note === null ? [] : [note]),
    ...near.map(
      (other) => `  ${other.similarity.toFixed(2)} ${other.id} (near by ${other.nearBy}): ${other.statement}`,
    ),
    vein === null
      ? "Vein: nothing has failed inside its region yet."
      : `Vein: ${quote(vein.cause, maxCause)}, in ${vein.here} of ${vein.of} failures inside its region; it gave ${vein.confirmed} of the session's ${vein.confirmedOf} confirmed failures.`,
  ];
}
