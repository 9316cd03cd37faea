import { reportedSureness, type Sureness, type WindowVerdict, windowVerdict } from "../core/rate.ts";
import { type Beta, chanceWithin, type Interval, posterior, uniformPrior } from "../core/stats.ts";
import type { ChatModel } from "../models/chat.ts";
import { attempt, type Stage, type Staged } from "./attempt.ts";
import type { Rollout, RolloutSlot } from "./rollout.ts";

/** When to stop: as soon as the posterior is sure either way, at the cap at the latest. */
export interface StoppingRule extends Sureness {
  readonly window: Interval;
  readonly prior: Beta;
  /** Scored rollouts at most. */
  readonly cap: number;
}

/** Window of the seed: at most a third passes. */
export const hardWindow: Interval = { low: 0, high: 0.33 };
/** Window in which a group of rollouts carries most signal. */
export const teachableWindow: Interval = { low: 0.125, high: 0.75 };

/** Figures on certainty and cap: facts on sequential tests with a Beta(1, 1) prior. */
export function ruleFor(window: Interval, prior: Beta = uniformPrior): StoppingRule {
  return { window, prior, cap: 16, ...reportedSureness };
}

/**
 * The rule of a loop that can always make another candidate: quicker to take one on and to give one up, since what is
 * let through passes a gate of fresh rollouts.
 */
export function screeningRule(window: Interval, prior: Beta = uniformPrior): StoppingRule {
  return { window, prior, cap: 10, certainty: 0.75, doubt: 0.2 };
}

/** The rule of a look: one rollout, which shows whether anything goes wrong, and how. */
export function lookRule(window: Interval): StoppingRule {
  return { ...screeningRule(window), cap: 1 };
}

/** What counts say of the window; undecided while the posterior is not sure. */
export function verdictOf(rule: StoppingRule, passed: number, n: number): WindowVerdict {
  return windowVerdict(n, chanceWithin(posterior(rule.prior, passed, n), rule.window), rule);
}

/** Counts of one task's rollouts by one model, from an index on. */
export interface Counts {
  readonly from: number;
  /** Scored rollouts, in index order up to the decision. */
  readonly n: number;
  readonly passed: number;
  readonly unscored: number;
  readonly verdict: WindowVerdict;
  readonly rollouts: readonly Rollout[];
  /** True when the budget or a cancellation ended it before the rule did. */
  readonly cut: boolean;
}

export interface Evaluating {
  readonly stage: Stage;
  readonly staged: Staged;
  readonly model: ChatModel;
  readonly role: RolloutSlot["role"];
  /** The index of the first rollout: fresh ones start where the selecting ones could have ended. */
  readonly from: number;
  /** Rollouts started side by side, at most; never more than a decision needs, so that there is no surplus. */
  readonly ahead: number;
  readonly signal: AbortSignal;
  onRollout?(rollout: Rollout): void;
}

/** Indices that stay unscored, each after its retries, before an evaluation gives up: the fault lies elsewhere then. */
const maxUnscored = 3;

/** What counts say so far, and at how many rollouts nothing more is asked. */
interface Deciding {
  readonly cap: number;
  verdict(passed: number, n: number): WindowVerdict;
}

const isDecided = ({ cap, verdict }: Deciding, passed: number, n: number) =>
  n >= cap || verdict(passed, n) !== "undecided";

/** The fewest further rollouts after which it could be decided: so many can run side by side and none is wasted. */
function leastToDecide(rule: Deciding, passed: number, n: number): number {
  let more = 1;
  while (!isDecided(rule, passed, n + more) && !isDecided(rule, passed + more, n + more)) more += 1;
  return more;
}

/** Runs rollouts until the rule decides. Verdicts consume rollouts in index order, whatever order they end in. */
export function evaluate(on: Evaluating, rule: StoppingRule): Promise<Counts> {
  return decide(on, { cap: rule.cap, verdict: (passed, n) => verdictOf(rule, passed, n) });
}

async function decide(on: Evaluating, rule: Deciding): Promise<Counts> {
  const counted: Rollout[] = [];
  let unscored = 0;
  let cut = false;
  let next = on.from;
  const passed = () => counted.filter((rollout) => rollout.grade.status === "passed").length;
  while (!cut && unscored < maxUnscored && !isDecided(rule, passed(), counted.length)) {
    const wave = Math.min(on.ahead, leastToDecide(rule, passed(), counted.length));
    const indices = Array.from({ length: wave }, (_, i) => next + i);
    next += wave;
    const rollouts = await Promise.all(indices.map((index) => attempt(on.stage, { ...on, index })));
    for (const rollout of rollouts) {
      if (unscored >= maxUnscored || isDecided(rule, passed(), counted.length)) break;
      if (rollout === null) cut = true;
      if (cut || rollout === null) break;
      on.onRollout?.(rollout);
      if (rollout.grade.status === "unscored") unscored += 1;
      else counted.push(rollout);
    }
  }
  const n = counted.length;
  return {
    from: on.from,
    n,
    passed: passed(),
    unscored,
    verdict: rule.verdict(passed(), n),
    rollouts: counted,
    cut,
  };
}

/** Rollouts of a gate, and how many a task that it lets through has at least. */
export interface Gate {
  readonly rollouts: number;
  readonly least: number;
}

/** The chance to lie in the window below which what missed it in a first sample is given no second one. */
const hopeless = 0.15;

/** What the rate of so many rollouts will be said of a window, as soon as those that are left can change nothing. */
function certain(
  { passed, n, of }: { readonly passed: number; readonly n: number; readonly of: number },
  { low, high }: Interval,
): WindowVerdict {
  const [fewest, most] = [passed / of, (passed + of - n) / of];
  if (n > 0 && (fewest > high || most < low)) return "outside";
  return fewest >= low && most <= high ? "inside" : "undecided";
}

/**
 * What a gate says of counts. It decides by the rate itself, on a first sample where that lies in the window, and by
 * that of twice as many where it misses it narrowly (double sampling, Dodge and Romig 1941): a task well inside is
 * seldom unlucky twice. It ends as soon as those that are left can change nothing (a curtailed test).
 */
export function gateVerdict(
  { passed, n }: { readonly passed: number; readonly n: number },
  { rollouts, least }: Gate,
  window: Interval,
): WindowVerdict {
  const first = n > rollouts ? "outside" : certain({ passed, n, of: rollouts }, window);
  if (first !== "outside") return first === "inside" && n < least ? "undecided" : first;
  if (chanceWithin(posterior(uniformPrior, passed, n), window) < hopeless) return "outside";
  const second = certain({ passed, n, of: 2 * rollouts }, window);
  return second === "inside" && n < least ? "undecided" : second;
}

/** Decides whether a task that was let through is kept, on rollouts that took no part in finding it. */
export const passGate = (on: Evaluating, gate: Gate, window: Interval): Promise<Counts> =>
  decide(on, { cap: 2 * gate.rollouts, verdict: (passed, n) => gateVerdict({ passed, n }, gate, window) });

/** Runs a fixed number of rollouts, for a rate that is reported and not selected by. */
export async function reestimate(on: Evaluating, rollouts: number, window: Interval): Promise<Counts> {
  const counts = await decide(on, { cap: rollouts, verdict: () => "undecided" });
  const rate = counts.n === 0 ? null : counts.passed / counts.n;
  const inside = rate !== null && rate >= window.low && rate <= window.high;
  return { ...counts, verdict: rate === null ? "undecided" : inside ? "inside" : "outside" };
}
