import { z } from "zod";
import type { AxisValues, Region } from "../domains/domain.ts";
import type { Origin } from "../tasks/task.ts";
import { type AnalysisNote, type StoredCell, windowVerdicts } from "./records.ts";
import { flagColumn, jsonColumn, type Sql } from "./sql.ts";

/** A task that the target was screened on: all that choosing what to attack next looks at. */
export interface Screened {
  readonly task: string;
  readonly cell: StoredCell;
  readonly origin: Origin;
  /** Scored rollouts of its screening, its check before it was shrunk and its gate together, and how many passed. */
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
  /** The cell of its minimal form and what that needs, where it is confirmed. */
  readonly minimal: StoredCell | null;
  readonly needs: StoredNeeds | null;
}

/** What a certificate says of what a failure needs. */
interface StoredNeeds {
  readonly where: Region;
  /** What goes wrong in the form; certificates of before do not say. */
  readonly shows?: string | null;
  readonly perhaps: readonly string[];
  readonly request: AxisValues;
}

export interface Trials {
  /**
   * The newest so many tasks of a session that were screened, in the order in which they were made, before them older
   * ones whose minimal form is confirmed, since what these tell stays true; or one task. Evaluations up to a place in
   * the session's order count.
   */
  screened(filter: {
    readonly session: string;
    readonly task?: string;
    readonly upTo?: number;
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
  minimal: jsonColumn<StoredCell>().nullable(),
  needs: jsonColumn<StoredNeeds | null>().nullable(),
});

/** Rows that are remembered, at most. */
const mostRemembered = 2_000;

type Raw = Readonly<Record<string, unknown>>;

/** Reads rows; one in which nothing has changed since it was read last is the very same object again. */
function rememberingRow(): z.ZodType<Screened> {
  const before = new Map<unknown, { readonly raw: Raw; readonly screened: Screened }>();
  return z.custom<Raw>().transform((raw) => {
    const known = before.get(raw.task);
    if (known !== undefined && Object.keys(raw).every((column) => raw[column] === known.raw[column]))
      return known.screened;
    const screened = screenedRow.parse(raw);
    if (before.size >= mostRemembered) before.clear();
    before.set(raw.task, { raw, screened });
    return screened;
  });
}

/** Target rollouts of a screened task for another purpose, up to a place in the session's order. */
const alsoFor = (purpose: "gate" | "whole") => `LEFT JOIN evaluations AS ${purpose}
    ON ${purpose}.session = screening.session AND ${purpose}.task = screening.task AND ${purpose}.role = 'target'
    AND ${purpose}.purpose = '${purpose}' AND ${purpose}.settings = screening.settings AND ${purpose}.seq <= @upTo`;

const newest = (where: string) => `
  SELECT made.seq AS made, screening.task, made.cell, made.origin,
    screening.n + coalesce(whole.n, 0) + coalesce(gate.n, 0) AS n,
    screening.passed + coalesce(whole.passed, 0) + coalesce(gate.passed, 0) AS passed, screening.verdict,
    analyses.notes, harvested.task IS NOT NULL AS harvested, coalesce(verified.confirmed, 0) AS confirmed,
    CASE WHEN smaller.certificate ->> 'status' = 'confirmed' THEN form.cell END AS minimal,
    smaller.certificate -> 'needs' AS needs
  FROM evaluations AS screening
  JOIN session_tasks AS made ON made.session = screening.session AND made.task = screening.task
  ${alsoFor("gate")}
  ${alsoFor("whole")}
  LEFT JOIN analyses ON analyses.session = screening.session AND analyses.task = screening.task
  LEFT JOIN simplifications AS smaller ON smaller.session = screening.session AND smaller.task = screening.task
  LEFT JOIN session_tasks AS form ON form.session = smaller.session AND form.task = smaller.minimal
  LEFT JOIN harvested
    ON harvested.session = screening.session AND harvested.task = coalesce(smaller.minimal, screening.task)
  LEFT JOIN verifications AS verified ON verified.session = screening.session AND verified.task = screening.task
  WHERE screening.session = @session AND screening.role = 'target' AND screening.purpose = 'screening'
    AND screening.n > 0 AND screening.seq <= @upTo ${where}
  ORDER BY screening.seq DESC LIMIT @limit`;

/** Older tasks with a minimal form that are given beside the newest, at most. */
const mostShrunk = 200;

export function createTrials(sql: Sql): Trials {
  const row = rememberingRow();
  const prepared = (where: string) =>
    sql.all(
      `SELECT task, cell, origin, n, passed, verdict, notes, harvested, confirmed, minimal, needs FROM (${newest(where)}) ORDER BY made`,
      row,
    );
  const all = prepared("");
  const one = prepared("AND screening.task = @task");
  const shrunk = prepared(`AND screening.task IN (
    SELECT task FROM simplifications WHERE session = @session AND certificate ->> 'status' = 'confirmed')`);
  return {
    screened: ({ upTo = Number.MAX_SAFE_INTEGER, task, ...rest }) => {
      const slots = { ...rest, upTo: Math.min(upTo, Number.MAX_SAFE_INTEGER) };
      if (task !== undefined) return one({ ...slots, task });
      const newest = all(slots);
      if (newest.length < rest.limit) return newest;
      const known = new Set(newest.map((screened) => screened.task));
      const older = shrunk({ ...slots, limit: mostShrunk }).filter((screened) => !known.has(screened.task));
      return [...older, ...newest];
    },
  };
}
