import { canonical } from "../core/json.ts";
import type { Call, Domain } from "../domains/domain.ts";
import { matchesCall } from "./criteria.ts";
import {
  differingArguments,
  madeWrites,
  matchExactly,
  matchNearest,
  type Wanted,
  wantedWrites,
} from "./match-writes.ts";
import type { Gold, Task } from "./task.ts";
import { type Trace, traceTrajectory } from "./trace.ts";
import type { Trajectory } from "./trajectory.ts";

/** A failed rollout, and the gold that it is held against. */
export interface Failing {
  readonly task: Task;
  readonly trajectory: Trajectory;
  readonly gold: Pick<Gold, "solutions"> | null;
  readonly domain: Domain;
}

/**
 * What went wrong in a failed rollout, as a fingerprint that two rollouts of one cause share: the writes held against
 * the gold's, by tool and argument, never by the values themselves. Sorted parts joined by " + ".
 */
export function failureMode({ task, trajectory, gold, domain }: Failing): string {
  const trace = traceTrajectory(task, trajectory, domain);
  const parts = new Set([
    ...(gold === null ? [] : writeModes(trace, gold)),
    ...transferMode(trace, task),
    ...(trajectory.ending === "turn_limit" || trajectory.ending === "error_limit" ? [trajectory.ending] : []),
  ]);
  if (parts.size === 0) return lookupMode(trace, task);
  return [...parts].sort().join(" + ");
}

function writeModes(trace: Trace, gold: Pick<Gold, "solutions">): readonly string[] {
  const wanted = wantedWrites(gold);
  const { pairs, missing, extra } = matchNearest(matchExactly(wanted, madeWrites(trace)));
  return [
    ...pairs.map(
      (pair) =>
        `wrong ${pair.wanted.call.name}: ${differingArguments(pair.wanted.call, pair.made.call).join(", ")}`,
    ),
    ...missing.map(({ call }) =>
      attempted(call, trace) ? `error from ${call.name}` : `missing ${call.name}`,
    ),
    ...extra.map(({ call }) => `${extraKind(call, { gold, wanted })} ${call.name}`),
  ];
}

const attempted = (call: Call, trace: Trace) =>
  trace.calls.some(({ name, status }) => name === call.name && status !== "ok");

function extraKind(
  call: Call,
  { gold, wanted }: { readonly gold: Pick<Gold, "solutions">; readonly wanted: readonly Wanted[] },
): string {
  const ruledOut = gold.solutions.find((solution) =>
    solution.forbids.some((pattern) => matchesCall(call, pattern)),
  );
  if (ruledOut !== undefined) return `forbidden (${ruledOut.clauses.join(", ")})`;
  return wanted.some((other) => canonical(other.call) === canonical(call)) ? "repeated" : "unasked";
}

function transferMode(trace: Trace, task: Task): readonly string[] {
  const transferred = trace.calls.some(({ effect, status }) => effect === "transfer" && status === "ok");
  const calledFor = task.criteria.some((criterion) => criterion.type === "handover");
  if (transferred && !calledFor) return ["transferred"];
  return !transferred && calledFor ? ["not transferred"] : [];
}

/** The records are right: what is left is a refusal without a lookup, a broken clause, or words not said. */
function lookupMode(trace: Trace, task: Task): string {
  const clause = trace.clauses.find(
    (finding) =>
      finding.verdict === "forbidden" &&
      task.criteria.some((one) => one.type === "complies" && one.clause === finding.clause),
  );
  if (clause !== undefined) return `broke ${clause.clause}`;
  const unseen = task.criteria.some(
    (criterion) =>
      (criterion.type === "refusal" || criterion.type === "handover") &&
      criterion.restsOn.some((record) => !trace.shown.has(record)),
  );
  return unseen ? "decided without a lookup" : "records or words differ";
}
