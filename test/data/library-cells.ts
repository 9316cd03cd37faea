import type { Rng } from "../../src/core/rng.ts";
import { describeRegion, meets } from "../../src/domains/cell.ts";
import type { AxisValue, AxisValues, Region } from "../../src/domains/domain.ts";
import type { CellDraw, ScenarioWish } from "../../src/domains/scenario.ts";
import { conditions, mostBasicWeeks, rules } from "./library-requests.ts";
import { memberships } from "./library-tools.ts";

/** Which requests there can be in the library, by their values on the request axes. */

interface Constraint {
  readonly says: string;
  holds(cell: AxisValues): boolean;
}

interface KindOfCell {
  readonly axes: Readonly<Record<string, readonly AxisValue[]>>;
  readonly constraints: readonly Constraint[];
}

const ownById: Constraint = {
  says: "a loan of somebody else's can only be named by its id (own_loans)",
  holds: (cell) => cell.clause !== "own_loans" || cell.reference === "id",
};

const kinds: Readonly<Record<string, KindOfCell>> = {
  borrow: {
    axes: {
      clause: ["none", "long_loans"],
      membership: memberships,
      rule: rules,
      weeks: [1, 2, 3, 4],
      alternatives: [1, 2, 3, 4],
    },
    constraints: [
      {
        says: `long_loans turns down whatever basic members want for more than ${mostBasicWeeks} weeks, and nothing else`,
        holds: ({ clause, membership, weeks }) =>
          (clause === "long_loans") === (membership === "basic" && Number(weeks) > mostBasicWeeks),
      },
    ],
  },
  renew: {
    axes: {
      clause: ["none", "own_loans", "renew_twice"],
      membership: memberships,
      reference: ["id", "described"],
      weeks: [1, 2, 3, 4],
    },
    constraints: [ownById],
  },
  give_back: {
    axes: {
      clause: ["none", "own_loans", "damaged_to_librarian"],
      membership: memberships,
      reference: ["id", "described"],
      condition: conditions,
    },
    constraints: [
      ownById,
      {
        says: "damaged_to_librarian is about damaged books alone",
        holds: (cell) => cell.clause !== "damaged_to_librarian" || cell.condition === "damaged",
      },
      {
        says: "a damaged book is not just taken back (damaged_to_librarian)",
        holds: (cell) => cell.clause !== "none" || cell.condition === "sound",
      },
    ],
  },
};
export const kindNames = Object.keys(kinds);

function product(axes: KindOfCell["axes"]): readonly AxisValues[] {
  return Object.entries(axes).reduce<readonly AxisValues[]>(
    (cells, [name, values]) =>
      cells.flatMap((cell) => values.map((value): AxisValues => ({ ...cell, [name]: value }))),
    [{}],
  );
}

const endsWith = (clause: AxisValue | undefined) =>
  clause === "none" ? "granted" : clause === "damaged_to_librarian" ? "handover" : "refused";

/** Every cell that a request can have: nobody chooses among books that are not lent. */
const cells: readonly AxisValues[] = Object.entries(kinds).flatMap(([kind, { axes, constraints }]) =>
  product(axes)
    .filter((cell) => constraints.every(({ holds }) => holds(cell)))
    .map(({ alternatives, ...cell }): AxisValues => {
      const verdict = endsWith(cell.clause);
      const among = alternatives === undefined || verdict !== "granted" ? {} : { alternatives };
      return { kind, verdict, ...cell, ...among };
    }),
);

/** The cells inside a region. */
export function cellsIn(region: Region): readonly AxisValues[] {
  const conditions = Object.entries(region);
  return cells.filter((cell) => conditions.every(([axis, condition]) => meets(cell[axis], condition)));
}

/** One of some cells: each kind as likely as the others, and then each clause. */
export function pickCell(some: readonly AxisValues[], rng: Rng): AxisValues {
  const narrowed = ["kind", "clause"].reduce((left, axis) => {
    const value = rng.pick([...new Set(left.map((cell) => cell[axis]))]);
    return left.filter((cell) => cell[axis] === value);
  }, some);
  return rng.pick(narrowed);
}

/** Why a region holds no request; null if it holds one. */
function objectionToRegion(region: Region): string | null {
  if (cellsIn(region).length > 0) return null;
  const meant = kindNames.filter((kind) => region.kind === undefined || meets(kind, region.kind));
  const reasons = meant.map((kind) => {
    const { axes, constraints } = kinds[kind] as KindOfCell;
    const foreign = Object.keys(region).find(
      (axis) => !["kind", "verdict"].includes(axis) && !(axis in axes),
    );
    if (foreign !== undefined) return `a request of kind ${kind} has no ${foreign}`;
    const { kind: _, ...conditions } = region;
    const inside = product(axes)
      .map((cell): AxisValues => ({ ...cell, verdict: endsWith(cell.clause) }))
      .filter((cell) =>
        Object.entries(conditions).every(([axis, condition]) => meets(cell[axis], condition)),
      );
    const broken = inside.map((cell) => constraints.filter(({ holds }) => !holds(cell)));
    const [fewest] = broken.toSorted((a, b) => a.length - b.length);
    return fewest?.map(({ says }) => says).join("; ") || "it has no such values together";
  });
  return `No request meets ${describeRegion(region)}: ${reasons[0] ?? "there is no such kind"}`;
}

export function drawCell(region: Region, rng: Rng): CellDraw {
  const why = objectionToRegion(region);
  return why === null
    ? { status: "drawn", cell: pickCell(cellsIn(region), rng) }
    : { status: "impossible", why };
}

/** The memberships with which one member can have a request in each region. */
export function membershipsFor(regions: readonly Region[]): readonly AxisValue[] {
  return memberships.filter((one) =>
    regions.every((region) => cellsIn(region).some(({ membership }) => membership === one)),
  );
}

/** True if a request is about an open loan of the member's own. */
export const needsLoan = (cell: AxisValues) => cell.kind !== "borrow" && cell.clause !== "own_loans";

/** How many loans the member is to hold, from the least to the most; 5 stands for five or more. */
export function loansWished({ world = {} }: Pick<ScenarioWish, "world">): readonly [number, number] {
  const allowed = [0, 1, 2, 3, 4, 5].filter(
    (count) => world.loans_held === undefined || meets(count, world.loans_held),
  );
  const most = Math.max(...allowed);
  return [Math.min(...allowed), most === 5 ? Number.POSITIVE_INFINITY : most];
}

export function objectionTo(wish: Pick<ScenarioWish, "requests" | "world">): string | null {
  const { requests } = wish;
  const objection = requests.map(objectionToRegion).find((why) => why !== null);
  if (objection !== undefined) return objection;
  if (membershipsFor(requests).length === 0)
    return "all requests are of one member, and no membership fits them all";
  const surely = (isSo: (cell: AxisValues) => boolean) =>
    requests.filter((region) => cellsIn(region).every(isSo)).length;
  const handovers = surely(({ verdict }) => verdict === "handover");
  if (handovers > 1)
    return `${handovers} requests end with a librarian (damaged_to_librarian), and a conversation does so once`;
  const lent = surely(({ kind, verdict }) => kind === "borrow" && verdict === "granted");
  if (lent > 3) return `${lent} books are to be lent, and 3 new loans can be told apart at most`;
  const [needed, [, most]] = [surely(needsLoan), loansWished(wish)];
  return needed > most ? `${needed} requests are about own loans, and ${most} are held (loans_held)` : null;
}
