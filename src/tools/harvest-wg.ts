import { createRng } from "../core/rng.ts";
import { describeRegion } from "../domains/cell.ts";
import type { Staged } from "../rollout/attempt.ts";
import { sampleTask } from "../worlds/sample-task.ts";
import {
  type Iterated,
  type Iterating,
  type IterationOutcome,
  type Tried,
  untried,
  veinName,
  whyOutside,
  whyPassedOver,
  whyUnscored,
} from "./harvest-outcome.ts";
import { proposeFrom } from "./propose-hypothesis.ts";
import { runTarget } from "./run-target.ts";
import { freshRate, shrink } from "./simplify-failure.ts";
import { verifyTask } from "./verify-with-oracle.ts";
import { registerTask } from "./workbench.ts";

/** One round of the WG loop: a hypothesis, a world for it, the target, the oracle, the smallest form, its gate, a fresh rate. */
export async function iterateByHypothesis(iterating: Iterating): Promise<Iterated> {
  const { bench, label, upTo, on } = iterating;
  const { deps, session, domain } = bench;
  const rng = createRng(`${session.seed}/${label}`);
  const { hypothesis, reason } = proposeFrom(deps.store.frontier.evidence({ session: session.id, upTo }), {
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
  const tried = await tryTask(staged, { ...iterating, hypothesis: hypothesis.id });
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
  return { status: "done", outcome, hypothesis: hypothesis.id, task: staged.key };
}

/** Takes one task through target, oracle, simplification, gate and fresh rollouts; null if it was cut short. */
async function tryTask(
  staged: Staged,
  on: Iterating & { readonly hypothesis: string },
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
  const shrunk = await shrink(bench, staged, { ...on.on, maxRollouts: maxShrink, hypothesis });
  if (shrunk.gate.cut || on.on.signal.aborted) return null;
  const dropped = shrunk.steps.filter((step) => step.result === "dropped").length;
  const measured: Tried = {
    ...verified,
    modes: shrunk.modes,
    vein: veinName(shrunk.modes),
    simplified: `${dropped}/${shrunk.steps.length}`,
    gate: `${shrunk.gate.passed}/${shrunk.gate.n}`,
  };
  const reason = whyPassedOver(on, { ...shrunk, vein: veinName(shrunk.modes) });
  if (reason !== null) return { ...measured, why: reason };
  const fresh = await freshRate(bench, shrunk.staged, on.on.signal);
  if (fresh.cut) return null;
  return { ...measured, fresh: `${fresh.passed}/${fresh.n}`, kept: shrunk.staged.key, why: "kept" };
}
