import { isSame } from "../core/json.ts";
import { createRng, type Rng } from "../core/rng.ts";
import type { Call, Domain, Tool } from "../domains/domain.ts";
import { fieldsOf, wholePath } from "../domains/reference.ts";
import { type RequestSteps, solve } from "../tasks/gold.ts";
import type { Choice } from "../tasks/request-course.ts";
import type { Task } from "../tasks/task.ts";
import { type Stop, type Way, walkCalls } from "./random-walk.ts";
import type { CallNode, ChoiceNode, Walk } from "./walk.ts";

/** What a golden walk is made from: a task, how it is solved, and how to go. */
export interface Walking {
  readonly domain: Domain;
  readonly task: Task;
  /** One per request, from `solve`. */
  readonly steps: readonly RequestSteps[];
  readonly way: Way;
}

/**
 * The golden walk of a task: one walk for each request in the order they come up, an `otherwise` after the request
 * that it follows. T1, T2 … are calls in order, detours among them, R1, R2 … the choices that led to a write. What an
 * earlier request has looked up is not looked up again, so a walk can be short of nodes, or have none.
 */
export function goldenWalk({ domain, task, steps, way }: Walking, rng: Rng): Walk {
  const stops = walkCalls({ requests: steps.map(({ calls }) => calls), task, domain, way }, rng);
  const nodes = new Map<string, CallNode | ChoiceNode>();
  const counts = { T: 0, R: 0 };
  const place = (node: CallNode | ChoiceNode) => {
    const letter = node.type === "tool" ? "T" : "R";
    counts[letter] += 1;
    const name = `${letter}${counts[letter]}`;
    nodes.set(name, node);
    return name;
  };
  const walks = steps.map(({ request, choices }, i) => ({
    intent: request.kind,
    nodes: nodesOf(stops[i] ?? [], choices, domain).map(place),
  }));
  return { walks, nodes: Object.fromEntries(nodes) };
}

/** The walk of a task's own gold, without detours; null for a task without requests. */
export function straightWalk(domain: Domain, task: Task): Walk | null {
  const solved = task.user.requests.length === 0 ? null : solve(domain, task);
  if (solved?.status !== "solved") return null;
  return goldenWalk({ domain, task, steps: solved.steps, way: "straight" }, createRng("straight"));
}

const toolOf = (call: Call, domain: Domain) => domain.tools.find(({ name }) => name === call.name);

/** A request's calls, with each choice after the lookup that it was made from, or else before the first write. */
function nodesOf(
  stops: readonly Stop[],
  choices: readonly Choice[],
  domain: Domain,
): readonly (CallNode | ChoiceNode)[] {
  const nodes = stops.map((stop) => callNode(stop, domain));
  const lastWrite = stops.findLastIndex(({ call }) => toolOf(call, domain)?.effect === "write");
  if (lastWrite < 0) return nodes;
  const placed = choices.map((choice) => {
    const lookup = stops.findLastIndex(({ call }) => choice.from !== null && isSame(call, choice.from));
    return { after: lookup < 0 ? lastWrite - 1 : lookup, node: choiceNode(choice, domain) };
  });
  const madeAfter = (i: number) => placed.flatMap(({ after, node }) => (after === i ? [node] : []));
  return [...madeAfter(-1), ...nodes.flatMap((node, i) => [node, ...madeAfter(i)])];
}

function callNode({ call, isDetour, refused }: Stop, domain: Domain): CallNode {
  const tool = toolOf(call, domain);
  return {
    type: "tool",
    tool_id: call.name,
    role: isDetour ? "detour" : tool === undefined ? "unknown" : roleOf(tool),
    state_changing: tool?.effect === "write",
    arguments: call.arguments,
    ...(refused === null ? {} : { refused }),
  };
}

function choiceNode({ from, options }: Choice, domain: Domain): ChoiceNode {
  const [taken = "", ...lost] = options.map(({ label }) => label);
  const tool = from === null ? undefined : toolOf(from, domain);
  return {
    type: "choice",
    of: (tool && offeredBy(tool)) ?? "option",
    options: options.length,
    taken,
    lost,
  };
}

/** What the whole of a tool's answer is a list of options of; null if it tells more than that. */
function offeredBy(tool: Tool): string | null {
  const fields = fieldsOf(tool.output);
  const [first] = fields;
  return first !== undefined && fields.every(({ offered }) => offered === first.offered)
    ? first.offered
    : null;
}

/** What a call is for: `write`, `transfer`, `flight_search` (a read of options), `reservation_lookup` (any other read). */
export function roleOf(tool: Tool): string {
  if (tool.effect !== "read") return tool.effect;
  const offered = offeredBy(tool);
  return offered === null ? `${subjectOf(tool)}_lookup` : `${offered}_search`;
}

/** What a read is about: that whose id it takes, else the fact that it tells, else what it lists. */
function subjectOf(tool: Tool): string {
  const ids = fieldsOf(tool.input).flatMap(({ references }) =>
    references.filter((one) => one.endsWith("_id")),
  );
  const told = fieldsOf(tool.output);
  const whole = told.filter(({ path }) => path === wholePath);
  const [subject = "record"] = [...ids, ...[...whole, ...told].flatMap(({ references }) => references)];
  return subject.replace(/_id$/, "");
}
