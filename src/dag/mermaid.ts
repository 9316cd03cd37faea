import type { Graph, GraphNode } from "./tool-graph.ts";

/** The graph as a picture: a Mermaid flowchart, read from left to right. */

const classes: Readonly<Record<string, string>> = {
  read: "fill:#e0f2fe,stroke:#0369a1,color:#082f49",
  choice: "fill:#fef9c3,stroke:#a16207,color:#422006",
  write: "fill:#fee2e2,stroke:#b91c1c,color:#450a0a",
};

/** A word with an underscore in it never means anything to Mermaid, as `end` does. */
function mermaidId(id: string): string {
  const word = id.replaceAll(/\W/g, "_");
  return word.includes("_") ? word : `${word}_`;
}

function shapeOf(node: GraphNode): string {
  switch (node.type) {
    case "words":
      return `(["the user's words"])`;
    case "choice":
      return `{"which ${node.of.replaceAll("_", " ")}?"}:::choice`;
    case "decision":
      return `{{"decide"}}`;
    case "tool":
      if (node.effect === "write") return `[["${node.id}"]]:::write`;
      if (node.effect === "read") return `("${node.id}"):::read`;
      return `["${node.id}"]`;
  }
}

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly labels: Set<string>;
}

/** Arrows between the same two nodes are one, with all references on it; what only weighs is dotted. */
export function mermaidOf({ nodes, edges }: Graph): string {
  const arrows = new Map<string, Arrow>();
  const place = new Map(nodes.map(({ id }, i) => [id, i]));
  const at = (id: string) => place.get(id) ?? 0;
  const inOrder = [...edges].sort((a, b) => at(a.from) - at(b.from) || at(a.to) - at(b.to));
  for (const { from, to, reference } of inOrder) {
    const key = JSON.stringify([from, to]);
    const arrow = arrows.get(key) ?? { from, to, labels: new Set() };
    if (reference !== null) arrow.labels.add(reference);
    arrows.set(key, arrow);
  }
  const typeOf = new Map(nodes.map(({ id, type }) => [id, type]));
  const lines = [...arrows.values()].map(({ from, to, labels }) => {
    const line = typeOf.get(to) === "decision" ? "-.->" : typeOf.get(from) === "decision" ? "==>" : "-->";
    const label = labels.size === 0 ? "" : `|${[...labels].join(", ")}|`;
    return `  ${mermaidId(from)} ${line}${label} ${mermaidId(to)}`;
  });
  const shapes = nodes.map((node) => `  ${mermaidId(node.id)}${shapeOf(node)}`);
  const used = (name: string) => shapes.some((shape) => shape.endsWith(`:::${name}`));
  return [
    "flowchart LR",
    ...shapes,
    ...lines,
    ...Object.entries(classes)
      .filter(([name]) => used(name))
      .map(([name, style]) => `  classDef ${name} ${style}`),
  ].join("\n");
}
