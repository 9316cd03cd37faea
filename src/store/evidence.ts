import { z } from "zod";
import type { Json } from "../core/json.ts";
import { canonical } from "../core/json.ts";
import type { Counting } from "./frontier.ts";
import {
  type Evaluation,
  type Harvested,
  type Page,
  purposes,
  type Simplification,
  type Verification,
  windowVerdicts,
} from "./records.ts";
import { workColumns } from "./rollouts.ts";
import { flag, flagColumn, insertInto, jsonColumn, pageSlots, replacing, type Sql } from "./sql.ts";

/** What is known of a session's tasks. A record of the same name replaces the one before, in the same place. */
export interface Evidence {
  /** Gives the evaluation with its `seq`: the session's next one, or its old one if the id is known. */
  recordEvaluation(evaluation: Omit<Evaluation, "seq">): Evaluation;
  evaluation(id: string): Evaluation | null;
  /** The newest evaluation with a scored rollout that screened a task of the session with its target. */
  lastScreening(session: string): Evaluation | null;
  /** In the order they were recorded; with `task`, only that task's. */
  evaluations(filter: { readonly session: string; readonly task?: string } & Page): readonly Evaluation[];
  /** The place of the session's last evaluation; 0 for none. */
  lastSeq(session: string): number;
  recordVerification(verification: Verification): void;
  verification(session: string, task: string): Verification | null;
  recordSimplification(simplification: Simplification): void;
  simplification(session: string, task: string): Simplification | null;
  recordHarvested(harvested: Harvested): void;
  /** Takes a task out of its session's harvest; nothing if it is not in it. */
  dropHarvested(session: string, task: string): void;
  /** In the harvest's order. */
  harvested(session: string, page?: Page): readonly Harvested[];
  countHarvested(session: string): number;
  isHarvested(session: string, task: string): boolean;
  /** The order of the task that is harvested next: after all that are. */
  nextOrder(session: string): number;
}

const evaluationRow = z
  .object({
    ...workColumns,
    purpose: z.enum(purposes),
    from: z.int(),
    n: z.int(),
    passed: z.int(),
    unscored: z.int(),
    verdict: z.enum(windowVerdicts),
    seq: z.int(),
    alpha: z.number(),
    beta: z.number(),
    rollouts: z.int().nullable(),
  })
  .transform(
    ({ alpha, beta, rollouts, ...rest }): Evaluation => ({ ...rest, prior: { alpha, beta, rollouts } }),
  );

const verificationRow: z.ZodType<Verification> = z.object({
  session: z.string(),
  task: z.string(),
  status: z.enum(["kept", "discarded"]),
  evaluation: z.string().nullable(),
  simulatedOracle: flagColumn,
  confirmed: flagColumn,
  why: jsonColumn<Json>(),
});

const simplificationRow: z.ZodType<Simplification> = z.object({
  session: z.string(),
  task: z.string(),
  minimal: z.string(),
  steps: jsonColumn<Json>(),
  certificate: jsonColumn<Json>().nullable(),
});

const harvestedRow: z.ZodType<Harvested> = z.object({
  session: z.string(),
  task: z.string(),
  hypothesis: z.string().nullable(),
  order: z.int(),
  evidence: jsonColumn<Json>(),
});

const countRow = z.object({ n: z.int() });

const evaluationColumns = `id, session, task, role, settings, simulated, purpose, from_place AS "from", n, passed,
  unscored, verdict, seq, prior_alpha AS alpha, prior_beta AS beta, prior_rollouts AS rollouts`;

/** The session's next `seq` is found and taken by one statement, so two processes never share one. */
const upsertEvaluation = `INSERT INTO evaluations
    (session, seq, id, task, role, settings, simulated, purpose, from_place, n, passed, unscored, verdict,
     prior_alpha, prior_beta, prior_rollouts)
  SELECT @session, coalesce(max(seq), 0) + 1, @id, @task, @role, @settings, @simulated, @purpose, @from_place, @n,
    @passed, @unscored, @verdict, @alpha, @beta, @rollouts
  FROM evaluations WHERE session = @session
  ${replacing("id", ["n", "passed", "unscored", "verdict", "prior_alpha", "prior_beta", "prior_rollouts"])}
  RETURNING ${evaluationColumns}`;

