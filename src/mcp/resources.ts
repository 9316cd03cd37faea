import { InputError, unknownName } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import type { CallContext, Deps, FaultlineTool } from "../tools/tool.ts";
import { readArguments } from "./arguments.ts";

/** What a resource says of itself in lists. */
export interface Listed {
  readonly uri: string;
  readonly name: string;
  readonly description: string;
  readonly mimeType: string;
}

/** A family of resources. Each gives what a verb gives, so that clients without resources miss nothing. */
export interface ResourceTemplate extends Omit<Listed, "uri"> {
  readonly uriTemplate: string;
  readonly verb: string;
  /** The verb's arguments, from the address's variables. */
  arguments(variables: Readonly<Record<string, string>>): JsonObject;
}

const json = "application/json";
const markdown = "text/markdown";

const sessionsResource: ResourceTemplate = {
  uriTemplate: "faultline://sessions",
  name: "Sessions",
  description: "Every mining session, newest first",
  mimeType: json,
  verb: "session_summary",
  arguments: () => ({}),
};

const domainPart = (part: "policy" | "tools" | "axes" | "graph", mimeType: string): ResourceTemplate => ({
  uriTemplate: `faultline://domains/{domain}/${part}`,
  name: `A domain's ${part}`,
  description: `The ${part} of a domain, as describe_domain gives it`,
  mimeType,
  verb: "describe_domain",
  arguments: ({ domain = "" }) => ({ domain, part, detail: "full" }),
});

const domainParts = [
  domainPart("policy", markdown),
  domainPart("tools", json),
  domainPart("axes", json),
  domainPart("graph", json),
] as const;

const sessionParts: readonly ResourceTemplate[] = [
  {
    uriTemplate: "faultline://sessions/{session}/frontier",
    name: "A session's frontier",
    description: "Where the target holds, breaks, or was never asked",
    mimeType: json,
    verb: "show_frontier",
    arguments: ({ session = "" }) => ({ session_id: session }),
  },
  {
    uriTemplate: "faultline://sessions/{session}/summary",
    name: "A session's summary",
    description: "Models, tasks by outcome, rollouts by grade, budget left and runs",
    mimeType: json,
    verb: "session_summary",
    arguments: ({ session = "" }) => ({ session_id: session }),
  },
  {
    uriTemplate: "faultline://sessions/{session}/tasks",
    name: "A session's tasks",
    description: "The tasks of a session, at most 100",
    mimeType: json,
    verb: "find_tasks",
    arguments: ({ session = "" }) => ({ session_id: session, limit: 100 }),
  },
];

/** Every family of resources with variables in its address. */
export const resourceTemplates: readonly ResourceTemplate[] = [
  ...sessionParts,
  {
    uriTemplate: "faultline://tasks/{key}",
    name: "A task",
    description: "A task whole: world, requests, criteria, gold and evidence",
    mimeType: json,
    verb: "show_task",
    arguments: ({ key = "" }) => ({ task_key: key, detail: "full" }),
  },
  {
    uriTemplate: "faultline://rollouts/{id}",
    name: "A rollout",
    description: "One attempt at a task: grade and conversation",
    mimeType: json,
    verb: "show_rollout",
    arguments: ({ id = "" }) => ({ rollout_id: id, detail: "full", limit: 200 }),
  },
  ...domainParts,
];

const fill = (template: ResourceTemplate, variable: string, value: string): Listed => ({
  uri: template.uriTemplate.replace(`{${variable}}`, encodeURIComponent(value)),
  name: `${template.name.replace(/^A (session|domain)'s /, "")} of ${value}`,
  description: template.description,
  mimeType: template.mimeType,
});

/** The resources that a client may want to look through: the domains', and the newest sessions'. */
export function listResources({ store, domains }: Deps): readonly Listed[] {
  const { uriTemplate: uri, name, description, mimeType } = sessionsResource;
  return [
    { uri, name, description, mimeType },
    ...domains.flatMap((domain) => domainParts.map((part) => fill(part, "domain", domain.name))),
    ...store
      .sessions({ limit: 20 })
      .flatMap((session) => sessionParts.map((part) => fill(part, "session", session.id))),
    ...store.tasks({ status: "harvested", limit: 50 }).map((task) => ({
      uri: `faultline://tasks/${task.key}`,
      name: `Harvested task ${task.key.slice(0, 12)}`,
      description: `A task that session ${task.session} has harvested`,
      mimeType: json,
    })),
  ];
}

/** The template and the variables of an address; null if it is none of ours. */
function match(uri: string): readonly [ResourceTemplate, Readonly<Record<string, string>>] | null {
  const steps = uri.split("/");
  for (const template of [sessionsResource, ...resourceTemplates]) {
    const parts = template.uriTemplate.split("/");
    const fits =
      parts.length === steps.length &&
      parts.every((part, i) => (part.startsWith("{") ? steps[i] !== "" : part === steps[i]));
    if (!fits) continue;
    const values = parts.flatMap((part, i) =>
      part.startsWith("{") ? [[part.slice(1, -1), decoded(steps[i] ?? "")] as const] : [],
    );
    return [template, Object.fromEntries(values)];
  }
  return null;
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

export interface Reading {
  readonly deps: Deps;
  readonly tools: readonly FaultlineTool[];
  readonly ctx: CallContext;
}

/** Reads a resource by running its verb. An address that is none of ours is an InputError. */
export async function readResource(uri: string, { deps, tools, ctx }: Reading) {
  const found = match(uri);
  if (found === null) {
    const known = [sessionsResource, ...resourceTemplates].map(({ uriTemplate }) => uriTemplate);
    throw unknownName("resource", uri.slice(0, 200), known);
  }
  const [template, variables] = found;
  const verb = tools.find((tool) => tool.name === template.verb);
  if (verb === undefined) {
    throw new InputError(
      `This server has no ${template.verb}, which gives ${uri}: use session_summary instead.`,
    );
  }
  const answer = await verb.run(deps, readArguments(verb, template.arguments(variables)), ctx);
  const text = template.mimeType === json ? JSON.stringify(answer.structured) : answer.text;
  return { uri, mimeType: template.mimeType, text };
}

/** The values that a variable of an address, or an argument of a prompt, may take and that begin as typed. */
export function completeVariable(deps: Deps, name: string, typed: string): readonly string[] {
  return valuesOf(deps, name).filter((value) => value.startsWith(typed));
}

function valuesOf({ store, domains, simulatedModels }: Deps, name: string): readonly string[] {
  switch (name) {
    case "session":
    case "session_id":
      return store.sessions({ limit: 500 }).map(({ id }) => id);
    case "key":
      return [...new Set(store.tasks({}).map(({ key }) => key))];
    case "id": {
      // Rollouts are read whole, so only the newest session's are offered.
      const [newest] = store.sessions({ limit: 1 });
      return newest === undefined
        ? []
        : store.rollouts({ session: newest.id, limit: 100 }).map(({ id }) => id);
    }
    case "domain":
      return domains.map((domain) => domain.name);
    case "target":
    case "oracle":
      return simulatedModels.map(({ spec }) => spec);
    default:
      return [];
  }
}
