import { type Domain, stateOf } from "../domains/domain.ts";
import { replay } from "../domains/environment.ts";
import { stateDifference } from "./final-state.ts";
import type { Grade } from "./grade.ts";
import { idlers } from "./rehearsal.ts";
import type { Rejection } from "./rejection.ts";
import { gradeTrajectory } from "./reward.ts";
import type { Gold, Task } from "./task.ts";
import type { Trajectory } from "./trajectory.ts";

/** The gates that nobody may pass who does not try. */

/** The grade of a conversation that cost nothing; nobody judges its rubrics. */
export function gradeRehearsal(
  task: Task,
  trajectory: Trajectory,
  { gold, domain }: { gold: Gold | null; domain: Domain },
): Grade {
  const judged = task.criteria.filter((criterion) => criterion.type !== "rubric");
  return gradeTrajectory({
    task: { ...task, criteria: judged },
    domain,
    trajectory,
    gold,
    rubric: new Map(),
  });
}

const idleWords = {
  "do-nothing": "doing nothing",
  "transfer-at-once": "handing over to a human at once",
  "refuse-at-once": "declining everything without a lookup",
} as const;

/** True if a final state is asked for that nobody has who writes nothing: then no idler needs to be tried. */
function asksForWrites(task: Task, domain: Domain): boolean {
  const before = stateOf(task.world);
  return task.criteria.some((criterion) => {
    if (criterion.type !== "final_state") return false;
    const { state, failures } = replay(domain, before, criterion.writes);
    const states = { domain, before, expected: state, actual: before };
    return failures.length > 0 || stateDifference(states) !== null;
  });
}

/** One rejection for each way of not trying that would pass. */
export function idleGates(task: Task, domain: Domain): readonly Rejection[] {
  // Nobody judges a rehearsal: a rubric alone is taken to fail whoever does not try.
  if (task.criteria.some((criterion) => criterion.type === "rubric") || asksForWrites(task, domain))
    return [];
  const names = Object.keys(idlers) as (keyof typeof idlers)[];
  return names.flatMap((name) => {
    const grade = gradeRehearsal(task, idlers[name](task, domain), { gold: null, domain });
    if (grade.status !== "passed") return [];
    return [
      {
        gate: name,
        path: "/criteria",
        wrong: `${idleWords[name]} would pass`,
        repair: "add a request that must be granted, or a refusal that must rest on a lookup",
      },
    ];
  });
}
