import { type Interval, wilson } from "../core/stats.ts";
import { type Cell, isWithin, requestMeets } from "../domains/cell.ts";
import type { Domain, Region } from "../domains/domain.ts";
import type { Hypothesis } from "./hypothesis.ts";

/** What one task has shown of the target. */
export interface Evidence {
  readonly task: string;
  /** The cell that was run: rollouts and failure rates count here. */
  readonly cell: Cell;
  /** The cell of its minimal form, where it has one: a confirmed failure is marked here. */
  readonly minimal: Cell | null;
  /** The hypothesis that it was made to try. */
  readonly hypothesis: string | null;
  /** Scored rollouts that decided its window verdict, and how many passed. */
  readonly n: number;
  readonly passed: number;
  /** True once the oracle (or gold, for a simulated target) has shown that it can be done, and the target fails it. */
  readonly confirmed: boolean;
  /** The clauses that failing rollouts broke, for hypotheses about a clause. */
  readonly broken: readonly string[];
  /** What went wrong, by fingerprint; null while nothing did. */
  readonly mode: string | null;
}

/**
 * What is known of a region. Rollouts count where they were run, a confirmed failure where its minimal form lies, so
 * that a request which only stood beside the one that fails is not marked by it. `holding`: at least 5 tasks and an upper 95 % bound on the failure rate of at most 0.2;
 * `breaking`: a confirmed failure and nothing that passes; `boundary`: a confirmed failure beside tasks that pass.
 */
export type RegionStatus = "never asked" | "holding" | "breaking" | "boundary" | "open";

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

/** Least distinct tasks, and greatest upper bound on the failure rate, at which something counts as holding. */
export const holdsAt = { tasks: 5, upperBound: 0.2 } as const;

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
  const failureRate = wilson(failed, rollouts);
  const passes = inside.some((one) => one.n > 0 && one.passed === one.n);
  return {
    region,
    status: statusOf({ tasks: inside.length, confirmed: failing.length, passes, failureRate }),
    tasks: inside.length,
    rollouts,
    failed,
    failureRate,
    confirmed: failing.length,
    modes: [...new Set(failing.flatMap((one) => one.mode ?? []))].sort(),
  };
}

function statusOf(seen: {
  readonly tasks: number;
  readonly confirmed: number;
  readonly passes: boolean;
  readonly failureRate: Interval;
}): RegionStatus {
  if (seen.confirmed > 0) return seen.passes ? "boundary" : "breaking";
  if (seen.tasks === 0) return "never asked";
  const holds = seen.tasks >= holdsAt.tasks && seen.failureRate.high <= holdsAt.upperBound;
  return holds ? "holding" : "open";
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

/** Whether a hypothesis has been disproved: only by a confirmed failure of its behaviour inside its region. */
export type HypothesisStatus = "disproved" | "holds" | "open";

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
