import { z } from "zod";
import type { AxisValues, Region } from "../domains/domain.ts";
import type { Evidence } from "../frontier/evidence.ts";
import { piecesOf, type Situation, textsOf } from "../frontier/situation.ts";
import { emptyTally, type Placed, type Tally } from "../frontier/tally.ts";
import { insertInto, jsonColumn, replacing, type Sql } from "./sql.ts";

/**
 * The situations of a frontier, packed: any region, whatever its conditions, is counted by one pass over plain numbers.
 * A situation is a record of 32-bit words: its length, its evidence, the parts it has (a sum of `parts`), rollouts,
 * passed ones, and the numbers of its pieces. Those of one piece of evidence lie side by side in one block.
 */
export interface Blocks {
  /** Puts the situations of a piece of evidence in the place of those that it had. */
  write(on: PackedAt, evidence: Evidence, placed: Placed): void;
  remove(on: PackedAt): void;
  /** A region's tally; with a behaviour other than "outcome" only failures of that behaviour disprove. */
  tallyOf(frontier: number, region: Region, behaviour?: string): Tally;
}

interface PackedAt {
  readonly frontier: number;
  /** The evidence's number. */
  readonly id: number;
}

/** Pieces of evidence in a block. */
const perBlock = 128;
const parts = { run: 1, marked: 2, blamed: 4 } as const;
/** Words of a record before its pieces. */
const head = 5;

/** The words of a row's bytes: these may begin at any address, numbers may not, and then they are copied. */
function wordsOf(blob: Uint8Array): Uint32Array {
  const { buffer, byteOffset, byteLength } = blob.byteOffset % 4 === 0 ? blob : new Uint8Array(blob);
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}

const blockRow = z.object({
  body: z.instanceof(Uint8Array).transform(wordsOf),
});

const brokenPiece = (behaviour: string) => `broken ${JSON.stringify(behaviour)}`;

function createPieces(sql: Sql) {
  const insert = sql.one(
    `${insertInto("pieces", ["text"])} ${replacing("text", ["text"])} RETURNING id`,
    z.object({ id: z.int() }),
  );
  const find = sql.one("SELECT id FROM pieces WHERE text = @text", z.object({ id: z.int() }));
  const last = sql.one("SELECT coalesce(max(id), 0) AS id FROM pieces", z.object({ id: z.int() }));
  const numberOf = (text: string) => find({ text })?.id;
  return {
    numberOf,
    numbered: (text: string) => numberOf(text) ?? insert({ text })?.id ?? 0,
    last: () => last({})?.id ?? 0,
  };
}

export function createBlocks(sql: Sql): Blocks {
  const pieces = createPieces(sql);
  const one = sql.one("SELECT body FROM blocks WHERE frontier = @frontier AND block = @block", blockRow);
  const all = sql.all("SELECT body FROM blocks WHERE frontier = @frontier", blockRow);
  const upsert = sql.write(
    `${insertInto("blocks", ["frontier", "block", "body"])} ${replacing("frontier, block", ["body"])}`,
  );
  const replace = ({ frontier, id }: PackedAt, records: readonly number[]) => {
    const block = Math.floor(id / perBlock);
    const kept = without(id, one({ frontier, block })?.body ?? new Uint32Array());
    const body = Uint32Array.from([...kept, ...records]);
    upsert({ frontier, block, body: new Uint8Array(body.buffer) });
  };
  const seen = createSeen(sql);
  return {
    write: (on, evidence, placed) => {
      const broken = evidence.broken.map(brokenPiece);
      const records = partsOf(placed).flatMap(([situation, part]) => {
        const numbers = [...piecesOf(situation), ...broken].map(pieces.numbered);
        return [head + numbers.length, on.id, part, evidence.n, evidence.passed, ...numbers];
      });
      replace(on, records);
    },
    remove: (on) => {
      replace(on, []);
    },
    tallyOf: (frontier, region, behaviour = "outcome") => {
      const masks = new Uint32Array(pieces.last() + 1);
      const conditions = Object.entries(region);
      for (const [i, [name, condition]] of conditions.entries()) {
        const isBounds = typeof condition === "object" && !Array.isArray(condition);
        for (const text of textsOf(name, condition, isBounds ? seen(frontier, name) : [])) {
          const number = pieces.numberOf(text);
          if (number !== undefined) masks[number] = 1 << i;
        }
      }
      const breaking = behaviour === "outcome" ? 0 : 1 << conditions.length;
      const broken = pieces.numberOf(brokenPiece(behaviour));
      if (breaking !== 0 && broken !== undefined) masks[broken] = breaking;
      const counting = { masks, inside: (1 << conditions.length) - 1, breaking };
      return all({ frontier }).reduce((tally, { body }) => counted(tally, body, counting), emptyTally);
    },
  };
}

