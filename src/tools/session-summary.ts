import { z } from "zod";
import { budgetLeft } from "../core/budget.ts";
import { defaultVeinLimit } from "../frontier/diversity.ts";
import { totalTokens } from "../models/ledger.ts";
import { alarmOf } from "../report/alarm.ts";
import type { Retested, Run, Session } from "../store/records.ts";
import { feasibleRegions } from "../worlds/feasible.ts";
import { alarmSchema, describeAlarm } from "./alarm.ts";
import { staleMs } from "./long-work.ts";
import { namedDomain, namedSession } from "./lookup.ts";
import { quotasText } from "./quotas.ts";
import { readProgress } from "./run-answer.ts";
import { type Deps, defineTool } from "./tool.ts";

const input = z.strictObject({
  session_id: z
    .string()
    .min(1)
    .max(120)
    .optional()
    .describe("the session to sum up; without it, the newest sessions are listed"),
  limit: z.int().min(1).max(100).optional().describe("sessions or runs listed at most; default 20"),
  vein_limit: z
    .number()
    .min(0.01)
    .max(1)
    .optional()
    .describe(
      `share of the harvest that one way to fail may have before it counts as collapsing; default the session's quota, else ${defaultVeinLimit}`,
    ),
});

const counts = z.record(z.string(), z.number());

const output = z.object({
  sessions: z
    .array(
      z.object({
        session_id: z.string(),
        domain: z.string(),
        target: z.string(),
        created_at: z.string(),
        tasks: z.number(),
        harvested: z.number(),
      }),
    )
    .optional(),
  session: z
    .object({
      session_id: z.string(),
      domain: z.string(),
      target: z.string(),
      oracle: z.string(),
      user: z.string(),
      world_actor: z.string().optional(),
      window: z.object({ low: z.number(), high: z.number() }),
      seed: z.string(),
      allow_simulated_oracle: z.boolean(),
      concurrency: z.number(),
      quotas: z.unknown().optional(),
      created_at: z.string(),
    })
    .optional(),
  tasks: counts.optional().describe("tasks by how far they came"),
  hypotheses: z.number().optional(),
  harvest: alarmSchema.optional().describe("how varied the harvest is, or what finding nothing vouches for"),
  target_rollouts: counts.optional().describe("rollouts of the target by their grade"),
  budget: z
    .object({ rollouts: z.number(), tokens: z.number(), rollouts_left: z.number(), tokens_left: z.number() })
    .optional(),
  retests: z
    .array(
      z.object({
        session_id: z.string(),
        target: z.string(),
        checkpoint: z.string().optional(),
        tasks: z.number(),
        solved: z.number(),
        still_failing: z.number(),
        regressed: z.number(),
        at: z.string(),
      }),
    )
    .optional()
    .describe("the newest retest of its harvest on each target"),
  runs: z
    .array(
      z.object({
        run_id: z.string(),
        kind: z.string(),
        status: z.string(),
        progress: z.object({ done: z.number(), total: z.number(), message: z.string() }).optional(),
      }),
    )
    .optional(),
  next: z.string(),
});

/** Sums up a session, or lists the sessions. */
export const sessionSummary = defineTool({
  name: "session_summary",
  title: "Sum up a session",
  description:
    "Says where a session stands: models, tasks by outcome, target rollouts by grade, how varied the harvest is and whether it collapses onto one vein, its newest retests, budget left and runs with their progress. Without session_id it lists the sessions, newest first.",
  input,
  output,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  run: async (deps, { session_id, limit = 20, vein_limit }) => {
    if (session_id === undefined) return listSessions(deps, limit);
    deps.store.interruptStale(deps.now(), staleMs);
    const session = namedSession(deps, session_id);
    return sumUp(deps, session, { limit, veinLimit: vein_limit ?? session.quotas?.vein ?? defaultVeinLimit });
  },
});

function listSessions({ store }: Deps, limit: number) {
  const sessions = store.sessions({ limit }).map(({ id, domain, target, createdAt }) => {
    const { made, harvested } = store.taskCounts(id);
    return { session_id: id, domain, target, created_at: createdAt, tasks: made, harvested };
  });
  const next =
    sessions.length === 0
      ? 'start_session with a target such as "sim:kimi-like"'
      : "session_summary with a session_id, or start_session for a new one";
  const lines = sessions.map(
    (one) =>
      `${one.session_id}: ${one.target} in ${one.domain}, ${one.harvested} harvested of ${one.tasks} tasks (${one.created_at})`,
  );
  return {
    structured: { sessions, next },
    text: [...(lines.length === 0 ? ["There is no session yet."] : lines), `Next: ${next}.`].join("\n"),
    links: sessions.map(({ session_id }) => ({
      uri: `faultline://sessions/${session_id}/summary`,
      name: `Session ${session_id}`,
    })),
  };
}

const count = (of: Readonly<Record<string, number>>) =>
  Object.entries(of)
    .map(([name, n]) => `${n} ${name}`)
    .join(", ");

