import { z } from "zod";
import type { Cell } from "../domains/cell.ts";
import type { AxisValues, Region } from "../domains/domain.ts";
import type { HarvestCounts, HarvestedCell } from "../frontier/diversity.ts";
import type { Evidence } from "../frontier/evidence.ts";
import type { Hypothesis } from "../frontier/hypothesis.ts";
import type { Neighbour } from "../frontier/posterior.ts";
import {
  type Counted,
  type HypothesisStatus,
  hypothesisStatuses,
  type RegionClass,
  type RegionStatus,
  regionClasses,
  regionStatuses,
  type Tally,
} from "../frontier/tally.ts";
import { createBlocks } from "./blocks.ts";
import { type ClaimProofs, createClaimProofs } from "./claims.ts";
import type { Counting } from "./frontier.ts";
import { hypothesisColumns, hypothesisRow, tallyColumns, tallyShape } from "./frontier-rows.ts";
import { createHarvestCounting } from "./harvest-counts.ts";
import type { Page } from "./records.ts";
import { createRegionScan, type FoundMode } from "./region-scan.ts";
import { jsonColumn, pageSlots, type Sql } from "./sql.ts";

export interface CountedRegion extends Counted {
  readonly status: RegionStatus;
}

export interface Judged {
  readonly hypothesis: Hypothesis;
  readonly status: HypothesisStatus;
}

/**
 * What a session's screening has shown, kept counted. All of it is of one of the target's settings, those that a task
 * was screened with last: different settings are never pooled.
 */
export interface Frontier extends ClaimProofs {
  /** One for each task, in the order in which they were screened: up to a place among the evaluations, the newest `limit`. */
  evidence(filter: {
    readonly session: string;
    readonly upTo?: number;
    readonly limit?: number;
  }): readonly Evidence[];
  /** Tasks that were screened under other settings, which nothing here counts. */
  tasksElsewhere(session: string): number;
  /** The counted regions of some classes that are not empty. */
  regions(session: string, classes: readonly Exclude<RegionClass, "cell">[]): readonly CountedRegion[];
  /** Request cells, those that break first; with a kind, only that kind's. */
  cells(filter: {
    readonly session: string;
    readonly kind?: string;
    readonly limit: number;
  }): readonly CountedRegion[];
  /** How many request cells of each status there are. */
  cellStatuses(session: string): Readonly<Partial<Record<RegionStatus, number>>>;
  /** What is counted of any region. */
  tallyOf(session: string, region: Region): Tally;
  /** How the failures marked in a region fail, the most frequent first. */
  failuresIn(session: string, region: Region, limit: number): readonly FoundMode[];
  /** The same of one whole request cell. */
  failuresAt(session: string, cell: Region, limit: number): readonly FoundMode[];
  /** The newest request cells of a kind, each with its name, up to a place among the evaluations. */
  askedCells(filter: {
    readonly session: string;
    readonly kind: string;
    readonly upTo?: number;
    readonly limit: number;
  }): readonly (Neighbour & { readonly key: string })[];
  /** Hypotheses with their status, in the order they were proposed. */
  judged(session: string, page?: Page): readonly Judged[];
  judgedOne(session: string, hypothesis: string): Judged | null;
  countJudged(session: string): Readonly<Record<HypothesisStatus, number>>;
  /** What is counted of the session's harvest, each task by the most frequent cause of its failure. */
  harvest(session: string): HarvestCounts;
  /** Where each harvested task lies and how it fails, in the harvest's order. */
  keptCells(session: string): readonly HarvestedCell[];
}

/** A region with its kind first, as it is told. */
const kindFirst = (region: Region): Region =>
  ("kind" in region ? { kind: region.kind, ...region } : region) as Region;

const regionRow: z.ZodType<CountedRegion> = z.object({
  ...tallyShape,
  class: z.enum(regionClasses),
  region: jsonColumn<Region>().transform(kindFirst),
  status: z.enum(regionStatuses),
});

const judgedRow = hypothesisRow.and(z.object({ status: z.enum(hypothesisStatuses).nullable() }));

function createRegions(sql: Sql, shown: (session: string) => number) {
  const all = sql.all(
    `SELECT class, region, status, ${tallyColumns} FROM regions
     WHERE frontier = @frontier AND class IN (SELECT value FROM json_each(@classes)) ORDER BY class, region`,
    regionRow,
  );
  const ofStatus = sql.all(
    `SELECT class, region, status, ${tallyColumns} FROM regions
     WHERE frontier = @frontier AND class = 'cell' AND status = @status
       AND (@kind IS NULL OR json_extract(region, '$.kind') = @kind)
     ORDER BY confirmed DESC, failed DESC LIMIT @limit`,
    regionRow,
  );
  const statuses = sql.all(
    "SELECT status, cells AS n FROM cell_statuses WHERE frontier = @frontier AND cells > 0 ORDER BY status",
    z.object({ status: z.enum(regionStatuses), n: z.int() }),
  );
  return {
    regions: (session, classes) => all({ frontier: shown(session), classes: JSON.stringify(classes) }),
    cells: ({ session, kind = null, limit }) => {
      const frontier = shown(session);
      const found: CountedRegion[] = [];
      for (const status of regionStatuses) {
        if (found.length >= limit) break;
        found.push(...ofStatus({ frontier, status, kind, limit: limit - found.length }));
      }
      return found;
    },
    cellStatuses: (session) =>
      Object.fromEntries(statuses({ frontier: shown(session) }).map(({ status, n }) => [status, n])),
  } satisfies Partial<Frontier> as Pick<Frontier, "regions" | "cells" | "cellStatuses">;
}

