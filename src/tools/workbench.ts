import pLimit from "p-limit";
import { InputError } from "../core/errors.ts";
import { contentKey, type Json } from "../core/json.ts";
import type { Domain } from "../domains/domain.ts";
import type { Evidence } from "../frontier/frontier.ts";
import type { ChatModel } from "../models/chat.ts";
import type { Role } from "../models/config.ts";
import { createLedger, type Ledger, metered } from "../models/ledger.ts";
import type { Stage, Staged } from "../rollout/attempt.ts";
import { settingsOf } from "../rollout/attempt.ts";
import { type Counts, ruleFor, type StoppingRule } from "../rollout/evaluate.ts";
import { defaultLimits, type RolloutSlot } from "../rollout/rollout.ts";
import type { Analysis, Evaluation, Purpose, Session, StoredCell, StoredTask } from "../store/records.ts";
import type { ListedTask } from "../store/tasks.ts";
import type { Gated } from "../tasks/gates.ts";
import { taskKey } from "../tasks/task.ts";
import { namedDomain, namedSession, namedTask } from "./lookup.ts";
import type { Deps } from "./tool.ts";

/** A session with its models open: what the verbs that run rollouts work on. */
export interface Workbench {
  readonly deps: Deps;
  readonly session: Session;
  readonly domain: Domain;
  readonly stage: Stage;
  readonly target: ChatModel;
  readonly oracle: ChatModel;
  readonly rule: StoppingRule;
  /** Target rollouts left in the session's budget. */
  rolloutsLeft(): number;
  /** Tokens left in the session's budget. */
  tokensLeft(): number;
  /** Opens a model for another role; what it uses is charged to the session. */
  open(spec: string, role: Role): ChatModel;
}

/** Where rollouts begin that decide on a minimal form, and those that are only reported: no rollout serves twice. */
export const [gateFrom, freshFrom] = [1_000, 2_000] as const;

type Limit = ReturnType<typeof pLimit>;

/** The places for rollouts of each session of this process: shared by all calls, so that two at once cannot overdo it. */
const places = new WeakMap<Deps["store"], Map<string, Limit>>();

function placesOf({ store }: Deps, session: Session): Limit {
  const all = places.get(store) ?? new Map<string, Limit>();
  places.set(store, all);
  const limit = all.get(session.id) ?? pLimit(session.concurrency);
  all.set(session.id, limit);
  return limit;
}

/** A session's tokens, counted in the store: also what other processes and earlier ones have spent. */
function ledgerOf({ store }: Deps, { id, budget }: Session): Ledger {
  return createLedger(budget.tokens, {
    charge: (role, usage) => store.chargeTokens(id, role, usage),
    spent: () => store.spending(id).tokens,
  });
}

/** Opens a session's models and its stage. Unknown sessions, specs and missing keys are an InputError. */
export function openWorkbench(deps: Deps, sessionId: string): Workbench {
  const session = namedSession(deps, sessionId);
  const domain = namedDomain(deps, session.domain);
  const { store } = deps;
  const limit = placesOf(deps, session);
  const ledger = ledgerOf(deps, session);
  const open = (spec: string, role: Role) => metered(deps.openModel(spec, role, domain), role, ledger);
  const target = open(session.target, "target");
  const oracle = open(session.oracle, "oracle");
  const stage: Stage = {
    domain,
    session: session.id,
    seed: session.seed,
    user: session.user === "scripted" ? null : open(session.user, "user"),
    // A rubric needs a judge that reads; the oracle's model is the strongest one that the session names.
    judge: oracle.simulated ? null : open(session.oracle, "judge"),
    limits: defaultLimits,
    records: store,
    limit: (work) => limit(work),
    take: (role) => {
      const most = role === "target" ? session.budget.rollouts : Number.MAX_SAFE_INTEGER;
      return store.takeRollout({ session: session.id, role, limit: most });
    },
    tokensLeft: ledger.left,
  };
  return {
    deps,
    session,
    domain,
    stage,
    target,
    oracle,
    rule: ruleFor(session.window),
    rolloutsLeft: () => Math.max(0, session.budget.rollouts - store.spending(session.id).begun.target),
    tokensLeft: ledger.left,
    open,
  };
}

/** The start_session member that a session ran out of: its tokens, else its rollouts. */
export function spentBudget(bench: Workbench): "budget_tokens" | "budget_rollouts" {
  return bench.tokensLeft() === 0 ? "budget_tokens" : "budget_rollouts";
}

