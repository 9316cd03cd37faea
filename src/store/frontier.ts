import { z } from "zod";
import { canonical, type Json } from "../core/json.ts";
import type { Cell } from "../domains/cell.ts";
import type { AxisValues } from "../domains/domain.ts";
import { type Evidence, evidenceFrom, type TaskRecord } from "../frontier/evidence.ts";
import type { Hypothesis } from "../frontier/hypothesis.ts";
import { situationText } from "../frontier/situation.ts";
import {
  addTally,
  contributionOf,
  contributionTo,
  emptyTally,
  isEmpty,
  type Placed,
  placesOf,
  regionKey,
  statusOf,
  type Tally,
  tallyNames,
  verdictOn,
} from "../frontier/tally.ts";
import { hypothesisColumns, hypothesisRow, tallyColumns, tallyRow } from "./frontier-rows.ts";
import { createRegionScan } from "./region-scan.ts";
import { insertInto, jsonColumn, replacing, type Sql } from "./sql.ts";

/** Keeps a session's counts equal to what a fold over its evidence would give. Every member runs inside a transaction. */
export interface Counting {
  /** Counts what has changed of a task since it was counted last. */
  recount(session: string, task: string): void;
  /** Counts for a new hypothesis what the session has shown before. */
  attach(session: string, hypothesis: Hypothesis): void;
  /** Counts all of a session that was recorded before there were counts. */
  fold(session: string): void;
}

/** A task's evidence under one of the target's settings; `seq` is its place among the session's evaluations. */
interface Seen {
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
function createReading(sql: Sql) {
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
function createRows(sql: Sql) {
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
      place({ frontier, evidence: id }, placesOf(evidence));
    },
    remove: (frontier: number, id: number, old: Evidence) => {
      displace({ frontier, evidence: id }, placesOf(old));
      remove({ id });
    },
  };
}

/** The place of a count: a region of a class, or a hypothesis by its id. */
interface Named {
  readonly frontier: number;
  readonly class: string;
  readonly region: string;
}

function createCounts(sql: Sql) {
  const one = sql.one(
    `SELECT ${tallyColumns} FROM regions
     WHERE frontier = @frontier AND class = @class AND region = @region`,
    tallyRow,
  );
  const upsert = sql.write(
    `${insertInto("regions", ["frontier", "class", "region", "status", ...tallyNames])}
     ${replacing("frontier, class, region", ["status", ...tallyNames])}`,
  );
  const remove = sql.write(
    "DELETE FROM regions WHERE frontier = @frontier AND class = @class AND region = @region",
  );
  return (place: Named, change: Tally) => {
    if (isEmpty(change)) return;
    const tally = addTally(one({ ...place }) ?? emptyTally, change, 1);
    const status = place.class === "hypothesis" ? verdictOn(tally) : statusOf(tally);
    if (isEmpty(tally)) remove({ ...place });
    else upsert({ ...place, status, ...tally });
  };
}

/** A session's hypotheses, read once and then only what was added since. */
function createClaims(sql: Sql) {
  const numbered = z.object({ seq: z.int() });
  const since = sql.all(
    `SELECT ${hypothesisColumns} FROM hypotheses WHERE session = @session AND seq > @seq ORDER BY seq`,
    hypothesisRow,
  );
  const seqOf = sql.one("SELECT seq FROM hypotheses WHERE session = @session AND id = @id", numbered);
  const known = new Map<string, { readonly seq: number; readonly all: readonly Hypothesis[] }>();
  return (session: string): readonly Hypothesis[] => {
    const old = known.get(session) ?? { seq: 0, all: [] };
    // What was read in a transaction that was undone must not be remembered: its last one has gone or moved.
    const id = old.all.at(-1)?.id;
    const isSound = id === undefined || seqOf({ session, id })?.seq === old.seq;
    const { seq, all } = isSound ? old : { seq: 0, all: [] };
    const more = since({ session, seq });
    if (more.length === 0 && isSound) return all;
    const whole = more.length === 0 ? all : [...all, ...more];
    const last = seqOf({ session, id: whole.at(-1)?.id ?? "" })?.seq ?? 0;
    known.set(session, { seq: last, all: whole });
    return whole;
  };
}

