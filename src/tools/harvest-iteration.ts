import type { Json } from "../core/json.ts";
import { createRng } from "../core/rng.ts";
import type { Interval } from "../core/stats.ts";
import { describeRegion } from "../domains/cell.ts";
import type { Hypothesis } from "../frontier/hypothesis.ts";
import type { Staged } from "../rollout/attempt.ts";
import type { Counts } from "../rollout/evaluate.ts";
import { sampleTask } from "../worlds/sample-task.ts";
import type { On } from "./long-work.ts";
import { proposeFrom } from "./propose-hypothesis.ts";
import { runTarget } from "./run-target.ts";
import { freshRate, isHarvested, type Shrunk, shrink, whyNotKept } from "./simplify-failure.ts";
import { verifyTask } from "./verify-with-oracle.ts";
import { evidenceOf, registerTask, type Workbench } from "./workbench.ts";

/** What one iteration came to, as it is stored and told. */
export type IterationOutcome = {
  /** The place of the session's newest evaluation when it ended: what the next choice may look at. */
  readonly seq: number;
  readonly where: string;
  readonly rejections: number;
  readonly target: string;
  readonly verdict: string;
  readonly oracle: string;
  readonly simplified: string;
  readonly gate: string;
  readonly fresh: string;
  readonly modes: readonly string[];
  /** The minimal task, if it is kept. */
  readonly kept: string | null;
  readonly why: string;
};

export interface Iterating {
  readonly bench: Workbench;
  /** Names this iteration's stream of chance: the same in a harvest that is resumed. */
  readonly label: string;
  /** The session's evaluations that the choice may look at. */
  readonly upTo: number;
  /** The veins of what is already kept, and how many tasks of one vein may be. */
  readonly veins: readonly string[];
  readonly perVein: number;
  readonly maxShrink: number;
  readonly on: Pick<On, "signal" | "progress">;
}

/** What an iteration ends with; `cut` when budget or cancellation stopped it, and then it counts for nothing. */
export type Iterated =
  | {
      readonly status: "done";
      readonly outcome: IterationOutcome;
      readonly hypothesis: Hypothesis;
      /** The task as it was sampled; the minimal form that is kept stands in the outcome. */
      readonly task: string;
    }
  | { readonly status: "none"; readonly rejections: number }
  /** A model could not be run at all: going on would only cost time. */
  | { readonly status: "unscored"; readonly why: string }
  | { readonly status: "cut" };

/** One round of the loop: a hypothesis, a world for it, the target, the oracle, the smallest form, its gate, a fresh rate. */
export async function iterate(iterating: Iterating): Promise<Iterated> {
  const { bench, label, upTo, on } = iterating;
  const { deps, session, domain } = bench;
  const rng = createRng(`${session.seed}/${label}`);
  const { hypothesis, reason } = proposeFrom(evidenceOf(deps, session.id, upTo), {
    domain,
    rng: rng.fork("choose"),
  });
  const fullness = { noise: rng.fork("noise").int(0, 2), distractors: rng.fork("distractors").int(1, 3) };
  const sampled = sampleTask(domain, hypothesis.where, { fullness, rng: rng.fork("world") });
  if (sampled.status === "none") return { status: "none", rejections: sampled.rejections.length };
  deps.store.recordHypothesis(session.id, hypothesis);
  const origin = { by: "sampled" as const, seed: sampled.seed };
  const staged = registerTask(bench, sampled.gated, { origin, hypothesis: hypothesis.id });
  on.progress({ done: 0, total: 1, message: `trying ${describeRegion(hypothesis.where)}` });
  const tried = await tryTask(staged, { ...iterating, hypothesis });
  if (tried === null) return { status: "cut" };
  if (tried.target === "0/0" || tried.oracle === "0/0")
    return { status: "unscored", why: whyUnscored(bench, staged) };
  const seq = deps.store.evaluations({ session: session.id }).at(-1)?.seq ?? 0;
  const outcome: IterationOutcome = {
    ...untried,
    ...tried,
    seq,
    where: describeRegion(hypothesis.where),
    rejections: sampled.rejections.length,
    why: tried.why ?? reason,
  };
  return { status: "done", outcome, hypothesis, task: staged.key };
}

/** An outcome of which nothing has happened yet. */
export const untried = {
  target: "",
  verdict: "",
  oracle: "",
  simplified: "",
  gate: "",
  fresh: "",
  modes: [] as readonly string[],
  kept: null,
};

