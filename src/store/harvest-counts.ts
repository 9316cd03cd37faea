import { z } from "zod";
import type { Cell } from "../domains/cell.ts";
import { type HarvestCounts, type HarvestedCell, valuesOf, vendiBounds } from "../frontier/diversity.ts";
import { causeName } from "../rollout/cause.ts";
import type { AnalysisNote } from "./records.ts";
import { insertInto, jsonColumn, type Sql } from "./sql.ts";

/** Keeps what is counted of a session's harvest equal to what a count of it from scratch would give. */
export interface HarvestCounting {
  /** Counts what has changed of a task, and of those that were made from it. Runs inside a transaction. */
  recount(session: string, task: string): void;
  counts(session: string): HarvestCounts;
}

const rowShape = { place: z.int(), cell: jsonColumn<Cell>() };

const harvestedRow = z
  .object({
    ...rowShape,
    evidence: jsonColumn<{ readonly modes?: readonly string[] } | null>(),
    notes: jsonColumn<readonly AnalysisNote[]>().nullable(),
    shows: z.string().nullable(),
  })
  .transform(({ evidence, notes, shows, ...rest }): Kept => {
    const seen = modeOfKept({ shows, notes: notes ?? [] });
    return { ...rest, mode: seen ?? (evidence?.modes?.join(" + ") || "unnamed") };
  });

/** How a kept task fails: by what its certificate says that it shows, else by the analysis; null where neither tells. */
export function modeOfKept({
  shows,
  notes: [first],
}: {
  readonly shows: string | null;
  readonly notes: readonly AnalysisNote[];
}): string | null {
  return shows ?? (first === undefined ? null : causeName(first));
}

interface Kept extends HarvestedCell {
  readonly place: number;
}

/**
 * A minimal form has no analysis of its own: its certificate says what it shows. Where that does not, the analysis of
 * the task it was made from stands in.
 */
const harvestedText = `SELECT harvested.place, own.cell, harvested.evidence, coalesce(analyses.notes, found.notes) AS notes,
    CASE WHEN analyses.notes IS NULL THEN smaller.certificate ->> '$.needs.shows' END AS shows
  FROM harvested JOIN session_tasks AS own USING (session, task)
  LEFT JOIN analyses USING (session, task)
  LEFT JOIN analyses AS found
    ON found.session = harvested.session AND found.task = json_extract(harvested.evidence, '$.original')
  LEFT JOIN simplifications AS smaller ON smaller.session = harvested.session AND smaller.minimal = harvested.task
    AND smaller.task = json_extract(harvested.evidence, '$.original')
  WHERE harvested.session = @session AND harvested.task = @task`;

const keptRow: z.ZodType<Kept> = z.object({ ...rowShape, mode: z.string() });

export function createHarvestCounting(sql: Sql): HarvestCounting {
  const now = sql.one(harvestedText, harvestedRow);
  const kept = sql.one(
    "SELECT place, mode, cell FROM kept_tasks WHERE session = @session AND task = @task",
    keptRow,
  );
  const madeFrom = sql.all(
    `SELECT task FROM harvested WHERE session = @session AND json_extract(evidence, '$.original') = @task`,
    z.object({ task: z.string() }),
  );
  const remove = sql.write("DELETE FROM kept_tasks WHERE session = @session AND task = @task");
  const insert = sql.write(insertInto("kept_tasks", ["session", "task", "place", "mode", "cell"]));
  const add = sql.write(
    `${insertInto("kept_values", ["session", "axis", "value", "tasks"])}
     ON CONFLICT (session, axis, value) DO UPDATE SET tasks = tasks + excluded.tasks`,
  );
  const change = (session: string, { cell }: HarvestedCell, tasks: 1 | -1) => {
    for (const [axis, value] of valuesOf(cell)) add({ session, axis, value: JSON.stringify(value), tasks });
  };
  const recountOne = (session: string, task: string) => {
    const [old, seen] = [kept({ session, task }), now({ session, task })];
    if (old !== null) {
      change(session, old, -1);
      remove({ session, task });
    }
    if (seen === null) return;
    const { place, mode, cell } = seen;
    insert({ session, task, place, mode, cell: JSON.stringify(cell) });
    change(session, seen, 1);
  };
  return {
    recount: (session, task) => {
      const others = madeFrom({ session, task }).map((one) => one.task);
      for (const one of new Set([task, ...others])) recountOne(session, one);
    },
    counts: createCounts(sql),
  };
}

function createCounts(sql: Sql): HarvestCounting["counts"] {
  const modes = sql.all(
    "SELECT mode, count(*) AS tasks FROM kept_tasks WHERE session = @session GROUP BY mode",
    z.object({ mode: z.string(), tasks: z.int() }),
  );
  const values = sql.all(
    "SELECT axis, tasks FROM kept_values WHERE session = @session AND tasks > 0 ORDER BY axis, value",
    z.object({ axis: z.string(), tasks: z.int() }),
  );
  const newest = sql.all(
    `SELECT place, mode, cell FROM kept_tasks WHERE session = @session
     ORDER BY place DESC, task DESC LIMIT @limit`,
    keptRow,
  );
  return (session) => ({
    modes: new Map(modes({ session }).map(({ mode, tasks }) => [mode, tasks])),
    values: new Map(
      [...Map.groupBy(values({ session }), ({ axis }) => axis)].map(([axis, rows]) => [
        axis,
        rows.map(({ tasks }) => tasks),
      ]),
    ),
    newest: newest({ session, limit: vendiBounds.tasks })
      .map(({ cell, mode }) => ({ cell, mode }))
      .toReversed(),
  });
}