function createEvaluations(
  sql: Sql,
  { recount }: Pick<Counting, "recount">,
): Pick<Evidence, "recordEvaluation" | "evaluation" | "lastScreening" | "evaluations" | "lastSeq"> {
  const upsert = sql.one(upsertEvaluation, evaluationRow);
  const one = sql.one(`SELECT ${evaluationColumns} FROM evaluations WHERE id = @id`, evaluationRow);
  const last = sql.one(
    `SELECT ${evaluationColumns} FROM evaluations
     WHERE session = @session AND role = 'target' AND purpose = 'screening' AND n > 0 ORDER BY seq DESC LIMIT 1`,
    evaluationRow,
  );
  const all = sql.all(
    `SELECT ${evaluationColumns} FROM evaluations
     WHERE session = @session AND (@task IS NULL OR task = @task) ORDER BY seq LIMIT @limit OFFSET @offset`,
    evaluationRow,
  );
  const newest = sql.one(
    "SELECT coalesce(max(seq), 0) AS n FROM evaluations WHERE session = @session",
    countRow,
  );
  return {
    lastSeq: (session) => newest({ session })?.n ?? 0,
    recordEvaluation: ({ settings, simulated, from, prior, ...rest }) => {
      const slots = {
        ...rest,
        ...prior,
        settings: canonical(settings),
        simulated: flag(simulated),
        from_place: from,
      };
      return sql.atomically(() => {
        const kept = upsert(slots);
        if (kept === null) throw new Error("An evaluation was written and none came back.");
        if (kept.role === "target" && kept.purpose === "screening") recount(kept.session, kept.task);
        return kept;
      });
    },
    evaluation: (id) => one({ id }),
    lastScreening: (session) => last({ session }),
    evaluations: (filter) =>
      all({ session: filter.session, task: filter.task ?? null, ...pageSlots(filter) }),
  };
}

export function createEvidence(sql: Sql, counting: Pick<Counting, "recount" | "recountHarvest">): Evidence {
  const upsertVerification = sql.write(
    `${insertInto("verifications", [
      "session",
      "task",
      "status",
      "evaluation",
      "simulated_oracle",
      "confirmed",
      "why",
    ])} ${replacing("session, task", ["status", "evaluation", "simulated_oracle", "confirmed", "why"])}`,
  );
  const oneVerification = sql.one(
    `SELECT session, task, status, evaluation, simulated_oracle AS simulatedOracle, confirmed, why
     FROM verifications WHERE session = @session AND task = @task`,
    verificationRow,
  );
  const upsertSimplification = sql.write(
    `${insertInto("simplifications", ["session", "task", "minimal", "steps", "certificate"])}
     ${replacing("session, task", ["minimal", "steps", "certificate"])}`,
  );
  const oneSimplification = sql.one(
    "SELECT session, task, minimal, steps, certificate FROM simplifications WHERE session = @session AND task = @task",
    simplificationRow,
  );
  const upsertHarvested = sql.write(
    `${insertInto("harvested", ["session", "task", "hypothesis", "place", "evidence"])}
     ${replacing("session, task", ["hypothesis", "place", "evidence"])}`,
  );
  const deleteHarvested = sql.write("DELETE FROM harvested WHERE session = @session AND task = @task");
  const allHarvested = sql.all(
    `SELECT session, task, hypothesis, place AS "order", evidence FROM harvested
     WHERE session = @session ORDER BY place, task LIMIT @limit OFFSET @offset`,
    harvestedRow,
  );
  const countHarvested = sql.one("SELECT count(*) AS n FROM harvested WHERE session = @session", countRow);
  const isHarvested = sql.one(
    "SELECT 1 FROM harvested WHERE session = @session AND task = @task",
    z.unknown(),
  );
  const nextOrder = sql.one(
    "SELECT coalesce(max(place) + 1, 0) AS n FROM harvested WHERE session = @session",
    countRow,
  );
  return {
    ...createEvaluations(sql, counting),
    recordVerification: ({ session, task, status, evaluation, simulatedOracle, confirmed, why }) => {
      const [simulated_oracle, isConfirmed] = [flag(simulatedOracle), flag(confirmed)];
      sql.atomically(() => {
        upsertVerification({
          ...{ session, task, status, evaluation, simulated_oracle },
          confirmed: isConfirmed,
          why: JSON.stringify(why),
        });
        counting.recount(session, task);
      });
    },
    verification: (session, task) => oneVerification({ session, task }),
    recordSimplification: ({ session, task, minimal, steps, certificate }) => {
      sql.atomically(() => {
        upsertSimplification({
          session,
          task,
          minimal,
          steps: JSON.stringify(steps),
          certificate: certificate === null ? null : JSON.stringify(certificate),
        });
        counting.recount(session, task);
        counting.recountHarvest(session, task);
      });
    },
    simplification: (session, task) => oneSimplification({ session, task }),
    recordHarvested: ({ session, task, hypothesis, order, evidence }) => {
      sql.atomically(() => {
        upsertHarvested({ session, task, hypothesis, place: order, evidence: JSON.stringify(evidence) });
        counting.recountHarvest(session, task);
      });
    },
    dropHarvested: (session, task) => {
      sql.atomically(() => {
        deleteHarvested({ session, task });
        counting.recountHarvest(session, task);
      });
    },
    countHarvested: (session) => countHarvested({ session })?.n ?? 0,
    isHarvested: (session, task) => isHarvested({ session, task }) !== null,
    nextOrder: (session) => nextOrder({ session })?.n ?? 0,
    harvested: (session, page = {}) => allHarvested({ session, ...pageSlots(page) }),
  };
}
