import type { Json } from "../core/json.ts";
import { type Beta, wilson } from "../core/stats.ts";
import type { Choosing } from "../frontier/choose.ts";
import type { Vein } from "../frontier/veins.ts";
import type { Staged } from "../rollout/attempt.ts";
import type { Counts } from "../rollout/evaluate.ts";
import type { On } from "./long-work.ts";
import { isHarvested, type Shrunk, whyNotKept } from "./simplify-failure.ts";
import type { Workbench } from "./workbench.ts";

/** What one iteration came to, as it is stored and told. */
export type IterationOutcome = {
  /** The place of the session's newest evaluation when it ended: what the next choice may look at. */
  readonly seq: number;
  readonly where: string;
  readonly rejections: number;
  /** Passed and scored rollouts. */
  readonly target: string;
  readonly verdict: string;
  /** "pass@k" with its estimate, where enough rollouts were scored for it. */
  readonly passAt: string;
  readonly oracle: string;
  readonly simplified: string;
  readonly gate: string;
  readonly fresh: string;
  readonly modes: readonly string[];
  /** The cause that tells most of how it fails. */
  readonly vein: string;
  /** The minimal task, if it is kept. */
  readonly kept: string | null;
  readonly why: string;
};

/** Proposals tried in turn until one can be made: what no world meets costs nothing. */
export const proposals = 12;
/** Those that follow one vein: by then it is likely that no world can have what it asks for. */
export const proposalsOfOne = 6;

export interface Iterating {
  readonly bench: Workbench;
  /** Names this iteration's stream of chance: the same in a harvest that is resumed. */
  readonly label: string;
  /** What the choice rests on, with what the target did so far as far as it may look at that. */
  readonly choosing: Omit<Choosing, "rng">;
  /** The causes that are known from it. */
  readonly known: readonly Vein[];
  readonly maxShrink: number;
  /** A kept task has so many rollouts at its gate at least: pass@k is known for this k. */
  readonly k: number;
  readonly on: Pick<On, "signal" | "progress">;
}

/** A task that is chosen and made; trying it takes rollouts. */
export interface Candidate {
  readonly status: "made";
  readonly staged: Staged;
  readonly where: string;
  readonly reason: string;
  /** What its pass rate is expected to be. */
  readonly prior: Beta;
  /** The vein that it follows; null where it is a look at what nobody has asked yet. */
  readonly follows: string | null;
  readonly rejections: number;
  /** The id of the hypothesis that it tries; null if it tries none. */
  readonly hypothesis: string | null;
}

/** A candidate, or that none could be made. */
export type Prepared = Candidate | { readonly status: "none"; readonly rejections: number };

/** An outcome of which nothing has happened yet. */
export const untried = {
  target: "",
  verdict: "",
  passAt: "",
  oracle: "",
  simplified: "",
  gate: "",
  fresh: "",
  modes: [] as readonly string[],
  vein: "",
  kept: null,
};

/** What an iteration has come to so far. */
export type Tried = Partial<IterationOutcome>;

/** Why nothing of a task could be scored. */
export function whyUnscored({ deps, session }: Workbench, staged: Staged): string {
  const [last] = deps.store.rollouts({ session: session.id, task: staged.key, status: "unscored", limit: 1 });
  return last?.grade.status === "unscored"
    ? `${last.grade.why} (blame: ${last.grade.blame})`
    : "no rollout could be scored";
}

/** Why a task's pass rate is not worth keeping. */
export function whyOutside({ verdict, passed, n }: Counts, { session: { window } }: Workbench): string {
  if (verdict === "undecided") return "its pass rate is too close to the window's edge";
  return passed / n > window.high ? "it passes too often" : "it passes too rarely";
}

/** Why a found failure is not kept; null if it is to be. */
export function whyPassedOver(
  { bench }: Pick<Iterating, "bench">,
  found: Pick<Shrunk, "staged" | "gate">,
): string | null {
  return whyNotKept(found) ?? (isHarvested(bench, found.staged) ? "it is harvested already" : null);
}

/** One line on an iteration, for progress and for the harvest's answer. */
export function iterationLine(index: number, outcome: IterationOutcome): string {
  const parts = [
    `${index}. ${outcome.where}`,
    ...(outcome.rejections > 0 ? [`${outcome.rejections} rejected by gates`] : []),
    `target ${outcome.target}${rateText(outcome.target)}`,
    ...(outcome.passAt === "" ? [] : [outcome.passAt]),
    ...(outcome.oracle === "" ? [] : [`oracle ${outcome.oracle}`]),
    ...(outcome.simplified === "" ? [] : [`dropped ${outcome.simplified}`]),
    ...(outcome.gate === "" ? [] : [`gate ${outcome.gate}`]),
    ...(outcome.fresh === "" ? [] : [`fresh ${outcome.fresh}`]),
    outcome.kept === null ? `not kept: ${outcome.why}` : `KEPT (${outcome.modes.join(" + ")})`,
  ];
  return parts.join(" · ");
}

/** The pass rate of some counts "passed/scored" with its interval, in words; nothing where nothing was scored. */
function rateText(counts: string): string {
  const [passed = 0, n = 0] = counts.split("/").map(Number);
  if (n === 0) return "";
  const { low, high } = wilson(passed, n);
  return ` (pass rate ${(passed / n).toFixed(2)}, 95 % ${low.toFixed(2)}–${high.toFixed(2)})`;
}

/** An outcome as it was stored; older ones lack what was not measured then. */
export function readOutcome(stored: Json): IterationOutcome {
  return { ...untried, ...(stored as unknown as IterationOutcome) };
}
