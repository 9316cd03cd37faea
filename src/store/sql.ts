import { deflateSync, inflateSync } from "node:zlib";
import Database from "better-sqlite3";
import { z } from "zod";
import { InputError } from "../core/errors.ts";
import type { Page } from "./records.ts";

/** Values for a statement's named slots. */
export type Slots = Readonly<Record<string, string | number | null | Uint8Array>>;

/** A database's statements: prepared once, their rows parsed on the way out, their errors said in a sentence. */
export interface Sql {
  /** A write; gives the number of rows it changed. */
  write(text: string): (slots: Slots) => number;
  one<R>(text: string, row: z.ZodType<R>): (slots: Slots) => R | null;
  all<R>(text: string, row: z.ZodType<R>): (slots: Slots) => readonly R[];
  /** Runs synchronous work as one transaction: all of it is stored or none. May be nested. */
  atomically<T>(work: () => T): T;
}

const sentences: readonly (readonly [prefix: string, sentence: (path: string) => string])[] = [
  [
    "SQLITE_FULL",
    (path) =>
      `The disk that holds ${path} is full: free some space and try again; what was stored before is kept.`,
  ],
  ["SQLITE_NOTADB", (path) => `${path} is not a database: name a new file, or one that Faultline made.`],
  [
    "SQLITE_CORRUPT",
    (path) => `The database ${path} is damaged: restore it from a copy, or name a new file.`,
  ],
  [
    "SQLITE_BUSY",
    (path) => `Another process has kept ${path} locked for too long: try again, or stop that process.`,
  ],
  ["SQLITE_IOERR", (path) => `The disk that holds ${path} failed to read or write: check it and try again.`],
  ...["SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM"].map((prefix) => [prefix, unwritable] as const),
];

/** The sentence for a file or folder that may not be written. */
export function unwritable(path: string): string {
  return `${path} cannot be written: allow writing to the file and its folder, or name another place.`;
}

/** Does the work; what goes wrong with the file or its disk becomes an InputError, anything else stays as it is. */
export function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
    const found = sentences.find(([prefix]) => error.code.startsWith(prefix));
    throw found === undefined ? error : new InputError(found[1](path));
  }
}

export function createSql(db: Database.Database, path: string): Sql {
  const read = <R>(row: z.ZodType<R>, raw: unknown): R => {
    try {
      return row.parse(raw);
    } catch {
      throw new InputError(
        `${path} holds a row that cannot be read: restore it from a copy, or name a new file.`,
      );
    }
  };
  return {
    write: (text) => {
      const statement = db.prepare<Slots>(text);
      return (slots) => guarded(path, () => statement.run(slots).changes);
    },
    one: (text, row) => {
      const statement = db.prepare<Slots>(text);
      return (slots) => {
        // `all`, not `get`: a write that returns its row must run to its end for its errors to be heard.
        const [raw] = guarded(path, () => statement.all(slots));
        return raw === undefined ? null : read(row, raw);
      };
    },
    all: (text, row) => {
      const statement = db.prepare<Slots>(text);
      return (slots) => guarded(path, () => statement.all(slots)).map((raw) => read(row, raw));
    },
    atomically: (work) => guarded(path, () => db.transaction(work).immediate()),
  };
}

/** `INSERT INTO table (a, b) VALUES (@a, @b)`. */
export function insertInto(table: string, columns: readonly string[]): string {
  return `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map((name) => `@${name}`).join(", ")})`;
}

/** `ON CONFLICT (a) DO UPDATE SET b = excluded.b`. */
export function replacing(key: string, columns: readonly string[]): string {
  return `ON CONFLICT (${key}) DO UPDATE SET ${columns.map((name) => `${name} = excluded.${name}`).join(", ")}`;
}

/** The slots `limit` and `offset`; SQLite reads a limit of −1 as none. */
export function pageSlots({ limit, offset }: Page): Slots {
  return { limit: limit ?? -1, offset: offset ?? 0 };
}

/** A value as a compressed blob: worlds and trajectories are long and repeat themselves. */
export function pack(value: object): Uint8Array {
  return deflateSync(JSON.stringify(value));
}

/** A column that `pack` wrote. */
export function packedColumn<T>(): z.ZodType<T> {
  return z.instanceof(Uint8Array).transform((blob) => JSON.parse(inflateSync(blob).toString("utf8")) as T);
}

/** A column of JSON text that the store itself wrote. */
export function jsonColumn<T>(): z.ZodType<T> {
  return z.string().transform((text) => JSON.parse(text) as T);
}

/** A column of 0 or 1. */
export const flagColumn: z.ZodType<boolean> = z.literal([0, 1]).transform((flag) => flag === 1);

export function flag(value: boolean): 0 | 1 {
  return value ? 1 : 0;
}
