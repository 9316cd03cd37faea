/** The first step of the migrations: sessions, and what is recorded of them. It was released as it stands. */
export const recordTables = `
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
`;
