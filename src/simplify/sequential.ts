/** What one rollout says of a try: how often the whole failure shows if all it needs was kept, and if not. */
export interface Rates {
  /** Failure rate while every needed element is kept. */
  readonly kept: number;
  /** The most that the failure rate is expected to be without one of them. */
  readonly lost: number;
}

/** Rollouts of one try. What fails in another way is no failure here. */
export interface Counts {
  readonly failed: number;
  readonly passed: number;
  readonly slipped: number;
}

export const noCounts: Counts = { failed: 0, passed: 0, slipped: 0 };

/** When a sequential test ends: ln of how much likelier one side has to be. */
export interface Bounds {
  /** All that the failure needs is there. */
  readonly kept: number;
  /** Something that it needs is missing. */
  readonly lost: number;
}

/**
 * A reading of 1 would make a single pass proof, and one of 0 a single failure. A whole may also fail for several
 * causes, and then fails more often than what is left of one.
 */
const [highest, lowest] = [0.9, 0.05] as const;

/** What is asked of a part, and what a part without a needed element is taken to show, in parts of the whole's rate. */
const [stillFails, failsNoMore] = [0.95, 0.36] as const;

/** The rates that tries are held against, from rollouts of the whole; its rate by Krichevsky and Trofimov's estimate. */
export function ratesOf({ failed, n }: { readonly failed: number; readonly n: number }): Rates {
  const whole = Math.min(highest, Math.max(lowest, (failed + 0.5) / (n + 1)));
  return { kept: stillFails * whole, lost: failsNoMore * whole };
}

/**
 * The bounds of Wald's test (1945): `wronglyKept` is the chance of taking a part for whole that is not, `wronglyLost`
 * the chance of the other error.
 */
export function boundsFor(errors: { readonly wronglyKept: number; readonly wronglyLost: number }): Bounds {
  const { wronglyKept, wronglyLost } = errors;
  return {
    kept: Math.log((1 - wronglyLost) / wronglyKept),
    lost: Math.log(wronglyLost / (1 - wronglyKept)),
  };
}

/** ln of the likelihood of rollouts if all that is needed was kept, over that if something is missing. */
export function weightOf({ failed, passed, slipped }: Counts, { kept, lost }: Rates): number {
  return failed * Math.log(kept / lost) + (passed + slipped) * Math.log((1 - kept) / (1 - lost));
}

/** What a test says of counts; undecided at the cap too. */
export function readTest(counts: Counts, rates: Rates, bounds: Bounds): "kept" | "lost" | "undecided" {
  const weight = weightOf(counts, rates);
  if (weight >= bounds.kept) return "kept";
  return weight <= bounds.lost ? "lost" : "undecided";
}

/** Rollouts that a test takes in any case before it has decided: the fewest that reach one of its bounds. */
export function surelyNeeded(counts: Counts, rates: Rates, bounds: Bounds): number {
  const weight = weightOf(counts, rates);
  const failures = (bounds.kept - weight) / weightOf({ ...noCounts, failed: 1 }, rates);
  const passes = (bounds.lost - weight) / weightOf({ ...noCounts, passed: 1 }, rates);
  return Math.max(0, Math.ceil(Math.min(failures, passes)));
}

export const totalOf = ({ failed, passed, slipped }: Counts): number => failed + passed + slipped;
