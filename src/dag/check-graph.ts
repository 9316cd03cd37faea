import { InputError } from "../core/errors.ts";
import type { Field } from "../domains/reference.ts";
import {
  type Graph,
  type Graphed,
  type GraphedRequest,
  type RequestGraph,
  requestGraph,
  type ToolNode,
  toolGraph,
  wordsFor,
} from "./tool-graph.ts";

const toolsOf = ({ nodes }: Graph) => nodes.filter((node): node is ToolNode => node.type === "tool");

/** The nodes of one cycle, the first one again at the end; null if there is none. */
export function findCycle({ nodes, edges }: Graph): readonly string[] | null {
  const done = new Set<string>();
  const visit = (id: string, path: readonly string[]): readonly string[] | null => {
    if (path.includes(id)) return [...path.slice(path.indexOf(id)), id];
    if (done.has(id)) return null;
    for (const next of new Set(edges.flatMap(({ from, to }) => (from === id ? [to] : [])))) {
      const cycle = visit(next, [...path, id]);
      if (cycle !== null) return cycle;
    }
    done.add(id);
    return null;
  };
  for (const { id } of nodes) {
    const cycle = visit(id, []);
    if (cycle !== null) return cycle;
  }
  return null;
}

/** True if an argument must be given and none of these references can be. */
const waitsFor = (input: Field, given: ReadonlySet<string>) =>
  input.required && !input.references.some((reference) => given.has(reference));

/** What can be known in the course of a request: the references said, and those that tools give once they can be called. */
export function reachOf(graph: RequestGraph): {
  readonly references: ReadonlySet<string>;
  readonly tools: ReadonlySet<string>;
} {
  const words = graph.nodes.find((node) => node.type === "words");
  const references = new Set(words?.outputs.flatMap((field) => field.references));
  const tools = new Set<string>();
  const callable = ({ id, inputs }: ToolNode) =>
    !tools.has(id) && inputs.every((input) => !waitsFor(input, references));
  let next = toolsOf(graph).find(callable);
  while (next !== undefined) {
    tools.add(next.id);
    for (const reference of next.outputs.flatMap((output) => output.references)) references.add(reference);
    next = toolsOf(graph).find(callable);
  }
  return { references, tools };
}

const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(" or ");

/** Writes that a request kind names and that the domain does not have. */
function missingWrites({ requests, tools }: Graphed): readonly string[] {
  const known = new Set(tools.filter(({ effect }) => effect === "write").map(({ name }) => name));
  return requests.flatMap(({ kind, writes }) =>
    writes
      .filter((name) => !known.has(name))
      .map((name) => `"${name}", by which "${kind}" takes effect, is no write`),
  );
}

/** What lookups by these tools tell. */
function factsOf(tools: readonly ToolNode[]): ReadonlySet<string> {
  const reads = tools.filter(({ effect }) => effect === "read");
  return new Set(reads.flatMap(({ outputs }) => outputs.flatMap((output) => output.references)));
}

/** Arguments and facts that neither an answer nor anything a user says gives. */
function unfed(domain: Graphed): readonly string[] {
  const tools = toolsOf(toolGraph(domain.tools));
  const told = new Set(tools.flatMap(({ outputs }) => outputs.flatMap((output) => output.references)));
  const facts = factsOf(tools);
  const said = domain.requests.flatMap((request) => wordsFor(request, domain));
  const given = new Set([...told, ...said.flatMap((field) => field.references)]);
  const inputs = tools.flatMap(({ id, inputs }) =>
    inputs
      .filter((input) => waitsFor(input, given))
      .map(
        ({ path, references }) =>
          `the input "${path}" of "${id}" is fed by nothing that gives ${quoted(references)}`,
      ),
  );
  const untold = domain.requests.flatMap(({ kind, weighs }) =>
    weighs
      .filter((fact) => !facts.has(fact))
      .map((fact) => `"${fact}", which "${kind}" weighs, is told by no lookup`),
  );
  return [...inputs, ...untold];
}

function cycles(domain: Graphed): readonly string[] {
  const graphs = [
    toolGraph(domain.tools),
    ...domain.requests.map((request) => requestGraph(request, domain)),
  ];
  const found = graphs.map(findCycle).flatMap((cycle) => (cycle === null ? [] : [cycle.join(" → ")]));
  return [...new Set(found)].map((names) => `there is a cycle: ${names}`);
}

function unreachableIn(request: GraphedRequest, domain: Graphed): readonly string[] {
  const graph = requestGraph(request, domain);
  const { references, tools } = reachOf(graph);
  const writes = request.writes
    .filter((name) => !tools.has(name))
    .map((name) => {
      const waits = toolsOf(graph)
        .find(({ id }) => id === name)
        ?.inputs.find((input) => waitsFor(input, references));
      return `the write "${name}" cannot be reached by "${request.kind}": its input "${waits?.path}" waits for ${quoted(waits?.references ?? [])}`;
    });
  const known = factsOf(toolsOf(graph).filter(({ id }) => tools.has(id)));
  const facts = request.weighs
    .filter((fact) => !known.has(fact))
    .map((fact) => `"${fact}", which "${request.kind}" weighs, cannot be looked up by it`);
  return [...writes, ...facts];
}

function unreachable(domain: Graphed): readonly string[] {
  const written = new Set(domain.requests.flatMap(({ writes }) => writes));
  const idle = domain.tools
    .filter(({ effect, name }) => effect === "write" && !written.has(name))
    .map(({ name }) => `the write "${name}" cannot be reached: no request takes effect by it`);
  return [...idle, ...domain.requests.flatMap((request) => unreachableIn(request, domain))];
}

/**
 * Holds a domain to what its graphs promise: no cycle, every write within reach of a request, every required argument
 * fed. Throws an InputError that names what is not so.
 */
export function checkGraph(domain: Graphed): void {
  for (const faults of [missingWrites, unfed, cycles, unreachable]) {
    const found = faults(domain);
    if (found.length > 0) {
      throw new InputError(
        `The tools of the domain "${domain.name}" do not join up: ${found.join("; ")}; mend what their schemas refer to, or what its requests say.`,
      );
    }
  }
}
