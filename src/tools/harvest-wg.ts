import { createRng } from "../core/rng.ts";
import { describeRegion } from "../domains/cell.ts";
import { choose } from "../frontier/choose.ts";
import { hypothesize } from "../frontier/hypothesize.ts";
import { sampleTask } from "../worlds/sample-task.ts";
import type { Candidate, Iterating, Prepared } from "./harvest-outcome.ts";
import type { Confirmation } from "./harvest-try.ts";
import { verifyTask } from "./verify-with-oracle.ts";
import { registerTask } from "./workbench.ts";

/** The next candidates of the WG loop: a hypothesis, and a world in which it can be tried, for each. */
export async function prepareByHypothesis(
  { bench, label, trials, choosing, wanted }: Iterating,
  count: number,
): Promise<readonly Prepared[]> {
  const { deps, session, domain } = bench;
  const rng = createRng(`${session.seed}/${label}`);
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

/** The oracle confirms a failure by solving the task. */
export async function confirmByOracle(
  { staged }: Candidate,
  { bench, on }: Iterating,
): Promise<Confirmation> {
  const { counts, confirmed, note } = await verifyTask(bench, staged, on);
  return { oracle: `${counts.passed}/${counts.n}`, why: confirmed ? null : note.why, cut: counts.cut };
}
