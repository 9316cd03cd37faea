import { createRng } from "../core/rng.ts";
import { describeRegion } from "../domains/cell.ts";
import { type Choice, choose } from "../frontier/choose.ts";
import { hypothesize } from "../frontier/hypothesize.ts";
import { sampleTask } from "../worlds/sample-task.ts";
import { type Candidate, type Iterating, type Prepared, proposals } from "./harvest-outcome.ts";
import type { Confirmation } from "./harvest-try.ts";
import { verifyTask } from "./verify-with-oracle.ts";
import { registerTask, type Workbench } from "./workbench.ts";

/** The next candidates of the WG loop: a hypothesis, and a world in which it can be tried, for each. */
export async function prepareByHypothesis(
  { bench, label, choosing }: Iterating,
  count: number,
): Promise<readonly Prepared[]> {
  const rng = createRng(`${bench.session.seed}/${label}`);
  const choices = choose({ ...choosing, rng: rng.fork("choose") });
  return Array.from({ length: count }, (_, i) => sampleNext(bench, choices, `${label}/${i}`));
}

/** The first choice that a world is found for. */
function sampleNext(bench: Workbench, choices: Iterator<Choice>, label: string): Prepared {
  const { deps, session, domain } = bench;
  let rejections = 0;
  for (let i = 0; i < proposals; i++) {
    const { value, done } = choices.next();
    if (done === true) break;
    const { composition, where, vein, prior, reason } = value;
    const stream = createRng(`${session.seed}/${label}${i === 0 ? "" : `/${i}`}`);
    const fullness = {
      noise: stream.fork("noise").int(0, 2),
      distractors: stream.fork("distractors").int(1, 3),
    };
    const sampled = sampleTask(domain, { where, composition }, { fullness, rng: stream.fork("world") });
    rejections += sampled.rejections.length;
    if (sampled.status === "none") continue;
    const hypothesis = hypothesize(where, domain);
    deps.store.recordHypothesis(session.id, hypothesis);
    const staged = registerTask(bench, sampled.gated, {
      origin: { by: "sampled", seed: sampled.seed, cells: sampled.cells, follows: vein },
      hypothesis: hypothesis.id,
    });
    return {
      ...{ status: "made", staged, where: describeRegion(where), reason, prior, follows: vein, rejections },
      hypothesis: hypothesis.id,
    };
  }
  return { status: "none", rejections };
}

/** The oracle confirms a failure by solving the task. */
export async function confirmByOracle(
  { staged }: Candidate,
  { bench, on }: Iterating,
): Promise<Confirmation> {
  const { counts, confirmed, note } = await verifyTask(bench, staged, on);
  return { oracle: `${counts.passed}/${counts.n}`, why: confirmed ? null : note.why, cut: counts.cut };
}
