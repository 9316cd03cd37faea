import { readAsset } from "../assets.ts";
import { canonical, type JsonObject } from "../core/json.ts";
import { type Domain, type State, stateOf } from "../domains/domain.ts";
import { contentHash, replay } from "../domains/environment.ts";
import type { Criterion, Gold, Solution, Task } from "../tasks/task.ts";
import { carried, type Exported, type Exporting, hasEvents, taskNumber } from "./export-format.ts";
import type { ExportedTask } from "./task-lines.ts";

/** Tasks in the format of τ²-bench. What its checks would pass or fail otherwise than ours is left out. */

/** The tasks, and beside them the empty database that they start from: each brings its whole world along. */
export function tau2Format({ domain, tasks }: Exporting): Exported {
  const { told, leftOut } = carried(tasks, (on) => {
    const { task, gold } = on.stored;
    const reason = gold === null ? "it has no gold" : unfit(task, gold, domain);
    return gold === null || reason !== null ? { leftOut: reason ?? "" } : tau2Task(on, gold);
  });
  const empty = Object.fromEntries(domain.tables.map((table) => [table, {}]));
  const files = [
    { name: "tau2_tasks.json", data: `[\n${told.map(canonical).join(",\n")}\n]\n`, tasks: told.length },
    { name: "db.json", data: `${canonical(empty)}\n`, tasks: 0 },
  ];
  return { files, leftOut };
}

/** Why τ²-bench cannot decide a task as we do; null if it can. */
function unfit(task: Task, gold: Gold, domain: Domain): string | null {
  if (hasEvents(task)) return "it has events, which τ²-bench does not know";
  const types = new Set(task.criteria.map(({ type }) => type));
  if (types.has("assertion")) return "it has state assertions, which τ²-bench does not know";
  if (types.has("complies")) return "it demands that a clause is kept, which τ²-bench does not check";
  if (!types.has("final_state")) return "it leaves the final state open, which τ²-bench always compares";
  const before = stateOf(task.world);
  const { state: after } = replay(domain, before, gold.calls);
  if (isSameState(before, after)) return "its gold changes nothing, so that doing nothing would pass";
  if (domain.generatedIds(before, after).some((made) => made.length > 1)) {
    return "it makes several records of a kind, whose ids τ²-bench gives by their order";
  }
  const silent = communicated(task).some(
    ({ value, tolerance = 0 }) => tolerance > 0 || String(value).includes(","),
  );
  return silent ? "it asks for words that τ²-bench cannot match (a comma, or a tolerance)" : null;
}

const isSameState = (a: State, b: State) => contentHash(a) === contentHash(b);

type Communicated = Extract<Criterion, { type: "communicated" }>;

const communicated = ({ criteria }: Task) =>
  criteria.filter((one): one is Communicated => one.type === "communicated");

function tau2Task(on: ExportedTask, gold: Gold): JsonObject {
  const { task, key } = on.stored;
  const id = taskNumber(on);
  const said = communicated(task).map(({ value }) => String(value));
  return {
    id,
    description: { ...describe(on, gold), notes: `Faultline's task ${key}` },
    user_scenario: {
      persona: task.user.persona === "" ? null : task.user.persona,
      instructions: {
        domain: task.domain,
        reason_for_call: task.instruction,
        task_instructions: readAsset("prompts/tau2-customer.md").trim(),
        known_info: on.domain.identity.say(task.user.identity),
        unknown_info: null,
      },
    },
    initial_state: { initialization_data: { agent_data: task.world, user_data: null } },
    evaluation_criteria: {
      actions: gold.calls.map((call, i) => ({
        action_id: `${id}_${i}`,
        requestor: "assistant",
        name: call.name,
        arguments: call.arguments,
      })),
      communicate_info: said,
      nl_assertions: task.criteria.flatMap((one) => (one.type === "rubric" ? [one.objective] : [])),
      reward_basis: said.length === 0 ? ["DB"] : ["DB", "COMMUNICATE"],
    },
  };
}

function describe({ session, domain }: ExportedTask, { solutions }: Gold): JsonObject {
  const clauses = new Set(solutions.flatMap((solution) => solution.clauses));
  const texts = domain.clauses.flatMap(({ id, text }) => (clauses.has(id) ? [text] : []));
  return {
    purpose: `A task that ${session.target} fails. Handled right: ${solutions.map(outcome).join("; ")}.`,
    relevant_policies: texts.length === 0 ? null : texts.join("\n"),
  };
}

function outcome({ request, status, clauses }: Solution): string {
  return `${request.kind} ${status}${clauses.length === 0 ? "" : ` (${clauses.join(", ")})`}`;
}
