import { z } from "zod";
import type { Json } from "../core/json.ts";
import { type Retest, type Retested, retestOutcomes, type Session } from "./records.ts";
import { insertInto, jsonColumn, replacing, type Sql } from "./sql.ts";

/** Retests, and the sessions that were made for them. */
export interface Retests {
  /** Replaces the task's retest in its session. */
  recordRetest(retest: Retest & { readonly createdAt: string }): void;
  /** How a session's harvest stands with each target that it was retested on, by that one's newest retest; newest first. */
  retestedOn(session: string): readonly Retested[];
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

const retestedRow: z.ZodType<Retested> = z.object({
  session: z.string(),
  target: z.string(),
  checkpoint: z.string().nullable(),
  outcomes: jsonColumn<Retested["outcomes"]>(),
  at: z.string(),
});

/** Retests from before their times were kept count from when their session began. */
const retestedText = `
  WITH counts AS (
    SELECT sessions.seq, sessions.id, target, checkpoint, outcome, count(*) AS n,
      max(coalesce(retests.created_at, sessions.created_at)) AS at
    FROM sessions JOIN retests ON retests.session = sessions.id WHERE sessions.parent = @session
    GROUP BY sessions.seq, outcome
  ), retested AS (
    SELECT seq, id AS session, target, checkpoint, json_group_object(outcome, n) AS outcomes, max(at) AS at
    FROM counts GROUP BY seq
  )
  SELECT session, target, checkpoint, outcomes, at FROM (
    SELECT *, row_number() OVER (PARTITION BY target ORDER BY at DESC, seq DESC) AS place FROM retested
  ) WHERE place = 1 ORDER BY at DESC, session`;

export function createRetests(sql: Sql): Retests {
  const upsert = sql.write(
    `${insertInto("retests", ["session", "task", "parent", "outcome", "evidence", "created_at"])}
     ${replacing("session, task", ["parent", "outcome", "evidence", "created_at"])}`,
  );
  const all = sql.all(
    `SELECT retests.session, retests.task, parent, outcome, evidence FROM retests
     JOIN session_tasks USING (session, task) WHERE retests.session = @session ORDER BY session_tasks.seq`,
    retestRow,
  );
  const retested = sql.all(retestedText, retestedRow);
  const successors = sql.all(
    "SELECT id FROM sessions WHERE parent = @session ORDER BY seq",
    z.object({ id: z.string() }),
  );
  const raise = sql.write(
    "UPDATE sessions SET budget_rollouts = max(budget_rollouts, @rollouts) WHERE id = @session",
  );
  return {
    recordRetest: ({ evidence, createdAt, ...rest }) => {
      upsert({ ...rest, evidence: JSON.stringify(evidence), created_at: createdAt });
    },
    retestedOn: (session) => retested({ session }),
    retests: (session) => all({ session }),
    successors: (session) => successors({ session }).map(({ id }) => id),
    raiseBudget: (session, rollouts) => {
      raise({ session, rollouts });
    },
  };
}
