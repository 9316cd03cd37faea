import { canonical, type JsonObject } from "../core/json.ts";
import type { Rng } from "../core/rng.ts";
import { fillingOf, type Parameters } from "../dag/parameters.ts";
import { type Synthesis, type Synthesized, synthesize } from "../dag/synthesize.ts";
import type { Domain } from "../domains/domain.ts";
import type { Trial } from "../frontier/trial.ts";
import type { Staged } from "../rollout/attempt.ts";
import { causeName } from "../rollout/cause.ts";
import type { AnalysisNote } from "../store/records.ts";
import type { Screened } from "../store/trials.ts";
import { passGates } from "../tasks/gates.ts";
import { phraseTask } from "../tasks/phrase.ts";
import type { Rejection } from "../tasks/rejection.ts";
import type { Task } from "../tasks/task.ts";
import { phrasingModels } from "./rewording.ts";
import { registerTask, type Workbench } from "./workbench.ts";

/** Makes tasks around golden walks, words them, stores them, and reads back what the target did with them. */

export interface Constructed {
  readonly staged: Staged;
  readonly made: Synthesized;
  /** The parameters as they were met. */
  readonly parameters: Parameters;
  /** Who worded the instruction, in a few words. */
  readonly words: string;
}

/** What making a task came to; one that was made is stored. */
export type Outcome =
  | { readonly status: "made"; readonly constructed: Constructed; readonly rejections: number }
  | Exclude<Synthesis, { status: "made" }>;

export interface Constructing {
  readonly rng: Rng;
  readonly signal: AbortSignal;
  /** The vein that the parameters were proposed to follow. */
  readonly follows?: string | null;
  /** Why a task that was made is not wanted; null if it is. */
  refuses?(made: Synthesized): string | null;
  /** Streams of chance tried, each until it gives up; default 1. */
  readonly streams?: number;
}

/** Makes one task of parameters. Words are the phraser's if the session has one and it is heard right, else the offline ones. */
export async function construct(bench: Workbench, wished: Parameters, on: Constructing): Promise<Outcome> {
  const synthesis = synthesizeWanted(bench.domain, wished, on);
  if (synthesis.status !== "made") return synthesis;
  const { made, rejections } = synthesis;
  const { gated, words } = await worded(bench, made, on.signal);
  const { walk, distractors, enumerated, cells, seed, parameters } = made;
  const { follows = null } = on;
  const staged = registerTask(bench, gated, {
    hypothesis: null,
    origin: { by: "walk", seed, cells, filling: fillingOf(parameters), follows },
    construction: {
      parameters: parameters as unknown as JsonObject,
      walk: walk as unknown as JsonObject,
      distractors,
      enumerated,
      words,
    },
  });
  return {
    status: "made",
    constructed: { staged, made, parameters, words: wordsText(words) },
    rejections: rejections.length,
  };
}

/** The first task that is wanted. */
function synthesizeWanted(
  domain: Domain,
  wished: Parameters,
  { rng, refuses, streams = 1 }: Constructing,
): Synthesis {
  const rejections: Rejection[] = [];
  let [tries, why] = [0, ""];
  for (let i = 0; i < streams; i++) {
    const synthesis = synthesize(domain, wished, i === 0 ? rng : rng.fork(`again-${i}`));
    if (synthesis.status === "impossible") return synthesis;
    rejections.push(...synthesis.rejections);
    const refusal = synthesis.status === "none" ? synthesis.why : (refuses?.(synthesis.made) ?? null);
    if (synthesis.status === "made" && refusal === null) return { ...synthesis, rejections };
    tries += synthesis.status === "none" ? synthesis.tries : 1;
    why = refusal ?? "";
  }
  return { status: "none", tries, why, rejections };
}

const wordsText = ({ by, why }: JsonObject) => (why === undefined ? `${by}` : `${by} (${why})`);

