import type { Json } from "../core/json.ts";
import { knownVeins } from "../frontier/known.ts";
import type { Certificate } from "../simplify/certificate.ts";
import { modeOfKept } from "../store/harvest-counts.ts";
import { trialsOf } from "./construct.ts";
import { confirmByWalk, prepareByWalk } from "./harvest-dag.ts";
import {
  type Candidate,
  type Iterating,
  type IterationOutcome,
  iterationLine,
  type Prepared,
  proposalsOfOne,
  readOutcome,
  type Tried,
  untried,
  whyUnscored,
} from "./harvest-outcome.ts";
import { rulesFor, type Trying, tryOut } from "./harvest-try.ts";
import { confirmByOracle, prepareByHypothesis } from "./harvest-wg.ts";
import type { On } from "./long-work.ts";
import { choosingFor, fullKind } from "./quotas.ts";
import { isHarvested, keepTask } from "./simplify-failure.ts";
import type { Workbench } from "./workbench.ts";

/** The loop of a harvest: candidates in batches, each tried side by side, all of a batch counted in their order. */

export const strategies = ["wg", "dag"] as const;
export type Strategy = (typeof strategies)[number];

/** How candidates are made and confirmed: by a hypothesis, its world and an oracle, or by parameters and a golden walk. */
const by = {
  wg: { prepare: prepareByHypothesis, confirm: confirmByOracle },
  dag: { prepare: prepareByWalk, confirm: confirmByWalk },
} as const;

/** Target rollouts that one simplification may take in a harvest. */
const maxShrink = 90;

export interface Stopped {
  readonly stopped:
    | "all harvested"
    | "budget spent"
    | "iterations spent"
    | "nothing could be scored"
    | "cancelled";
  readonly trouble?: string;
}

export interface Limits {
  readonly strategy: Strategy;
  readonly k: number;
  /** Candidates tried side by side: what one of them shows, those beside it do not know. */
  readonly batch: number;
  readonly wanted: number;
  readonly maxIterations: number;
}

/** Where a harvest began: kept as its iteration 0, so that a resumed one begins at the same place. */
type Start = { readonly ordinal: number; readonly seq: number };

function startOf({ deps, session }: Workbench, runId: string): Start {
  const [first] = deps.store.iterations(runId, { limit: 1 });
  if (first !== undefined) return first.outcome as unknown as Start;
  const ordinal = deps.store.runs({ session: session.id, kind: "harvest" }).length;
  const start: Start = { ordinal, seq: deps.store.lastSeq(session.id) };
  deps.store.recordIteration({ run: runId, index: 0, hypothesis: null, task: null, outcome: start });
  return start;
}

export const outcomesOf = ({ deps }: Workbench, runId: string): readonly IterationOutcome[] =>
  deps.store
    .iterations(runId)
    .filter(({ index }) => index > 0)
    .map(({ outcome }) => readOutcome(outcome));

/** What one candidate came to. */
type Ended =
  | { readonly status: "done"; readonly tried: Tried; readonly candidate: Candidate }
  | { readonly status: "none"; readonly rejections: number }
  /** A model could not be run at all: going on would only cost time. */
  | { readonly status: "unscored"; readonly why: string }
  /** Budget or cancellation stopped it, and it counts for nothing. */
  | { readonly status: "cut" };

/** Mines until enough is kept, or until budget, iterations or a cancellation end it. */
export async function mine(bench: Workbench, on: On, limits: Limits): Promise<Stopped> {
  const { deps, session } = bench;
  const { wanted, maxIterations, batch } = limits;
  const start = startOf(bench, on.runId);
  let outcomes = outcomesOf(bench, on.runId);
  const kept = () => deps.store.countHarvested(session.id);
  while (kept() < wanted) {
    if (on.signal.aborted) return { stopped: "cancelled" };
    if (outcomes.length >= maxIterations) return { stopped: "iterations spent" };
    const first = outcomes.length + 1;
    const iterating = iteratingFrom(bench, on, { start, outcomes, limits });
    const count = Math.min(batch, wanted - kept(), maxIterations - outcomes.length);
    const { prepare, confirm } = by[limits.strategy];
    const prepared = await prepare(iterating, count);
    const rules = await rulesFor(
      prepared.map((one) => (one.status === "made" ? one : null)),
      iterating,
    );
    const ended = await Promise.all(
      prepared.map((one, i) => end(one, iterating, { rule: rules[i] ?? null, confirm })),
    );
    // A batch that was cancelled is done again as a whole, from the rollouts that it has: so its order stays.
    if (on.signal.aborted) return { stopped: "cancelled" };
    const seq = deps.store.lastSeq(session.id);
    for (const one of ended) {
      if (one.status === "cut") return { stopped: "budget spent" };
      if (one.status === "unscored") return { stopped: "nothing could be scored", trouble: one.why };
      const index = outcomes.length + 1;
      outcomes = [...outcomes, record(bench, one, { run: on.runId, index, seq })];
    }
    if (prepared.length === 0)
      outcomes = [...outcomes, recordNothing(bench, { run: on.runId, index: first, seq })];
    for (const [i, outcome] of outcomes.slice(first - 1).entries())
      on.progress({ done: kept(), total: wanted, message: iterationLine(first + i, outcome) });
  }
  return { stopped: "all harvested" };
}

