import { z } from "zod";
import { InputError } from "../core/errors.ts";
import type { Hypothesis } from "../frontier/hypothesis.ts";
import { createClaiming } from "./claims.ts";
import type { Counting } from "./frontier.ts";
import { hypothesisColumns, hypothesisRow } from "./frontier-rows.ts";
import { createIndexing } from "./likeness.ts";
import type { Page, Quotas, Session } from "./records.ts";
import { flag, flagColumn, insertInto, jsonColumn, pageSlots, type Sql } from "./sql.ts";

export interface Sessions {
  /** Throws an InputError if the id is taken. */
  recordSession(session: Session): void;
  session(id: string): Session | null;
  /** Newest first. */
  sessions(page?: Page): readonly Session[];
  /** Keeps what is there if the session has a hypothesis of this id, and what proves a label that was claimed before. */
  recordHypothesis(session: string, hypothesis: Hypothesis): void;
  hypothesis(session: string, id: string): Hypothesis | null;
  /** In the order they were proposed. */
  hypotheses(session: string, page?: Page): readonly Hypothesis[];
  countHypotheses(session: string): number;
}

const sessionRow = z
  .object({
    id: z.string(),
    domain: z.string(),
    target: z.string(),
    oracle: z.string(),
    user: z.string(),
    worldActor: z.string().nullable(),
    phraser: z.string().nullable(),
    embedder: z.string().nullable(),
    parent: z.string().nullable(),
    checkpoint: z.string().nullable(),
    low: z.number(),
    high: z.number(),
    rollouts: z.int(),
    tokens: z.int(),
    seed: z.string(),
    allowSimulatedOracle: flagColumn,
    concurrency: z.int(),
    quotas: jsonColumn<Quotas>().nullable(),
    createdAt: z.string(),
  })
  .transform(
    ({
      worldActor,
      phraser,
      embedder,
      parent,
      checkpoint,
      quotas,
      low,
      high,
      rollouts,
      tokens,
      ...rest
    }): Session => ({
      ...rest,
      ...(worldActor === null ? {} : { worldActor }),
      ...(phraser === null ? {} : { phraser }),
      ...(embedder === null ? {} : { embedder }),
      ...(parent === null ? {} : { parent }),
      ...(checkpoint === null ? {} : { checkpoint }),
      ...(quotas === null ? {} : { quotas }),
      window: { low, high },
      budget: { rollouts, tokens },
    }),
  );

const sessionColumns = `id, domain, target, oracle, user, world_actor AS worldActor, phraser, embedder, parent, checkpoint,
  window_low AS low, window_high AS high, budget_rollouts AS rollouts, budget_tokens AS tokens, seed,
  allow_simulated_oracle AS allowSimulatedOracle, concurrency, quotas, created_at AS createdAt`;

export function createSessions(sql: Sql, counting: Pick<Counting, "attach">): Sessions {
  const index = createIndexing(sql);
  const claim = createClaiming(sql);
  const insertSession = sql.write(
    `${insertInto("sessions", [
      "id",
      "domain",
      "target",
      "oracle",
      "user",
      "world_actor",
      "phraser",
      "embedder",
      "parent",
      "checkpoint",
      "window_low",
      "window_high",
      "budget_rollouts",
      "budget_tokens",
      "seed",
      "allow_simulated_oracle",
      "concurrency",
      "quotas",
      "created_at",
    ])} ON CONFLICT (id) DO NOTHING`,
  );
  const oneSession = sql.one(`SELECT ${sessionColumns} FROM sessions WHERE id = @id`, sessionRow);
  const allSessions = sql.all(
    `SELECT ${sessionColumns} FROM sessions ORDER BY seq DESC LIMIT @limit OFFSET @offset`,
    sessionRow,
  );
  const insertHypothesis = sql.write(
    `${insertInto("hypotheses", ["session", "id", "statement", "region", "behaviour", "parent", "proposed_by", "claims"])}
     ON CONFLICT (session, id) DO NOTHING`,
  );
  const oneHypothesis = sql.one(
    `SELECT ${hypothesisColumns} FROM hypotheses WHERE session = @session AND id = @id`,
    hypothesisRow,
  );
  const allHypotheses = sql.all(
    `SELECT ${hypothesisColumns} FROM hypotheses WHERE session = @session ORDER BY seq LIMIT @limit OFFSET @offset`,
    hypothesisRow,
  );
  const countHypotheses = sql.one(
    "SELECT count(*) AS n FROM hypotheses WHERE session = @session",
    z.object({ n: z.int() }).transform(({ n }) => n),
  );
  return {
    recordSession: (session) => {
      const added = insertSession({
        id: session.id,
        domain: session.domain,
        target: session.target,
        oracle: session.oracle,
        user: session.user,
        world_actor: session.worldActor ?? null,
        phraser: session.phraser ?? null,
        embedder: session.embedder ?? null,
        parent: session.parent ?? null,
        checkpoint: session.checkpoint ?? null,
        window_low: session.window.low,
        window_high: session.window.high,
        budget_rollouts: session.budget.rollouts,
        budget_tokens: session.budget.tokens,
        seed: session.seed,
        allow_simulated_oracle: flag(session.allowSimulatedOracle),
        concurrency: session.concurrency,
        quotas: session.quotas === undefined ? null : JSON.stringify(session.quotas),
        created_at: session.createdAt,
      });
      if (added === 0) {
        throw new InputError(
          `There is a session "${session.id}" already: go on with it, or choose another id.`,
        );
      }
    },
    session: (id) => oneSession({ id }),
    sessions: (page = {}) => allSessions(pageSlots(page)),
    recordHypothesis: (session, hypothesis) => {
      sql.atomically(() => {
        const added = insertHypothesis({
          session,
          id: hypothesis.id,
          statement: hypothesis.statement,
          region: JSON.stringify(hypothesis.where),
          behaviour: hypothesis.behaviour,
          parent: hypothesis.parent ?? null,
          proposed_by: hypothesis.by,
          claims: hypothesis.claims === undefined ? null : JSON.stringify(hypothesis.claims),
        });
        claim(session, hypothesis);
        index(session);
        if (added > 0) counting.attach(session, hypothesis);
      });
    },
    hypothesis: (session, id) => oneHypothesis({ session, id }),
    countHypotheses: (session) => countHypotheses({ session }) ?? 0,
    hypotheses: (session, page = {}) => allHypotheses({ session, ...pageSlots(page) }),
  };
}
