import { type Cell, isWithin } from "../domains/cell.ts";
import type { Domain, Region } from "../domains/domain.ts";

/** A failure as veins see it: where it lies, what stands behind it, and whether it is confirmed. */
export interface Failing {
  /** Its minimal form's cell where there is one. */
  readonly cell: Cell;
  /** The name of its cause (rollout/cause.ts), or its fingerprint where no cause is known. */
  readonly cause: string;
  readonly confirmed: boolean;
}

/** The way to fail that a region is known for, and how much of what was found it has given. */
export interface VeinShare {
  readonly cause: string;
  /** Failures in the region that show it, and all failures there. */
  readonly here: number;
  readonly of: number;
  /** Confirmed failures that show it, and all confirmed ones, of the whole session. */
  readonly confirmed: number;
  readonly confirmedOf: number;
}

/** The most frequent cause among the failures inside a region; null where nothing failed there. */
export function veinIn(
  region: Region,
  failures: readonly Failing[],
  domain: Pick<Domain, "axes">,
): VeinShare | null {
  const inside = failures.filter(({ cell }) => isWithin(cell, region, domain));
  const counts = new Map<string, number>();
  for (const { cause } of inside) counts.set(cause, (counts.get(cause) ?? 0) + 1);
  // Of equally frequent ones the first by name, so that the order of the failures does not matter.
  const [most] = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  if (most === undefined) return null;
  const [cause, here] = most;
  const confirmed = failures.filter((one) => one.confirmed);
  return {
    cause,
    here,
    of: inside.length,
    confirmed: confirmed.filter((one) => one.cause === cause).length,
    confirmedOf: confirmed.length,
  };
}

/** The share of the session's confirmed failures that a vein has given, 0–1. */
export function shareOf({ confirmed, confirmedOf }: VeinShare): number {
  return confirmedOf === 0 ? 0 : confirmed / confirmedOf;
}
