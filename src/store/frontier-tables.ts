/** The step of the migrations that adds what is counted of sessions. It was released as it stands. */
export const frontierTables = `
  ALTER TABLE hypotheses ADD COLUMN claims TEXT;
  CREATE INDEX hypotheses_in_order ON hypotheses (session, seq);

  -- What a session has shown under one of the target's settings: different settings are never pooled.
  CREATE TABLE frontiers (
    id INTEGER PRIMARY KEY,
    session TEXT NOT NULL REFERENCES sessions (id),
    settings TEXT NOT NULL,
    UNIQUE (session, settings)
  ) STRICT;

  CREATE TABLE evidence (
    id INTEGER PRIMARY KEY,
    frontier INTEGER NOT NULL REFERENCES frontiers (id),
    task TEXT NOT NULL,
    seq INTEGER NOT NULL,
    n INTEGER NOT NULL,
    passed INTEGER NOT NULL,
    smallest TEXT NOT NULL,
    mode TEXT,
    broken TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (frontier, task)
  ) STRICT;
  CREATE INDEX evidence_in_order ON evidence (frontier, seq);

  CREATE TABLE situations (
    frontier INTEGER NOT NULL,
    marked INTEGER NOT NULL,
    kind TEXT NOT NULL,
    evidence INTEGER NOT NULL,
    place INTEGER NOT NULL,
    blamed INTEGER NOT NULL,
    request TEXT NOT NULL,
    axes TEXT NOT NULL,
    PRIMARY KEY (frontier, marked, kind, evidence, place)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE regions (
    frontier INTEGER NOT NULL REFERENCES frontiers (id),
    class TEXT NOT NULL,
    region TEXT NOT NULL,
    status TEXT NOT NULL,
    tasks INTEGER NOT NULL,
    rollouts INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    passing INTEGER NOT NULL,
    confirmed INTEGER NOT NULL,
    disproving INTEGER NOT NULL,
    PRIMARY KEY (frontier, class, region)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX regions_by_status ON regions (frontier, class, status, confirmed, failed);

  -- Sessions from before there were counts: folded when they are first looked at.
  CREATE TABLE unfolded (session TEXT PRIMARY KEY REFERENCES sessions (id)) STRICT, WITHOUT ROWID;
  INSERT INTO unfolded SELECT id FROM sessions;

  CREATE TABLE graded (
    session TEXT NOT NULL,
    role TEXT NOT NULL,
    status TEXT NOT NULL,
    rollouts INTEGER NOT NULL,
    PRIMARY KEY (session, role, status)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO graded SELECT session, role, status, count(*) FROM rollouts GROUP BY session, role, status;
  CREATE TRIGGER graded_anew AFTER INSERT ON rollouts BEGIN
    INSERT INTO graded VALUES (new.session, new.role, new.status, 1)
      ON CONFLICT (session, role, status) DO UPDATE SET rollouts = rollouts + 1;
  END;
  CREATE TRIGGER graded_again AFTER UPDATE OF status ON rollouts WHEN new.status <> old.status BEGIN
    UPDATE graded SET rollouts = rollouts - 1
      WHERE session = old.session AND role = old.role AND status = old.status;
    INSERT INTO graded VALUES (new.session, new.role, new.status, 1)
      ON CONFLICT (session, role, status) DO UPDATE SET rollouts = rollouts + 1;
  END;
  CREATE INDEX verifications_by_status ON verifications (session, status, confirmed);
`;
