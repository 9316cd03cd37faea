import { canonical, type JsonObject } from "../core/json.ts";
import { describeRate, rateFields } from "../core/rate.ts";
import type { Interval } from "../core/stats.ts";
import { type Domain, stateOf } from "../domains/domain.ts";
import { renderPolicy } from "../domains/policy.ts";
import { claimsOf } from "../frontier/claims.ts";
import type { Hypothesis } from "../frontier/hypothesis.ts";
import type {
  Evaluation,
  Harvested,
  Session,
  Simplification,
  StoredTask,
  Verification,
} from "../store/records.ts";
import type { Exported, Exporting } from "./export-format.ts";

/** All that an exported task is told from. */
export interface ExportedTask {
  readonly session: Session;
  readonly domain: Domain;
  readonly stored: StoredTask;
  readonly harvested: Harvested;
  /** The failure as it was found, before it was made smaller. */
  readonly found: StoredTask | null;
  readonly hypothesis: Hypothesis | null;
  readonly evaluations: readonly Evaluation[];
  readonly verification: Verification | null;
  readonly simplification: Simplification | null;
  readonly mark: string | null;
  /** The session that it was taken from, and how it stood there; null if this session found it. */
  readonly retestedFrom: JsonObject | null;
}

/** The counts of one evaluation, with everything that is reported of a rate. */
function countsOf(evaluation: Evaluation | undefined, window: Interval): JsonObject | null {
  if (evaluation === undefined) return null;
  const { unscored, prior, simulated } = evaluation;
  const { interval, ...rate } = rateFields(describeRate(evaluation, { window, prior }));
  return {
    ...rate,
    unscored,
    prior: { ...prior },
    interval: { ...interval, method: "Wilson", level: 0.95 },
    simulated,
  };
}

/** The oracle's counts: the window is the target's, and says nothing of an oracle. */
function oracleCounts(evaluation: Evaluation | undefined, window: Interval): JsonObject | null {
  const counts = countsOf(evaluation, window);
  if (counts === null) return null;
  const { n, passed, unscored, pass_rate, interval, pass_at, pass_hat, simulated } = counts as Record<
    string,
    JsonObject
  >;
  return { n, passed, unscored, pass_rate, interval, pass_at, pass_hat, simulated } as JsonObject;
}

/** Everything that is known of each task, one task a line. */
export function faultlineFormat({ tasks }: Exporting): Exported {
  const data = tasks.map((on) => `${taskLine(on)}\n`).join("");
  return { files: [{ name: "tasks.jsonl", data, tasks: tasks.length }], leftOut: [] };
}

/** One task as one line of JSON, its keys sorted. No times, paths or ids of one run: the same seed gives the same line. */
export function taskLine(on: ExportedTask): string {
  const { session, domain, stored, harvested, hypothesis } = on;
  const { task, gold, origin, cell } = stored;
  const of = (purpose: Evaluation["purpose"], role: Evaluation["role"], key: string) =>
    on.evaluations.find((one) => one.purpose === purpose && one.role === role && one.task === key);
  const minimal = stored.key;
  const found = on.found?.key ?? minimal;
  const { modes } = harvested.evidence as { readonly modes: readonly string[] };
  return canonical({
    task_key: minimal,
    domain: { name: domain.name, version: domain.version },
    instruction: task.instruction,
    user: task.user,
    world: task.world,
    tau2_hash: domain.tau2Hash?.(stateOf(task.world)) ?? null,
    policy: renderPolicy(domain, task.clauses),
    clauses: task.clauses,
    tools: task.tools,
    events: task.events,
    criteria: task.criteria,
    gold,
    construction: stored.construction,
    cell,
    target: { spec: session.target, simulated: session.target.startsWith("sim:"), user: session.user },
    window: session.window,
    evaluation: {
      selecting: countsOf(
        of("simplify", "target", minimal) ?? of("screening", "target", minimal),
        session.window,
      ),
      gate: countsOf(of("gate", "target", minimal), session.window),
      fresh: countsOf(of("fresh", "target", minimal), session.window),
    },
    confirmed_by:
      on.verification === null ? null : on.verification.evaluation === null ? "construction" : "oracle",
    oracle: {
      // Where the golden walk is the proof, no oracle was asked.
      spec: on.verification?.evaluation === null ? null : session.oracle,
      on_found: oracleCounts(of("oracle", "oracle", found), session.window),
      simulated: on.verification?.simulatedOracle ?? null,
      confirmed: on.verification?.confirmed ?? null,
    },
    failure_modes: modes,
    minimal_form: {
      found_as: found,
      // A smaller form has no walk of its own: this is how the task that it was found as was made.
      found_construction: on.found?.construction ?? null,
      steps: on.simplification?.steps ?? [],
      certificate: on.simplification?.certificate ?? null,
    },
    hypothesis:
      hypothesis === null
        ? null
        : {
            statement: hypothesis.statement,
            where: hypothesis.where,
            behaviour: hypothesis.behaviour,
            by: hypothesis.by,
            claims: hypothesis.claims ?? {},
            proved: claimsOf(hypothesis, task, origin)?.proved ?? {},
          },
    origin,
    retested_from: on.retestedFrom,
    mark: on.mark,
  });
}
