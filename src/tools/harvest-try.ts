import { passAtK } from "../core/stats.ts";
import { cleanlyNew } from "../frontier/known.ts";
import { failsAlone, mainMode, type Trial } from "../frontier/trial.ts";
import { veinOf } from "../frontier/worked.ts";
import type { Staged } from "../rollout/attempt.ts";
import { type Counts, lookRule, type StoppingRule, screeningRule } from "../rollout/evaluate.ts";
import type { Analysis } from "../store/records.ts";
import { analyseTask } from "./analysis.ts";
import { causesIn, trialOn } from "./construct.ts";
import { type Candidate, type Iterating, type Tried, whyOutside, whyPassedOver } from "./harvest-outcome.ts";
import { runTarget } from "./run-target.ts";
import { freshRate, gateRate, type Shrunk, shrink, wholeRate } from "./simplify-failure.ts";

/** What becomes of one candidate of a harvest, however it was made. */

/** Whether a failure is real, and by whose word. */
export interface Confirmation {
  /** Rollouts of the oracle, "passed/scored"; left out where none was asked. */
  readonly oracle?: string;
  /** Why it is not confirmed; null if it is. */
  readonly why: string | null;
  readonly cut: boolean;
}

export interface Trying {
  readonly rule: StoppingRule;
  confirm(candidate: Candidate, on: Iterating, analysis: Analysis | null): Promise<Confirmation>;
}

/** A first rollout of each look, and the rule that each candidate is tried by; null for one that was cut short. */
export async function rulesFor(
  candidates: readonly (Candidate | null)[],
  on: Iterating,
): Promise<readonly (StoppingRule | null)[]> {
  const { window } = on.bench.session;
  const found = await Promise.all(
    candidates.map((candidate) => (candidate?.follows === null ? lookAt(candidate, on) : null)),
  );
  return candidates.map((candidate, i) => {
    if (candidate === null) return null;
    if (candidate.follows !== null) return screeningRule(window, candidate.prior);
    // What two looks of a batch show alike is gone after once.
    const shown = found[i] ?? null;
    return shown !== null && found.indexOf(shown) === i ? screeningRule(window) : lookRule(window);
  });
}

/** The name of what a first rollout shows, where it is new and shows alone, so that it is worth going on with. */
async function lookAt({ staged }: Candidate, iterating: Iterating): Promise<string | null> {
  const { bench, known, on } = iterating;
  const counts = await runTarget(bench, staged, { ...on, rule: lookRule(bench.session.window) });
  const trial = trialBy(counts, staged, iterating);
  return counts.cut || trial === null ? null : (cleanlyNew(trial, known)?.key ?? null);
}

/** What is known of a task by these rollouts alone: those that a resumed harvest has beyond them must change nothing. */
function trialBy({ n, passed }: Counts, { key }: Staged, { bench }: Iterating): Trial | null {
  const trial = trialOn(bench, key);
  return trial === null ? null : { ...trial, n, passed };
}

/**
 * Takes a candidate through target, confirmation, gate and fresh rollouts. A failure whose cause is not known yet is
 * made as small as it gets, which tells its cause; of what is known already another task is kept as it is. Null if it
 * was cut short.
 */
export async function tryOut(
  candidate: Candidate,
  on: Iterating,
  { rule, confirm }: Trying,
): Promise<Tried | null> {
  const { bench } = on;
  const { staged } = candidate;
  const counts = await runTarget(bench, staged, { ...on.on, rule });
  const screened: Tried = { target: `${counts.passed}/${counts.n}`, verdict: counts.verdict };
  if (counts.cut) return null;
  if (counts.n === 0) return { ...screened, why: "no rollout could be scored" };
  if (counts.verdict !== "inside") {
    const modes = keysOf(bench.deps.store.analysis(bench.session.id, staged.key));
    return { ...screened, modes, why: rule.cap === 1 ? whyLook(counts) : whyOutside(counts, bench) };
  }
  const trial = trialBy(counts, staged, on);
  const isKnown = trial !== null && veinOf(trial, on.known) !== null;
  if (!isKnown && candidate.follows === null && trial !== null && !failsAlone(trial)) {
    const modes = keysOf(bench.deps.store.analysis(bench.session.id, staged.key));
    return { ...screened, modes, why: whyMuddled };
  }
  const rated = isKnown
    ? await gateRate(bench, staged, on.on.signal, on.k)
    : await wholeRate(bench, staged, on.on.signal);
  if (rated.cut || on.on.signal.aborted) return null;
  const rollouts = [...counts.rollouts, ...rated.rollouts];
  const analysis = await analyseTask(bench, staged, { counts: { rollouts }, signal: on.on.signal });
  const found: Tried = { ...screened, modes: keysOf(analysis), vein: mainCause(analysis) };
  if (rated.verdict !== "inside") {
    const told = `${rated.passed}/${rated.n}`;
    if (isKnown) return { ...found, gate: told, why: "its pass rate at the gate is outside the window" };
    return { ...found, why: `it passed ${told} when it was run again, so it is not worth making smaller` };
  }
  const { oracle, why, cut } = await confirm(candidate, on, analysis);
  if (cut) return null;
  const confirmed: Tried = oracle === undefined ? found : { ...found, oracle };
  if (why !== null) return { ...confirmed, why };
  if (isKnown) return keep({ staged, gate: rated }, confirmed, on);
  const { hypothesis } = candidate;
  const shrunk = await shrink(bench, staged, { ...on.on, maxRollouts: on.maxShrink, hypothesis, k: on.k });
  if (shrunk.gate.cut || on.on.signal.aborted) return null;
  const dropped = shrunk.steps.filter(({ result }) => result === "dropped").length;
  const simplified = `${dropped}/${shrunk.steps.length}`;
  return keep(shrunk, { ...confirmed, modes: shrunk.modes, simplified }, on);
}

/** Keeps a form whose gate let it through, with its rate on fresh rollouts. */
async function keep(
  form: Pick<Shrunk, "staged" | "gate">,
  tried: Tried,
  on: Iterating,
): Promise<Tried | null> {
  const { staged, gate } = form;
  const passAt = passAtK(gate.n, gate.passed, on.k);
  const gated: Tried = {
    ...tried,
    gate: `${gate.passed}/${gate.n}`,
    ...(passAt === null ? {} : { passAt: `pass@${on.k} ${passAt.toFixed(2)}` }),
  };
  const reason = whyPassedOver(on, form);
  if (reason !== null) return { ...gated, why: reason };
  const fresh = await freshRate(on.bench, staged, on.on.signal);
  if (fresh.cut) return null;
  return { ...gated, fresh: `${fresh.passed}/${fresh.n}`, kept: staged.key, why: "kept" };
}

const whyMuddled =
  "several of its requests go wrong: what shows is followed to where it shows alone, and made smaller there";
const whyLook = ({ passed }: Counts) =>
  passed > 0
    ? "a first look: nothing goes wrong"
    : "a first look: it fails there, and what shows is followed to where it shows alone";

export const keysOf = (analysis: Analysis | null): readonly string[] => [
  ...new Set(analysis?.notes.map(({ key }) => key)),
];

/** The cause that most tells how a task fails, of so many failed rollouts. */
function mainCause(analysis: Analysis | null): string {
  const { rollouts = 0, notes = [] } = analysis ?? {};
  return mainMode({ n: rollouts, passed: 0, modes: causesIn(notes) })?.key ?? "";
}
