import { type Interval, wilson } from "../core/stats.ts";
import { describeRegion, meets } from "../domains/cell.ts";
import type { AxisValues, Domain, Region } from "../domains/domain.ts";
import type { Hypothesis } from "../frontier/hypothesis.ts";
import { type Neighbour, type Shared, sharedRate } from "../frontier/posterior.ts";
import { emptyTally, type RegionStatus, regionKey, statusOf, type Tally } from "../frontier/tally.ts";
import type { CountedRegion, Frontier } from "../store/frontier-reads.ts";
import type { StateAssertion } from "../tasks/assertion.ts";

/** A region as it is shown: what was seen in it, and apart from that what its neighbours lead one to expect. */
export interface RegionView extends Tally {
  readonly region: Region;
  readonly status: RegionStatus;
  /** 95 % interval (Wilson) of the failure rate over the region's own rollouts. */
  readonly failureRate: Interval;
  /** The failure rate with its neighbours' evidence; null for a claimed label, which shares with nothing. */
  readonly shared: Shared | null;
  /** How the failures that are marked in it fail, the most frequent first. */
  readonly modes: readonly string[];
  /** The smallest form of the first failure that is marked in it. */
  readonly smallest: string | null;
  /** The cells of that form's requests, those that are to blame; none without one. */
  readonly smallestRequests: readonly AxisValues[];
  /** The newest hypotheses that are about it. */
  readonly hypotheses: readonly string[];
}

/** A claimed label as it is shown. */
export interface ClaimView extends RegionView {
  /** The assertion that every task of it meets; null where it is claimed and checked by nobody. */
  readonly proof: StateAssertion | null;
}

/** Ways to fail, and hypotheses, that a region is shown with. */
const [shownModes, shownHypotheses] = [8, 5] as const;

/** Hypotheses, the newest, among which those about a region are looked for. */
export const lookedThrough = 500;

/** Request cells that a cell may learn from: the newest of its kind. */
const neighbourCells = 400;

export interface Viewing {
  readonly session: string;
  readonly domain: Domain;
  readonly frontier: Frontier;
  /** One for each kind, and one for each value of an axis that a kind can have. */
  readonly regions: readonly Region[];
  readonly hypotheses: readonly Hypothesis[];
}

/** Status first, then by how much was found. */
const order = { breaking: 0, boundary: 1, open: 2, holding: 3, "never asked": 4 } as const;

export function byTelling(a: CountedRegion, b: CountedRegion): number {
  return order[a.status] - order[b.status] || b.confirmed - a.confirmed || b.failed - a.failed;
}

/** The counted regions of a domain that can be asked, those without evidence among them. */
export function countedRegions({ session, frontier, regions }: Viewing): readonly CountedRegion[] {
  const counted = frontier.regions(session, ["kind", "pair"]);
  const known = new Map(counted.map((one) => [regionKey(one.region), one]));
  return regions.map(
    (region) =>
      known.get(regionKey(region)) ?? {
        class: Object.keys(region).length === 1 ? "kind" : "pair",
        region,
        status: "never asked",
        ...emptyTally,
      },
  );
}

/** Regions by their axes: those on the same one, its other values and other kinds, learn from each other. */
function byAxes(all: readonly CountedRegion[]): (region: Region) => readonly Neighbour[] {
  const axesOf = (region: Region) => Object.keys(region).sort().join();
  const groups = Map.groupBy(all, ({ region }) => axesOf(region));
  return (own) =>
    (groups.get(axesOf(own)) ?? [])
      .filter(({ region }) => region !== own)
      .map(({ region, rollouts, failed }) => ({ cell: region as AxisValues, n: rollouts, failed }));
}

/** True if a hypothesis is about a region: it has a condition on each of the region's axes, and the region meets it. */
function isAbout({ where }: Hypothesis, region: Region): boolean {
  return Object.entries(region).every(([name, value]) => {
    const condition = where[name];
    return condition !== undefined && typeof value !== "object" && meets(value, condition);
  });
}

/** True if a cell meets all that a hypothesis names of a request. */
function concerns({ where }: Hypothesis, cell: Region): boolean {
  const conditions = Object.entries(where);
  return (
    conditions.length > 0 &&
    conditions.every(([name, condition]) => {
      const value = cell[name];
      return value !== undefined && typeof value !== "object" && meets(value, condition);
    })
  );
}

interface Beside {
  readonly neighbours: readonly Neighbour[] | null;
  isOf(hypothesis: Hypothesis): boolean;
}

