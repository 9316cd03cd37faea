import type { Database } from "better-sqlite3";
import { InputError } from "../core/errors.ts";
import { countTables } from "./count-tables.ts";
import { frontierTables } from "./frontier-tables.ts";

/** "Flt" and a format number: marks a file as ours (SQLite's application_id). */
const applicationId = 0x466c7401;

/**
 * The steps from an empty file to today's tables; user_version counts the steps done. Append only: a step that
 * was ever released is never edited.
 */
const migrations: readonly string[] = [
  `
  CREATE TABLE sessions (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    domain TEXT NOT NULL,
    target TEXT NOT NULL,
    oracle TEXT NOT NULL,
    user TEXT NOT NULL,
    world_actor TEXT,
    window_low REAL NOT NULL,
    window_high REAL NOT NULL,
    budget_rollouts INTEGER NOT NULL,
    budget_tokens INTEGER NOT NULL,
    seed TEXT NOT NULL,
    allow_simulated_oracle INTEGER NOT NULL,
    concurrency INTEGER NOT NULL,
    created_at TEXT NOT NULL
  ) STRICT;

  CREATE TABLE hypotheses (
    seq INTEGER PRIMARY KEY,
    session TEXT NOT NULL REFERENCES sessions (id),
    id TEXT NOT NULL,
    statement TEXT NOT NULL,
    region TEXT NOT NULL,
    behaviour TEXT NOT NULL,
    parent TEXT,
    proposed_by TEXT NOT NULL,
    UNIQUE (session, id),
    FOREIGN KEY (session, parent) REFERENCES hypotheses (session, id)
  ) STRICT;

  CREATE TABLE worlds (hash TEXT PRIMARY KEY, world BLOB NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE tasks (
    key TEXT PRIMARY KEY,
    domain TEXT NOT NULL,
    world TEXT NOT NULL REFERENCES worlds (hash),
    instruction TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;

  CREATE TABLE session_tasks (
    seq INTEGER PRIMARY KEY,
    session TEXT NOT NULL REFERENCES sessions (id),
    task TEXT NOT NULL REFERENCES tasks (key),
    gold TEXT,
    origin TEXT NOT NULL,
    cell TEXT NOT NULL,
    hypothesis TEXT,
    created_at TEXT NOT NULL,
    UNIQUE (session, task),
    FOREIGN KEY (session, hypothesis) REFERENCES hypotheses (session, id)
  ) STRICT;
  CREATE INDEX session_tasks_by_task ON session_tasks (task);

  CREATE TABLE rollouts (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    session TEXT NOT NULL,
    task TEXT NOT NULL,
    role TEXT NOT NULL,
    settings TEXT NOT NULL,
    place INTEGER NOT NULL,
    simulated INTEGER NOT NULL,
    status TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    model_input INTEGER NOT NULL,
    model_output INTEGER NOT NULL,
    user_input INTEGER NOT NULL,
    user_output INTEGER NOT NULL,
    grade TEXT NOT NULL,
    trajectory BLOB NOT NULL,
    UNIQUE (session, task, role, settings, place),
    FOREIGN KEY (session, task) REFERENCES session_tasks (session, task)
  ) STRICT;
  CREATE INDEX rollouts_by_task ON rollouts (task, session, role, settings, place);
  CREATE INDEX rollouts_spent
    ON rollouts (session, role, attempts, model_input, model_output, user_input, user_output);

  CREATE TABLE evaluations (
    session TEXT NOT NULL,
    seq INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    task TEXT NOT NULL,
    role TEXT NOT NULL,
    settings TEXT NOT NULL,
    simulated INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    from_place INTEGER NOT NULL,
    n INTEGER NOT NULL,
    passed INTEGER NOT NULL,
    unscored INTEGER NOT NULL,
    verdict TEXT NOT NULL,
    PRIMARY KEY (session, seq),
    FOREIGN KEY (session, task) REFERENCES session_tasks (session, task)
  ) STRICT;
  CREATE INDEX evaluations_by_task ON evaluations (task, session, seq);

  CREATE TABLE verifications (
    session TEXT NOT NULL,
    task TEXT NOT NULL,
    status TEXT NOT NULL,
    evaluation TEXT REFERENCES evaluations (id),
    simulated_oracle INTEGER NOT NULL,
    confirmed INTEGER NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (session, task),
    FOREIGN KEY (session, task) REFERENCES session_tasks (session, task)
  ) STRICT;

  CREATE TABLE simplifications (
    session TEXT NOT NULL,
    task TEXT NOT NULL,
    minimal TEXT NOT NULL,
    steps TEXT NOT NULL,
    PRIMARY KEY (session, task),
    FOREIGN KEY (session, task) REFERENCES session_tasks (session, task),
    FOREIGN KEY (session, minimal) REFERENCES session_tasks (session, task)
  ) STRICT;
  CREATE INDEX simplifications_by_minimal ON simplifications (session, minimal);

  CREATE TABLE harvested (
    session TEXT NOT NULL,
    task TEXT NOT NULL,
    hypothesis TEXT,
    place INTEGER NOT NULL,
    evidence TEXT NOT NULL,
    PRIMARY KEY (session, task),
    FOREIGN KEY (session, task) REFERENCES session_tasks (session, task),
    FOREIGN KEY (session, hypothesis) REFERENCES hypotheses (session, id)
  ) STRICT;
  CREATE INDEX harvested_in_order ON harvested (session, place);

  CREATE TABLE runs (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    session TEXT NOT NULL REFERENCES sessions (id),
    kind TEXT NOT NULL,
    input TEXT NOT NULL,
    status TEXT NOT NULL,
    owner TEXT NOT NULL,
    heartbeat_at TEXT NOT NULL,
    progress TEXT NOT NULL,
    result TEXT NOT NULL,
    cancel_requested INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX runs_by_session ON runs (session, seq);
  CREATE INDEX runs_by_status ON runs (status, heartbeat_at);

  CREATE TABLE iterations (
    run TEXT NOT NULL REFERENCES runs (id),
    place INTEGER NOT NULL,
    hypothesis TEXT,
    task TEXT REFERENCES tasks (key),
    outcome TEXT NOT NULL,
    PRIMARY KEY (run, place)
  ) STRICT;

  CREATE TABLE marks (
    seq INTEGER PRIMARY KEY,
    task TEXT NOT NULL REFERENCES tasks (key),
    mark TEXT NOT NULL,
    note TEXT NOT NULL,
    created_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX marks_by_task ON marks (task, seq);
  `,
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