/** Each situation with the parts that it has, so that one that was run and is to blame is one record. */
function partsOf({ run, marked, blamed }: Placed): readonly (readonly [Situation, number])[] {
  return [
    ...run.map((one) => [one, parts.run + (blamed.includes(one) ? parts.blamed : 0)] as const),
    ...marked.map((one) => [one, parts.marked] as const),
  ];
}

function without(id: number, body: Uint32Array): readonly number[] {
  const kept: number[] = [];
  for (let at = 0; at < body.length; at += body[at] ?? body.length)
    if (body[at + 1] !== id) kept.push(...body.subarray(at, at + (body[at] ?? 0)));
  return kept;
}

interface Masks {
  /** For each piece the bit of the condition that it meets; a domain has fewer axes than a number has bits. */
  readonly masks: Uint32Array;
  /** The bits of all conditions together. */
  readonly inside: number;
  /** The bit that a failure must have to disprove; 0 if any does. */
  readonly breaking: number;
}

/** A tally with what one block adds to it: whatever a task's evidence is, its part is that of all its situations there together. */
function counted(before: Tally, body: Uint32Array, { masks, inside, breaking }: Masks): Tally {
  const tally = { ...before };
  let [own, at] = [-1, 0];
  let [found, disproves, n, passed] = [0, false, 0, 0];
  const close = () => {
    if ((found & parts.run) !== 0) {
      tally.tasks += 1;
      tally.rollouts += n;
      tally.failed += n - passed;
      if (passed === n) tally.passing += 1;
    }
    if ((found & parts.marked) !== 0) tally.confirmed += 1;
    if ((found & (parts.marked | parts.blamed)) !== 0 && disproves) tally.disproving += 1;
  };
  while (at < body.length) {
    const end = at + (body[at] ?? body.length);
    if (body[at + 1] !== own) {
      close();
      [own, found, disproves] = [body[at + 1] ?? -1, 0, false];
      [n, passed] = [body[at + 3] ?? 0, body[at + 4] ?? 0];
    }
    let bits = 0;
    for (let i = at + head; i < end; i++) bits |= masks[body[i] ?? 0] ?? 0;
    if ((bits & inside) === inside) {
      found |= body[at + 2] ?? 0;
      disproves = (bits & breaking) === breaking;
    }
    at = end;
  }
  close();
  return tally;
}

/** The values that an axis has had in a frontier. */
export function createSeen(sql: Sql): (frontier: number, axis: string) => readonly AxisValues[string][] {
  const valuesOf = sql.all(
    `SELECT region FROM regions WHERE frontier = @frontier AND class = 'value'
       AND region >= @from AND region < @to`,
    z.object({ region: jsonColumn<AxisValues>() }),
  );
  return (frontier, axis) => {
    const from = `{${JSON.stringify(axis)}:`;
    return valuesOf({ frontier, from, to: `${from}\u{10ffff}` }).flatMap(({ region }) =>
      Object.values(region),
    );
  };
}
