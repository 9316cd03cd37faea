import { z } from "zod";
import { canonical, sha256 } from "../core/json.ts";
import type { Hypothesis } from "../frontier/hypothesis.ts";
import { rarity, stemsOf, type WeightOf } from "../frontier/words.ts";
import { hypothesisColumns, hypothesisRow } from "./frontier-rows.ts";
import { insertInto, type Sql } from "./sql.ts";

/** What a hypothesis may be like: the one it is asked for, the session's others, and how many to give at most. */
export interface Alike {
  readonly session: string;
  readonly claim: Pick<Hypothesis, "id" | "statement" | "where">;
  /** Regions beside the claim's own that count as near, as axis and value. */
  readonly besides: readonly (readonly [axis: string, value: string | number])[];
  readonly limit: number;
}

/** The session's other hypotheses that share most with a claim, and how much its words say among all of them. */
export interface Likely {
  readonly hypotheses: readonly Hypothesis[];
  readonly weight: WeightOf;
}

export interface Likeness {
  /** At most `limit` each by the same region, by words, and by parts of the region; nobody is compared one by one to find them. */
  likely(on: Alike): Likely;
  /** The vectors that a model gave for these texts; undefined where none is kept. */
  vectors(model: string, texts: readonly string[]): readonly (Float32Array | undefined)[];
  keepVectors(model: string, texts: readonly string[], vectors: readonly Float32Array[]): void;
}

/** Rows of `hypothesis_traits` that one search may look at: the rarest traits first, since they say most. */
const maxRows = 3_000;

/** Six bytes of a hash: what falls on one number by chance only makes a candidate too many. */
const traitOf = (name: string) => Number.parseInt(sha256(name).slice(0, 12), 16);

const wordTrait = (stem: string) => `word ${stem}`;
const wordTraits = (statement: string) => stemsOf(statement).map(wordTrait);

/** A region as a whole: who has it is always looked at, since the same region may be the same claim. */
const wholeTrait = (where: Hypothesis["where"]) => `region ${canonical(where)}`;

/** Each axis that a region names, and each value that it allows by name. */
function regionTraits(where: Hypothesis["where"]): readonly string[] {
  return Object.entries(where).flatMap(([axis, condition]) => {
    const values = Array.isArray(condition) ? condition : typeof condition === "object" ? [] : [condition];
    return [`axis ${axis}`, ...values.map((value) => valueTrait(axis, value))];
  });
}

const valueTrait = (axis: string, value: string | number) => `value ${canonical([axis, value])}`;

const countRow = z.object({ trait: z.int(), hypotheses: z.int() });
const seqRow = z.object({ seq: z.int() });

/** Writes the traits of hypotheses, and of those that were kept before there were any. */
export function createIndexing(sql: Sql) {
  const addTrait = sql.write(
    insertInto("hypothesis_traits", ["session", "trait", "hypothesis", "share"]).replace(
      "INSERT",
      "INSERT OR IGNORE",
    ),
  );
  const addCount = sql.write(
    `INSERT INTO trait_counts (session, trait, hypotheses) VALUES (@session, @trait, 1)
     ON CONFLICT (session, trait) DO UPDATE SET hypotheses = hypotheses + 1`,
  );
  const done = sql.write("UPDATE hypotheses SET indexed = 1 WHERE seq = @seq");
  const missing = sql.all(
    `SELECT hypotheses.seq, sessions.seq AS session, statement, region FROM hypotheses
     JOIN sessions ON sessions.id = hypotheses.session
     WHERE hypotheses.session = @session AND indexed = 0`,
    z.object({ seq: z.int(), session: z.int(), statement: z.string(), region: z.string() }),
  );
  return (session: string) => {
    if (missing({ session }).length === 0) return;
    sql.atomically(() => {
      for (const { seq, session: place, statement, region } of missing({ session })) {
        const words = wordTraits(statement);
        const where = JSON.parse(region) as Hypothesis["where"];
        const regions = regionTraits(where);
        for (const names of [words, regions, [wholeTrait(where)]]) {
          for (const name of names) {
            const slots = { session: place, trait: traitOf(name) };
            if (addTrait({ ...slots, hypothesis: seq, share: 1 / Math.sqrt(names.length) }) > 0)
              addCount(slots);
          }
        }
        done({ seq });
      }
    });
  };
}

