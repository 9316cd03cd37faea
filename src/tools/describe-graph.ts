import { mermaidOf } from "../dag/mermaid.ts";
import { type RequestGraph, requestGraph, toolGraph } from "../dag/tool-graph.ts";
import type { Domain } from "../domains/domain.ts";

interface Asked {
  readonly full: boolean;
  /** Only this kind of request; undefined for the tools and every kind. */
  readonly kind: string | undefined;
}

interface Part {
  readonly content: object;
  readonly text: string;
}

const fenced = (mermaid: string) => `\`\`\`mermaid\n${mermaid}\n\`\`\``;

function toolsPart(domain: Domain, full: boolean): Part {
  const { nodes, edges } = toolGraph(domain.tools);
  const mermaid = mermaidOf({ nodes, edges });
  const opening = `What can feed what, by the tools alone:\n${fenced(mermaid)}`;
  if (!full) return { content: { mermaid }, text: opening };
  const text = [opening, `Nodes: ${JSON.stringify(nodes)}`, `Edges: ${JSON.stringify(edges)}`].join("\n");
  return { content: { mermaid, nodes, edges }, text };
}

/** A kind's nodes in the order in which a plan can go through them; the tools' own fields stand with the tools. */
function requestPart({ kind, nodes, edges }: RequestGraph, { full, kind: only }: Asked): Part {
  const ids = nodes.map(({ id }) => id);
  const line = `- ${kind}: ${ids.join(", ")}`;
  if (!full && only === undefined) return { content: { kind, nodes: ids }, text: line };
  const mermaid = mermaidOf({ nodes, edges });
  if (!full) return { content: { kind, nodes: ids, mermaid }, text: `${line}\n${fenced(mermaid)}` };
  const text = [line, fenced(mermaid), `Edges: ${JSON.stringify(edges)}`].join("\n");
  return { content: { kind, nodes: ids, mermaid, edges }, text };
}

/** A domain's tool graph and the graph of each kind of request, as data and as Mermaid pictures. */
export function describeGraph(domain: Domain, asked: Asked): Part {
  const tools = asked.kind === undefined ? toolsPart(domain, asked.full) : null;
  const requests = domain.requests
    .filter(({ kind }) => asked.kind === undefined || kind === asked.kind)
    .map((request) => requestPart(requestGraph(request, domain), asked));
  return {
    content: {
      ...(tools === null ? {} : { tools: tools.content }),
      requests: requests.map(({ content }) => content),
    },
    text: [
      ...(tools === null ? [] : [tools.text]),
      "What a plan for each kind of request can go through, in order:",
      ...requests.map(({ text }) => text),
    ].join("\n"),
  };
}
