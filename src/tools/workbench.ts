import pLimit from "p-limit";
import { InputError } from "../core/errors.ts";
import { contentKey } from "../core/json.ts";
import type { Domain } from "../domains/domain.ts";
import type { ChatModel } from "../models/chat.ts";
import type { Role } from "../models/config.ts";
import { createLedger, type Ledger, metered } from "../models/ledger.ts";
import type { Stage, Staged } from "../rollout/attempt.ts";
import { settingsOf } from "../rollout/attempt.ts";
import { type Counts, ruleFor, type StoppingRule } from "../rollout/evaluate.ts";
import { defaultLimits, type RolloutSlot } from "../rollout/rollout.ts";
import {
  type Evaluation,
  noPrior,
  type Prior,
  type Purpose,
  type Session,
  type StoredTask,
} from "../store/records.ts";
import type { Gated } from "../tasks/gates.ts";
import { taskKey } from "../tasks/task.ts";
import { namedDomain, namedSession, namedTask } from "./lookup.ts";
import type { Deps } from "./tool.ts";

export { readNote, type VerificationNote } from "../frontier/evidence.ts";

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
  /** What was expected of the rate before; nothing where it is left out. */
  readonly prior?: Prior;
}

/** The name of an evaluation: the same rollouts counted again have the same one. */
export function evaluationId(
  bench: Workbench,
  { staged, model, role, purpose }: Recorded,
  from: number,
): string {
  const settings = settingsOf(bench.stage, model);
  return `eval_${contentKey([bench.session.id, staged.key, role, settings, purpose, from]).slice(0, 16)}`;
}

/** Stores what rollouts of a task came to; the same evaluation made again replaces itself. */
export function recordCounts(
  bench: Workbench,
  counts: Pick<Counts, "from" | "n" | "passed" | "unscored" | "verdict">,
  recorded: Recorded,
): Evaluation {
  const { staged, model, role, purpose, prior = noPrior } = recorded;
  const { from, n, passed, unscored, verdict } = counts;
  return bench.deps.store.recordEvaluation({
    id: evaluationId(bench, recorded, from),
    session: bench.session.id,
    task: staged.key,
    role,
    settings: settingsOf(bench.stage, model),
    simulated: model.simulated,
    purpose,
    from,
    n,
    passed,
    unscored,
    prior,
    verdict,
  });
}
