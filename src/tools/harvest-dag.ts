import type { Json } from "../core/json.ts";
import { createRng, type Rng } from "../core/rng.ts";
import { passAtK } from "../core/stats.ts";
import { mainMode, proposeParameters } from "../dag/propose.ts";
import { screeningRule } from "../rollout/evaluate.ts";
import type { Analysis } from "../store/records.ts";
import { type Constructed, causesIn, construct, trialsOf } from "./construct.ts";
import {
  type Iterated,
  type Iterating,
  type IterationOutcome,
  type Tried,
  untried,
  whyOutside,
  whyPassedOver,
  whyUnscored,
} from "./harvest-outcome.ts";
import { nameParameters } from "./parameters.ts";
import { runTarget } from "./run-target.ts";
import { freshRate, gateRate } from "./simplify-failure.ts";
import type { VerificationNote, Workbench } from "./workbench.ts";

/** Proposals of an iteration, tried in turn until one can be made: what no world meets costs nothing. */
const proposals = 6;

/** One round of the DAG loop: parameters, a task around a golden walk, the target, the analysis, a gate, a fresh rate. */
export async function iterateByWalk(iterating: Iterating): Promise<Iterated> {
  const { bench, label, on } = iterating;
  const { session, deps } = bench;
  const rng = createRng(`${session.seed}/${label}`);
  const found = await constructNext(iterating, rng);
  if (found.constructed === null) return { status: "none", rejections: found.rejections };
  // Words that a stop cut short are no words to go on with.
  if (on.signal.aborted) return { status: "cut" };
  const { constructed, rejections, reason } = found;
  const where = nameParameters(constructed.parameters);
  on.progress({ done: 0, total: 1, message: `trying ${where}. ${reason}` });
  const tried = await tryConstructed(constructed, iterating);
  if (tried === null) return { status: "cut" };
  if (tried.target === "0/0") return { status: "unscored", why: whyUnscored(bench, constructed.staged) };
  const seq = deps.store.evaluations({ session: session.id }).at(-1)?.seq ?? 0;
  const outcome: IterationOutcome = {
    ...untried,
    ...tried,
    seq,
    where,
    rejections,
    why: tried.why ?? reason,
  };
  return { status: "done", outcome, hypothesis: null, task: constructed.staged.key };
}

interface Found {
  readonly constructed: Constructed | null;
  readonly rejections: number;
  readonly reason: string;
}

/** The first proposal that a world can be made for. */
async function constructNext({ bench, upTo, perVein, on }: Iterating, rng: Rng): Promise<Found> {
  const { domain } = bench;
  const trials = trialsOf(bench, upTo);
  let rejections = 0;
  const proposed = proposeParameters({ domain, trials, perVein, rng: rng.fork("propose") }, proposals);
  for (const [i, { parameters, reason, vein: follows }] of proposed.entries()) {
    const how = { rng: rng.fork(`construct-${i}`), signal: on.signal, follows };
    const made = await construct(bench, parameters, how);
    if (made.status === "made") {
      return { constructed: made.constructed, rejections: rejections + made.rejections, reason };
    }
    if (made.status === "none") rejections += made.rejections.length;
  }
  return { constructed: null, rejections, reason: "" };
}

/** Takes one constructed task through target, analysis, gate and fresh rollouts; null if it was cut short. */
async function tryConstructed({ staged }: Constructed, on: Iterating): Promise<Tried | null> {
  const { bench, k } = on;
  const { window } = bench.session;
  const counts = await runTarget(bench, staged, { ...on.on, rule: screeningRule(window, k) });
  const passAt = passAtK(counts.n, counts.passed, k);
  const screened: Tried = {
    target: `${counts.passed}/${counts.n}`,
    verdict: counts.verdict,
    ...(passAt === null ? {} : { passAt: `pass@${k} ${passAt.toFixed(2)}` }),
  };
  if (counts.cut) return null;
  if (counts.n === 0) return { ...screened, why: "no rollout could be scored" };
  const analysis = bench.deps.store.analysis(bench.session.id, staged.key);
  const modes = [...new Set(analysis?.notes.map(({ key }) => key))];
  if (counts.verdict !== "inside") return { ...screened, modes, why: whyOutside(counts, window) };
  const gate = await gateRate(bench, staged, on.on.signal);
  if (gate.cut || on.on.signal.aborted) return null;
  if (gate.verdict === "inside") recordConstruction(bench, staged.key, analysis);
  const vein = mainCause(bench, staged.key);
  const gated: Tried = { ...screened, modes, vein, gate: `${gate.passed}/${gate.n}` };
  const reason = whyPassedOver(on, { staged, gate, vein });
  if (reason !== null) return { ...gated, why: reason };
  const fresh = await freshRate(bench, staged, on.on.signal);
  if (fresh.cut) return null;
  return { ...gated, fresh: `${fresh.passed}/${fresh.n}`, kept: staged.key, why: "kept" };
}

/** The cause that most failed rollouts of a task show. */
function mainCause({ deps, session }: Workbench, task: string): string {
  const notes = deps.store.analysis(session.id, task)?.notes ?? [];
  const origin = deps.store.task(task, session.id)?.origin;
  const follows = origin?.by === "walk" ? origin.follows : null;
  return mainMode({ modes: causesIn(notes), follows }) ?? "";
}

/** The gold confirms the failure: the task was built around a walk that solves it, so no oracle needs to be asked. */
function recordConstruction({ deps, session }: Workbench, task: string, analysis: Analysis | null): void {
  const notes = analysis?.notes ?? [];
  const note: VerificationNote = {
    modes: [...new Set(notes.map(({ key }) => key))],
    broken: [...new Set(notes.flatMap(({ clause }) => clause ?? []))],
    why: "its golden walk solves it, by construction",
  };
  deps.store.recordVerification({
    session: session.id,
    task,
    status: "kept",
    evaluation: null,
    simulatedOracle: false,
    confirmed: true,
    why: note as unknown as Json,
  });
}