/** Stores a task that passed the gates, so that rollouts can refer to it. */
export function registerTask(
  bench: Workbench,
  gated: Extract<Gated, { status: "passed" }>,
  about: Pick<StoredTask, "origin" | "hypothesis"> & Partial<Pick<StoredTask, "construction">>,
): Staged {
  const { task, gold, cell } = gated;
  const key = taskKey(task, bench.domain);
  const createdAt = bench.deps.now();
  const beside = { construction: null, ...about };
  bench.deps.store.recordTask({ key, session: bench.session.id, task, gold, cell, createdAt, ...beside });
  return { key, task, gold };
}

/** A task of the session by its key, or of another session, taken over as it is. */
export function stagedTask(bench: Workbench, key: string): StoredTask {
  const own = bench.deps.store.task(key, bench.session.id);
  if (own !== null) return own;
  const foreign = namedTask(bench.deps, key);
  if (foreign.task.domain !== bench.domain.name) {
    throw new InputError(
      `Task ${key} is of the domain ${foreign.task.domain}, the session of ${bench.domain.name}: start a session of that domain.`,
    );
  }
  const taken: StoredTask = { ...foreign, session: bench.session.id, hypothesis: null };
  bench.deps.store.recordTask(taken);
  return taken;
}

export interface Recorded {
  readonly staged: Staged;
  readonly model: ChatModel;
  readonly role: RolloutSlot["role"];
  readonly purpose: Purpose;
}

/** Stores what rollouts of a task came to; the same evaluation made again replaces itself. */
export function recordCounts(
  bench: Workbench,
  counts: Pick<Counts, "from" | "n" | "passed" | "unscored" | "verdict">,
  { staged, model, role, purpose }: Recorded,
): Evaluation {
  const settings = settingsOf(bench.stage, model);
  const { from, n, passed, unscored, verdict } = counts;
  const id = `eval_${contentKey([bench.session.id, staged.key, role, settings, purpose, from]).slice(0, 16)}`;
  return bench.deps.store.recordEvaluation({
    id,
    session: bench.session.id,
    task: staged.key,
    role,
    settings,
    simulated: model.simulated,
    purpose,
    from,
    n,
    passed,
    unscored,
    verdict,
  });
}

/** What is kept beside a verification: how the target fails. */
export interface VerificationNote {
  readonly modes: readonly string[];
  readonly broken: readonly string[];
  readonly why: string;
}

export function readNote(why: Json): VerificationNote {
  const note = why as unknown as Partial<VerificationNote> | null;
  return { modes: note?.modes ?? [], broken: note?.broken ?? [], why: note?.why ?? "" };
}

/**
 * Where the failure of a constructed task lies: its cell with the requests alone that the analysis blames in at least
 * half of the failed rollouts; null where it blames none.
 */
function blamedCell({ origin, cell }: ListedTask, analysis: Analysis | null): StoredCell | null {
  if (origin.by !== "walk" || analysis === null) return null;
  const often = analysis.notes.filter(({ count }) => 2 * count >= analysis.rollouts);
  const blamed = new Set(often.flatMap(({ request }) => request ?? []));
  const requests = origin.cells.filter((_, i) => blamed.has(i));
  return requests.length === 0 ? null : { ...cell, requests };
}

/**
 * All that a session's screening has shown, in the order it was recorded and up to a place in it; beside the cell
 * that was run stands the minimal one of a simplified failure, or what is to blame in a constructed task.
 */
export function evidenceOf(
  deps: Deps,
  sessionId: string,
  upTo = Number.POSITIVE_INFINITY,
): readonly Evidence[] {
  const { store } = deps;
  const listed = new Map(store.tasks({ session: sessionId }).map((task) => [task.key, task]));
  return (
    store
      .evaluations({ session: sessionId })
      .filter(({ role, purpose, seq }) => role === "target" && purpose === "screening" && seq <= upTo)
      // Where nothing could be scored, nothing was asked.
      .filter(({ n }) => n > 0)
      .flatMap((evaluation): readonly Evidence[] => {
        const task = listed.get(evaluation.task);
        if (task === undefined) return [];
        const verification = store.verification(sessionId, evaluation.task);
        const minimal = listed.get(store.simplification(sessionId, evaluation.task)?.minimal ?? "");
        const blamed = blamedCell(task, store.analysis(sessionId, evaluation.task));
        const note = readNote(verification?.why ?? null);
        return [
          {
            task: evaluation.task,
            cell: task.cell,
            minimal: minimal?.cell ?? blamed,
            hypothesis: task.hypothesis,
            n: evaluation.n,
            passed: evaluation.passed,
            confirmed: verification?.confirmed === true,
            broken: note.broken,
            mode: note.modes.length === 0 ? null : note.modes.join(" + "),
          },
        ];
      })
  );
}
