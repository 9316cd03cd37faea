import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeEach, expect } from "vitest";
import { InputError } from "../../src/core/errors.ts";
import { openStore, type Store, type StoreOptions } from "../../src/store/store.ts";

/** A file of its own for each test, in a folder that goes when the tests are over. */
export function storeFiles() {
  const root = mkdtempSync(join(tmpdir(), "faultline-store-"));
  const open: Store[] = [];
  let count = 0;
  let path = "";
  beforeEach(() => {
    path = join(root, String(count++), "faultline.db");
  });
  afterAll(() => {
    for (const each of open) each.close();
    rmSync(root, { recursive: true });
  });
  return {
    root,
    path: () => path,
    opened: (options: StoreOptions = {}): Store => {
      const store = openStore(path, options);
      open.push(store);
      return store;
    },
    /** What a query says to another reader of the file. */
    rows: (text: string): unknown[] => {
      const raw = new Database(path, { readonly: true });
      try {
        return raw.prepare(text).all();
      } finally {
        raw.close();
      }
    },
  };
}

/** The sentence of the InputError that the work ends with. */
export function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  }
  throw new Error("expected an InputError, nothing was thrown");
}

/** Takes a file back to the tables it had before there were counts; gives its raw database, to be closed. */
export function beforeCounts(path: string): Database.Database {
  const raw = new Database(path);
  const triggers = ["graded_anew", "graded_again", "cell_added", "cell_changed", "cell_removed"];
  for (const trigger of triggers) raw.exec(`DROP TRIGGER ${trigger}`);
  for (const index of ["hypotheses_in_order", "verifications_by_status", "harvested_by_original"])
    raw.exec(`DROP INDEX ${index}`);
  const packed = ["pieces", "blocks", "cell_statuses", "kept_tasks", "kept_values"];
  const counted = ["claimed_values", "situations", "regions", "evidence", "frontiers", "unfolded", "graded"];
  for (const table of [...packed, ...counted]) raw.exec(`DROP TABLE ${table}`);
  raw.exec(
    `ALTER TABLE hypotheses DROP COLUMN claims;
     ALTER TABLE simplifications DROP COLUMN certificate;
     ALTER TABLE evaluations DROP COLUMN prior_alpha;
     ALTER TABLE evaluations DROP COLUMN prior_beta;
     ALTER TABLE evaluations DROP COLUMN prior_rollouts;
     ALTER TABLE sessions DROP COLUMN quotas;
     ALTER TABLE retests DROP COLUMN created_at;
     PRAGMA user_version = 5`,
  );
  return raw;
}
