import { z } from "zod";
import { describeRate, rateFields, rateText } from "../core/rate.ts";
import type { Interval } from "../core/stats.ts";
import type { Domain, ScriptedRequest } from "../domains/domain.ts";
import { describeClaims, type TaskClaims } from "../frontier/claims.ts";
import type { Analysis, Evaluation, StoredTask } from "../store/records.ts";
import type { Criterion } from "../tasks/task.ts";
import { analysisLines, analysisOutput, describeAnalysis } from "./analysis.ts";
import { claimsAnswer, claimsOfTask, claimsOutput } from "./claims.ts";
import { dataNotice, fence } from "./fence.ts";
import { namedDomain, namedSession, namedTask } from "./lookup.ts";
import { rateSchema } from "./rate-output.ts";
import { type Deps, defineTool } from "./tool.ts";

const input = z.strictObject({
  task_key: z.string().min(1).max(120).describe("the task, by its key"),
  session_id: z
    .string()
    .min(1)
    .max(120)
    .optional()
    .describe("the session whose evidence is shown; default the one that made the task"),
  detail: z
    .enum(["short", "full"])
    .optional()
    .describe("full adds world, gold, all criteria and the user's script; default short"),
});

const output = z.object({
  notice: z.string(),
  task_key: z.string(),
  session_id: z.string(),
  domain: z.string(),
  instruction: z.string().describe("what the user knows and wants, fenced"),
  requests: z.array(z.string()).describe("what the user says, in order, fenced"),
  cell: z.unknown().describe("where the task lies: data"),
  criteria: z.array(z.unknown()).describe("what decides success: data, may quote the world"),
  events: z.array(z.string()).describe("what happens on the way: data"),
  gold_calls: z.array(z.string()).describe("one right way: data, may quote the world"),
  origin: z.unknown().describe("where it came from: data"),
  hypothesis_id: z.string().optional(),
  ...claimsOutput,
  evaluations: z.array(
    z.looseObject({
      role: z.string(),
      purpose: z.string(),
      model: z.string(),
      verdict: z.string().describe("by the rule of its purpose"),
      rate: rateSchema.optional().describe("the target's, by its posterior"),
    }),
  ),
  analysis: analysisOutput.optional(),
  verification: z.unknown().optional(),
  minimal_task_key: z.string().optional(),
  marks: z.array(z.object({ mark: z.string(), note: z.string(), created_at: z.string() })),
  rollouts: z.array(
    z.object({
      rollout_id: z.string(),
      role: z.string(),
      index: z.number(),
      status: z.string(),
      ending: z.string(),
    }),
  ),
  full: z
    .string()
    .optional()
    .describe("the whole task, its gold and how it was constructed as JSON, fenced; with detail full"),
  next: z.string(),
});

/** Shows one task with its evidence. */
export const showTask = defineTool({
  name: "show_task",
  title: "Show a task",
  description:
    "Shows one task: what the user wants, criteria, gold calls, where it came from, its evaluations by target and oracle, verification, minimal form, marks and rollouts. Detail full adds the world, and the golden walk of a constructed task.",
  input,
  output,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  run: async (deps, { task_key, session_id, detail }) => {
    const stored = namedTask(deps, task_key, session_id);
    const claims = claimsOfTask(deps, stored);
    const shown = describeTask(deps, stored, claims);
    const { task, gold, construction } = stored;
    const full = detail === "full" ? fence(JSON.stringify({ task, gold, construction })) : null;
    const structured = { ...shown, ...(full === null ? {} : { full }) };
    const rollouts = shown.rollouts.slice(0, 5).map(({ rollout_id, role, index }) => ({
      uri: `faultline://rollouts/${rollout_id}`,
      name: `Rollout ${index} of the ${role}`,
    }));
    return {
      structured,
      text: taskText(shown, { full, claims, analysis: deps.store.analysis(stored.session, stored.key) }),
      links: [{ uri: `faultline://tasks/${stored.key}`, name: "The task" }, ...rollouts],
    };
  },
});

/** What the user says for a request, and what is wanted instead if it is refused. */
function spoken({ request, form, otherwise }: ScriptedRequest, domain: Domain): string {
  const said = domain.requests.find((kind) => kind.kind === request.kind)?.say(request, form);
  const instead = otherwise === undefined ? "" : ` Otherwise: ${spoken(otherwise, domain)}`;
  return `${said ?? JSON.stringify(request)}${instead}`;
}

