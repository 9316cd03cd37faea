import type { z } from "zod";
import { canonical, pointerStep } from "../core/json.ts";
import type { Cell } from "../domains/cell.ts";
import { type Call, type Domain, stateOf, type World } from "../domains/domain.ts";
import { composeTask } from "./compose.ts";
import { brokenCalls, eventsGate } from "./event-gates.ts";
import { maxGenerated } from "./final-state.ts";
import type { Solved } from "./gold.ts";
import type { Grade } from "./grade.ts";
import { gradeRehearsal, idleGates } from "./idle-gates.ts";
import { everyRequest } from "./instruction.ts";
import { rehearseGold } from "./rehearsal.ts";
import type { Rejection } from "./rejection.ts";
import type { Criterion, Gold, Task } from "./task.ts";
import { taskSchema } from "./task-schema.ts";

export type Gated =
  | { readonly status: "passed"; readonly task: Task; readonly gold: Gold | null; readonly cell: Cell }
  | { readonly status: "rejected"; readonly rejections: readonly Rejection[] };

const noCell: Cell = { conversation: {}, world: {}, requests: [] };

const rejected = (...rejections: readonly Rejection[]): Gated => ({ status: "rejected", rejections });

/** What does not fit a schema, below a path, said without the words of the schema's library. */
export function misfit(path: string, { path: steps, message, ...issue }: z.core.$ZodIssue): Rejection {
  const said = issue.code === "invalid_key" ? `the key is wrong: ${issue.issues[0]?.message}` : message;
  const plain = said
    .replace(/^Invalid (input|option): /, "")
    .replace(/^Invalid input$/, "it fits none of the forms it may have");
  return {
    gate: "schema",
    path: `${path}${steps.map((step) => `/${pointerStep(String(step))}`).join("")}`,
    wrong:
      issue.code === "invalid_type" ? plain.replace("received undefined", "and nothing is there") : plain,
    repair: "give it the form that describe_domain shows",
  };
}

/** The free checks before any rollout is paid for. A task that fails one names it and says what would mend it. */
export function passGates(task: Task, domain: Domain): Gated {
  const parsed = taskSchema(domain).safeParse(task);
  if (!parsed.success) {
    return rejected(...parsed.error.issues.slice(0, 10).map((issue) => misfit("", issue)));
  }
  const inconsistent = worldGate(task.world, domain);
  if (inconsistent.length > 0) return rejected(...inconsistent);
  if (!domain.identity.known(task.user.identity, stateOf(task.world))) {
    return rejected({
      gate: "identity",
      path: "/user/identity",
      wrong: `${JSON.stringify(task.user.identity)} names nobody in the world`,
      repair: "name a user who is in the world, or add one",
    });
  }
  const misnamed = [...eventsGate(task, domain), ...namesGate(task, domain), ...repeatedGate(task)];
  if (misnamed.length > 0) return rejected(...misnamed.slice(0, 10));
  const { solved } = composeTask(domain, task);
  const found = [
    // Criteria are derived from the gold: where there is none, why there is none is what must be mended.
    ...(solved?.status === "stuck" ? [] : criteriaGate(task)),
    ...(solved === null ? [] : goldGates(task, solved, domain)),
    ...(decides(task) ? idleGates(task, domain) : []),
  ];
  if (found.length > 0) return rejected(...found);
  if (solved?.status !== "solved") return { status: "passed", task, gold: null, cell: noCell };
  return { status: "passed", task, gold: solved.gold, cell: solved.cell };
}

/** The consistency gate by itself, for worlds that nothing has been made of yet. */
export function worldGate(world: World, domain: Domain): readonly Rejection[] {
  return domain
    .checkWorld(world)
    .slice(0, 10)
    .map(({ path, wrong, repair }) => ({
      gate: "consistency",
      path: `/world${path}`,
      wrong,
      repair,
    }));
}

/** Clauses alone decide nothing: whoever does nothing keeps them. */
const decides = (task: Task) => task.criteria.some(({ type }) => type !== "complies");

function criteriaGate(task: Task): readonly Rejection[] {
  if (decides(task)) return [];
  return [
    {
      gate: "criteria",
      path: "/criteria",
      wrong: "there is nothing to be reached",
      repair: "add requests, or an assertion, or a rubric objective",
    },
  ];
}

/** Clauses and tools that criteria name must be the domain's own, or they would decide nothing. */
function namesGate(task: Task, domain: Domain): readonly Rejection[] {
  const clauses = new Set(domain.clauses.map(({ id }) => id));
  const tools = new Set(domain.tools.map(({ name }) => name));
  return task.criteria.flatMap((criterion, i) =>
    namesIn(criterion)
      .filter(({ name, of }) => !(of === "clause" ? clauses : tools).has(name))
      .map(({ name, of, at }) => ({
        gate: "criteria" as const,
        path: `/criteria/${i}/${at}`,
        wrong: `the domain has no ${of} ${JSON.stringify(name)}`,
        repair: `name one that describe_domain with part ${of === "clause" ? "policy" : "tools"} lists`,
      })),
  );
}

