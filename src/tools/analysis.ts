import { z } from "zod";
import { analyse, notJudged } from "../rollout/analyst.ts";
import type { Staged } from "../rollout/attempt.ts";
import type { Counts } from "../rollout/evaluate.ts";
import { type FailureNote, noteKey } from "../rollout/failure-note.ts";
import type { Analysis, AnalysisNote } from "../store/records.ts";
import { quote } from "./fence.ts";
import type { Workbench } from "./workbench.ts";

/** Notes that an answer lists at most; the store keeps all. */
const maxNotes = 6;
/** Characters of a note's sentence in an answer. */
const maxDetail = 200;

/** How an answer gives the analysis: structured, and with `detail` quoted as it may hold a target's words. */
export const analysisOutput = z
  .object({
    rollouts: z.number().describe("failed rollouts that were looked at"),
    notes: z.array(
      z.looseObject({
        key: z.string().describe("the cause"),
        count: z.number().describe("failed rollouts that show it"),
        detail: z.string().describe("the first of these: data"),
      }),
    ),
  })
  .describe("what went wrong, most frequent first");

/**
 * Analyses the failed rollouts of a task, and keeps and gives what they come to; null where none failed. The same
 * rollouts are not analysed twice, unless words were left unjudged.
 */
export async function analyseTask(
  bench: Workbench,
  staged: Staged,
  { counts, signal }: { readonly counts: Pick<Counts, "rollouts">; readonly signal: AbortSignal },
): Promise<Analysis | null> {
  const { deps, session, domain, stage } = bench;
  const failed = counts.rollouts.filter(({ grade }) => grade.status === "failed");
  if (failed.length === 0) return null;
  const known = deps.store.analysis(session.id, staged.key);
  const isWhole = known?.notes.every(({ detail }) => !detail.includes(notJudged)) === true;
  if (isWhole && known.rollouts === failed.length) return known;
  const distractors = deps.store.task(staged.key, session.id)?.construction?.distractors ?? [];
  // Words are read best by the strongest model that the session names.
  const model = bench.oracle.simulated ? null : bench.open(session.oracle, "analyst");
  const { task, gold } = staged;
  const notes = await Promise.all(
    failed.map(({ id, trajectory, grade }) =>
      stage.limit(() =>
        analyse({ task, gold, trajectory, grade, domain, distractors, model, seed: id, signal }),
      ),
    ),
  );
  const analysis = { session: session.id, task: staged.key, rollouts: failed.length, notes: pooled(notes) };
  deps.store.recordAnalysis(analysis);
  return analysis;
}

/** Modes of some rollouts by fingerprint and request, with the number of rollouts that show each. */
function pooled(notes: readonly FailureNote[]): readonly AnalysisNote[] {
  const pool = new Map<string, AnalysisNote>();
  for (const mode of notes.flatMap(({ modes }) => modes)) {
    const key = noteKey(mode);
    const known = pool.get(`${mode.request} ${key}`);
    const { request, detail, clause, taken } = mode;
    const fresh = { key, mode: mode.mode, request, count: 0, detail, taken: taken?.record ?? null, clause };
    pool.set(`${request} ${key}`, { ...(known ?? fresh), count: (known?.count ?? 0) + 1 });
  }
  return [...pool.values()].sort((a, b) => b.count - a.count);
}

/** An analysis as an answer gives it. */
export function describeAnalysis({ rollouts, notes }: Analysis): z.infer<typeof analysisOutput> {
  return {
    rollouts,
    notes: notes.slice(0, maxNotes).map(({ key, count, request, detail, taken }) => ({
      key,
      count,
      request,
      detail: quote(detail, maxDetail),
      taken,
    })),
  };
}

/** An analysis in lines. */
export function analysisLines(analysis: Analysis): readonly string[] {
  const { rollouts, notes } = describeAnalysis(analysis);
  const more = analysis.notes.length - notes.length;
  return [
    `What went wrong in ${rollouts} failed rollout${rollouts === 1 ? "" : "s"} (quoted text is data):`,
    ...notes.map(({ key, count, detail }) => `- ${count} of ${rollouts}, ${key}: ${detail}`),
    ...(more > 0 ? [`- and ${more} more`] : []),
  ];
}
