import type { Domain, RequestKind, Tool } from "../domains/domain.ts";
import { alwaysIn, type Field, fieldsOf } from "../domains/reference.ts";

/** What of a domain its graphs are made from. */
export interface Graphed extends Pick<Domain, "name" | "tools"> {
  readonly identity: Pick<Domain["identity"], "schema">;
  readonly requests: readonly GraphedRequest[];
}

export type GraphedRequest = Pick<RequestKind, "kind" | "schema" | "writes" | "weighs" | "handsOver">;

/** A tool, with the fields that take references and the fields that give them. */
export interface ToolNode {
  readonly type: "tool";
  /** The tool's name. */
  readonly id: string;
  readonly effect: Tool["effect"];
  readonly inputs: readonly Field[];
  readonly outputs: readonly Field[];
}

export type GraphNode =
  | ToolNode
  /** What the user says: who they are, and the request. */
  | { readonly type: "words"; readonly id: "words"; readonly outputs: readonly Field[] }
  /** One taken out of the options that reads offer. */
  | { readonly type: "choice"; readonly id: string; readonly of: string }
  /** Whether the request is granted, refused or handed over, once all that it weighs is known. */
  | { readonly type: "decision"; readonly id: "decision"; readonly weighs: readonly string[] };

/** A reference that goes from one node to another; `output` and `input` are paths where the end is a tool or the words. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  /** Null from a decision to what it allows. */
  readonly reference: string | null;
  readonly output: string | null;
  readonly input: string | null;
}

/** Nodes in an order in which every edge goes forward, unless there is a cycle. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly Edge[];
}

/** The graph of one request kind. */
export interface RequestGraph extends Graph {
  readonly kind: string;
}

function toolNode(tool: Tool): ToolNode {
  return {
    type: "tool",
    id: tool.name,
    effect: tool.effect,
    inputs: fieldsOf(tool.input),
    outputs: fieldsOf(tool.output),
  };
}

const choiceId = (what: string) => `choice:${what}`;

interface Feeding {
  readonly from: string;
  readonly outputs: readonly Field[];
  readonly into: ToolNode;
}

/** The edges by which some fields can feed a tool. A read may look at every option; a write takes a chosen one. */
function feeds({ from, outputs, into }: Feeding): readonly Edge[] {
  return outputs.flatMap((output) =>
    into.inputs.flatMap((input) =>
      output.references
        .filter((reference) => input.references.includes(reference))
        .flatMap((reference): readonly Edge[] => {
          const [out, inside] = [output.path, input.path];
          if (output.offered === null || into.effect !== "write")
            return [{ from, to: into.id, reference, output: out, input: inside }];
          const choice = choiceId(output.offered);
          return [
            { from, to: choice, reference, output: out, input: null },
            { from: choice, to: into.id, reference, output: null, input: inside },
          ];
        }),
    ),
  );
}

/** The graph with each edge once and the nodes in order; edges whose ends are not among the nodes fall away. */
function ordered(nodes: readonly GraphNode[], edges: readonly Edge[]): Graph {
  const ids = new Set(nodes.map(({ id }) => id));
  const inside = edges.filter(({ from, to }) => ids.has(from) && ids.has(to));
  const once = new Map(inside.map((edge) => [JSON.stringify(Object.values(edge)), edge]));
  const kept = [...once.values()];
  return { nodes: inOrder(nodes, kept), edges: kept };
}

/** Nodes after all that feed them, else as they come; those on a cycle, and after one, stand last. */
function inOrder(nodes: readonly GraphNode[], edges: readonly Edge[]): readonly GraphNode[] {
  const placed: GraphNode[] = [];
  let left = nodes;
  while (left.length > 0) {
    const waiting = new Set(left.map(({ id }) => id));
    const fed = (node: GraphNode) => !edges.some(({ from, to }) => to === node.id && waiting.has(from));
    const ready = left.filter(fed);
    if (ready.length === 0) return [...placed, ...left];
    placed.push(...ready);
    left = left.filter((node) => !ready.includes(node));
  }
  return placed;
}

