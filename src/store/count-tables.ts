/** The step of the migrations that packs what regions are counted from, and counts harvests. It was released as it stands. */
export const countTables = `
  -- Values by number, so that a situation is a row of plain numbers.
  CREATE TABLE pieces (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;

  -- The situations of so many tasks in a row, as one blob.
  CREATE TABLE blocks (
    frontier INTEGER NOT NULL REFERENCES frontiers (id),
    block INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (frontier, block)
  ) STRICT;

  CREATE TABLE cell_statuses (
    frontier INTEGER NOT NULL REFERENCES frontiers (id),
    status TEXT NOT NULL,
    cells INTEGER NOT NULL,
    PRIMARY KEY (frontier, status)
  ) STRICT, WITHOUT ROWID;

  -- What is counted of each harvested task, so that it can be taken out again.
  CREATE TABLE kept_tasks (
    session TEXT NOT NULL,
    task TEXT NOT NULL,
    place INTEGER NOT NULL,
    mode TEXT NOT NULL,
    cell TEXT NOT NULL,
    PRIMARY KEY (session, task)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX kept_tasks_in_order ON kept_tasks (session, place, task);
  CREATE INDEX kept_tasks_by_mode ON kept_tasks (session, mode);
  CREATE TABLE kept_values (
    session TEXT NOT NULL,
    axis TEXT NOT NULL,
    value TEXT NOT NULL,
    tasks INTEGER NOT NULL,
    PRIMARY KEY (session, axis, value)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX harvested_by_original ON harvested (session, json_extract(evidence, '$.original'));

  CREATE INDEX situations_marked ON situations (frontier, request) WHERE marked = 1;

  -- All is folded anew when a session is next looked at.
  DELETE FROM regions;
  DELETE FROM situations;
  DELETE FROM evidence;
  INSERT OR IGNORE INTO unfolded SELECT id FROM sessions;

  CREATE TRIGGER cell_added AFTER INSERT ON regions WHEN new.class = 'cell' BEGIN
    INSERT INTO cell_statuses VALUES (new.frontier, new.status, 1)
      ON CONFLICT (frontier, status) DO UPDATE SET cells = cells + 1;
  END;
  CREATE TRIGGER cell_changed AFTER UPDATE OF status ON regions
    WHEN new.class = 'cell' AND new.status <> old.status BEGIN
    UPDATE cell_statuses SET cells = cells - 1 WHERE frontier = old.frontier AND status = old.status;
    INSERT INTO cell_statuses VALUES (new.frontier, new.status, 1)
      ON CONFLICT (frontier, status) DO UPDATE SET cells = cells + 1;
  END;
  CREATE TRIGGER cell_removed AFTER DELETE ON regions WHEN old.class = 'cell' BEGIN
    UPDATE cell_statuses SET cells = cells - 1 WHERE frontier = old.frontier AND status = old.status;
  END;
`;