export function createCounting(sql: Sql): Counting {
  const read = createReading(sql);
  const rows = createRows(sql);
  const count = createCounts(sql);
  const claims = createClaims(sql);
  const scan = createRegionScan(sql);
  const frontiersOf = sql.all("SELECT id FROM frontiers WHERE session = @session", z.object({ id: z.int() }));
  const isUnfolded = sql.one("SELECT 1 FROM unfolded WHERE session = @session", z.unknown());
  const folded = sql.write("DELETE FROM unfolded WHERE session = @session");
  const tasksOf = sql.all(
    "SELECT task FROM session_tasks WHERE session = @session ORDER BY seq",
    z.object({ task: z.string() }),
  );
  const apply = (frontier: number, session: string, change: Change) => {
    for (const [name, tally] of changeOf(change)) {
      const [kind, region] = JSON.parse(name) as [string, string];
      count({ frontier, class: kind, region }, tally);
    }
    const share = sharesOf(change);
    for (const hypothesis of claims(session))
      count({ frontier, class: "hypothesis", region: hypothesis.id }, share(hypothesis));
  };
  const recount = (session: string, task: string) => {
    const now = new Map(
      read(session, task).map((seen) => [rows.frontierOf(session, seen.settings), seen] as const),
    );
    const kept = new Map(rows.kept(session, task).map((row) => [row.frontier, row]));
    for (const [frontier, seen] of now) {
      const old = kept.get(frontier)?.body;
      if (old !== undefined && canonical(old) === canonical(seen.evidence)) continue;
      rows.write(frontier, seen, old);
      apply(frontier, session, { old, now: seen.evidence });
    }
    for (const [frontier, { id, body }] of kept) {
      if (now.has(frontier)) continue;
      rows.remove(frontier, id, body);
      apply(frontier, session, { old: body, now: undefined });
    }
  };
  const fold = (session: string) => {
    if (isUnfolded({ session }) === null) return;
    sql.atomically(() => {
      for (const { task } of tasksOf({ session })) recount(session, task);
      folded({ session });
    });
  };
  return {
    recount: (session, task) => {
      fold(session);
      recount(session, task);
    },
    attach: (session, hypothesis) => {
      fold(session);
      for (const { id } of frontiersOf({ session })) {
        const tally = scan.tallyOf(id, hypothesis.where, hypothesis.behaviour);
        count({ frontier: id, class: "hypothesis", region: hypothesis.id }, tally);
      }
    },
    fold,
  };
}

interface Change {
  readonly old: Evidence | undefined;
  readonly now: Evidence | undefined;
}

/** The difference that a change makes to the counted regions, by class and name. */
function changeOf({ old, now }: Change): ReadonlyMap<string, Tally> {
  const change = new Map<string, Tally>();
  for (const [evidence, times] of [[old, -1] as const, [now, 1] as const]) {
    if (evidence === undefined) continue;
    for (const one of contributionOf(evidence)) {
      const name = JSON.stringify([one.class, regionKey(one.region)]);
      change.set(name, addTally(change.get(name) ?? emptyTally, one, times));
    }
  }
  return change;
}

/** The difference that a change makes to a hypothesis. */
function sharesOf({ old, now }: Change): (hypothesis: Hypothesis) => Tally {
  const sides = [[now, 1] as const, [old, -1] as const].flatMap(([evidence, times]) =>
    evidence === undefined ? [] : [{ evidence, places: placesOf(evidence), times }],
  );
  return (hypothesis) =>
    sides.reduce(
      (sum, { evidence, places, times }) =>
        addTally(sum, contributionTo(hypothesis, evidence, places), times),
      emptyTally,
    );
}
