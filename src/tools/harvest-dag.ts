import type { Json } from "../core/json.ts";
import { createRng } from "../core/rng.ts";
import { passAtK } from "../core/stats.ts";
import type { Proposed } from "../dag/parameters.ts";
import { proposeParameters } from "../dag/propose.ts";
import { mainMode } from "../frontier/trial.ts";
import type { Analysis } from "../store/records.ts";
import { analyseTask } from "./analysis.ts";
import { causesIn, construct, trialsOf } from "./construct.ts";
import {
  type Candidate,
  type Iterating,
  type Prepared,
  ruleOf,
  type Tried,
  whyOutside,
  whyPassedOver,
} from "./harvest-outcome.ts";
import { nameParameters } from "./parameters.ts";
import { runTarget } from "./run-target.ts";
import { freshRate, gateRate } from "./simplify-failure.ts";
import type { VerificationNote, Workbench } from "./workbench.ts";

/** Proposals tried in turn until one can be made: what no world meets costs nothing. */
const proposals = 6;

/** The next candidates of the DAG loop: parameters, and a task around a golden walk for each. */
export async function prepareByWalk(iterating: Iterating, count: number): Promise<readonly Prepared[]> {
  const { bench, label, upTo, choosing, wanted, on } = iterating;
  const rng = createRng(`${bench.session.seed}/${label}`);
  const trials = trialsOf(bench, upTo);
  const proposed = proposeParameters({
    domain: bench.domain,
    trials,
    ...choosing,
    wanted,
    window: bench.session.window,
    rng: rng.fork("propose"),
  });
  const prepared: Prepared[] = [];
  while (prepared.length < count && !on.signal.aborted)
    prepared.push(await constructNext(iterating, proposed, `${label}/${prepared.length}`));
  return prepared;
}

/** The first proposal that a world can be made for. */
async function constructNext(
  { bench, on }: Iterating,
  proposed: Iterator<Proposed>,
  label: string,
): Promise<Prepared> {
  const rng = createRng(`${bench.session.seed}/${label}`);
  let rejections = 0;
  for (let i = 0; i < proposals; i++) {
    const { value, done } = proposed.next();
    if (done === true) break;
    const { parameters, reason, vein: follows, prior } = value;
    const how = { rng: rng.fork(`construct-${i}`), signal: on.signal, follows };
    const made = await construct(bench, parameters, how);
    if (made.status === "made") {
      const { staged } = made.constructed;
      const where = nameParameters(made.constructed.parameters);
      const all = rejections + made.rejections;
      return { status: "made", staged, where, reason, prior, follows, rejections: all, hypothesis: null };
    }
    if (made.status === "none") rejections += made.rejections.length;
  }
  return { status: "none", rejections };
}

/** Takes one constructed task through target, analysis, gate and fresh rollouts; null if it was cut short. */
export async function tryConstructed(candidate: Candidate, on: Iterating): Promise<Tried | null> {
  const { bench, k } = on;
  const { staged } = candidate;
  const counts = await runTarget(bench, staged, { ...on.on, rule: ruleOf(candidate, bench) });
  const screened: Tried = { target: `${counts.passed}/${counts.n}`, verdict: counts.verdict };
  if (counts.cut) return null;
  if (counts.n === 0) return { ...screened, why: "no rollout could be scored" };
  if (counts.verdict !== "inside") {
    const analysis = bench.deps.store.analysis(bench.session.id, staged.key);
    return { ...screened, modes: keysOf(analysis), why: whyOutside(counts, candidate, bench) };
  }
  const gate = await gateRate(bench, staged, on.on.signal, k);
  if (gate.cut || on.on.signal.aborted) return null;
  const rollouts = [...counts.rollouts, ...gate.rollouts];
  const analysis = await analyseTask(bench, staged, { counts: { rollouts }, signal: on.on.signal });
  const passAt = passAtK(gate.n, gate.passed, k);
  const vein = mainCause(analysis);
  const gated: Tried = {
    ...screened,
    modes: keysOf(analysis),
    vein,
    gate: `${gate.passed}/${gate.n}`,
    ...(passAt === null ? {} : { passAt: `pass@${k} ${passAt.toFixed(2)}` }),
  };
  if (gate.verdict === "inside") recordConstruction(bench, staged.key, analysis);
  const reason = whyPassedOver(on, { staged, gate });
  if (reason !== null) return { ...gated, why: reason };
  const fresh = await freshRate(bench, staged, on.on.signal);
  if (fresh.cut) return null;
  return { ...gated, fresh: `${fresh.passed}/${fresh.n}`, kept: staged.key, why: "kept" };
}

const keysOf = (analysis: Analysis | null) => [...new Set(analysis?.notes.map(({ key }) => key))];

/** The cause that most tells how a task fails, of so many failed rollouts. */
function mainCause(analysis: Analysis | null): string {
  const { rollouts = 0, notes = [] } = analysis ?? {};
  return mainMode({ n: rollouts, passed: 0, modes: causesIn(notes) })?.key ?? "";
}

/** The gold confirms the failure: the task was built around a walk that solves it, so no oracle needs to be asked. */
function recordConstruction({ deps, session }: Workbench, task: string, analysis: Analysis | null): void {
  const notes = analysis?.notes ?? [];
  const note: VerificationNote = {
    modes: keysOf(analysis),
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
