import { z } from "zod";
import type { Json } from "../core/json.ts";
import { type Retest, retestOutcomes, type Session } from "./records.ts";
import { insertInto, jsonColumn, replacing, type Sql } from "./sql.ts";

/** Retests, and the sessions that were made for them. */
export interface Retests {
  /** Replaces the task's retest in its session. */
  recordRetest(retest: Retest): void;
  /** A session's retests, in the order in which it took the tasks. */
  retests(session: string): readonly Retest[];
  /** The ids of the sessions that retest this one's harvest, oldest first. */
  successors(session: string): readonly Session["id"][];
  /** Raises a session's budget to so many target rollouts; one that is larger already stays. */
  raiseBudget(session: string, rollouts: number): void;
}

const retestRow: z.ZodType<Retest> = z.object({
  session: z.string(),
  task: z.string(),
  parent: z.string(),
  outcome: z.enum(retestOutcomes),
  evidence: jsonColumn<Json>(),
});

export function createRetests(sql: Sql): Retests {
  const upsert = sql.write(
    `${insertInto("retests", ["session", "task", "parent", "outcome", "evidence"])}
     ${replacing("session, task", ["parent", "outcome", "evidence"])}`,
  );
  const all = sql.all(
    `SELECT retests.session, retests.task, parent, outcome, evidence FROM retests
     JOIN session_tasks USING (session, task) WHERE retests.session = @session ORDER BY session_tasks.seq`,
    retestRow,
  );
  const successors = sql.all(
    "SELECT id FROM sessions WHERE parent = @session ORDER BY seq",
    z.object({ id: z.string() }),
  );
  const raise = sql.write(
    "UPDATE sessions SET budget_rollouts = max(budget_rollouts, @rollouts) WHERE id = @session",
  );
  return {
    recordRetest: ({ evidence, ...rest }) => {
      upsert({ ...rest, evidence: JSON.stringify(evidence) });
    },
    retests: (session) => all({ session }),
    successors: (session) => successors({ session }).map(({ id }) => id),
    raiseBudget: (session, rollouts) => {
      raise({ session, rollouts });
    },
  };
}
