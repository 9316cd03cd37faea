import { createRng } from "../core/rng.ts";
import { describeRegion } from "../domains/cell.ts";
import { choose } from "../frontier/choose.ts";
import { hypothesize } from "../frontier/hypothesize.ts";
import { sampleTask } from "../worlds/sample-task.ts";
import { trialsOf } from "./construct.ts";
import {
  type Candidate,
  type Iterating,
  type Prepared,
  ruleOf,
  type Tried,
  veinName,
  whyOutside,
  whyPassedOver,
} from "./harvest-outcome.ts";
import { runTarget } from "./run-target.ts";
import { freshRate, shrink } from "./simplify-failure.ts";
import { verifyTask } from "./verify-with-oracle.ts";
import { registerTask } from "./workbench.ts";

/** The next candidates of the WG loop: a hypothesis, and a world in which it can be tried, for each. */
export async function prepareByHypothesis(
  { bench, label, upTo, choosing, wanted }: Iterating,
  count: number,
): Promise<readonly Prepared[]> {
  const { deps, session, domain } = bench;
  const rng = createRng(`${session.seed}/${label}`);
  const trials = trialsOf(bench, upTo);
  const choices = choose({
    domain,
    trials,
    ...choosing,
    wanted,
    window: session.window,
    rng: rng.fork("choose"),
  });
  const prepared: Prepared[] = [];
  for (const { composition, where, vein, prior, reason } of choices) {
    if (prepared.length === count) break;
    const stream = createRng(`${session.seed}/${label}/${prepared.length}`);
    const fullness = {
      noise: stream.fork("noise").int(0, 2),
      distractors: stream.fork("distractors").int(1, 3),
    };
    const sampled = sampleTask(domain, { where, composition }, { fullness, rng: stream.fork("world") });
    const rejections = sampled.rejections.length;
    if (sampled.status === "none") {
      prepared.push({ status: "none", rejections });
      continue;
    }
    const hypothesis = hypothesize(where, domain);
    deps.store.recordHypothesis(session.id, hypothesis);
    const staged = registerTask(bench, sampled.gated, {
      origin: { by: "sampled", seed: sampled.seed, cells: sampled.cells, follows: vein },
      hypothesis: hypothesis.id,
    });
    prepared.push({
      ...{ status: "made", staged, where: describeRegion(where), reason, prior, follows: vein, rejections },
      hypothesis: hypothesis.id,
    });
  }
  return prepared;
}

/** Takes one task through target, oracle, simplification, gate and fresh rollouts; null if it was cut short. */
export async function trySampled(candidate: Candidate, on: Iterating): Promise<Tried | null> {
  const { bench } = on;
  const { staged, hypothesis } = candidate;
  const counts = await runTarget(bench, staged, { ...on.on, rule: ruleOf(candidate, bench) });
  const screened: Tried = { target: `${counts.passed}/${counts.n}`, verdict: counts.verdict };
  if (counts.cut) return null;
  if (counts.n === 0) return { ...screened, why: "no rollout could be scored" };
  if (counts.verdict !== "inside") return { ...screened, why: whyOutside(counts, candidate, bench) };
  const { counts: oracle, confirmed, note } = await verifyTask(bench, staged, on.on);
  const verified: Tried = { ...screened, oracle: `${oracle.passed}/${oracle.n}`, modes: note.modes };
  if (oracle.cut) return null;
  if (!confirmed) return { ...verified, why: note.why };
  const shrunk = await shrink(bench, staged, { ...on.on, maxRollouts: on.maxShrink, hypothesis });
  if (shrunk.gate.cut || on.on.signal.aborted) return null;
  const dropped = shrunk.steps.filter((step) => step.result === "dropped").length;
  const measured: Tried = {
    ...verified,
    modes: shrunk.modes,
    vein: veinName(shrunk.modes),
    simplified: `${dropped}/${shrunk.steps.length}`,
    gate: `${shrunk.gate.passed}/${shrunk.gate.n}`,
  };
  const reason = whyPassedOver(on, shrunk);
  if (reason !== null) return { ...measured, why: reason };
  const fresh = await freshRate(bench, shrunk.staged, on.on.signal);
  if (fresh.cut) return null;
  return { ...measured, fresh: `${fresh.passed}/${fresh.n}`, kept: shrunk.staged.key, why: "kept" };
}