interface Asked {
  readonly limit: number;
  readonly veinLimit: number;
}

function sumUp(deps: Deps, session: Session, { limit, veinLimit }: Asked) {
  const { store } = deps;
  const { id } = session;
  const tasks = { ...store.taskCounts(id) };
  const graded = (status: "passed" | "failed" | "unscored") =>
    store.countRollouts({ session: id, role: "target", status });
  const rollouts = { passed: graded("passed"), failed: graded("failed"), unscored: graded("unscored") };
  const budget = budgetOf(deps, session);
  const runs = store.runs({ session: id, limit }).map(listedRun);
  const retests = store.retestedOn(id).map(retestAnswer);
  const hypotheses = store.countHypotheses(id);
  const domain = namedDomain(deps, session.domain);
  const regions = feasibleRegions(domain);
  const alarm = alarmOf({ session: id, domain, frontier: store.frontier, regions, limit: veinLimit });
  const next = nextCall(id, runs, tasks.harvested);
  const text = [
    `Session ${id}: ${session.target}${simulatedText(session.target)} in ${session.domain}, oracle ${session.oracle}, user ${session.user}, window ${session.window.low}–${session.window.high}, seed ${session.seed}.`,
    ...quotasText(session),
    `Tasks: ${count(tasks)}. Hypotheses: ${hypotheses}.`,
    `Target rollouts: ${count(rollouts)}. Left: ${budget.rollouts_left} of ${budget.rollouts} rollouts, ${budget.tokens_left} of ${budget.tokens} tokens.`,
    alarm.sentence,
    ...retests.map(retestText),
    ...runs.map((run) => `Run ${run.run_id}: ${run.kind}, ${run.status}${progressText(run.progress)}`),
    `Next: ${next}.`,
  ];
  return {
    structured: {
      session: sessionHead(session),
      tasks,
      hypotheses,
      harvest: describeAlarm(alarm),
      target_rollouts: rollouts,
      budget,
      ...(retests.length === 0 ? {} : { retests }),
      runs,
      next,
    },
    text: text.join("\n"),
    links: ["frontier", "tasks"].map((part) => ({
      uri: `faultline://sessions/${id}/${part}`,
      name: `The ${part} of session ${id}`,
    })),
  };
}

function sessionHead(session: Session) {
  const { id, worldActor, allowSimulatedOracle, createdAt, budget: _, window, ...rest } = session;
  return {
    session_id: id,
    ...rest,
    ...(worldActor === undefined ? {} : { world_actor: worldActor }),
    window: { ...window },
    allow_simulated_oracle: allowSimulatedOracle,
    created_at: createdAt,
  };
}

/** Every try of a rollout counts, also one that broke and was repeated; tokens are those of all roles. */
function budgetOf({ store }: Deps, { id, budget }: Session) {
  const { begun, tokens } = store.spending(id);
  const left = budgetLeft(budget, { rollouts: begun.target, tokens: totalTokens(tokens) });
  return { ...budget, rollouts_left: left.rollouts, tokens_left: left.tokens };
}

function retestAnswer({ session, target, checkpoint, outcomes, at }: Retested) {
  const { solved = 0, still_failing = 0, regressed = 0 } = outcomes;
  const tasks = Object.values(outcomes).reduce((sum, n) => sum + n, 0);
  const as = checkpoint === null ? {} : { checkpoint };
  return { session_id: session, target, ...as, tasks, solved, still_failing, regressed, at };
}

function retestText({ session_id, target, checkpoint, at, ...of }: ReturnType<typeof retestAnswer>): string {
  const as = checkpoint === undefined ? "" : ` at ${checkpoint}`;
  return `Retested on ${target}${as}${simulatedText(target)}: ${of.solved} solved, ${of.still_failing} still failing, ${of.regressed} regressed of ${of.tasks} (${at}, session ${session_id}).`;
}

const simulatedText = (target: string) => (target.startsWith("sim:") ? " (simulated)" : "");

function listedRun({ id, kind, status, progress }: Run) {
  const far = readProgress(progress);
  return { run_id: id, kind, status, ...(far === null ? {} : { progress: far }) };
}

type Listed = ReturnType<typeof listedRun>;

const progressText = (far: Listed["progress"]) =>
  far === undefined ? "" : ` (${far.done} of ${far.total}: ${far.message})`;

function nextCall(session: string, runs: readonly Listed[], harvested: number): string {
  const running = runs.find((run) => run.status === "running");
  if (running !== undefined) return `await_run with run_id "${running.run_id}"`;
  const left = runs.find((run) => run.status === "interrupted");
  if (left !== undefined) return `${left.kind} with session_id "${session}" goes on where it was interrupted`;
  return harvested > 0
    ? `show_frontier or export_tasks with session_id "${session}"`
    : `show_frontier or harvest with session_id "${session}"`;
}
