import { contentKey } from "../core/json.ts";
import type { Domain } from "../domains/domain.ts";
import type { ChatModel } from "../models/chat.ts";
import type { Grade } from "../tasks/grade.ts";
import { judgeRubric } from "../tasks/judge.ts";
import { gradeTrajectory } from "../tasks/reward.ts";
import type { Gold, Task } from "../tasks/task.ts";
import { type Conversed, converse } from "./converse.ts";
import type { Limits, RecordRollout, Rollout, RolloutSlot, Settings } from "./rollout.ts";
import { createScriptedUser } from "./user.ts";
import { createModelUser } from "./user-model.ts";

/** What all rollouts of a session share. */
export interface Stage {
  readonly domain: Domain;
  readonly session: string;
  /** The session's seed: the same seed gives the same rollouts in another session. */
  readonly seed: string;
  /** Null for the scripted user. */
  readonly user: ChatModel | null;
  readonly judge: ChatModel | null;
  readonly limits: Limits;
  readonly records: RecordRollout;
  /** Runs work when there is a free place: the session's concurrency. */
  limit<T>(work: () => Promise<T>): Promise<T>;
  /** Takes one rollout of the target from the budget; false when none is left. */
  take(role: RolloutSlot["role"]): boolean;
  /** Tokens left in the session's budget. */
  tokensLeft(): number;
}

/** A task with what stands beside it, as rollouts need it. */
export interface Staged {
  readonly key: string;
  readonly task: Task;
  readonly gold: Gold | null;
}

/** One rollout to be had. */
export interface Attempt {
  readonly staged: Staged;
  readonly model: ChatModel;
  readonly role: RolloutSlot["role"];
  readonly index: number;
  readonly signal: AbortSignal;
}

/** The settings under which a model's rollouts on a stage may be pooled. */
export function settingsOf(stage: Stage, model: ChatModel): Settings {
  return { model: model.fingerprint, user: stage.user?.fingerprint ?? "scripted", limits: stage.limits };
}

/** A rollout that broke is tried again at the same index this many times before it stays unscored. */
const retries = 2;

/**
 * The rollout of a slot: the recorded one where there is one, else it is run, graded and recorded the moment it
 * ends. Null when the budget of rollouts or tokens is spent or the work was cancelled.
 */
export async function attempt(
  stage: Stage,
  { staged, model, role, index, signal }: Attempt,
): Promise<Rollout | null> {
  const slot: RolloutSlot = {
    session: stage.session,
    task: staged.key,
    role,
    settings: settingsOf(stage, model),
    index,
  };
  const known = stage.records.find(slot);
  if (known !== null) return known;
  let rollout: Rollout | null = null;
  for (let tries = 0; tries <= retries; tries++) {
    const played = await stage.limit(async () => {
      if (signal.aborted || stage.tokensLeft() === 0 || !stage.take(role)) return null;
      return play(stage, { staged, model, role, index, signal }, slot);
    });
    if (played === null) return null;
    // What broke now broke for the budget or the cancellation, and says nothing of the model.
    const isCut = signal.aborted || stage.tokensLeft() === 0;
    if (isCut && played.grade.status === "unscored") return null;
    rollout = played;
    stage.records.record(rollout);
    if (rollout.grade.status !== "unscored") return rollout;
  }
  return rollout;
}

async function play(
  stage: Stage,
  { staged, model, index, signal }: Attempt,
  slot: RolloutSlot,
): Promise<Rollout> {
  const { task, key } = staged;
  const seed = contentKey([stage.seed, key, index]);
  const user =
    stage.user === null
      ? createScriptedUser(task, stage.domain)
      : createModelUser(task, stage.user, `${seed}/user`);
  const talked = await converse({
    domain: stage.domain,
    task,
    target: model,
    user,
    seed,
    limits: stage.limits,
    signal,
  });
  return {
    id: contentKey(slot),
    slot,
    simulated: model.simulated,
    trajectory: talked.trajectory,
    grade: await gradeTalk(stage, staged, { talked, seed, signal }),
  };
}

interface Talked {
  readonly talked: Conversed;
  readonly seed: string;
  readonly signal: AbortSignal;
}

async function gradeTalk(
  stage: Stage,
  { task, gold }: Staged,
  { talked, seed, signal }: Talked,
): Promise<Grade> {
  const { trajectory, broken } = talked;
  if (broken !== null) return { status: "unscored", ...broken };
  const judged = await judgeRubric({ task, trajectory, model: stage.judge, seed, signal });
  if (judged.status === "unjudged") return { status: "unscored", blame: "judge", why: judged.why };
  return gradeTrajectory({ task, domain: stage.domain, trajectory, gold, rubric: judged.verdicts });
}
