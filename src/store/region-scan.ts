import { z } from "zod";
import type { AxisValues, Region } from "../domains/domain.ts";
import { textsOf } from "../frontier/situation.ts";
import { emptyTally, type Tally } from "../frontier/tally.ts";
import { tallyRow } from "./frontier-rows.ts";
import { jsonColumn, type Slots, type Sql } from "./sql.ts";

/** What is known of any region, counted ones or not, by one look over the situations of its kinds. */
export interface RegionScan {
  /** A region's tally; with a behaviour other than "outcome" only failures of that behaviour disprove. */
  tallyOf(frontier: number, region: Region, behaviour?: string): Tally;
  /** How the newest 200 failures marked in a region fail, the most frequent first, each with the first of its tasks. */
  failuresIn(frontier: number, region: Region, limit: number): readonly FoundMode[];
}

export interface FoundMode {
  /** Null where what went wrong has no name. */
  readonly mode: string | null;
  readonly tasks: number;
  /** The key of the first task that showed it, in its smallest form. */
  readonly smallest: string;
}

/** A region as a condition of SQL on a row of situations, and the values for its slots. */
interface Where {
  readonly text: string;
  readonly slots: Slots;
}

const modeRow: z.ZodType<FoundMode> = z.object({
  mode: z.string().nullable(),
  tasks: z.int(),
  smallest: z.string(),
});

/** Whatever a task's evidence is, its part in a region is that of all its situations there together. */
const tallyText = (where: string) => `SELECT
    coalesce(sum(run), 0) AS tasks, coalesce(sum(run * n), 0) AS rollouts,
    coalesce(sum(run * (n - passed)), 0) AS failed, coalesce(sum(run AND passed = n), 0) AS passing,
    coalesce(sum(mark), 0) AS confirmed,
    coalesce(sum(breaks AND (@behaviour = 'outcome' OR instr(broken, @broken) > 0)), 0) AS disproving
  FROM (
    SELECT evidence, max(1 - marked) AS run, max(marked) AS mark, max(marked OR blamed) AS breaks FROM situations
    WHERE frontier = @frontier AND marked IN (0, 1) AND ${where} GROUP BY evidence
  ) JOIN evidence ON evidence.id = evidence`;

/** Failures of a region, the newest, among which its ways to fail are counted. */
const failuresLookedAt = 200;

const modesText = (where: string) => `SELECT mode, count(*) AS tasks, min(seq), smallest
  FROM (
    SELECT DISTINCT evidence FROM situations WHERE frontier = @frontier AND marked = 1 AND ${where}
    ORDER BY evidence DESC LIMIT ${failuresLookedAt}
  ) JOIN evidence ON evidence.id = evidence
  GROUP BY mode ORDER BY tasks DESC, mode LIMIT @limit`;

export function createRegionScan(sql: Sql): RegionScan {
  const valuesOf = sql.all(
    `SELECT region FROM regions WHERE frontier = @frontier AND class = 'value'
       AND region >= @from AND region < @to`,
    z.object({ region: jsonColumn<AxisValues>() }),
  );
  const seen = (frontier: number, name: string) => {
    const from = `{${JSON.stringify(name)}:`;
    return valuesOf({ frontier, from, to: `${from}\u{10ffff}` }).flatMap(({ region }) =>
      Object.values(region),
    );
  };
  const whereOf = (frontier: number, region: Region): Where => {
    const slots: Record<string, string> = {};
    const slot = (value: string) => {
      const name = `s${Object.keys(slots).length}`;
      slots[name] = value;
      return `@${name}`;
    };
    const kinds = [region.kind ?? []].flat().filter((kind) => typeof kind === "string");
    const rest = Object.entries(region).filter(([name]) => name !== "kind" || kinds.length === 0);
    const conditions = rest.map(([name, condition]) => {
      const isBounds = typeof condition === "object" && !Array.isArray(condition);
      const texts = textsOf(name, condition, isBounds ? seen(frontier, name) : []);
      const any = texts.map((text) => `instr(axes, ${slot(text)}) > 0`);
      return any.length === 0 ? "FALSE" : `(${any.join(" OR ")})`;
    });
    const ofKind = kinds.length === 0 ? [] : [`kind IN (${kinds.map(slot).join(", ")})`];
    return { text: [...ofKind, ...conditions, "TRUE"].join(" AND "), slots };
  };
  // Few texts come up again and again: they differ by the number of conditions and values alone.
  const tallies = new Map<string, (slots: Slots) => Tally | null>();
  const modes = new Map<string, (slots: Slots) => readonly FoundMode[]>();
  return {
    tallyOf: (frontier, region, behaviour = "outcome") => {
      const { text, slots } = whereOf(frontier, region);
      const tally = tallies.get(text) ?? sql.one(tallyText(text), tallyRow);
      tallies.set(text, tally);
      return tally({ ...slots, frontier, behaviour, broken: JSON.stringify(behaviour) }) ?? emptyTally;
    },
    failuresIn: (frontier, region, limit) => {
      const { text, slots } = whereOf(frontier, region);
      const found = modes.get(text) ?? sql.all(modesText(text), modeRow);
      modes.set(text, found);
      return found({ ...slots, frontier, limit });
    },
  };
}
