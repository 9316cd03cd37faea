import { z } from "zod";
import { canonical } from "../core/json.ts";
import type { Evidence } from "../frontier/evidence.ts";
import type { Hypothesis } from "../frontier/hypothesis.ts";
import {
  addTally,
  contributionOf,
  contributionTo,
  emptyTally,
  isEmpty,
  placesOf,
  regionKey,
  statusOf,
  type Tally,
  tallyNames,
  verdictOn,
} from "../frontier/tally.ts";
import { createBlocks } from "./blocks.ts";
import { createReading, createRows } from "./evidence-rows.ts";
import { hypothesisColumns, hypothesisRow, tallyColumns, tallyRow } from "./frontier-rows.ts";
import { createHarvestCounting } from "./harvest-counts.ts";
import { insertInto, replacing, type Sql } from "./sql.ts";

/** Keeps a session's counts equal to what a fold over its evidence would give. Every member runs inside a transaction. */
export interface Counting {
  /** Counts what has changed of a task since it was counted last. */
  recount(session: string, task: string): void;
  /** Counts what has changed of a harvested task, or of one that was taken out, and of those made from it. */
  recountHarvest(session: string, task: string): void;
  /** Counts for a new hypothesis what the session has shown before. */
  attach(session: string, hypothesis: Hypothesis): void;
  /** Counts all of a session that was recorded before there were counts. */
  fold(session: string): void;
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

interface Known {
  readonly seq: number;
  readonly last: string | null;
  readonly byKind: ReadonlyMap<string, readonly Hypothesis[]>;
}

/** The kind that a hypothesis is about; those about several or any stand under "". */
const kindOf = ({ where: { kind } }: Hypothesis) => (typeof kind === "string" ? kind : "");

const nothingKnown: Known = { seq: 0, last: null, byKind: new Map() };

/** A session's hypotheses that can be about some kinds, read once and then only what was added since. */
function createClaims(sql: Sql) {
  const since = sql.all(
    `SELECT ${hypothesisColumns} FROM hypotheses WHERE session = @session AND seq > @seq ORDER BY seq`,
    hypothesisRow,
  );
  const seqOf = sql.one(
    "SELECT seq FROM hypotheses WHERE session = @session AND id = @id",
    z.object({ seq: z.int() }),
  );
  const known = new Map<string, Known>();
  return (session: string, kinds: ReadonlySet<string>): readonly Hypothesis[] => {
    const old = known.get(session) ?? nothingKnown;
    // What was read in a transaction that was undone must not be remembered: its last one has gone or moved.
    const isSound = old.last === null || seqOf({ session, id: old.last })?.seq === old.seq;
    const { seq, last, byKind } = isSound ? old : nothingKnown;
    const more = since({ session, seq });
    const id = more.at(-1)?.id ?? last;
    const all = more.length === 0 ? byKind : Map.groupBy([...[...byKind.values()].flat(), ...more], kindOf);
    known.set(session, { seq: id === null ? 0 : (seqOf({ session, id })?.seq ?? 0), last: id, byKind: all });
    return [...kinds, ""].flatMap((kind) => all.get(kind) ?? []);
  };
}

export function createCounting(sql: Sql): Counting {
  const read = createReading(sql);
  const blocks = createBlocks(sql);
  const rows = createRows(sql, blocks);
  const count = createCounts(sql);
  const claims = createClaims(sql);
  const harvest = createHarvestCounting(sql);
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
    for (const hypothesis of claims(session, kindsOf(change)))
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
      for (const { task } of tasksOf({ session })) {
        recount(session, task);
        harvest.recount(session, task);
      }
      folded({ session });
    });
  };
  return {
    recount: (session, task) => {
      fold(session);
      recount(session, task);
    },
    recountHarvest: (session, task) => {
      fold(session);
      harvest.recount(session, task);
    },
    attach: (session, hypothesis) => {
      fold(session);
      for (const { id } of frontiersOf({ session })) {
        const tally = blocks.tallyOf(id, hypothesis.where, hypothesis.behaviour);
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

const kindsOf = ({ old, now }: Change): ReadonlySet<string> =>
  new Set(
    [old, now].flatMap((evidence) =>
      [evidence?.cell, evidence?.minimal].flatMap(
        (cell) => cell?.requests.map(({ kind }) => String(kind)) ?? [],
      ),
    ),
  );

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
