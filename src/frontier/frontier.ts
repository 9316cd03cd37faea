import { type Interval, wilson } from "../core/stats.ts";
import { isWithin, requestMeets } from "../domains/cell.ts";
import type { Domain, Region } from "../domains/domain.ts";
import type { Evidence } from "./evidence.ts";
import type { Hypothesis } from "./hypothesis.ts";
import { type HypothesisStatus, type RegionStatus, statusOf } from "./tally.ts";

export type { Evidence } from "./evidence.ts";

export interface RegionView {
  readonly region: Region;
  readonly status: RegionStatus;
  readonly tasks: number;
  readonly rollouts: number;
  readonly failed: number;
  /** 95 % interval (Wilson) of the failure rate over the region's rollouts. */
  readonly failureRate: Interval;
  readonly confirmed: number;
  readonly modes: readonly string[];
}

/** The evidence that was run in a region. */
export function evidenceIn(
  region: Region,
  evidence: readonly Evidence[],
  domain: Domain,
): readonly Evidence[] {
  return evidence.filter((one) => isWithin(one.cell, region, domain));
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

/** What the evidence says of a region. */
export function viewRegion(region: Region, evidence: readonly Evidence[], domain: Domain): RegionView {
  const inside = evidenceIn(region, evidence, domain);
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
    failureRate: wilson(failed, rollouts),
    confirmed: failing.length,
    modes: [...new Set(failing.flatMap((one) => one.mode ?? []))].sort(),
  };
}

/** One region for each kind, and one for each value of each axis that applies to it. */
export function regionsOf(domain: Domain): readonly Region[] {
  return domain.requests.flatMap(({ kind }) => [
    { kind },
    ...domain.axes
      .filter((axis) => axis.scope === "request" && axis.name !== "kind" && appliesTo(axis.kinds, kind))
      .flatMap((axis) => axis.values.map((value): Region => ({ kind, [axis.name]: value }))),
  ]);
}

const appliesTo = (kinds: readonly string[], kind: string) => kinds.length === 0 || kinds.includes(kind);

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
  return viewRegion(where, evidence, domain).status === "holding" ? "holds" : "open";
}