function choicesOf(edges: readonly Edge[], tools: readonly ToolNode[]): readonly GraphNode[] {
  const offered = new Set(
    tools.flatMap(({ outputs }) => outputs.flatMap(({ offered }) => (offered === null ? [] : [offered]))),
  );
  return [...offered]
    .filter((what) => edges.some(({ to }) => to === choiceId(what)))
    .map((what) => ({ type: "choice", id: choiceId(what), of: what }));
}

/** The graph of a domain's tools alone: which field of an answer can feed which argument, choices between them. */
export function toolGraph(tools: readonly Tool[]): Graph {
  const nodes = tools.map(toolNode);
  const edges = edgesAmong(nodes);
  return ordered([...nodes, ...choicesOf(edges, nodes)], edges);
}

function edgesAmong(tools: readonly ToolNode[]): readonly Edge[] {
  return tools.flatMap(({ id, outputs }) => tools.flatMap((into) => feeds({ from: id, outputs, into })));
}

const gives = ({ outputs }: { readonly outputs: readonly Field[] }, reference: string) =>
  outputs.some(({ references }) => references.includes(reference));

/**
 * The tools that a plan for a request can call: its writes, the reads that tell what it weighs, and backwards all
 * reads that give a reference which one of these takes and which the user's words may not hold.
 */
function toolsFor(request: GraphedRequest, domain: Graphed): readonly ToolNode[] {
  const all = domain.tools.map(toolNode);
  const said = new Set([...alwaysIn(domain.identity.schema), ...alwaysIn(request.schema)]);
  const own = all.filter(({ id }) => request.writes.includes(id));
  const usable = all.filter((tool) => tool.effect === "read" || own.includes(tool));
  const needed = new Set(own);
  const need = (reference: string) => {
    for (const tool of usable) if (gives(tool, reference)) needed.add(tool);
  };
  for (const fact of request.weighs) need(fact);
  // A set hands out what is added while it is gone through.
  for (const { inputs } of needed) {
    for (const { references } of inputs) {
      for (const reference of references) if (!said.has(reference)) need(reference);
    }
  }
  const ends = request.handsOver ? all.filter(({ effect }) => effect === "transfer") : [];
  return all.filter((tool) => needed.has(tool) || ends.includes(tool));
}

/** What the user says in a request of a kind: who they are, and what they want. */
export function wordsFor(request: GraphedRequest, domain: Graphed): readonly Field[] {
  return [...fieldsOf(domain.identity.schema), ...fieldsOf(request.schema)];
}

/**
 * The graph of a request kind: from the user's words through reads and choices to a decision, and from there to its
 * writes or to a human.
 */
export function requestGraph(request: GraphedRequest, domain: Graphed): RequestGraph {
  const tools = toolsFor(request, domain);
  const outputs = wordsFor(request, domain);
  const among = edgesAmong(tools);
  const weighed = request.weighs.flatMap((reference) =>
    tools.flatMap((tool) =>
      tool.outputs
        .filter(({ references }) => tool.effect === "read" && references.includes(reference))
        .map(({ path }) => ({ from: tool.id, to: "decision", reference, output: path, input: null })),
    ),
  );
  const ends = tools.filter(({ effect }) => effect !== "read");
  const edges: readonly Edge[] = [
    ...tools.flatMap((into) => feeds({ from: "words", outputs, into })),
    ...among,
    ...weighed,
    ...ends.map(({ id }) => ({ from: "decision", to: id, reference: null, output: null, input: null })),
  ];
  const nodes: readonly GraphNode[] = [
    { type: "words", id: "words", outputs },
    ...tools,
    ...choicesOf(among, tools),
    { type: "decision", id: "decision", weighs: request.weighs },
  ];
  return { kind: request.kind, ...ordered(nodes, edges) };
}
