import { z } from "zod";
import { readAsset } from "../assets.ts";
import { unknownName } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { createRng } from "../core/rng.ts";
import type { Axis, Domain, Tool } from "../domains/domain.ts";
import { renderPolicy } from "../domains/policy.ts";
import { criterionSchema } from "../tasks/task-schema.ts";
import { exampleRequest } from "../tasks/written-request.ts";
import { describeGraph } from "./describe-graph.ts";
import { defaultDomain, namedDomain } from "./lookup.ts";
import { defineTool } from "./tool.ts";

const parts = [
  "overview",
  "policy",
  "tools",
  "axes",
  "graph",
  "state",
  "requests",
  "criteria",
  "export",
] as const;

const input = z.strictObject({
  domain: z.string().min(1).max(80).optional().describe("the domain's name; default the first that there is"),
  part: z
    .enum(parts)
    .optional()
    .describe(
      "overview (default), policy, tools, axes, graph (which answer can feed which argument, for each kind of request, with Mermaid pictures), state (the world's form), requests (what a user can want, with sentences), criteria (what decides success) or export (every field of an exported task)",
    ),
  detail: z
    .enum(["short", "full"])
    .optional()
    .describe(
      "full adds the JSON Schemas that generate_world checks worlds, requests and criteria by, and a graph's edges",
    ),
  kind: z
    .string()
    .min(1)
    .max(80)
    .optional()
    .describe("with part requests or graph: only this kind of request"),
});

const output = z.object({
  domain: z.string(),
  part: z.enum(parts),
  content: z.unknown().describe("the part itself"),
  next: z.string(),
});

interface Asked {
  readonly full: boolean;
  readonly kind: string | undefined;
}

/** One part of a domain: as structured content and as text. */
interface Part {
  readonly content: unknown;
  readonly text: string;
}

/** Describes a domain: all that is needed to write a world and requests for it. */
export const describeDomain = defineTool({
  name: "describe_domain",
  title: "Describe a domain",
  description:
    "Tells what a kind of world is made of: policy, tools, axes, which tool feeds which, the form of its state, what a user can want (with example sentences) and criteria. Read requests, state and criteria with detail full before writing a world yourself.",
  input,
  output,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  run: async (deps, { domain: name, part = "overview", detail, kind }) => {
    const domain = namedDomain(deps, name ?? defaultDomain(deps));
    const kinds = domain.requests.map((known) => known.kind);
    if (kind !== undefined && !kinds.includes(kind)) throw unknownName("request kind", kind, kinds);
    const { content, text } = describe[part](domain, { full: detail === "full", kind });
    const next =
      part === "overview"
        ? "describe_domain with another part, or start_session"
        : "generate_world with a cell, or with a world, requests and criteria of your own";
    return {
      structured: { domain: domain.name, part, content, next },
      text: `${text}\n\nNext: ${next}.`,
    };
  },
});

const describe: Readonly<Record<(typeof parts)[number], (domain: Domain, asked: Asked) => Part>> = {
  overview: overviewOf,
  policy: policyOf,
  tools: (domain, { full }) => listed(domain.tools.map((tool) => describeTool(tool, full))),
  axes: (domain) => listed(domain.axes.map(describeAxis)),
  graph: describeGraph,
  state: stateOf,
  requests: requestsOf,
  criteria: criteriaOf,
  export: exportOf,
};

interface Line {
  readonly content: JsonObject;
  readonly line: string;
}

const listed = (lines: readonly Line[]): Part => ({
  content: lines.map(({ content }) => content),
  text: lines.map(({ line }) => line).join("\n"),
});

/** A JSON Schema of what may come in. */
function schemaOf(schema: z.ZodType): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return rest as unknown as JsonObject;
}

function overviewOf(domain: Domain): Part {
  const content = {
    summary: domain.summary,
    tables: domain.tables,
    tools: domain.tools.map(({ name, effect }) => `${name} (${effect})`),
    requests: Object.fromEntries(domain.requests.map(({ kind, summary }) => [kind, summary])),
    axes: domain.axes.map(({ name }) => name),
    clauses: domain.clauses.map(({ id }) => id),
    identity: schemaOf(domain.identity.schema),
  };
  const text = [
    `${domain.name}, version ${domain.version}: ${domain.summary}`,
    `Tables: ${domain.tables.join(", ")}`,
    `Tools: ${content.tools.join(", ")}`,
    "What a user can want:",
    ...domain.requests.map(({ kind, summary }) => `- ${kind}: ${summary}`),
    `Axes: ${content.axes.join(", ")}`,
    `Clauses: ${content.clauses.join(", ")}`,
    `A user says who they are by ${JSON.stringify(content.identity)}`,
  ];
  return { content, text: text.join("\n") };
}