interface Named {
  readonly of: "clause" | "tool";
  readonly name: string;
  readonly at: string;
}

function namesIn(criterion: Criterion): readonly Named[] {
  const tools = (calls: readonly Call[], member: string) =>
    calls.map(({ name }, i): Named => ({ of: "tool", name, at: `${member}/${i}/name` }));
  switch (criterion.type) {
    case "final_state":
      return tools(criterion.writes, "writes");
    case "complies":
      return [{ of: "clause", name: criterion.clause, at: "clause" }];
    case "refusal":
    case "handover":
      return [
        ...criterion.clauses.map((name, i): Named => ({ of: "clause", name, at: `clauses/${i}` })),
        ...tools(criterion.forbids, "forbids"),
      ];
    default:
      return [];
  }
}

/** A user who wants the same thing twice can be met by doing it once: nobody could tell what is right. */
function repeatedGate({ user }: Task): readonly Rejection[] {
  const wanted = user.requests.map((scripted) =>
    everyRequest(scripted).map(({ request }) => canonical(request)),
  );
  const all = wanted.flatMap((wishes, i) => wishes.map((wish) => ({ wish, i })));
  return all
    .filter(({ wish }, place) => all.findIndex((other) => other.wish === wish) < place)
    .map(({ i }) => ({
      gate: "requests" as const,
      path: `/user/requests/${i}`,
      wrong: "the same request stands in the task twice",
      repair: "drop it, or change what it asks for",
    }));
}

/** A refusal or handover that is asked for must be what gold does with such a request, by one of these clauses. */
function groundGate(task: Task, gold: Gold): readonly Rejection[] {
  return task.criteria.flatMap((criterion, i) => {
    if (criterion.type !== "refusal" && criterion.type !== "handover") return [];
    const status = criterion.type === "refusal" ? "refused" : "handover";
    const matches = gold.solutions.some(
      (solution) =>
        solution.status === status &&
        solution.request.kind === criterion.about &&
        solution.clauses.some((clause) => criterion.clauses.includes(clause)),
    );
    if (matches) return [];
    return [
      {
        gate: "criteria" as const,
        path: `/criteria/${i}`,
        wrong: `gold ends no request of kind ${JSON.stringify(criterion.about)} as ${status} by ${criterion.clauses.join(", ") || "any clause named"}`,
        repair:
          "leave the criteria out so that they are derived, or name a request and a clause that rules it out",
      },
    ];
  });
}

function goldGates(task: Task, solved: Solved, domain: Domain): readonly Rejection[] {
  if (solved.status === "stuck") {
    return [
      {
        gate: "gold-runs",
        path: `/user/requests/${solved.request}`,
        wrong: solved.why,
        repair: "change the world so that the request can be met or refused, or change the request",
      },
    ];
  }
  const { gold, final, ties } = solved;
  const madeUp = groundGate(task, gold);
  if (madeUp.length > 0) return madeUp;
  const grade = gradeGold(task, gold, domain);
  const clauses = grade.status === "unscored" ? [] : grade.clauses;
  const broken = clauses.filter((finding) => finding.verdict === "forbidden");
  return [
    ...brokenCalls(task, gold, domain).map(({ index, call, text }) => ({
      gate: "gold-runs" as const,
      path: `/gold/calls/${index}`,
      wrong: `${call.name}: ${text}`,
      repair: "change the world so that every gold call runs",
    })),
    ...broken.map((finding) => ({
      gate: "gold-complies" as const,
      path: `/messages/${finding.place}`,
      wrong: `gold breaks ${finding.clause}: ${finding.why}`,
      repair: "change the request or the world so that the policy allows what is asked",
    })),
    ...reachGate(grade),
    ...ties.map((tie) => ({
      gate: "unique-answer" as const,
      path: `/user/requests/${tie.request}`,
      wrong: `the rule cannot tell ${tie.options.join(" and ")} apart`,
      repair: "change a price or a time so that one option is best",
    })),
    ...domain
      .generatedIds(stateOf(task.world), final)
      .filter((group) => group.length > maxGenerated)
      .map((group) => ({
        gate: "generated-ids" as const,
        path: "/user/requests",
        wrong: `${group.length} ids of one kind are generated, ${maxGenerated} at most can be compared`,
        repair: "drop a request that makes a new record",
      })),
  ];
}

function gradeGold(task: Task, gold: Gold, domain: Domain): Grade {
  // Gold tells the user nothing beyond its offers and refusals, so what must be said is not asked of it.
  const criteria = task.criteria.filter((criterion) => criterion.type !== "communicated");
  return gradeRehearsal({ ...task, criteria }, rehearseGold(task, gold, domain), { gold, domain });
}

function reachGate(grade: Grade): readonly Rejection[] {
  if (grade.status !== "failed") return [];
  return grade.findings
    .filter((finding) => finding.status === "unmet")
    .map((finding) => ({
      gate: "gold-reaches-criteria",
      path: "/criteria",
      wrong: `gold does not meet ${finding.criterion}: ${finding.why}`,
      repair: "leave the criteria out so that they are derived, or correct them",
    }));
}
