import { InputError, unknownName } from "../core/errors.ts";
import { canonical, isSame } from "../core/json.ts";
import type { Interval } from "../core/stats.ts";
import type { Hypothesis } from "../frontier/hypothesis.ts";
import type { Evaluation, Session } from "../store/records.ts";
import { namedDomain } from "./lookup.ts";
import type { Deps } from "./tool.ts";

/** Sessions that retest another one's harvest on a new target, and the tasks that go over. */

export interface Wanted {
  readonly target: string;
  readonly checkpoint?: string | undefined;
  readonly budgetRollouts?: number | undefined;
}

/**
 * The session in which a parent's tasks are retested: made, or found again by target and checkpoint. It inherits all
 * but the target; a larger budget is given to one that is there. An unknown target is an InputError before anything is stored.
 */
export function openSuccessor(
  deps: Deps,
  parent: Session,
  { target, checkpoint, budgetRollouts }: Wanted,
): Session {
  const { store } = deps;
  const domain = namedDomain(deps, parent.domain);
  const { spec, simulated } = deps.openModel(target, "target", domain);
  return store.atomically(() => {
    const known = store
      .successors(parent.id)
      .flatMap((id) => store.session(id) ?? [])
      .find((one) => one.target === spec && one.checkpoint === checkpoint);
    if (known !== undefined) {
      if (budgetRollouts !== undefined) store.raiseBudget(known.id, budgetRollouts);
      return store.session(known.id) ?? known;
    }
    const { checkpoint: _, ...inherited } = parent;
    const made: Session = {
      ...inherited,
      id: deps.newId("session"),
      target: spec,
      parent: parent.id,
      ...(checkpoint === undefined ? {} : { checkpoint }),
      budget: { ...parent.budget, rollouts: budgetRollouts ?? parent.budget.rollouts },
      // A simulated oracle was allowed for a simulated target; a real one's failures it does not confirm.
      allowSimulatedOracle: parent.allowSimulatedOracle && (simulated || !parent.target.startsWith("sim:")),
      createdAt: deps.now(),
    };
    store.recordSession(made);
    return made;
  });
}

/** Passed and scored rollouts of a task before the retest, and what they were for. */
export interface Before {
  readonly n: number;
  readonly passed: number;
  readonly purpose: Evaluation["purpose"];
  /** True if the parent's target solved it: its pass rate was above the window. */
  readonly solved: boolean;
}

/** A task that a parent's target fails, or failed once, as it goes into a retest. */
export interface Candidate {
  readonly task: string;
  /** Its place in the parent's harvest. */
  readonly order: number;
  /** The failure as it was found, and the session that found it: the proof that it can be done lies there. */
  readonly original: string;
  readonly foundIn: string;
  readonly before: Before | null;
}

interface Lineage {
  readonly original: string;
  readonly found_in?: string;
}

/** All that a retest of a session can run: its harvest, and what it retested itself, the retired ones too. */
export function candidatesOf({ store }: Deps, parent: Session): readonly Candidate[] {
  const harvested = store.harvested(parent.id);
  const kept = new Set(harvested.map(({ task }) => task));
  const retired = store.retests(parent.id).filter(({ task }) => !kept.has(task));
  return [...harvested, ...retired].map(({ task, evidence }, order) => {
    const { original, found_in: foundIn = parent.id } = evidence as unknown as Lineage;
    return { task, order, original, foundIn, before: beforeOf(store, parent, task) };
  });
}

/** The candidates that are named, in the parent's order; all of them where none is. */
export function chosenOf(
  parent: Session,
  all: readonly Candidate[],
  keys?: readonly string[],
): readonly Candidate[] {
  if (all.length === 0) {
    throw new InputError(
      `Session ${parent.id} has no harvested tasks to retest: call harvest on it first, or name the session that has some.`,
    );
  }
  if (keys === undefined) return all;
  const known = new Set(all.map(({ task }) => task));
  const foreign = keys.find((key) => !known.has(key));
  if (foreign !== undefined) {
    throw unknownName(`harvested task of session ${parent.id}`, foreign, [...known].slice(0, 5));
  }
  return all.filter(({ task }) => keys.includes(task));
}

/** The purposes whose rates can stand for a task, the most trustworthy first. */
const quoted: readonly Evaluation["purpose"][] = ["fresh", "gate", "screening"];

/** A task's rate in a session, of the settings that it was run with last: others are never mixed in. */
function beforeOf(store: Deps["store"], parent: Session, task: string): Before | null {
  const all = store
    .evaluations({ session: parent.id, task })
    .filter(({ role, n, purpose }) => role === "target" && n > 0 && quoted.includes(purpose));
  const settings = canonical(all.at(-1)?.settings);
  const own = all.filter((one) => canonical(one.settings) === settings);
  const best = quoted.flatMap((purpose) => own.findLast((one) => one.purpose === purpose) ?? [])[0];
  if (best === undefined) return null;
  const { n, passed, purpose } = best;
  return { n, passed, purpose, solved: best.verdict === "outside" && isAbove(best, parent.window) };
}

/** True if a rate outside a window lies above it. */
export function isAbove(
  { n, passed }: { readonly n: number; readonly passed: number },
  window: Interval,
): boolean {
  return n > 0 && passed / n > (window.low + window.high) / 2;
}

/** Gives a successor a parent's task as it is, with the hypothesis that it was made to try. */
export function takeOver(
  { store }: Deps,
  { task }: Candidate,
  { parent, session }: { readonly parent: Session; readonly session: Session },
): void {
  const stored = store.task(task, parent.id);
  if (stored === null)
    throw new InputError(`Task ${task} is gone from session ${parent.id}: retest the others by name.`);
  const hypothesis = stored.hypothesis === null ? null : store.hypothesis(parent.id, stored.hypothesis);
  store.atomically(() => {
    const tried = hypothesis !== null && isClaimedAlike(store, hypothesis, session) ? hypothesis : null;
    if (tried !== null) {
      const { parent: _, ...taken } = tried;
      store.recordHypothesis(session.id, taken);
    }
    store.recordTask({ ...stored, session: session.id, hypothesis: tried?.id ?? null });
  });
}

/** False if the successor holds a label of the hypothesis to another proof: the task would be counted of what it is not. */
function isClaimedAlike({ frontier }: Deps["store"], hypothesis: Hypothesis, { id }: Session): boolean {
  const { claims = {}, proofs = {} } = hypothesis;
  const held = frontier.claimProofs(id, claims);
  return [...held].every(([axis, proof]) => isSame(proof, proofs[axis] ?? null));
}