function policyOf(domain: Domain): Part {
  const policy = renderPolicy(
    domain,
    domain.clauses.map(({ id }) => id),
  );
  const clauses = domain.clauses.map(({ id, section, text, tools }) => ({ id, section, tools, text }));
  const ids = clauses.map(({ id, section, text }) => `- ${id} (${section}): ${text}`);
  return {
    content: { policy, clauses },
    text: `${policy.trim()}\n\n# The clauses by id\n\n${ids.join("\n")}`,
  };
}

function describeTool({ name, description, effect, input: schema }: Tool, full: boolean): Line {
  const parameters = schemaOf(schema);
  const names = Object.keys((parameters.properties ?? {}) as JsonObject);
  const content = { name, effect, description, arguments: full ? parameters : names };
  const shown = full ? `\n  ${JSON.stringify(parameters)}` : "";
  return { content, line: `- ${name}(${names.join(", ")}) [${effect}]: ${description}${shown}` };
}

function describeAxis({ name, meaning, values, simplest, scope, kinds, afterLookup }: Axis): Line {
  const content = { name, meaning, values, simplest, scope, kinds, seen_after_lookup_for: afterLookup };
  const of = kinds.length === 0 ? "" : `; only ${kinds.join(", ")}`;
  const seen = afterLookup.length === 0 ? "" : "; seen only after a lookup for some kinds";
  return {
    content,
    line: `- ${name} (${scope}): ${meaning}. ${values.join(" | ")}; simplest ${simplest}${of}${seen}`,
  };
}

function stateOf(domain: Domain, { full }: Asked): Part {
  const schema = schemaOf(domain.worldSchema);
  if (full) return { content: schema, text: JSON.stringify(schema) };
  const example = domain.sampleScenario(
    { requests: [{}], noise: 0, distractors: 0 },
    createRng("describe_domain/state"),
  );
  const content = { tables: domain.tables, example: example?.world ?? null };
  const text = [
    "A world is one JSON object: tables of records by id. The smallest example:",
    JSON.stringify(content.example),
    'Its JSON Schema: detail "full".',
  ];
  return { content, text: text.join("\n") };
}

function requestsOf(domain: Domain, { full, kind }: Asked): Part {
  const kinds = domain.requests.filter((known) => kind === undefined || known.kind === kind);
  return listed(
    kinds.map((known) => {
      const example = exampleRequest(known, domain, createRng(`describe_domain/${known.kind}`));
      const forms =
        example === null ? [] : Array.from({ length: known.forms }, (_, i) => known.say(example, i));
      const sentences = full ? forms : forms.slice(0, 1);
      const schema = full ? { schema: schemaOf(known.schema) } : {};
      const content = { kind: known.kind, summary: known.summary, example, sentences, ...schema };
      const line = [
        `- ${known.kind}: ${known.summary}`,
        `  for example ${JSON.stringify(example)}`,
        ...sentences.map((sentence, i) => `  said (form ${i}): ${sentence}`),
        ...(full ? [`  schema ${JSON.stringify(schema)}`] : []),
      ];
      return { content: content as unknown as JsonObject, line: line.join("\n") };
    }),
  );
}

const criteria: readonly (readonly [type: string, meaning: string])[] = [
  ["final_state", "the state at the end is the one that these writes lead to, generated ids renamed"],
  [
    "assertion",
    "one place of the final state (a JSON Pointer) equals, is absent, counts, grew by or contains",
  ],
  ["communicated", "the target told the user this number, id, date or text"],
  ["refusal", "a request is turned down: no such write, no transfer, the records it rests on looked up"],
  ["handover", "a request is handed to a human, the records it rests on looked up"],
  ["complies", "no call breaks this clause"],
  ["rubric", "an objective in words, judged by a panel"],
];

function criteriaOf(_: Domain, { full }: Asked): Part {
  const schema = full ? schemaOf(criterionSchema) : null;
  const lines = criteria.map(([type, meaning]) => `- ${type}: ${meaning}`);
  const derived = "Criteria that are not given are derived from the gold: usually the best choice.";
  return {
    content: {
      types: Object.fromEntries(criteria),
      derived,
      ...(schema === null ? {} : { schema }),
    },
    text: [...lines, derived, ...(schema === null ? [] : [JSON.stringify(schema)])].join("\n"),
  };
}

/** The format of exported tasks: the same for every domain. */
function exportOf(): Part {
  const format = readAsset("resources/task-format.md").trim();
  return { content: { format }, text: format };
}
