import { z } from "zod";
import { fillSlots, readAsset } from "../assets.ts";
import { type ChatModel, ModelError } from "../models/chat.ts";
import { askForJson } from "../models/structured.ts";
import { transcriptLine } from "../tasks/judge.ts";
import { analyseFailure } from "./analyse.ts";
import {
  type FailureNote,
  type Mode,
  type ModeName,
  modeNames,
  modeOf,
  mostTellingFirst,
} from "./failure-note.ts";
import type { FailedRollout } from "./scene.ts";

/** A failed rollout, and who is asked where rules end. */
export interface Analysing extends FailedRollout {
  /** Null where no analyst is configured. */
  readonly model: ChatModel | null;
  readonly seed: string;
  readonly signal: AbortSignal;
}

/** Said where only words are at fault and nobody could judge them. */
export const notJudged = "not judged by words";

/** What can still be wrong where every record and every call is right. */
const wordModes: readonly ModeName[] = [
  "made_up_value",
  "wrong_amount",
  "never_refused",
  "clause_violated",
  "words_only",
];

/**
 * What went wrong in a failed rollout: by rule, and by the analyst model where only words are at fault or there is no
 * gold to hold the calls against. What rules decide is never put to a model. Without a usable answer of the model the
 * note stays as the rules made it, and says so.
 */
export async function analyse(analysing: Analysing): Promise<FailureNote> {
  const note = analyseFailure(analysing);
  const decided = note.modes.filter(({ mode }) => mode !== "words_only");
  const isDecided = analysing.gold !== null && decided.length > 0;
  if (analysing.grade.status !== "failed" || isDecided) return note;
  const named = analysing.model === null ? null : await askAnalyst(analysing, analysing.model, note);
  const modes = named === null ? note.modes.map(unjudged) : mostTellingFirst([...decided, named]);
  return { ...note, modes };
}

const unjudged = (mode: Mode): Mode =>
  mode.mode === "words_only" ? { ...mode, detail: `${mode.detail} (${notJudged})` } : mode;

async function askAnalyst(analysing: Analysing, model: ChatModel, note: FailureNote): Promise<Mode | null> {
  const { gold, trajectory, seed, signal } = analysing;
  const choices = gold === null ? modeNames : wordModes;
  const solutions = gold?.solutions ?? [];
  const schema = z.strictObject({
    mode: z.enum(choices),
    request: z
      .int()
      .min(0)
      .max(Math.max(0, solutions.length - 1))
      .nullable(),
    place: z
      .int()
      .min(0)
      .max(trajectory.messages.length - 1),
    why: z.string().min(1).max(400),
  });
  try {
    const asked = await askForJson({
      model,
      system: readAsset("prompts/analyst.md"),
      prompt: questionOf(analysing, choices, note),
      schema,
      seed: `${seed}/analyst`,
      signal,
    });
    if (asked.status === "failed") return null;
    const { mode, request, place, why } = asked.value;
    const kind = solutions[request ?? -1]?.request.kind ?? null;
    return modeOf({ mode, request: kind === null ? null : request, kind, place, detail: why });
  } catch (error) {
    if (error instanceof ModelError) return null;
    throw error;
  }
}

function questionOf(
  { gold, task, trajectory }: Analysing,
  modes: readonly ModeName[],
  note: FailureNote,
): string {
  const requests = (gold?.solutions ?? []).map(({ request, status, clauses }, i) => {
    const why = clauses.length === 0 ? "" : ` (${clauses.join(", ")})`;
    return `${i}. ${request.kind}: ${status}${why}`;
  });
  const unmet = note.modes.map(({ mode, detail }) => `${mode}: ${detail}`);
  return fillSlots(readAsset("prompts/analyst-question.md"), {
    modes: modes.join(", "),
    requests: fenced(requests.length === 0 ? ["none that are told apart"] : requests),
    instruction: fenced([task.instruction]),
    unmet: fenced(unmet),
    transcript: trajectory.messages.map((message, i) => `${i} ${transcriptLine(message)}`).join("\n"),
  });
}

const fenced = (lines: readonly string[]) => lines.join("\n").replaceAll("```", "'''");