type Tried = Partial<IterationOutcome>;

/** Takes one task through target, oracle, simplification, gate and fresh rollouts; null if it was cut short. */
async function tryTask(
  staged: Staged,
  on: Iterating & { readonly hypothesis: Hypothesis },
): Promise<Tried | null> {
  const { bench } = on;
  const counts = await runTarget(bench, staged, on.on);
  const screened: Tried = { target: `${counts.passed}/${counts.n}`, verdict: counts.verdict };
  if (counts.cut) return null;
  if (counts.n === 0) return { ...screened, why: "no rollout could be scored" };
  if (counts.verdict !== "inside") return { ...screened, why: whyOutside(counts, bench.rule.window) };
  const { counts: oracle, confirmed, note } = await verifyTask(bench, staged, on.on);
  const verified: Tried = { ...screened, oracle: `${oracle.passed}/${oracle.n}`, modes: note.modes };
  if (oracle.cut) return null;
  if (!confirmed) return { ...verified, why: note.why };
  const { hypothesis, maxShrink } = on;
  const shrunk = await shrink(bench, staged, { ...on.on, maxRollouts: maxShrink, hypothesis: hypothesis.id });
  if (shrunk.gate.cut || on.on.signal.aborted) return null;
  const dropped = shrunk.steps.filter((step) => step.result === "dropped").length;
  const measured: Tried = {
    ...verified,
    modes: shrunk.modes,
    simplified: `${dropped}/${shrunk.steps.length}`,
    gate: `${shrunk.gate.passed}/${shrunk.gate.n}`,
  };
  const reason = whyPassedOver(on, shrunk);
  if (reason !== null) return { ...measured, why: reason };
  const fresh = await freshRate(bench, shrunk.staged, on.on.signal);
  if (fresh.cut) return null;
  return { ...measured, fresh: `${fresh.passed}/${fresh.n}`, kept: shrunk.staged.key, why: "kept" };
}

function whyUnscored({ deps, session }: Workbench, staged: Staged): string {
  const [last] = deps.store.rollouts({ session: session.id, task: staged.key, status: "unscored", limit: 1 });
  return last?.grade.status === "unscored"
    ? `${last.grade.why} (blame: ${last.grade.blame})`
    : "no rollout could be scored";
}

function whyOutside({ verdict, passed, n }: Counts, window: Interval): string {
  if (verdict === "undecided") return "its pass rate is too close to the window's edge";
  return passed / n > window.high ? "it passes too often" : "it passes too rarely";
}

/** A vein is a way to fail: its tasks share their failure's fingerprint. */
export const veinOf = (modes: readonly string[]) => modes.join(" + ");

/** Why a found failure is not kept; beyond what holds for any, one vein may not fill the harvest. */
function whyPassedOver({ bench, veins, perVein }: Iterating, shrunk: Shrunk): string | null {
  const reason = whyNotKept(shrunk);
  if (reason !== null) return reason;
  if (isHarvested(bench, shrunk.staged)) return "its minimal form is harvested already";
  const share = veins.filter((vein) => vein === veinOf(shrunk.modes)).length;
  return share < perVein ? null : `${share} tasks fail that way already`;
}

/** One line on an iteration, for progress and for the harvest's answer. */
export function iterationLine(index: number, outcome: IterationOutcome): string {
  const parts = [
    `${index}. ${outcome.where}`,
    ...(outcome.rejections > 0 ? [`${outcome.rejections} rejected by gates`] : []),
    `target ${outcome.target}`,
    ...(outcome.oracle === "" ? [] : [`oracle ${outcome.oracle}`]),
    ...(outcome.simplified === "" ? [] : [`dropped ${outcome.simplified}`]),
    ...(outcome.gate === "" ? [] : [`gate ${outcome.gate}`]),
    ...(outcome.fresh === "" ? [] : [`fresh ${outcome.fresh}`]),
    outcome.kept === null ? `not kept: ${outcome.why}` : `KEPT (${outcome.modes.join(" + ")})`,
  ];
  return parts.join(" · ");
}

/** An outcome as it was stored; older ones lack what was not measured then. */
export function readOutcome(stored: Json): IterationOutcome {
  return { ...untried, ...(stored as unknown as IterationOutcome) };
}
