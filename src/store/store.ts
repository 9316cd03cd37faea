import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import Database from "better-sqlite3";
import { InputError } from "../core/errors.ts";
import { type Analyses, createAnalyses } from "./analyses.ts";
import { createEvidence, type Evidence } from "./evidence.ts";
import { createCounting } from "./frontier.ts";
import { createFrontier, type Frontier } from "./frontier-reads.ts";
import { createLikeness, type Likeness } from "./likeness.ts";
import { migrate, refuseForeign } from "./migrations.ts";
import { createRetests, type Retests } from "./retests.ts";
import { createRollouts, type Rollouts } from "./rollouts.ts";
import { createRuns, type Runs } from "./runs.ts";
import { createSessions, type Sessions } from "./sessions.ts";
import { createPurse, type Purse } from "./spending.ts";
import { createSql, guarded, type Sql, unwritable } from "./sql.ts";
import { createTasks, type Tasks } from "./tasks.ts";
import { createTrials, type Trials } from "./trials.ts";

/**
 * All that is kept of every session, in one SQLite file. Each `record…` is durable when it returns: it survives
 * a killed process. Several processes may have the same file open. A file or disk that fails is an InputError.
 */
export interface Store
  extends Sessions,
    Tasks,
    Rollouts,
    Purse,
    Evidence,
    Trials,
    Analyses,
    Likeness,
    Retests,
    Runs {
  /** What the sessions have shown, counted by region. */
  readonly frontier: Frontier;
  /** Runs synchronous work as one transaction: all that it records is stored or none of it. */
  readonly atomically: Sql["atomically"];
  close(): void;
}

export interface StoreOptions {
  /** How long to wait for another process's write. */
  readonly busyTimeoutMs?: number;
  /** The file's size at most, in pages: a full disk for tests. */
  readonly maxPages?: number;
}

const defaultBusyTimeoutMs = 10_000;

/** Opens the file, made with its folder where there is none, and brings it to this version's tables. */
export function openStore(path: string, options: StoreOptions = {}): Store {
  const file = resolve(path);
  const db = openDatabase(file, options);
  const sql = createSql(db, file);
  return guarded(file, () => storeOn(db, sql));
}

function storeOn(db: Database.Database, sql: Sql): Store {
  const counting = createCounting(sql);
  return {
    ...createSessions(sql, counting),
    ...createTasks(sql),
    ...createRollouts(sql),
    ...createPurse(sql),
    ...createEvidence(sql, counting),
    ...createTrials(sql),
    ...createAnalyses(sql, counting),
    ...createLikeness(sql),
    ...createRetests(sql),
    ...createRuns(sql),
    atomically: sql.atomically,
    close: () => {
      db.close();
    },
    frontier: createFrontier(sql, counting),
  };
}

function openDatabase(file: string, { busyTimeoutMs = defaultBusyTimeoutMs, maxPages }: StoreOptions) {
  makeFolder(dirname(file));
  const db = guarded(file, () => new Database(file, { timeout: busyTimeoutMs }));
  try {
    guarded(file, () => {
      refuseForeign(db, file);
      db.pragma("journal_mode = WAL");
      // Enough in WAL for a killed process to lose nothing; only a power cut may take the last moments.
      db.pragma("synchronous = NORMAL");
      db.pragma("foreign_keys = ON");
      migrate(db);
      if (maxPages !== undefined) db.pragma(`max_page_count = ${maxPages}`);
    });
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch {
    throw new InputError(unwritable(folder));
  }
}
