import type { Domain } from "../domains/domain.ts";
import { judgeCriteria, type RubricVerdicts } from "./criteria.ts";
import type { Finding, Grade, Reward, RewardPart } from "./grade.ts";
import type { Gold, Task } from "./task.ts";
import { type Trace, traceTrajectory } from "./trace.ts";
import type { Trajectory } from "./trajectory.ts";

/** What each part weighs in the total; the weights add up to 1. */
export const rewardWeights = {
  outcome: 0.5,
  format: 0.1,
  efficiency: 0.1,
  compliance: 0.2,
  transfer: 0.1,
} as const;

/** How much one broken clause takes from the compliance part. */
const violationCost = 0.5;

export interface Graded {
  readonly task: Task;
  readonly domain: Domain;
  readonly trajectory: Trajectory;
  /** The gold, whose length the efficiency is measured against; null for tasks without requests. */
  readonly gold: Pick<Gold, "calls"> | null;
  readonly rubric: RubricVerdicts;
}

const neverGraded = {
  broken: "the rollout broke before its end",
  cancelled: "the rollout was cancelled",
} as const;

/** Grades a trajectory: criteria, clauses and the five parts of the reward. Broken or cancelled ones are unscored. */
export function gradeTrajectory(graded: Graded): Grade {
  const { ending } = graded.trajectory;
  if (ending === "broken" || ending === "cancelled") {
    return { status: "unscored", blame: "environment", why: neverGraded[ending] };
  }
  const trace = traceTrajectory(graded.task, graded.trajectory, graded.domain);
  const findings = judgeCriteria({ ...graded, trace });
  const unjudged = findings.find((finding) => finding.status === "not_judged");
  if (unjudged !== undefined) return { status: "unscored", blame: "judge", why: unjudged.why };
  const finished = ending === "user_done" || ending === "transferred";
  const passed = finished && findings.every((finding) => finding.status === "met");
  const outcome: RewardPart = passed
    ? { value: 1, why: "every criterion is met", places: [] }
    : { value: 0, why: whyFailed(findings, ending), places: findings.flatMap(({ place }) => place ?? []) };
  const parts = {
    outcome,
    format: formatPart(trace),
    efficiency: efficiencyPart(trace, graded.gold),
    compliance: compliancePart(trace),
    transfer: transferPart(trace, graded.task),
  };
  return {
    status: passed ? "passed" : "failed",
    findings,
    clauses: trace.clauses,
    checks: trace.checks,
    reward: total(parts),
  };
}

function whyFailed(findings: readonly Finding[], ending: Trajectory["ending"]): string {
  const limit =
    ending === "turn_limit" || ending === "error_limit"
      ? [`it ran into the ${ending.replace("_", " ")}`]
      : [];
  const unmet = findings.filter((finding) => finding.status === "unmet").map((finding) => finding.why);
  return [...limit, ...unmet].join("; ") || "it did not end on its own";
}

function total(parts: Omit<Reward, "total">): Reward {
  const names = Object.keys(rewardWeights) as (keyof typeof rewardWeights)[];
  const sum = names.reduce((so, name) => so + rewardWeights[name] * parts[name].value, 0);
  return { ...parts, total: Math.round(sum * 1e6) / 1e6 };
}

/** The share of calls that were well formed and named a known tool. */
function formatPart({ calls }: Trace): RewardPart {
  const bad = calls.filter((call) => call.status === "unknown_tool" || call.status === "malformed");
  const value = calls.length === 0 ? 1 : 1 - bad.length / calls.length;
  const why =
    bad.length === 0
      ? "every call was well formed"
      : `${bad.length} of ${calls.length} calls were not well formed`;
  return { value, why, places: bad.map((call) => call.place) };
}

/** Gold's calls over the calls made, at most 1: twice as many calls as needed give one half. */
function efficiencyPart({ calls }: Trace, gold: Graded["gold"]): RewardPart {
  if (gold === null) return { value: 1, why: "there is no gold to measure against", places: [] };
  const needed = gold.calls.length;
  const value = needed === 0 ? 1 : calls.length === 0 ? 0 : Math.min(1, needed / calls.length);
  return { value, why: `${calls.length} calls, the gold takes ${needed}`, places: [] };
}

function compliancePart({ clauses }: Trace): RewardPart {
  const broken = clauses.filter((finding) => finding.verdict === "forbidden");
  const why =
    broken.length === 0
      ? "no clause was broken"
      : broken.map((finding) => `${finding.clause} (message ${finding.place}): ${finding.why}`).join("; ");
  return {
    value: Math.max(0, 1 - violationCost * broken.length),
    why,
    places: broken.map(({ place }) => place),
  };
}

/** A transfer that nothing called for is no risk-free exit: it costs this part. */
function transferPart({ calls }: Trace, task: Task): RewardPart {
  const transfer = calls.find((call) => call.effect === "transfer" && call.status === "ok");
  const calledFor = task.criteria.some((criterion) => criterion.type === "handover");
  if (transfer === undefined) return { value: 1, why: "nothing was handed to a human", places: [] };
  if (calledFor) return { value: 1, why: "the policy calls for the transfer", places: [transfer.place] };
  return { value: 0, why: "handed to a human although nothing called for it", places: [transfer.place] };
}
