import type { Json, JsonObject } from "../core/json.ts";
import { type Interval, wilson } from "../core/stats.ts";
import { modesOf } from "../rollout/analyse.ts";
import { type Counts, verdictOf } from "../rollout/evaluate.ts";
import type { RetestOutcome, Session, Verification } from "../store/records.ts";
import type { On } from "./long-work.ts";
import { namedTask } from "./lookup.ts";
import { runTarget } from "./run-target.ts";
import { freshRate } from "./simplify-failure.ts";
import { type Before, type Candidate, isAbove } from "./successor.ts";
import { recordCounts, type VerificationNote, type Workbench } from "./workbench.ts";

/** What a retest of one task came to. */
export interface Retested {
  readonly candidate: Candidate;
  readonly outcome: RetestOutcome;
  readonly counts: Counts;
  /** Of a task that still fails: rollouts that decided nothing. */
  readonly fresh: Counts | null;
  /** True if it fails inside the window, and so stays in the harvest. */
  readonly kept: boolean;
  /** True if the budget or a cancellation ended it before it was decided. */
  readonly cut: boolean;
  readonly modes: readonly string[];
}

/**
 * What became of a task: solved once its pass rate is sure to lie above the window; it fails where the rate lies
 * inside, or below. A failing task has regressed if it was solved before, or if the 95 % intervals do not touch and
 * it passed more often before.
 */
export function outcomeOf(
  { n, passed, verdict }: Pick<Counts, "n" | "passed" | "verdict">,
  before: Before | null,
  window: Interval,
): RetestOutcome {
  if (n === 0) return "unscored";
  if (verdict === "undecided") return "undecided";
  if (verdict === "outside" && isAbove({ n, passed }, window)) return "solved";
  const fell = before !== null && wilson(passed, n).high < wilson(before.passed, before.n).low;
  return before?.solved === true || fell ? "regressed" : "still_failing";
}

/** Runs a successor's target on one task: as long as the rule asks for, or for a fixed number of rollouts. */
export async function retestOne(
  bench: Workbench,
  candidate: Candidate,
  on: Pick<On, "signal"> & { readonly rollouts: number | undefined },
): Promise<Retested> {
  const { deps, session, rule } = bench;
  const staged = namedTask(deps, candidate.task, session.id);
  const fixed = on.rollouts === undefined ? rule : { ...rule, cap: on.rollouts, certainty: 2, doubt: -1 };
  const ran = await runTarget(bench, staged, { signal: on.signal, progress: () => undefined, rule: fixed });
  const counts = { ...ran, verdict: verdictOf(rule, ran.passed, ran.n) };
  recordCounts(bench, counts, { staged, model: bench.target, role: "target", purpose: "screening" });
  const outcome = outcomeOf(counts, candidate.before, session.window);
  const fails = outcome === "still_failing" || outcome === "regressed";
  const modes = modesOf(staged, counts, bench.stage);
  const cut = counts.cut && (counts.verdict === "undecided" || on.rollouts !== undefined);
  const retested = {
    candidate,
    outcome: counts.n === 0 && cut ? ("undecided" as const) : outcome,
    counts,
    modes,
  };
  if (cut) return { ...retested, fresh: null, kept: false, cut };
  if (!fails || counts.verdict !== "inside") return { ...retested, fresh: null, kept: false, cut };
  const fresh = await freshRate(bench, staged, on.signal);
  const kept = !fresh.cut && fresh.n > 0 && isProved(bench, candidate);
  return { ...retested, fresh, kept, cut: fresh.cut };
}

/** Stores what a retest came to: its outcome, whether the failure is confirmed, and its place in the harvest. */
export function recordRetested(bench: Workbench, retested: Retested): void {
  const { deps, session } = bench;
  const { candidate, outcome, kept, modes, cut } = retested;
  if (cut || session.parent === undefined) return;
  const { task, original, foundIn, before, order } = candidate;
  const parent = deps.store.session(session.parent);
  const from: JsonObject = {
    session: session.parent,
    target: parent?.target ?? "",
    found_in: foundIn,
    before: before === null ? null : { n: before.n, passed: before.passed, of: before.purpose },
    outcome,
  };
  const evidence = { original, modes: [...modes], found_in: foundIn, retested_from: from };
  const { hypothesis } = namedTask(deps, task, session.id);
  deps.store.atomically(() => {
    const of = { session: session.id, task, parent: session.parent ?? "" };
    deps.store.recordRetest({ ...of, outcome, evidence, createdAt: deps.now() });
    recordProof(bench, retested);
    if (kept) deps.store.recordHarvested({ session: session.id, task, hypothesis, order, evidence });
    else deps.store.dropHarvested(session.id, task);
  });
}

/** True if a proof that a task can be done counts in a session: a simulated oracle's may not. */
const proves = (proof: Verification, session: Session) =>
  proof.status === "kept" && (!proof.simulatedOracle || session.allowSimulatedOracle);

/** True unless the only proof that the task can be done is one that does not count for this target. */
function isProved({ deps, session }: Workbench, { foundIn, original }: Candidate): boolean {
  const proof = deps.store.verification(foundIn, original);
  return proof === null || proves(proof, session);
}

/** The proof that a task can be done is the one of the session that found it; what it confirms is this target's failure. */
function recordProof(
  { deps: { store }, session }: Workbench,
  { candidate, outcome, counts, modes }: Retested,
): void {
  const { task, original, foundIn } = candidate;
  const proof = store.verification(foundIn, original);
  if (proof === null) return;
  const fails = outcome === "still_failing" || outcome === "regressed";
  const broken = counts.rollouts.flatMap(({ grade }) =>
    grade.status === "unscored"
      ? []
      : grade.clauses.filter(({ verdict }) => verdict === "forbidden").map(({ clause }) => clause),
  );
  const why: VerificationNote = {
    modes,
    broken: [...new Set(broken)].sort(),
    why: `it was shown in session ${foundIn} that the task can be done`,
  };
  store.recordVerification({
    ...proof,
    session: session.id,
    task,
    confirmed: fails && proves(proof, session),
    why: why as unknown as Json,
  });
}