function createJudged(sql: Sql, shown: (session: string) => number) {
  const joined = (hypotheses: string) => `FROM ${hypotheses} LEFT JOIN regions
    ON regions.frontier = @frontier AND regions.class = 'hypothesis' AND regions.region = hypotheses.id`;
  const columns = `${hypothesisColumns}, status`;
  const paged =
    "(SELECT * FROM hypotheses WHERE session = @session ORDER BY seq LIMIT @limit OFFSET @offset) AS hypotheses";
  const all = sql.all(`SELECT ${columns} ${joined(paged)} ORDER BY hypotheses.seq`, judgedRow);
  const one = sql.one(
    `SELECT ${columns} ${joined("hypotheses")} WHERE hypotheses.session = @session AND hypotheses.id = @id`,
    judgedRow,
  );
  // A hypothesis that nothing was counted for is in no region.
  const counts = sql.all(
    `SELECT status, count(*) AS n FROM regions WHERE frontier = @frontier AND class = 'hypothesis' GROUP BY status`,
    z.object({ status: z.enum(hypothesisStatuses), n: z.int() }),
  );
  const proposed = sql.one(
    "SELECT count(*) AS n FROM hypotheses WHERE session = @session",
    z.object({ n: z.int() }),
  );
  const asJudged = (row: z.infer<typeof judgedRow>): Judged => {
    const { status, ...hypothesis } = row;
    return { hypothesis, status: status ?? "open" };
  };
  return {
    judged: (session: string, page: Page = {}) =>
      all({ frontier: shown(session), session, ...pageSlots(page) }).map(asJudged),
    judgedOne: (session: string, id: string) => {
      const row = one({ frontier: shown(session), session, id });
      return row === null ? null : asJudged(row);
    },
    countJudged: (session: string) => {
      const rows = counts({ frontier: shown(session) });
      const of = (status: HypothesisStatus) => rows.find((row) => row.status === status)?.n ?? 0;
      const [disproved, holds] = [of("disproved"), of("holds")];
      return { disproved, holds, open: (proposed({ session })?.n ?? 0) - disproved - holds };
    },
  };
}

export function createFrontier(sql: Sql, counting: Pick<Counting, "fold">): Frontier {
  const scan = createRegionScan(sql);
  const blocks = createBlocks(sql);
  const newest = sql.one(
    `SELECT frontiers.id FROM frontiers WHERE session = @session
     ORDER BY (SELECT max(seq) FROM evidence WHERE frontier = frontiers.id) DESC LIMIT 1`,
    z.object({ id: z.int() }),
  );
  const shown = (session: string): number => {
    counting.fold(session);
    return newest({ session })?.id ?? 0;
  };
  const evidence = sql.all(
    `SELECT body FROM evidence WHERE frontier = @frontier AND seq <= @upTo ORDER BY seq DESC LIMIT @limit`,
    z.object({ body: jsonColumn<Evidence>() }),
  );
  const elsewhere = sql.one(
    `SELECT count(DISTINCT task) AS n FROM evidence
     WHERE frontier IN (SELECT id FROM frontiers WHERE session = @session AND id <> @frontier)`,
    z.object({ n: z.int() }),
  );
  const asked = sql.all(
    `SELECT request AS cell, request AS key, n, n - passed AS failed FROM situations JOIN evidence ON evidence.id = evidence
     WHERE situations.frontier = @frontier AND marked = 0 AND kind = @kind AND seq <= @upTo
     ORDER BY evidence DESC, place LIMIT @limit`,
    z.object({ cell: jsonColumn<AxisValues>(), key: z.string(), n: z.int(), failed: z.int() }),
  );
  const { counts } = createHarvestCounting(sql);
  const kept = sql.all(
    "SELECT mode, cell FROM kept_tasks WHERE session = @session ORDER BY place, task",
    z.object({ mode: z.string(), cell: jsonColumn<Cell>() }),
  );
  return {
    keptCells: (session) => {
      counting.fold(session);
      return kept({ session });
    },
    harvest: (session) => {
      counting.fold(session);
      return counts(session);
    },
    ...createClaimProofs(sql),
    ...createRegions(sql, shown),
    ...createJudged(sql, shown),
    evidence: ({ session, upTo = Number.MAX_SAFE_INTEGER, limit = -1 }) =>
      evidence({ frontier: shown(session), upTo, limit })
        .map(({ body }) => body)
        .toReversed(),
    tasksElsewhere: (session) => elsewhere({ session, frontier: shown(session) })?.n ?? 0,
    tallyOf: (session, region) => blocks.tallyOf(shown(session), region),
    failuresAt: (session, cell, limit) => scan.failuresAt(shown(session), cell, limit),
    failuresIn: (session, region, limit) => scan.failuresIn(shown(session), region, limit),
    askedCells: ({ session, kind, upTo = Number.MAX_SAFE_INTEGER, limit }) =>
      asked({ frontier: shown(session), kind, upTo, limit }),
  };
}