async function worded(
  bench: Workbench,
  { gated, seed }: Synthesized,
  signal: AbortSignal,
): Promise<{ readonly gated: Synthesized["gated"]; readonly words: JsonObject }> {
  const { session, domain } = bench;
  const { task, gold } = gated;
  const models = phrasingModels(bench);
  if (session.phraser === undefined || models === null || gold === null)
    return { gated, words: { by: "offline" } };
  const known = phrasedBefore(bench, task, seed);
  if (known !== null) return known;
  const { phraser, listener, isAlone } = models;
  const phrased = await phraseTask({ domain, user: task.user, gold, phraser, listener, seed, signal });
  if (phrased.status === "offline") {
    // The model's own sentence may name an endpoint, which is nobody's business where tasks are exported.
    const why = phrased.tries === 0 ? "the phraser did not answer" : "no text was heard right";
    return { gated, words: { by: "offline", why, tries: phrased.tries } };
  }
  const again = passGates({ ...task, instruction: phrased.instruction }, domain);
  if (again.status === "rejected")
    return { gated, words: { by: "offline", why: "a gate rejected the text" } };
  const { heardBy, tries } = phrased;
  return {
    gated: again,
    words: { by: session.phraser, heard_by: heardBy, heard_by_itself: isAlone && heardBy !== "rule", tries },
  };
}

/** The words that a task of this seed was given before: nobody is asked twice, and a resumed harvest makes the same task. */
function phrasedBefore({ deps, session, domain }: Workbench, task: Task, seed: string) {
  for (const { key, origin } of deps.store.tasks({ session: session.id })) {
    if (origin.by !== "walk" || origin.seed !== seed) continue;
    const stored = deps.store.task(key, session.id);
    if (stored === null || stored.construction === null) continue;
    const again = passGates({ ...task, instruction: stored.task.instruction }, domain);
    if (again.status === "passed") return { gated: again, words: stored.construction.words };
  }
  return null;
}

/** How many rollouts show each cause in each request. */
export function causesIn(notes: readonly AnalysisNote[]): Trial["modes"] {
  const counts = new Map<string, Trial["modes"][number]>();
  for (const note of notes) {
    const cause = { key: causeName(note), request: note.request };
    const name = JSON.stringify(cause);
    counts.set(name, { ...cause, count: (counts.get(name)?.count ?? 0) + note.count });
  }
  return [...counts.values()].toSorted((a, b) => b.count - a.count);
}

/** Tasks that choosing looks back on at most: the newest so many. */
const lookBack = 600;

/**
 * What the target did with the session's tasks, in the order in which they were made, up to a place among its
 * evaluations. Where the order of a task's requests is not known, what goes wrong is laid to all of them.
 */
export function trialsOf(
  { deps, session }: Pick<Workbench, "deps" | "session">,
  upTo = Number.POSITIVE_INFINITY,
): readonly Trial[] {
  return deps.store.screened({ session: session.id, upTo, limit: lookBack }).map(trialOf);
}

const trialsBefore = new WeakMap<Screened, Trial>();

/** Remembered by identity. */
function trialOf(screened: Screened): Trial {
  const trial = trialsBefore.get(screened) ?? readTrial(screened);
  trialsBefore.set(screened, trial);
  return trial;
}

function readTrial({ cell, origin, notes, harvested, minimal, needs, ...counts }: Screened): Trial {
  const modes = causesIn(notes);
  const isMade = origin.by === "walk" || origin.by === "sampled";
  const cells = isMade ? origin.cells : undefined;
  const follows = (isMade ? origin.follows : null) ?? null;
  return {
    ...counts,
    cell,
    requests: cells ?? cell.requests,
    filling: origin.by === "walk" ? origin.filling : {},
    follows,
    isLook: isMade && follows === null,
    kept: harvested,
    // Certificates of before do not say what they need.
    minimal:
      minimal === null || needs === null
        ? null
        : {
            needs: needs.where,
            shows: needs.shows ?? null,
            perhaps: needs.perhaps,
            at: { cell: needs.request, around: { ...minimal.world, ...minimal.conversation } },
            beside: minimal.requests.filter((cell) => canonical(cell) !== canonical(needs.request)),
          },
    modes: cells === undefined ? modes.map((mode) => ({ ...mode, request: null })) : modes,
  };
}

/** What the target did with one task of the session; null if it was never screened. */
export function trialOn({ deps, session }: Workbench, task: string): Trial | null {
  const [screened] = deps.store.screened({ session: session.id, task, limit: 1 });
  return screened === undefined ? null : trialOf(screened);
}
