import { z } from "zod";
import { InputError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { modesOf } from "../rollout/analyse.ts";
import type { Staged } from "../rollout/attempt.ts";
import { type Counts, type Evaluating, passGate, reestimate, verdictOf } from "../rollout/evaluate.ts";
import type { Candidate } from "../simplify/desk.ts";
import { simplify } from "../simplify/simplify.ts";
import type { Analysis } from "../store/records.ts";
import { type On, runLong } from "./long-work.ts";
import { rewriterFor } from "./rewording.ts";
import { answerWith, output, type Shrunk } from "./simplify-answer.ts";
import { defineTool } from "./tool.ts";
import {
  freshFrom,
  gateFrom,
  openWorkbench,
  recordCounts,
  registerTask,
  stagedTask,
  type Workbench,
} from "./workbench.ts";

const defaultRollouts = 120;
/** Rollouts that decide whether a minimal form is kept, unless they miss the window narrowly, and those of a kept one's re-estimate, which decide nothing. */
const [gateRollouts, freshRollouts] = [8, 16] as const;

export type { Shrunk };

/** Where rollouts of the whole begin that a search asks for: those before it have found the failure. */
const wholeFrom = 500;
/** Where rollouts begin that say whether a failure is worth making smaller. */
const beforeFrom = 400;

const input = z.strictObject({
  session_id: z.string().min(1).describe("the session, from start_session"),
  task_key: z.string().min(1).describe("a failure that verify_with_oracle has kept"),
  max_rollouts: z
    .int()
    .min(1)
    .max(10_000)
    .exactOptional()
    .describe(`target rollouts at most; default ${defaultRollouts}`),
});

export interface Shrinking extends Pick<On, "signal" | "progress"> {
  /** Target rollouts at most. */
  readonly maxRollouts: number;
  readonly hypothesis: string | null;
  /** Rollouts of the minimal form at its gate, if more than usual. */
  readonly k?: number;
}

/**
 * Shrinks a confirmed failure, and puts its smallest form to the gate. Every candidate is stored before its first
 * rollout and its rollouts as they come, so that the same call after a cut goes on where that one ended. Candidates
 * that fail in another way are screened finds of their own.
 */
export async function shrink(bench: Workbench, staged: Staged, on: Shrinking): Promise<Shrunk> {
  const { deps, session, stage, target } = bench;
  const verification = deps.store.verification(session.id, staged.key);
  const own = { session: session.id, task: staged.key, role: "target" as const };
  const simplified = await simplify({
    stage,
    staged,
    target,
    // A walk that was shown to run is proof enough: its task's oracle was never asked.
    oracle: verification !== null && verification.evaluation === null ? null : bench.oracle,
    found: deps.store.rollouts(own).filter(({ slot }) => slot.index < wholeFrom),
    blamed: blamedOf(deps.store.analysis(session.id, staged.key)),
    maxRollouts: on.maxRollouts,
    ahead: session.concurrency,
    wholeFrom,
    confirmFrom: gateFrom,
    signal: on.signal,
    ...rewriterFor(bench, staged.key, on.signal),
    register: (gated, removes, words) =>
      registerTask(bench, gated, {
        origin: { by: "simplified", parent: staged.key, removed: removes, ...(words && { words }) },
        hypothesis: on.hypothesis,
      }),
    onTry: ({ left, rollouts, step, outcome }, removes) =>
      on.progress({
        done: rollouts,
        total: on.maxRollouts,
        message: `${left} pieces left, ${rollouts} rollouts spent (${step}: ${outcome} without ${removes})`,
      }),
    onCandidate: (candidate) => recordCandidate(bench, candidate, "simplify"),
  });
  for (const slip of simplified.slips) recordCandidate(bench, slip, "screening");
  const gate = await gateRate(bench, simplified.staged, on.signal, on.k);
  deps.store.recordSimplification({
    session: session.id,
    task: staged.key,
    minimal: simplified.staged.key,
    steps: simplified.steps as unknown as Json,
    certificate: simplified.certificate as unknown as Json,
  });
  return { ...simplified, gate, modes: modesOf(simplified.staged, gate, stage) };
}

/** The requests that at least half of the failed rollouts are blamed on. */
function blamedOf(analysis: Analysis | null): readonly number[] {
  const often = analysis?.notes.filter(({ count }) => 2 * count >= analysis.rollouts) ?? [];
  return [...new Set(often.flatMap(({ request }) => request ?? []))];
}

function recordCandidate(
  bench: Workbench,
  { staged, rollouts }: Candidate,
  purpose: "simplify" | "screening",
): void {
  const count = (status: string) => rollouts.filter(({ grade }) => grade.status === status).length;
  const [passed, unscored] = [count("passed"), count("unscored")];
  const n = rollouts.length - unscored;
  const counts = { from: 0, n, passed, unscored, verdict: verdictOf(bench.rule, passed, n) };
  recordCounts(bench, counts, { staged, model: bench.target, role: "target", purpose });
}

/**
 * The pass rate of a task on rollouts that took no part in finding it; it decides whether the task is kept, and ends
 * as soon as that is certain. Of a kept one at least so many rollouts are known.
 */
export async function gateRate(
  bench: Workbench,
  staged: Staged,
  signal: AbortSignal,
  least: number = gateRollouts,
): Promise<Counts> {
  const counts = await passGate(
    measuring(bench, staged, { from: gateFrom, signal }),
    { rollouts: Math.max(least, gateRollouts), least },
    bench.session.window,
  );
  recordCounts(bench, counts, { staged, model: bench.target, role: "target", purpose: "gate" });
  return counts;
}

/**
 * The pass rate of a failure on more rollouts before any is spent on making it smaller: what failed by luck so far is
 * not worth it, and what a smaller form is held against is known better.
 */
export async function wholeRate(bench: Workbench, staged: Staged, signal: AbortSignal): Promise<Counts> {
  const on = measuring(bench, staged, { from: beforeFrom, signal });
  const counts = await passGate(on, { rollouts: gateRollouts, least: gateRollouts }, bench.session.window);
  recordCounts(bench, counts, { staged, model: bench.target, role: "target", purpose: "whole" });
  return counts;
}

/** The pass rate of a task that is kept, on rollouts that decide nothing. */
export async function freshRate(bench: Workbench, staged: Staged, signal: AbortSignal): Promise<Counts> {
  const on = measuring(bench, staged, { from: freshFrom, signal });
  const counts = await reestimate(on, freshRollouts, bench.session.window);
  recordCounts(bench, counts, { staged, model: bench.target, role: "target", purpose: "fresh" });
  return counts;
}

function measuring(
  { stage, target, session }: Workbench,
  staged: Staged,
  { from, signal }: Pick<Evaluating, "from" | "signal">,
): Evaluating {
  return { stage, staged, model: target, role: "target", from, signal, ahead: session.concurrency };
}

/** Finds the smallest scenario that still fails, one piece at a time. */
export const simplifyFailure = defineTool({
  name: "simplify_failure",
  title: "Simplify a failure",
  description:
    "Makes a confirmed failure as small as it gets: leaves out requests, their parts and values, distractors, noise, clauses and words (a phraser says them shorter) until no single piece can go. A smaller task counts only if it is sound, the target fails it as often and in the same way, and the oracle solves it. Answers with a certificate: what is gone, and for every piece that stays the counts without it. A cancelled call goes on when it is made again. The minimal form is kept if its pass rate on new rollouts lies in the window, and is measured again on fresh ones.",
  input,
  output,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  run: async (deps, args, ctx) => {
    const bench = openWorkbench(deps, args.session_id);
    const stored = stagedTask(bench, args.task_key);
    const verification = deps.store.verification(bench.session.id, stored.key);
    if (verification?.status !== "kept") {
      throw new InputError(
        `Task ${stored.key} is no failure that the oracle has kept: call run_target and verify_with_oracle on it first.`,
      );
    }
    return runLong(
      deps,
      { session: bench.session.id, kind: "simplify_failure", input: args, ctx },
      async (on) => {
        const shrunk = await shrink(bench, stored, {
          ...on,
          maxRollouts: args.max_rollouts ?? defaultRollouts,
          hypothesis: stored.hypothesis,
        });
        const reason = verification.confirmed ? whyNotKept(shrunk) : "the failure is not confirmed";
        if (reason !== null) return answerWith(bench, stored, { ...shrunk, reason, fresh: null });
        const fresh = await freshRate(bench, shrunk.staged, on.signal);
        if (fresh.cut) return answerWith(bench, stored, { ...shrunk, reason: cutShort, fresh });
        const kept = { minimal: shrunk.staged.key, original: stored.key, hypothesis: stored.hypothesis };
        // The same call again finds it there: that it is harvested stays true.
        deps.store.atomically(() => {
          if (!isHarvested(bench, shrunk.staged)) keepTask(bench, { ...kept, modes: shrunk.modes });
        });
        return answerWith(bench, stored, { ...shrunk, reason, fresh });
      },
    );
  },
});

const cutShort = "it was cut short; the same call goes on, if there is budget";

/** Why a minimal form is not kept; null if it is worth keeping. */
export function whyNotKept({ gate }: Pick<Shrunk, "gate">): string | null {
  if (gate.cut) return cutShort;
  return gate.verdict === "inside" ? null : "its pass rate at the gate is outside the window";
}

/** True if a task stands in the session's harvest. */
export function isHarvested({ deps, session }: Workbench, { key }: Pick<Staged, "key">): boolean {
  return deps.store.isHarvested(session.id, key);
}

export interface Kept {
  readonly minimal: string;
  /** The task as it was found. */
  readonly original: string;
  readonly hypothesis: string | null;
  readonly modes: readonly string[];
}

/** Puts a minimal form into the session's harvest. */
export function keepTask({ deps, session }: Workbench, { minimal, original, hypothesis, modes }: Kept): void {
  deps.store.recordHarvested({
    session: session.id,
    task: minimal,
    hypothesis,
    order: deps.store.nextOrder(session.id),
    evidence: { original, modes: [...modes] },
  });
}
