import type { Json } from "../core/json.ts";
import { createRng } from "../core/rng.ts";
import type { Proposed } from "../dag/parameters.ts";
import { proposeParameters } from "../dag/propose.ts";
import type { Analysis } from "../store/records.ts";
import { construct } from "./construct.ts";
import { type Candidate, type Iterating, type Prepared, proposals } from "./harvest-outcome.ts";
import { type Confirmation, keysOf } from "./harvest-try.ts";
import { nameParameters } from "./parameters.ts";
import type { VerificationNote } from "./workbench.ts";

/** The next candidates of the DAG loop: parameters, and a task around a golden walk for each. */
export async function prepareByWalk(iterating: Iterating, count: number): Promise<readonly Prepared[]> {
  const { bench, label, choosing, on } = iterating;
  const rng = createRng(`${bench.session.seed}/${label}`);
  const proposed = proposeParameters({ ...choosing, rng: rng.fork("propose") });
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

/** The gold confirms a failure: the task was built around a walk that solves it, so no oracle needs to be asked. */
export async function confirmByWalk(
  { staged }: Candidate,
  { bench: { deps, session } }: Iterating,
  analysis: Analysis | null,
): Promise<Confirmation> {
  const note: VerificationNote = {
    modes: keysOf(analysis),
    broken: [...new Set(analysis?.notes.flatMap(({ clause }) => clause ?? []))],
    why: "its golden walk solves it, by construction",
  };
  deps.store.recordVerification({
    session: session.id,
    task: staged.key,
    status: "kept",
    evaluation: null,
    simulatedOracle: false,
    confirmed: true,
    why: note as unknown as Json,
  });
  return { why: null, cut: false };
}
