import { z } from "zod";
import type { Origin } from "../tasks/task.ts";
import { type AnalysisNote, type StoredCell, windowVerdicts } from "./records.ts";
import { flagColumn, jsonColumn, type Sql } from "./sql.ts";

/** A task that the target was screened on: all that choosing what to attack next looks at. */
export interface Screened {
  readonly task: string;
  readonly cell: StoredCell;
  readonly origin: Origin;
  /** Scored rollouts of its screening and its gate together, and how many passed. */
  readonly n: number;
  readonly passed: number;
  /** The screening's. */
  readonly verdict: (typeof windowVerdicts)[number];
  /** What went wrong, most frequent first; empty where nothing did or nothing was analysed. */
  readonly notes: readonly AnalysisNote[];
  /** Whether it is harvested, or its minimal form is. */
  readonly harvested: boolean;
  /** Whether its failure is confirmed. */
  readonly confirmed: boolean;
}

export interface Trials {
  /**
   * The newest so many tasks of a session that were screened, in the order in which they were made; evaluations up to
   * a place in the session's order count.
   */
  screened(filter: {
    readonly session: string;
    readonly upTo: number;
    readonly limit: number;
  }): readonly Screened[];
}

const screenedRow: z.ZodType<Screened> = z.object({
  task: z.string(),
  cell: jsonColumn<StoredCell>(),
  origin: jsonColumn<Origin>(),
  n: z.int(),
  passed: z.int(),
  verdict: z.enum(windowVerdicts),
  notes: z
    .string()
    .nullable()
    .transform((text) => (text === null ? [] : (JSON.parse(text) as readonly AnalysisNote[]))),
  harvested: flagColumn,
  confirmed: flagColumn,
});

const newest = `
  SELECT made.seq AS made, screening.task, made.cell, made.origin, screening.n + coalesce(gate.n, 0) AS n,
    screening.passed + coalesce(gate.passed, 0) AS passed, screening.verdict, analyses.notes,
    harvested.task IS NOT NULL AS harvested, coalesce(verified.confirmed, 0) AS confirmed
  FROM evaluations AS screening
  JOIN session_tasks AS made ON made.session = screening.session AND made.task = screening.task
  LEFT JOIN evaluations AS gate ON gate.session = screening.session AND gate.task = screening.task
    AND gate.role = 'target' AND gate.purpose = 'gate' AND gate.settings = screening.settings AND gate.seq <= @upTo
  LEFT JOIN analyses ON analyses.session = screening.session AND analyses.task = screening.task
  LEFT JOIN simplifications AS smaller ON smaller.session = screening.session AND smaller.task = screening.task
  LEFT JOIN harvested
    ON harvested.session = screening.session AND harvested.task = coalesce(smaller.minimal, screening.task)
  LEFT JOIN verifications AS verified ON verified.session = screening.session AND verified.task = screening.task
  WHERE screening.session = @session AND screening.role = 'target' AND screening.purpose = 'screening'
    AND screening.n > 0 AND screening.seq <= @upTo
  ORDER BY screening.seq DESC LIMIT @limit`;

export function createTrials(sql: Sql): Trials {
  const all = sql.all(
    `SELECT task, cell, origin, n, passed, verdict, notes, harvested, confirmed FROM (${newest}) ORDER BY made`,
    screenedRow,
  );
  return { screened: ({ upTo, ...rest }) => all({ ...rest, upTo: Math.min(upTo, Number.MAX_SAFE_INTEGER) }) };
}
