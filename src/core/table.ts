import { canonical, isObject, type Json, type JsonObject, sha256 } from "./json.ts";

const bucketCount = 64;

/**
 * A keyed collection of immutable records that shares structure: `set` copies one bucket of 64, everything else
 * is common to both versions, so keeping an old version (a fork) is free. Iteration is in the order of insertion.
 */
export interface Table<R extends object = JsonObject> {
  readonly size: number;
  get(id: string): R | undefined;
  has(id: string): boolean;
  /** This table with one record replaced or added. */
  set(id: string, record: R): Table<R>;
  /** This table without one record. */
  delete(id: string): Table<R>;
  ids(): readonly string[];
  records(): readonly R[];
  /** Merkle hash: sha-256 over 64 bucket hashes, each over its records' hashes; unchanged parts are remembered. */
  hash(): string;
}

type Bucket<R> = ReadonlyMap<string, R>;

const recordHashes = new WeakMap<object, string>();

const partTexts = new WeakMap<object, string>();

/**
 * The canonical text of a record. Objects two levels down (one date of a flight, one payment method) are remembered
 * by identity: a write leaves most of them as they were.
 */
function canonicalParts(value: unknown, level: number): string {
  if (!isObject(value)) return canonical(value);
  if (level === 2) {
    const text = partTexts.get(value) ?? canonical(value);
    partTexts.set(value, text);
    return text;
  }
  const members = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalParts(value[key], level + 1)}`);
  return `{${members.join(",")}}`;
}

/** Sha-256 of a record's canonical text, remembered by the record's identity (records never change). */
export function recordHash(record: object): string {
  const known = recordHashes.get(record);
  if (known !== undefined) return known;
  const hash = sha256(canonicalParts(record, 0));
  recordHashes.set(record, hash);
  return hash;
}

const bucketHashes = new WeakMap<object, string>();

function bucketHash(bucket: Bucket<object>): string {
  const known = bucketHashes.get(bucket);
  if (known !== undefined) return known;
  let text = "";
  for (const id of [...bucket.keys()].sort()) {
    text += `${JSON.stringify(id)}:${recordHash(bucket.get(id) as object)}\n`;
  }
  const hash = sha256(text);
  bucketHashes.set(bucket, hash);
  return hash;
}

/** FNV-1a, 32 bits (Fowler, Noll and Vo): spreads ids over buckets. */
function bucketOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % bucketCount;
}

function createTable<R extends object>(buckets: readonly Bucket<R>[], order: readonly string[]): Table<R> {
  const bucketFor = (id: string) => buckets[bucketOf(id)] as Bucket<R>;
  const withBucket = (id: string, change: (bucket: Map<string, R>) => void) => {
    const bucket = new Map(bucketFor(id));
    change(bucket);
    const next = buckets.slice();
    next[bucketOf(id)] = bucket;
    return next;
  };
  let hash: string | undefined;
  let records: readonly R[] | undefined;
  return {
    size: order.length,
    get: (id) => bucketFor(id).get(id),
    has: (id) => bucketFor(id).has(id),
    set: (id, record) =>
      createTable(
        withBucket(id, (bucket) => bucket.set(id, record)),
        bucketFor(id).has(id) ? order : [...order, id],
      ),
    delete: (id) =>
      createTable(
        withBucket(id, (bucket) => bucket.delete(id)),
        order.filter((other) => other !== id),
      ),
    ids: () => order,
    records: () => {
      records ??= order.map((id) => bucketFor(id).get(id) as R);
      return records;
    },
    hash: () => {
      hash ??= sha256(buckets.map(bucketHash).join(""));
      return hash;
    },
  };
}

/** A table of the records of a plain object, in its order. */
export function tableOf<R extends object>(records: Readonly<Record<string, R>>): Table<R> {
  const buckets = Array.from({ length: bucketCount }, () => new Map<string, R>());
  const order = Object.keys(records);
  for (const id of order) (buckets[bucketOf(id)] as Map<string, R>).set(id, records[id] as R);
  return createTable(buckets, order);
}

/** The plain object of a table. */
export function plainTable<R extends object>(table: Table<R>): Record<string, R> {
  return Object.fromEntries(table.ids().map((id) => [id, table.get(id) as R]));
}

const texts = new WeakMap<object, string>();

/** The JSON text of a record, remembered by its identity. */
export function recordText(record: Json): string {
  if (record === null || typeof record !== "object") return JSON.stringify(record);
  const known = texts.get(record);
  if (known !== undefined) return known;
  const text = JSON.stringify(record);
  texts.set(record, text);
  return text;
}