function view(one: CountedRegion, { neighbours, isOf }: Beside, on: Viewing): RegionView {
  const { class: kind, ...rest } = one;
  const found =
    one.confirmed === 0 || kind === "claim"
      ? []
      : on.frontier[kind === "cell" ? "failuresAt" : "failuresIn"](on.session, one.region, shownModes);
  return {
    ...rest,
    failureRate: wilson(one.failed, one.rollouts),
    shared:
      neighbours === null
        ? null
        : sharedRate(
            { n: one.rollouts, failed: one.failed },
            { region: one.region, neighbours, axes: on.domain.axes },
          ),
    modes: found.flatMap(({ mode }) => mode ?? []),
    smallest: found[0]?.smallest ?? null,
    smallestRequests: found[0]?.requests ?? [],
    hypotheses: newest(on.hypotheses, isOf).map(({ id }) => id),
  };
}

/** The newest few that are meant, oldest first. */
function newest(hypotheses: readonly Hypothesis[], isOf: Beside["isOf"]): readonly Hypothesis[] {
  const found: Hypothesis[] = [];
  for (let i = hypotheses.length - 1; i >= 0 && found.length < shownHypotheses; i--) {
    const one = hypotheses[i];
    if (one !== undefined && isOf(one)) found.unshift(one);
  }
  return found;
}

/** Regions of one axis, or none, as they are shown; `all`: those that they may learn from. */
export function viewRegions(
  shown: readonly CountedRegion[],
  all: readonly CountedRegion[],
  on: Viewing,
): readonly RegionView[] {
  const siblings = byAxes(all);
  return shown.map((one) =>
    view(
      one,
      { neighbours: siblings(one.region), isOf: (hypothesis) => isAbout(hypothesis, one.region) },
      on,
    ),
  );
}

/** Cells of single requests as they are shown; they learn from the newest cells of their kind. */
export function viewCells(shown: readonly CountedRegion[], on: Viewing): readonly RegionView[] {
  const known = new Map<string, ReturnType<Frontier["askedCells"]>>();
  const ofKind = (kind: string) => {
    const { session, frontier } = on;
    const cells = known.get(kind) ?? frontier.askedCells({ session, kind, limit: neighbourCells });
    known.set(kind, cells);
    return cells;
  };
  return shown.map((one) => {
    const own = regionKey(one.region);
    const neighbours = ofKind(String(one.region.kind)).filter(({ key }) => key !== own);
    return view(one, { neighbours, isOf: (hypothesis) => concerns(hypothesis, one.region) }, on);
  });
}

/** Any region, counted by itself or not. It learns from the newest cells of each of its kinds that lie outside it. */
export function viewAny(region: Region, on: Viewing): RegionView {
  const { session, frontier, domain } = on;
  const tally = frontier.tallyOf(session, region);
  const kinds = domain.requests.map(({ kind }) => kind);
  const meant = kinds.filter((kind) => region.kind === undefined || meets(kind, region.kind));
  const conditions = Object.entries(region);
  const neighbours = meant
    .flatMap((kind) => frontier.askedCells({ session, kind, limit: neighbourCells }))
    .filter(({ cell }) => !conditions.every(([name, condition]) => meets(cell[name], condition)));
  const one: CountedRegion = { class: "all", region, status: statusOf(tally), ...tally };
  const isOf = (hypothesis: Hypothesis) =>
    conditions.length > 0 && (isAbout(hypothesis, region) || concerns(hypothesis, region));
  return view(one, { neighbours, isOf }, on);
}

/** Claimed labels: what strategists say of their tasks, on axes that the domain does not have. */
export function viewClaims(on: Viewing): readonly ClaimView[] {
  return on.frontier
    .regions(on.session, ["claim"])
    .toSorted(byTelling)
    .map((one) => {
      const [[name, value] = []] = Object.entries(one.region);
      const isOf = ({ claims }: Hypothesis) => name !== undefined && claims?.[name] === value;
      const proofs = on.frontier.claimProofs(on.session, one.region as AxisValues);
      return { ...view(one, { neighbours: null, isOf }, on), proof: proofs.get(name ?? "") ?? null };
    });
}

const columns = ["status", "region", "tasks", "failed", "rate (95 %)", "shared (90 %)", "confirmed"] as const;

const span = ({ low, high }: Interval) => `${low.toFixed(2)}–${high.toFixed(2)}`;

/** Regions as a table of plain text. */
export function regionTable(views: readonly RegionView[]): string {
  const rows = views.map((one) => [
    one.status,
    describeRegion(one.region),
    String(one.tasks),
    `${one.failed}/${one.rollouts}`,
    one.rollouts === 0 ? "–" : span(one.failureRate),
    one.shared === null ? "–" : `${one.shared.mean.toFixed(2)} ${span(one.shared.interval)}`,
    one.confirmed === 0 ? "" : "█".repeat(Math.min(one.confirmed, 20)),
  ]);
  const widths = columns.map((column, i) =>
    Math.max(column.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(columns), line(widths.map((width) => "─".repeat(width))), ...rows.map(line)].join("\n");
}