function createVectors(sql: Sql): Pick<Likeness, "vectors" | "keepVectors"> {
  const one = sql.one(
    "SELECT vector FROM embeddings WHERE model = @model AND content = @content",
    z
      .object({ vector: z.instanceof(Uint8Array) })
      .transform(({ vector }) => new Float32Array(vector.slice().buffer)),
  );
  const insert = sql.write(
    `${insertInto("embeddings", ["model", "content", "vector"])} ON CONFLICT (model, content) DO NOTHING`,
  );
  return {
    vectors: (model, texts) => texts.map((text) => one({ model, content: sha256(text) }) ?? undefined),
    keepVectors: (model, texts, vectors) => {
      sql.atomically(() => {
        for (const [i, text] of texts.entries()) {
          const vector = vectors[i];
          if (vector === undefined) continue;
          const { buffer, byteOffset, byteLength } = vector;
          insert({ model, content: sha256(text), vector: new Uint8Array(buffer, byteOffset, byteLength) });
        }
      });
    },
  };
}

export function createLikeness(sql: Sql): Likeness {
  const index = createIndexing(sql);
  const place = sql.one("SELECT seq FROM sessions WHERE id = @session", seqRow);
  const all = sql.one("SELECT count(*) AS seq FROM hypotheses WHERE session = @session", seqRow);
  const counts = sql.all(
    `SELECT trait, hypotheses FROM trait_counts
     WHERE session = @session AND trait IN (SELECT value FROM json_each(@traits))`,
    countRow,
  );
  const likest = sql.all(
    `WITH wanted AS MATERIALIZED (SELECT value ->> 0 AS trait, value ->> 1 AS weight FROM json_each(@wanted))
     SELECT ${hypothesisColumns} FROM (
       SELECT hypothesis, sum(share * weight) AS likeness
       FROM wanted CROSS JOIN hypothesis_traits
         ON hypothesis_traits.session = @session AND hypothesis_traits.trait = wanted.trait
       GROUP BY hypothesis ORDER BY likeness DESC, hypothesis DESC LIMIT @limit + 1
     ) JOIN hypotheses ON hypotheses.seq = hypothesis WHERE hypotheses.id <> @id`,
    hypothesisRow,
  );
  return {
    ...createVectors(sql),
    likely: ({ session, claim, besides, limit }) => {
      index(session);
      const seq = place({ session })?.seq ?? 0;
      const total = all({ session })?.seq ?? 0;
      const countsOf = (names: readonly string[]) => {
        const traits = new Map(names.map((name) => [name, traitOf(name)]));
        const rows = counts({ session: seq, traits: JSON.stringify([...traits.values()]) });
        const byTrait = new Map(rows.map((row) => [row.trait, row.hypotheses]));
        return (name: string) => byTrait.get(traits.get(name) ?? 0) ?? 0;
      };
      const search = (names: readonly string[]) => {
        const countOf = countsOf(names);
        const weight = rarity(total, countOf);
        const wanted = rarest(names, countOf).map((name) => [traitOf(name), weight(name)]);
        const slots = { session: seq, wanted: JSON.stringify(wanted), limit, id: claim.id };
        return likest(slots);
      };
      const near = besides.map(([axis, value]) => valueTrait(axis, value));
      const found = [
        ...search([wholeTrait(claim.where)]),
        ...search(wordTraits(claim.statement)),
        ...search([...regionTraits(claim.where), ...near]),
      ];
      const hypotheses = [...new Map(found.map((one) => [one.id, one])).values()];
      const stems = new Set([claim, ...hypotheses].flatMap(({ statement }) => stemsOf(statement)));
      const countOf = countsOf([...stems].map(wordTrait));
      return { hypotheses, weight: rarity(total, (stem) => countOf(wordTrait(stem))) };
    },
  };
}

/** The rarest traits that somebody has, as long as their rows are not too many; one at the least. */
function rarest(names: readonly string[], countOf: (name: string) => number): readonly string[] {
  const known = [...new Set(names)]
    .filter((name) => countOf(name) > 0)
    .sort((a, b) => countOf(a) - countOf(b));
  let rows = 0;
  return known.filter((name, i) => {
    rows += countOf(name);
    return i === 0 || rows <= maxRows;
  });
}
