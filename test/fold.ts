import { isWithin, requestMeets } from "../src/domains/cell.ts";
import type { Domain, Region } from "../src/domains/domain.ts";
import { type HarvestCounts, type HarvestedCell, valuesOf, vendiBounds } from "../src/frontier/diversity.ts";
import type { Evidence } from "../src/frontier/evidence.ts";
import type { Hypothesis } from "../src/frontier/hypothesis.ts";
import { type HypothesisStatus, type RegionStatus, statusOf } from "../src/frontier/tally.ts";

/** What the whole evidence of a session says of a region: the counts that a store keeps are held to it. */
export interface Folded {
  readonly region: Region;
  readonly status: RegionStatus;
  readonly tasks: number;
  readonly rollouts: number;
  readonly failed: number;
  readonly confirmed: number;
  readonly modes: readonly string[];
}

/** True if a confirmed failure is marked in a region: its minimal form lies there, or it has none and was run there. */
function isMarked(region: Region, one: Evidence, domain: Domain): boolean {
  return one.confirmed && isWithin(one.minimal ?? one.cell, region, domain);
}

/**
 * True if a confirmed failure speaks against a claim about a region: it is marked there, or was run there and its
 * minimal form does not show that the failure belongs to another of the task's requests.
 */
export function breaksIn(region: Region, one: Evidence, domain: Domain): boolean {
  if (isMarked(region, one, domain)) return true;
  if (!one.confirmed || !isWithin(one.cell, region, domain)) return false;
  const left = one.minimal?.requests.map(({ kind }) => kind) ?? [];
  return one.cell.requests.some(
    (values) => left.includes(values.kind) && requestMeets(values, region, domain),
  );
}

/** Folds all evidence into what it says of a region, from scratch. */
export function foldRegion(region: Region, evidence: readonly Evidence[], domain: Domain): Folded {
  const inside = evidence.filter((one) => isWithin(one.cell, region, domain));
  const rollouts = inside.reduce((sum, one) => sum + one.n, 0);
  const failed = inside.reduce((sum, one) => sum + one.n - one.passed, 0);
  const failing = evidence.filter((one) => isMarked(region, one, domain));
  const passing = inside.filter((one) => one.n > 0 && one.passed === one.n).length;
  return {
    region,
    status: statusOf({
      ...{ tasks: inside.length, rollouts, failed, passing, confirmed: failing.length, disproving: 0 },
    }),
    tasks: inside.length,
    rollouts,
    failed,
    confirmed: failing.length,
    modes: [...new Set(failing.flatMap((one) => one.mode ?? []))].sort(),
  };
}

/** The status of a hypothesis by the honesty rules: holding takes 5 tasks and an upper bound of 0.2, else it is open. */
export function judgeHypothesis(
  hypothesis: Hypothesis,
  evidence: readonly Evidence[],
  domain: Domain,
): HypothesisStatus {
  const { where } = hypothesis;
  const ofBehaviour = (one: Evidence) =>
    hypothesis.behaviour === "outcome" || one.broken.includes(hypothesis.behaviour);
  if (evidence.some((one) => ofBehaviour(one) && breaksIn(where, one, domain))) return "disproved";
  return foldRegion(where, evidence, domain).status === "holding" ? "holds" : "open";
}

function countBy<T>(items: readonly T[]): ReadonlyMap<T, number> {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

/** Counts a harvest, oldest task first. */
export function countHarvest(harvest: readonly HarvestedCell[]): HarvestCounts {
  const found = harvest.flatMap(({ cell }) => valuesOf(cell));
  return {
    modes: countBy(harvest.map(({ mode }) => mode)),
    values: new Map(
      [...Map.groupBy(found, ([axis]) => axis)].map(([axis, values]) => [
        axis,
        [...countBy(values.map(([, value]) => value)).values()],
      ]),
    ),
    newest: harvest.slice(-vendiBounds.tasks),
  };
}
