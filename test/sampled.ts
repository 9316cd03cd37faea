import { createReference } from "../src/agents/reference.ts";
import { createSimulated } from "../src/agents/simulated.ts";
import { contentKey } from "../src/core/json.ts";
import { createRng, type Rng } from "../src/core/rng.ts";
import { airline } from "../src/domains/airline/airline.ts";
import type { Domain, Region, ScriptedRequest, World } from "../src/domains/domain.ts";
import type { Scenario, ScenarioWish } from "../src/domains/scenario.ts";
import type { ChatModel } from "../src/models/chat.ts";
import type { Stage } from "../src/rollout/attempt.ts";
import { type Conversed, converse } from "../src/rollout/converse.ts";
import { defaultLimits, type Limits, type Rollout } from "../src/rollout/rollout.ts";
import { createScriptedUser } from "../src/rollout/user.ts";
import { composeTask } from "../src/tasks/compose.ts";
import { type Gated, passGates } from "../src/tasks/gates.ts";
import type { Grade } from "../src/tasks/grade.ts";
import { gradeTrajectory } from "../src/tasks/reward.ts";
import { type Gold, type Schedule, schedules, type Task } from "../src/tasks/task.ts";

/** The airline's own agent, which makes no mistakes. */
export const reference = createReference(airline);

/** A task with its gold, and whether it passed the gates. */
export type Passed = Extract<Gated, { status: "passed" }>;

/** A task of any kind, or "none" where no scenario was found: 1–3 requests, noise, distractors, any schedule. */
export function sampleAny(seed: string): Gated | "none" {
  const rng = createRng(seed);
  const requests = Array.from({ length: rng.pick([1, 1, 2, 3]) }, () => ({}));
  const wish = { requests, noise: rng.int(0, 2), distractors: rng.int(0, 3) };
  const scenario = airline.sampleScenario(wish, rng.fork("scenario"));
  if (scenario === null) return "none";
  const user = { identity: scenario.identity, persona: "", schedule: rng.pick(schedules) };
  const parts = { world: scenario.world, user: { ...user, requests: scenario.requests } };
  return passGates(composeTask(airline, parts).task, airline);
}

/** A scenario with one request in each region; throws where there is none. */
export function sampled(
  requests: readonly Region[],
  rng: Rng,
  full: Pick<ScenarioWish, "noise" | "distractors" | "world"> = { noise: 0, distractors: 0 },
): Scenario {
  const scenario = airline.sampleScenario({ requests, ...full }, rng);
  if (scenario === null) throw new Error(`no scenario for ${JSON.stringify(requests)}`);
  return scenario;
}

/** The region of a cancellation that is granted. */
export const cancelled = { kind: "cancel", clause: "none", reference: "id", ground: "business" };

/** How a sampled task is to be, where it matters. */
export interface Like extends Partial<Pick<ScenarioWish, "noise" | "distractors" | "world">> {
  readonly schedule?: Schedule;
}

/** A sound task with one request in each region; throws where there is none. */
export function sampleTask(seed: string, regions: readonly Region[], like: Like = {}): Passed {
  const { noise = 0, distractors = 0, schedule = "together", world = {} } = like;
  const scenario = sampled(regions, createRng(seed), { noise, distractors, world });
  return gatedTask(scenario.world, { ...scenario, schedule });
}

/** The sound task of a world and its user's requests; throws where a gate rejects it. */
export function gatedTask(
  world: World,
  user: Pick<Task["user"], "identity" | "schedule"> & { readonly requests: readonly ScriptedRequest[] },
): Passed {
  const { identity, schedule, requests } = user;
  const parts = { world, user: { identity, persona: "", schedule, requests } };
  const gated = passGates(composeTask(airline, parts).task, airline);
  if (gated.status === "rejected") throw new Error(JSON.stringify(gated.rejections));
  return gated;
}

/** A conversation about a task, and its grade. */
export interface Played extends Conversed {
  readonly grade: Grade;
}

export interface Playing {
  readonly domain?: Domain;
  /** The domain's own agent if absent. */
  readonly target?: ChatModel;
  readonly seed?: string;
  readonly limits?: Limits;
  readonly signal?: AbortSignal;
}

/** Holds one conversation of a target with the scripted user, and grades it. */
export async function play(
  { task, gold }: { readonly task: Task; readonly gold: Gold | null },
  {
    domain = airline,
    target = domain === airline ? reference : createReference(domain),
    seed = "0",
    limits = defaultLimits,
    signal = new AbortController().signal,
  }: Playing = {},
): Promise<Played> {
  const user = createScriptedUser(task, domain);
  const talked = await converse({ domain, task, target, user, seed, limits, signal });
  const { trajectory } = talked;
  const grade = gradeTrajectory({ task, domain, trajectory, gold, rubric: new Map() });
  return { ...talked, grade };
}

/** A target that hands over to a human with some probability. */
export const careless = (probability: number) => {
  const fault = { id: "f", when: {}, fault: "transfer" as const, clause: null, probability };
  return createSimulated({ name: "careless", summary: "", faults: [fault] }, airline);
};

/** A stage whose records are kept in memory; scored ones only are found again. */
export function stageOf(seed: string, change: Partial<Stage> = {}) {
  const recorded: Rollout[] = [];
  const stage: Stage = {
    ...{ domain: airline, session: "s", seed, user: null, judge: null, limits: defaultLimits },
    records: {
      find: (slot) =>
        recorded.find(({ id, grade }) => id === contentKey(slot) && grade.status !== "unscored") ?? null,
      record: (rollout) => void recorded.push(rollout),
    },
    limit: (work) => work(),
    take: () => true,
    tokensLeft: () => 1,
    ...change,
  };
  return { stage, recorded };
}
