import type { Domain, World } from "../domains/domain.ts";
import type { Event } from "../domains/event.ts";
import { type Solved, solveOnce } from "./gold.ts";
import { writeInstruction } from "./instruction.ts";
import type { Criterion, Gold, Task, UserScript } from "./task.ts";

/** What a task is made from; clauses and tools default to all of the domain's, events to none, criteria to the gold's. */
export interface Parts {
  readonly world: World;
  readonly user: UserScript;
  readonly instruction?: string;
  readonly clauses?: readonly string[];
  readonly tools?: readonly string[];
  readonly events?: readonly Event[];
  readonly criteria?: readonly Criterion[];
}

/** The criteria that a gold implies: its final state, and each request that the policy turns down. */
export function criteriaOf(gold: Gold): readonly Criterion[] {
  const turnedDown = gold.solutions.flatMap((solution): readonly Criterion[] =>
    solution.status === "granted"
      ? []
      : [
          {
            type: solution.status === "refused" ? "refusal" : "handover",
            about: solution.request.kind,
            clauses: solution.clauses,
            restsOn: solution.restsOn,
            forbids: solution.forbids,
          },
        ],
  );
  return [
    { type: "final_state", writes: gold.solutions.flatMap((solution) => solution.writes) },
    ...turnedDown,
  ];
}

/** Composes a task, and solves it where it has requests; a task without requests has no gold. */
export function composeTask(
  domain: Domain,
  parts: Parts,
): { readonly task: Task; readonly solved: Solved | null } {
  const { world, user, events = [] } = parts;
  const solved = user.requests.length === 0 ? null : solveOnce(domain, { world, user, events });
  const derived = solved?.status === "solved" ? criteriaOf(solved.gold) : [];
  const task: Task = {
    domain: domain.name,
    world,
    user,
    instruction: parts.instruction ?? writeInstruction(user, domain),
    clauses: parts.clauses ?? domain.clauses.map((clause) => clause.id),
    tools: parts.tools ?? domain.tools.map((tool) => tool.name),
    events,
    criteria: parts.criteria ?? derived,
  };
  return { task, solved };
}
