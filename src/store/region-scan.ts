import { z } from "zod";
import type { AxisValues, Region } from "../domains/domain.ts";
import { textsOf } from "../frontier/situation.ts";
import { regionKey } from "../frontier/tally.ts";
import { createSeen } from "./blocks.ts";
import { jsonColumn, type Slots, type Sql } from "./sql.ts";

/** What fails in any region, counted ones or not, by one look over the failures of its kinds. */
export interface RegionScan {
  /** How the newest 200 failures marked in a region fail, the most frequent first, each with the first of its tasks. */
  failuresIn(frontier: number, region: Region, limit: number): readonly FoundMode[];
  /** The same of one whole request cell. */
  failuresAt(frontier: number, cell: Region, limit: number): readonly FoundMode[];
}

export interface FoundMode {
  /** Null where what went wrong has no name. */
  readonly mode: string | null;
  readonly tasks: number;
  /** The key of the first task that showed it, in its smallest form. */
  readonly smallest: string;
  /** The cells of the requests that it fails by: those of its smallest form, as far as they are to blame. */
  readonly requests: readonly AxisValues[];
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
  requests: jsonColumn<readonly AxisValues[]>(),
});

/** Failures of a region, the newest, among which its ways to fail are counted. */
const failuresLookedAt = 200;

/** Bodies are long: they are read of the few failures that are told, not of all that are counted. */
const modesText = (where: string) => `SELECT told.mode, tasks, smallest,
    coalesce(body -> '$.minimal.requests', body -> '$.cell.requests') AS requests
  FROM (
    SELECT mode, count(*) AS tasks, min(seq), id AS first FROM (
      SELECT DISTINCT evidence FROM situations WHERE frontier = @frontier AND marked = 1 AND ${where}
      ORDER BY evidence DESC LIMIT ${failuresLookedAt}
    ) CROSS JOIN evidence ON id = evidence
    GROUP BY mode ORDER BY tasks DESC, mode LIMIT @limit
  ) AS told CROSS JOIN evidence ON evidence.id = told.first
  ORDER BY tasks DESC, told.mode`;

export function createRegionScan(sql: Sql): RegionScan {
  const seen = createSeen(sql);
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
  const modes = new Map<string, (slots: Slots) => readonly FoundMode[]>();
  const ofCell = sql.all(modesText("request = @request"), modeRow);
  return {
    failuresAt: (frontier, cell, limit) => ofCell({ frontier, request: regionKey(cell), limit }),
    failuresIn: (frontier, region, limit) => {
      const { text, slots } = whereOf(frontier, region);
      const found = modes.get(text) ?? sql.all(modesText(text), modeRow);
      modes.set(text, found);
      return found({ ...slots, frontier, limit });
    },
  };
}
