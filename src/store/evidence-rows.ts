import { z } from "zod";
import { canonical, type Json } from "../core/json.ts";
import type { Cell } from "../domains/cell.ts";
import type { AxisValues } from "../domains/domain.ts";
import { type Evidence, evidenceFrom, type TaskRecord } from "../frontier/evidence.ts";
import { situationText } from "../frontier/situation.ts";
import { type Placed, placesOf } from "../frontier/tally.ts";
import type { Blocks } from "./blocks.ts";
import { insertInto, jsonColumn, replacing, type Sql } from "./sql.ts";

/** A task's evidence under one of the target's settings; `seq` is its place among the session's evaluations. */
export interface Seen {
  readonly settings: string;
  readonly seq: number;
  readonly evidence: Evidence;
}

const screeningRow = z.object({ settings: z.string(), seq: z.int(), n: z.int(), passed: z.int() });

const taskRow = z
  .object({
    cell: jsonColumn<Cell>(),
    origin: jsonColumn<TaskRecord["origin"]>(),
    hypothesis: z.string().nullable(),
    claims: jsonColumn<AxisValues>().nullable(),
    confirmed: z.int().nullable(),
    why: jsonColumn<Json>().nullable(),
    minimal: z.string().nullable(),
    minimalCell: jsonColumn<Cell>().nullable(),
    rollouts: z.int().nullable(),
    notes: jsonColumn<NonNullable<TaskRecord["analysis"]>["notes"]>().nullable(),
  })
  .transform(
    ({
      confirmed,
      why,
      minimal,
      minimalCell,
      rollouts,
      notes,
      ...rest
    }): Omit<TaskRecord, "task" | "n" | "passed"> => ({
      ...rest,
      verification: confirmed === null ? null : { confirmed: confirmed === 1, why },
      minimal: minimal === null || minimalCell === null ? null : { task: minimal, cell: minimalCell },
      analysis: rollouts === null || notes === null ? null : { rollouts, notes },
    }),
  );

/** Reads what a task shows by all that is recorded of it, under each of the settings that it was screened with. */
export function createReading(sql: Sql) {
  const screened = sql.all(
    `SELECT settings, min(seq) AS seq, sum(n) AS n, sum(passed) AS passed FROM evaluations
     WHERE task = @task AND session = @session AND role = 'target' AND purpose = 'screening'
     GROUP BY settings HAVING sum(n) > 0 ORDER BY seq`,
    screeningRow,
  );
  const about = sql.one(
    `SELECT own.cell, own.origin, own.hypothesis, claimed.claims, checked.confirmed, checked.why,
       smaller.task AS minimal, smaller.cell AS minimalCell, analyses.rollouts, analyses.notes
     FROM session_tasks AS own
     LEFT JOIN hypotheses AS claimed ON claimed.session = own.session AND claimed.id = own.hypothesis
     LEFT JOIN verifications AS checked ON checked.session = own.session AND checked.task = own.task
     LEFT JOIN simplifications ON simplifications.session = own.session AND simplifications.task = own.task
       AND coalesce(simplifications.certificate ->> 'status', 'confirmed') = 'confirmed'
     LEFT JOIN session_tasks AS smaller ON smaller.session = own.session AND smaller.task = simplifications.minimal
     LEFT JOIN analyses ON analyses.session = own.session AND analyses.task = own.task
     WHERE own.session = @session AND own.task = @task`,
    taskRow,
  );
  return (session: string, task: string): readonly Seen[] => {
    const evaluations = screened({ session, task });
    const known = evaluations.length === 0 ? null : about({ session, task });
    if (known === null) return [];
    return evaluations.map(({ settings, seq, n, passed }) => ({
      settings,
      seq,
      evidence: evidenceFrom({ ...known, task, n, passed }),
    }));
  };
}

const keptRow = z.object({ id: z.int(), frontier: z.int(), body: jsonColumn<Evidence>() });

/** Statements on the rows of evidence, and on the situations by which a region finds them. */
export function createRows(sql: Sql, blocks: Pick<Blocks, "write" | "remove">) {
  const frontierOf = sql.one(
    `${insertInto("frontiers", ["session", "settings"])} ${replacing("session, settings", ["settings"])} RETURNING id`,
    z.object({ id: z.int() }),
  );
  const kept = sql.all(
    `SELECT evidence.id, frontier, body FROM evidence JOIN frontiers ON frontiers.id = frontier
     WHERE session = @session AND task = @task`,
    keptRow,
  );
  const columns = ["seq", "n", "passed", "smallest", "mode", "broken", "body"];
  const upsert = sql.one(
    `${insertInto("evidence", ["frontier", "task", ...columns])} ${replacing("frontier, task", columns)} RETURNING id`,
    z.object({ id: z.int() }),
  );
  const remove = sql.write("DELETE FROM evidence WHERE id = @id");
  const insertSituation = sql.write(
    insertInto("situations", [
      "frontier",
      "marked",
      "kind",
      "evidence",
      "place",
      "blamed",
      "request",
      "axes",
    ]),
  );
  const removeSituations = sql.write(
    "DELETE FROM situations WHERE frontier = @frontier AND marked = @marked AND kind = @kind AND evidence = @evidence",
  );
  const place = (on: { frontier: number; evidence: number }, { run, marked, blamed }: Placed) => {
    for (const [mark, situations] of [run, marked].entries()) {
      for (const [at, one] of situations.entries()) {
        insertSituation({
          ...on,
          marked: mark,
          kind: String(one.request.kind ?? ""),
          place: at,
          blamed: mark === 0 && blamed.includes(one) ? 1 : 0,
          request: canonical(one.request),
          axes: situationText(one),
        });
      }
    }
  };
  const displace = (on: { frontier: number; evidence: number }, { run, marked }: Placed) => {
    for (const [mark, situations] of [run, marked].entries()) {
      for (const kind of new Set(situations.map(({ request }) => String(request.kind ?? ""))))
        removeSituations({ ...on, marked: mark, kind });
    }
  };
  return {
    frontierOf: (session: string, settings: string) => frontierOf({ session, settings })?.id ?? 0,
    kept: (session: string, task: string) => kept({ session, task }),
    write: (frontier: number, { evidence, seq }: Seen, old: Evidence | undefined) => {
      const { task, n, passed, smallest = task, mode, broken } = evidence;
      const row = { frontier, task, seq, n, passed, smallest, mode };
      const id = upsert({ ...row, broken: JSON.stringify(broken), body: JSON.stringify(evidence) })?.id ?? 0;
      if (old !== undefined) displace({ frontier, evidence: id }, placesOf(old));
      const placed = placesOf(evidence);
      place({ frontier, evidence: id }, placed);
      blocks.write({ frontier, id }, evidence, placed);
    },
    remove: (frontier: number, id: number, old: Evidence) => {
      displace({ frontier, evidence: id }, placesOf(old));
      blocks.remove({ frontier, id });
      remove({ id });
    },
  };
}
