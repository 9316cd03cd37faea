import { z } from "zod";
import { hearRequests } from "../domains/dialogue.ts";
import type { Domain, ScriptedRequest } from "../domains/domain.ts";
import { type Event, maxEvents } from "../domains/event.ts";
import type { Criterion, Task } from "./task.ts";
import { schedules } from "./task.ts";

const json = z.json();
const call = z.strictObject({ name: z.string(), arguments: z.record(z.string(), json) });
const turnedDown = {
  about: z.string().describe("the request's kind"),
  clauses: z.array(z.string()).describe("the clauses that rule it out"),
  restsOn: z.array(z.string()).describe("records, as table/id, that must have been looked up"),
  forbids: z.array(call).describe("writes that must not happen, by tool and some of the arguments"),
};

/** One criterion, as an assistant or a world-actor writes it. */
export const criterionSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("final_state"),
    writes: z.array(call).describe("the writes that lead to it"),
  }),
  z.strictObject({
    type: z.literal("assertion"),
    path: z.string().regex(/^\/.+/, "expected a JSON Pointer such as /table/id/field"),
    op: z.enum(["equals", "absent", "count", "delta", "contains"]),
    value: json.exactOptional(),
  }),
  z.strictObject({
    type: z.literal("communicated"),
    kind: z.enum(["number", "id", "date", "text"]),
    value: z.union([z.string(), z.number()]),
    tolerance: z.number().nonnegative().exactOptional(),
  }),
  z.strictObject({ type: z.literal("refusal"), ...turnedDown }),
  z.strictObject({ type: z.literal("handover"), ...turnedDown }),
  z.strictObject({ type: z.literal("complies"), clause: z.string() }),
  z.strictObject({ type: z.literal("rubric"), objective: z.string().min(1) }),
]) as unknown as z.ZodType<Criterion>;

/** One event, as an assistant writes it. */
export const eventSchema = z.strictObject({
  before: z
    .strictObject({ tool: z.string(), nth: z.int().min(1) })
    .describe("just before which call of a tool"),
  what: z.string().min(1).max(300).describe("what happens, in words"),
  patches: z
    .array(z.strictObject({ path: z.string().describe("JSON Pointer /table/id/field…"), value: json }))
    .max(20)
    .describe("what it changes"),
  interrupts: z.boolean().describe("whether the call itself times out"),
}) as unknown as z.ZodType<Event>;

/** The schema of one of a domain's requests. */
export function requestSchema(domain: Domain): z.ZodType<ScriptedRequest["request"]> {
  return z.union(domain.requests.map((kind) => kind.schema)) as unknown as z.ZodType<
    ScriptedRequest["request"]
  >;
}

/** The schema of a request as a user makes it, with what is wanted instead if it is refused. */
export function scriptedSchema(domain: Domain): z.ZodType<ScriptedRequest> {
  const request = requestSchema(domain);
  const scripted: z.ZodType = z.lazy(() =>
    z.strictObject({
      request,
      form: z.number().int().nonnegative().max(99),
      otherwise: scripted.exactOptional(),
    }),
  );
  return scripted as z.ZodType<ScriptedRequest>;
}

/** Small talk that nobody could take for a request, or for somebody's name. */
function asideSchema(domain: Domain): z.ZodType<string> {
  const saysNothing = (text: string) =>
    hearRequests(text, domain).length === 0 && domain.identity.hear(text) === null;
  return z
    .string()
    .min(1)
    .refine(saysNothing, "expected small talk that says neither who the user is nor what they want");
}

const made = new WeakMap<Domain, z.ZodType<Task>>();

/** The schema of a domain's tasks, made once. */
export function taskSchema(domain: Domain): z.ZodType<Task> {
  const schema = made.get(domain) ?? makeTaskSchema(domain);
  made.set(domain, schema);
  return schema;
}

function makeTaskSchema(domain: Domain): z.ZodType<Task> {
  return z.strictObject({
    domain: z.literal(domain.name),
    world: domain.worldSchema,
    user: z.strictObject({
      identity: domain.identity.schema,
      persona: z.string(),
      aside: asideSchema(domain).exactOptional(),
      schedule: z.enum(schedules as readonly ["together", "one_by_one", "late"]),
      requests: z.array(scriptedSchema(domain)),
    }),
    instruction: z.string().min(1),
    clauses: z.array(z.enum(domain.clauses.map((clause) => clause.id))),
    tools: z.array(z.enum(domain.tools.map((tool) => tool.name))),
    events: z.array(eventSchema).max(maxEvents),
    criteria: z.array(criterionSchema),
  }) as unknown as z.ZodType<Task>;
}
