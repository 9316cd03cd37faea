import { z } from "zod";
import { fillSlots, readAsset } from "../assets.ts";
import { type ChatModel, ModelError } from "../models/chat.ts";
import { askForJson } from "../models/structured.ts";
import type { RubricVerdicts } from "./criteria.ts";
import type { Task } from "./task.ts";
import type { Message, Trajectory } from "./trajectory.ts";

/** Judges that vote on each objective; odd, so that there is a majority. */
const panel = 3;

const voteSchema = z.strictObject({ met: z.boolean(), why: z.string() });

/** What a panel made of a task's rubric: verdicts by majority, or why there are none. */
export type Judgement =
  | { readonly status: "judged"; readonly verdicts: RubricVerdicts }
  | { readonly status: "unjudged"; readonly why: string };

interface Judging {
  readonly task: Task;
  readonly trajectory: Trajectory;
  /** Null where no judge is configured. */
  readonly model: ChatModel | null;
  readonly seed: string;
  readonly signal: AbortSignal;
}

/** Has every rubric objective of a task judged by a panel of votes; a task without any costs nothing. */
export async function judgeRubric(judging: Judging): Promise<Judgement> {
  const objectives = judging.task.criteria.flatMap((criterion) =>
    criterion.type === "rubric" ? [criterion.objective] : [],
  );
  const verdicts = new Map<string, { met: boolean; why: string }>();
  if (objectives.length === 0) return { status: "judged", verdicts };
  if (judging.model === null)
    return { status: "unjudged", why: "the task has a rubric and no judge is configured" };
  for (const objective of objectives) {
    const votes = await Promise.all(
      Array.from({ length: panel }, (_, i) => vote(objective, i, judging.model as ChatModel, judging)),
    );
    const cast = votes.filter((one) => one !== null);
    if (cast.length < panel)
      return { status: "unjudged", why: "a judge failed to answer in the form asked for" };
    const met = cast.filter((one) => one.met).length;
    const holds = met * 2 > panel;
    const reason = cast.find((one) => one.met === holds)?.why ?? "";
    verdicts.set(objective, { met: holds, why: `${met} of ${panel} judges: ${reason}` });
  }
  return { status: "judged", verdicts };
}

async function vote(
  objective: string,
  index: number,
  model: ChatModel,
  on: Judging,
): Promise<z.infer<typeof voteSchema> | null> {
  try {
    const asked = await askForJson({
      model,
      system: readAsset("prompts/judge.md"),
      prompt: fillSlots(readAsset("prompts/judge-question.md"), {
        objective,
        transcript: on.trajectory.messages.map(transcriptLine).join("\n"),
      }),
      schema: voteSchema,
      seed: `${on.seed}/judge-${index}`,
      signal: on.signal,
    });
    return asked.status === "answered" ? asked.value : null;
  } catch (error) {
    if (error instanceof ModelError) return null;
    throw error;
  }
}

/** A message as one line of a transcript, which cannot end the fence around it. */
export function transcriptLine(message: Message): string {
  const calls =
    message.role === "assistant" ? message.calls.map((call) => `[calls ${call.name} ${call.arguments}]`) : [];
  return `${message.role}: ${[message.text, ...calls].join(" ").replaceAll("```", "'''")}`;
}
