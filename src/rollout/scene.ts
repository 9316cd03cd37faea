import { canonical } from "../core/json.ts";
import { hearOffer, hearRequests, isConfirmation } from "../domains/dialogue.ts";
import type { Call, Domain } from "../domains/domain.ts";
import type { Distractor } from "../domains/scenario.ts";
import { says } from "../tasks/criteria.ts";
import type { Grade } from "../tasks/grade.ts";
import type { Gold, Solution, Task } from "../tasks/task.ts";
import { type Trace, traceTrajectory } from "../tasks/trace.ts";
import type { Message, Trajectory } from "../tasks/trajectory.ts";
import { type Refusal, refusalsIn } from "./refusals.ts";

/** A failed rollout, and what it is held against. */
export interface FailedRollout {
  readonly task: Task;
  /** Null for a task without requests. */
  readonly gold: Gold | null;
  readonly trajectory: Trajectory;
  readonly grade: Grade;
  readonly domain: Domain;
  /** What the task's world holds to be mistaken for the right records. */
  readonly distractors: readonly Distractor[];
}

/** A call that the target proposed to the user in the domain's own words. */
export interface Offer {
  readonly call: Call;
  readonly place: number;
  readonly confirmed: boolean;
}

/** A failed rollout run again: everything that the rules of the analysis look at. */
export interface Scene extends FailedRollout {
  readonly trace: Trace;
  readonly solutions: readonly Solution[];
  readonly offers: readonly Offer[];
  /** True for the solutions whose requests the user brought up, as far as that can be told. */
  readonly raised: readonly boolean[];
  /** The messages in which the user said requests, and the solutions of these. */
  readonly said: readonly { readonly place: number; readonly requests: readonly number[] }[];
  readonly refusals: readonly Refusal[];
}

export function sceneOf(failed: FailedRollout): Scene {
  const { task, trajectory, domain, gold } = failed;
  const solutions = gold?.solutions ?? [];
  const scene = {
    ...failed,
    trace: traceTrajectory(task, trajectory, domain),
    solutions,
    offers: offersIn(trajectory.messages),
    ...saidIn(solutions, trajectory.messages, domain),
  };
  return { ...scene, refusals: refusalsIn(scene) };
}

function offersIn(messages: readonly Message[]): readonly Offer[] {
  return messages.flatMap((message, place) => {
    if (message.role !== "assistant") return [];
    const next = messages[place + 1];
    const confirmed = next?.role === "user" && isConfirmation(next.text);
    return (hearOffer(message.text) ?? []).map((call) => ({ call, place, confirmed }));
  });
}

/** A user who speaks freely is taken to have said everything: only the house's sentences can be told apart. */
function saidIn(
  solutions: readonly Solution[],
  messages: readonly Message[],
  domain: Domain,
): Pick<Scene, "raised" | "said"> {
  const said = messages.flatMap(({ role, text }, place) => {
    const heard = new Set(role === "user" ? hearRequests(text, domain).map(canonical) : []);
    const requests = solutions.flatMap(({ request }, i) => (heard.has(canonical(request)) ? [i] : []));
    return requests.length === 0 ? [] : [{ place, requests }];
  });
  const all = said.flatMap(({ requests }) => requests);
  return { said, raised: solutions.map((_, i) => all.length === 0 || all.includes(i)) };
}

/** True if a value stood before a place in what the user said or a tool showed; a refusal only repeats what it was given. */
export function isKnown(
  value: string,
  { trajectory }: Scene,
  { from, place }: { readonly from: readonly ("user" | "tool")[]; readonly place: number },
): boolean {
  return trajectory.messages.slice(0, place).some((message) => {
    if (!from.some((role) => role === message.role)) return false;
    return (message.role !== "tool" || message.status === "ok") && says(message.text, { kind: "id", value });
  });
}
