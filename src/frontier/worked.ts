import type { Domain } from "../domains/domain.ts";
import { mainMode, observationsOf, separateModes, type Trial } from "./trial.ts";
import { reach, type Vein, veinsOf } from "./veins.ts";

/** A vein with what it has brought so far. */
export interface Worked extends Vein {
  /** Tasks that were made to follow it, and those of them that fail by it inside the window. */
  readonly tried: number;
  readonly hits: number;
  /** Tasks kept that fail by it most of all. */
  readonly kept: number;
  /** The share of hits to expect of one task more. */
  readonly share: number;
  /** Rollouts that were spent on following it. */
  readonly rollouts: number;
  /** Scored rollouts of the tasks that belong to it, and how many passed. */
  readonly history: { readonly n: number; readonly passed: number };
}

/** The vein that a trial's failure belongs to: of its main mode the one that reaches furthest to the request it blames. */
export function veinOf<V extends Vein>(trial: Trial, veins: readonly V[]): V | null {
  const main = mainMode(trial);
  if (main === null) return null;
  const seen = observationsOf(trial);
  const blamed = main.request === null ? seen : seen.filter((_, i) => i === main.request);
  const reached = (vein: V) => Math.max(0, ...blamed.map((one) => reach(vein, one)));
  const own = veins.filter(({ mode }) => mode === main.key);
  return own.toSorted((a, b) => reached(b) - reached(a))[0] ?? null;
}

/** Every way to fail that was seen, with its likely causes and what it has brought. */
export function veinsIn(trials: readonly Trial[], domain: Domain): readonly Worked[] {
  const seen = trials.flatMap(observationsOf);
  const modes = new Set(trials.flatMap((trial) => separateModes(trial).map(({ key }) => key)));
  const veins = [...modes].flatMap((mode) => veinsOf(mode, seen, domain));
  const owners = new Map(trials.map((trial) => [trial, veinOf(trial, veins)?.name ?? null]));
  const worked = veins.map((vein) => {
    const made = trials.filter(({ follows }) => follows === vein.name);
    const own = trials.filter((trial) => owners.get(trial) === vein.name);
    const isHit = (trial: Trial) => trial.verdict === "inside" && owners.get(trial) === vein.name;
    return {
      ...vein,
      tried: made.length,
      hits: made.filter(isHit).length,
      kept: own.filter(({ kept }) => kept).length,
      rollouts: made.reduce((sum, { n }) => sum + n, 0),
      history: pooled(
        trials.filter((trial) => trial.follows === vein.name || owners.get(trial) === vein.name),
      ),
    };
  });
  return worked.map((vein) => ({ ...vein, share: expectedShare(vein, worked) }));
}

/**
 * The share of hits to expect of one task more: as seen, with two tasks added that do as those of all veins of its
 * mode did (and those with two hits and two misses added): a miss costs little, and says where else the cause lies.
 */
function expectedShare(
  { mode, tried, hits }: Pick<Worked, "mode" | "tried" | "hits">,
  worked: readonly Pick<Worked, "mode" | "tried" | "hits">[],
): number {
  const alike = worked.filter((one) => one.mode === mode);
  const sum = (of: "tried" | "hits") => alike.reduce((so, one) => so + one[of], 0);
  return (hits + (2 * (sum("hits") + 2)) / (sum("tried") + 4)) / (tried + 2);
}

function pooled(trials: readonly Trial[]): Worked["history"] {
  return trials.reduce((so, { n, passed }) => ({ n: so.n + n, passed: so.passed + passed }), {
    n: 0,
    passed: 0,
  });
}
