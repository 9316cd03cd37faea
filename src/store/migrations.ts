import type { Database } from "better-sqlite3";
import { InputError } from "../core/errors.ts";
import { claimTables } from "./claim-tables.ts";
import { countTables } from "./count-tables.ts";
import { frontierTables } from "./frontier-tables.ts";
import { recordTables } from "./record-tables.ts";

/** "Flt" and a format number: marks a file as ours (SQLite's application_id). */
const applicationId = 0x466c7401;

/**
 * The steps from an empty file to today's tables; user_version counts the steps done. Append only: a step that
 * was ever released is never edited.
 */
const migrations: readonly string[] = [
  recordTables,
  `
  CREATE TABLE spending (
    session TEXT NOT NULL REFERENCES sessions (id),
    role TEXT NOT NULL,
    begun INTEGER NOT NULL,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    PRIMARY KEY (session, role)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO spending
    SELECT session, role, sum(attempts), sum(model_input), sum(model_output) FROM rollouts GROUP BY session, role;
  INSERT INTO spending
    SELECT session, 'user', 0, sum(user_input), sum(user_output) FROM rollouts GROUP BY session;
  `,
  `
  ALTER TABLE sessions ADD COLUMN phraser TEXT;
  ALTER TABLE session_tasks ADD COLUMN construction TEXT;

  CREATE TABLE analyses (
    session TEXT NOT NULL,
    task TEXT NOT NULL,
    rollouts INTEGER NOT NULL,
    notes TEXT NOT NULL,
    PRIMARY KEY (session, task),
    FOREIGN KEY (session, task) REFERENCES session_tasks (session, task)
  ) STRICT;
  `,
  `
  ALTER TABLE sessions ADD COLUMN embedder TEXT;

  ALTER TABLE hypotheses ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX hypotheses_not_indexed ON hypotheses (session) WHERE indexed = 0;

  CREATE TABLE hypothesis_traits (
    session INTEGER NOT NULL,
    trait INTEGER NOT NULL,
    hypothesis INTEGER NOT NULL,
    share REAL NOT NULL,
    PRIMARY KEY (session, trait, hypothesis)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE trait_counts (
    session INTEGER NOT NULL,
    trait INTEGER NOT NULL,
    hypotheses INTEGER NOT NULL,
    PRIMARY KEY (session, trait)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE embeddings (
    model TEXT NOT NULL,
    content TEXT NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (model, content)
  ) STRICT, WITHOUT ROWID;

  ALTER TABLE session_tasks ADD COLUMN first_kind TEXT
    GENERATED ALWAYS AS (json_extract(cell, '$.requests[0].kind')) VIRTUAL;
  CREATE INDEX session_tasks_by_kind ON session_tasks (session, first_kind, seq);
  `,
  `
  ALTER TABLE sessions ADD COLUMN parent TEXT REFERENCES sessions (id);
  ALTER TABLE sessions ADD COLUMN checkpoint TEXT;
  CREATE INDEX sessions_by_parent ON sessions (parent) WHERE parent IS NOT NULL;

  CREATE TABLE retests (
    session TEXT NOT NULL,
    task TEXT NOT NULL,
    parent TEXT NOT NULL REFERENCES sessions (id),
    outcome TEXT NOT NULL,
    evidence TEXT NOT NULL,
    PRIMARY KEY (session, task),
    FOREIGN KEY (session, task) REFERENCES session_tasks (session, task)
  ) STRICT;
  `,
  frontierTables,
  `
  ALTER TABLE simplifications ADD COLUMN certificate TEXT;
  `,
  countTables,
  `
  ALTER TABLE evaluations ADD COLUMN prior_alpha REAL NOT NULL DEFAULT 1;
  ALTER TABLE evaluations ADD COLUMN prior_beta REAL NOT NULL DEFAULT 1;
  ALTER TABLE evaluations ADD COLUMN prior_rollouts INTEGER DEFAULT 0;
  `,
  `
  ALTER TABLE sessions ADD COLUMN quotas TEXT;
  `,
  claimTables,
  `
  ALTER TABLE retests ADD COLUMN created_at TEXT;
  `,
];

const number = (db: Database, name: string): number => Number(db.pragma(name, { simple: true }));

/** Refuses, before anything is written, a file from a newer version or of another program (InputError). */
export function refuseForeign(db: Database, path: string): void {
  const look = db.transaction(() => ({
    application: number(db, "application_id"),
    version: number(db, "user_version"),
    empty: db.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined,
  }));
  const { application, version, empty } = look();
  if (application !== applicationId && !(empty && application === 0 && version === 0)) {
    throw new InputError(
      `${path} is a database of another program: name a new file, or one that Faultline made.`,
    );
  }
  if (version > migrations.length) {
    throw new InputError(
      `${path} was written by a newer Faultline (format ${version}, this one knows up to ${migrations.length}): update Faultline, or name another file.`,
    );
  }
}

/** Brings a file to today's tables, whole or not at all; two processes may do it at once. */
export function migrate(db: Database): void {
  const steps = db.transaction(() => {
    for (const step of migrations.slice(number(db, "user_version"))) db.exec(step);
    db.pragma(`application_id = ${applicationId}`);
    db.pragma(`user_version = ${migrations.length}`);
  });
  steps.immediate();
}
