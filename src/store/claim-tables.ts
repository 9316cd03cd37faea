/** The step of the migrations that keeps what proves a claimed label. It was released as it stands. */
export const claimTables = `
  -- Every label that was claimed in a session, with the assertion that each task of it meets; null where none proves it.
  CREATE TABLE claimed_values (
    session TEXT NOT NULL REFERENCES sessions (id),
    axis TEXT NOT NULL,
    value TEXT NOT NULL,
    proof TEXT,
    PRIMARY KEY (session, axis, value)
  ) STRICT, WITHOUT ROWID;
  INSERT OR IGNORE INTO claimed_values
    SELECT session, told.key, claims -> told.fullkey, NULL FROM hypotheses, json_each(claims) AS told;
`;