function describeTask(deps: Deps, stored: StoredTask, claims: TaskClaims | null) {
  const { store } = deps;
  const { key, session, task, gold } = stored;
  const { window } = namedSession(deps, session);
  const domain = namedDomain(deps, task.domain);
  const analysis = store.analysis(session, key);
  const verification = store.verification(session, key);
  const simplification = store.simplification(session, key);
  const rollouts = store.rollouts({ session, task: key, limit: 20 }).map((rollout) => ({
    rollout_id: rollout.id,
    role: rollout.slot.role,
    index: rollout.slot.index,
    status: rollout.grade.status,
    ending: rollout.trajectory.ending,
  }));
  const shownRollout = rollouts.find(({ status }) => status === "failed") ?? rollouts[0];
  const next =
    shownRollout === undefined
      ? `run_target with task_key "${key}"`
      : `show_rollout with rollout_id "${shownRollout.rollout_id}"`;
  return {
    notice: dataNotice,
    task_key: key,
    session_id: session,
    domain: task.domain,
    instruction: fence(task.instruction),
    requests: task.user.requests.map((request) => fence(spoken(request, domain))),
    cell: stored.cell,
    criteria: [...task.criteria],
    events: task.events.map(({ before, what }) => `before call ${before.nth} of ${before.tool}: ${what}`),
    gold_calls: (gold?.calls ?? []).map((call) => `${call.name} ${JSON.stringify(call.arguments)}`),
    origin: stored.origin,
    ...(stored.hypothesis === null ? {} : { hypothesis_id: stored.hypothesis }),
    ...(claims === null ? {} : claimsAnswer(claims)),
    evaluations: store.evaluations({ session, task: key }).map((one) => describeEvaluation(one, window)),
    ...(analysis === null ? {} : { analysis: describeAnalysis(analysis) }),
    ...(verification === null
      ? {}
      : {
          verification: {
            status: verification.status,
            confirmed: verification.confirmed,
            simulated_oracle: verification.simulatedOracle,
            why: verification.why,
          },
        }),
    ...(simplification === null ? {} : { minimal_task_key: simplification.minimal }),
    marks: store.marks(key).map(({ mark, note, createdAt }) => ({ mark, note, created_at: createdAt })),
    rollouts,
    next,
  };
}

type Shown = ReturnType<typeof describeTask>;

/** An evaluation with, of the target, all that is reported of its rate. */
function describeEvaluation(one: Evaluation, window: Interval) {
  const { role, purpose, settings, n, passed, unscored, verdict, simulated, prior } = one;
  const about = { role, purpose, model: settings.model, n, passed, unscored, verdict, simulated };
  if (role !== "target") return about;
  const rate = describeRate(one, { window, prior });
  return { ...about, rate: { ...rateFields(rate), prior: { ...prior } }, told: rateText(rate) };
}

/** A criterion in a line. */
function criterionText(criterion: Criterion): string {
  const { type, ...rest } = criterion;
  const text = JSON.stringify(rest);
  return `${type} ${text.length > 300 ? `${text.slice(0, 300)}…` : text}`;
}

/** What a task is made of and decided by; all of it may quote the world. */
function groundsText({ cell, criteria, events, gold_calls, origin }: Shown): string {
  return [
    `Cell: ${JSON.stringify(cell)}`,
    "Criteria:",
    ...criteria.map((criterion) => `- ${criterionText(criterion)}`),
    ...(events.length === 0 ? [] : ["On the way:", ...events.map((event) => `- ${event}`)]),
    "Gold calls:",
    ...(gold_calls.length === 0 ? ["- none"] : gold_calls.map((call) => `- ${call}`)),
    `Origin: ${JSON.stringify(origin)}`,
  ].join("\n");
}

interface Told {
  readonly full: string | null;
  readonly claims: TaskClaims | null;
  readonly analysis: Analysis | null;
}

function taskText(shown: Shown, { full, claims, analysis }: Told): string {
  const evaluations = shown.evaluations.map(
    (one) =>
      `- ${one.role}, ${one.purpose}: ${one.passed} of ${one.n} passed, ${one.unscored} unscored, ${one.verdict} the window${one.simulated ? " (simulated)" : ""}${"told" in one ? `; ${one.told}` : ""}`,
  );
  const lines = [
    `Task ${shown.task_key} of session ${shown.session_id}, ${shown.domain}. ${dataNotice}`,
    shown.instruction,
    "The user says:",
    ...shown.requests,
    "Cell, criteria, gold calls and origin:",
    fence(groundsText(shown)),
    ...(shown.hypothesis_id === undefined ? [] : [`Hypothesis: ${shown.hypothesis_id}`]),
    ...(claims === null ? [] : [`Claims: ${describeClaims(claims)}`]),
    "Evaluations:",
    ...(evaluations.length === 0 ? ["- none"] : evaluations),
    ...(analysis === null ? [] : analysisLines(analysis)),
    ...(shown.verification === undefined ? [] : [`Verification: ${JSON.stringify(shown.verification)}`]),
    ...(shown.minimal_task_key === undefined ? [] : [`Minimal form: task ${shown.minimal_task_key}`]),
    ...shown.marks.map(({ mark, note, created_at }) => `Marked ${mark} at ${created_at}: ${fence(note)}`),
    ...shown.rollouts.map(
      (one) => `Rollout ${one.rollout_id}: ${one.role} ${one.index}, ${one.status}, ${one.ending}`,
    ),
    ...(full === null ? [] : ["Whole task and gold:", full]),
    `Next: ${shown.next}.`,
  ];
  return lines.join("\n");
}