function iteratingFrom(
  bench: Workbench,
  on: On,
  {
    start,
    outcomes,
    limits,
  }: {
    readonly start: Start;
    readonly outcomes: readonly IterationOutcome[];
    readonly limits: Limits;
  },
): Iterating {
  const { session, domain } = bench;
  const { wanted, k } = limits;
  const index = outcomes.length + 1;
  const trials = trialsOf(bench, outcomes.at(-1)?.seq ?? start.seq);
  return {
    bench,
    label: `harvest-${start.ordinal}/iteration-${index}`,
    choosing: {
      domain,
      trials,
      ...choosingFor(session, wanted),
      wanted,
      inARow: proposalsOfOne,
      window: session.window,
    },
    known: knownVeins(trials, domain),
    maxShrink,
    k,
    on: {
      signal: on.signal,
      progress: ({ message }) =>
        on.progress({
          done: bench.deps.store.countHarvested(session.id),
          total: wanted,
          message: `iteration ${index}: ${message}`,
        }),
    },
  };
}

async function end(
  prepared: Prepared,
  on: Iterating,
  { rule, confirm }: Pick<Trying, "confirm"> & { readonly rule: Trying["rule"] | null },
): Promise<Ended> {
  if (prepared.status === "none") return prepared;
  // Words that a stop cut short are no words to go on with.
  if (on.on.signal.aborted || rule === null) return { status: "cut" };
  on.on.progress({ done: 0, total: 1, message: `trying ${prepared.where}. ${prepared.reason}` });
  const tried = await tryOut(prepared, on, { rule, confirm });
  if (tried === null) return { status: "cut" };
  if (tried.target === "0/0" || tried.oracle === "0/0")
    return { status: "unscored", why: whyUnscored(on.bench, prepared.staged) };
  return { status: "done", tried, candidate: prepared };
}

interface Recording {
  readonly run: string;
  readonly index: number;
  readonly seq: number;
}

/** Records what a candidate came to, and keeps its task unless one before it in its batch has taken its place. */
function record(
  bench: Workbench,
  ended: Extract<Ended, { status: "done" | "none" }>,
  { run, index, seq }: Recording,
): IterationOutcome {
  if (ended.status === "none") return recordNothing(bench, { run, index, seq }, ended.rejections);
  const { store } = bench.deps;
  const { tried, candidate } = ended;
  const { where, rejections, reason, hypothesis } = candidate;
  const task = candidate.staged.key;
  const found: IterationOutcome = { ...untried, ...tried, seq, where, rejections, why: tried.why ?? reason };
  const why = found.kept === null ? null : whyNoPlace(bench, { kept: found.kept, original: task });
  const outcome = why === null ? found : { ...found, kept: null, why };
  store.atomically(() => {
    if (outcome.kept !== null)
      keepTask(bench, { minimal: outcome.kept, original: task, hypothesis, modes: outcome.modes });
    store.recordIteration({ run, index, hypothesis, task, outcome: outcome as unknown as Json });
  });
  return outcome;
}

/** How a found task fails, as the harvest will count it. */
function modeOf(
  { deps, session }: Workbench,
  { kept, original }: { readonly kept: string; readonly original: string },
): string {
  const smaller = deps.store.simplification(session.id, original);
  const certificate = smaller?.minimal === kept ? (smaller.certificate as Partial<Certificate> | null) : null;
  const { notes = [] } = deps.store.analysis(session.id, original) ?? {};
  return modeOfKept({ shows: certificate?.needs?.shows ?? null, notes }) ?? "";
}

/** Why a found task is not put into the harvest after all; null if it has a place there. */
function whyNoPlace(
  bench: Workbench,
  { kept, original }: { readonly kept: string; readonly original: string },
) {
  if (isHarvested(bench, { key: kept })) return "it is harvested already";
  const { session, deps } = bench;
  if (session.quotas?.kinds === undefined) return null;
  const stored = deps.store.task(kept, session.id);
  if (stored === null) return null;
  const found = { cell: stored.cell, mode: modeOf(bench, { kept, original }) };
  const full = fullKind(session, found, deps.store.frontier.keptCells(session.id));
  return full === null ? null : `the session's quota of ${full} is full`;
}

/** A region in which nothing could be sampled: told, counted, and never chosen for its evidence. */
function recordNothing(
  { deps }: Workbench,
  { run, index, seq }: Recording,
  rejections = 0,
): IterationOutcome {
  const outcome: IterationOutcome = {
    ...untried,
    seq,
    where: "a region whose conditions rule each other out",
    rejections,
    target: "0/0",
    why: "no task could be sampled there",
  };
  deps.store.recordIteration({
    run,
    index,
    hypothesis: null,
    task: null,
    outcome: outcome as unknown as Json,
  });
  return outcome;
}
