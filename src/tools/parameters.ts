import { z } from "zod";
import { unknownName } from "../core/errors.ts";
import { eventKinds, type Parameters } from "../dag/parameters.ts";
import { checkRegion, describeRegion } from "../domains/cell.ts";
import type { Domain, Region } from "../domains/domain.ts";
import { schedules } from "../tasks/task.ts";
import { regionSchema } from "./region.ts";

/** Parameters as arguments: any of them may be left out, and is then chosen. */
export const parameterShape = {
  requests: z
    .array(regionSchema)
    .min(1)
    .max(4)
    .exactOptional()
    .describe("one region for each thing that is wanted: axis → value, [values] or {min, max}"),
  schedule: z
    .enum(schedules as readonly ["together", "one_by_one", "late"])
    .exactOptional()
    .describe("when the requests come up"),
  world: regionSchema.exactOptional().describe("conditions on the world axes, such as trips_held"),
  noise: z.int().min(0).max(3).exactOptional().describe("irrelevant records, 0 none to 3 many"),
  distractors: z
    .int()
    .min(0)
    .max(6)
    .exactOptional()
    .describe(
      "nearly right records beside each right one, besides the options that a rule compares; each loses by one criterion",
    ),
  nearness: z
    .int()
    .min(0)
    .max(2)
    .exactOptional()
    .describe("how near they are: 0 clearly off, 2 by a dollar, a minute or a seat"),
  events: z
    .enum(eventKinds)
    .exactOptional()
    .describe("interruption: a lookup times out once; change: the world changes under a write"),
  follows: z
    .string()
    .max(200)
    .nullable()
    .exactOptional()
    .describe("the known way to fail that these parameters follow, as propose_parameters names it"),
  detours: z
    .int()
    .min(0)
    .max(13)
    .exactOptional()
    .describe("lookups in the golden trajectory that nothing needs"),
} as const;

const asked = z.strictObject(parameterShape);
export type Asked = z.infer<typeof asked>;

/** Parameters with what was asked for in the place of what was drawn. Unknown axes and values are an InputError. */
export function withAsked(
  drawn: Parameters,
  { requests, schedule, world, noise, distractors, nearness, events, detours }: Asked,
  domain: Domain,
): Parameters {
  for (const region of [...(requests ?? []), ...(world === undefined ? [] : [world])])
    checkRegion(region, domain);
  checkScope(world ?? {}, domain);
  const wanted = requests ?? drawn.requests;
  return {
    requests: wanted,
    schedule: schedule ?? (wanted.length === 1 ? "together" : drawn.schedule),
    // What was drawn for other requests need not go with these.
    world: world ?? (requests === undefined ? drawn.world : {}),
    noise: noise ?? drawn.noise,
    distractors: distractors ?? drawn.distractors,
    nearness: nearness === undefined ? drawn.nearness : nearnessOf(nearness),
    events: events ?? (requests === undefined ? drawn.events : "none"),
    detours: detours ?? drawn.detours,
  };
}

/** Conditions on the world must be on world axes: others would be met by chance alone. */
function checkScope(world: Region, { axes, name }: Domain): void {
  const known = axes.filter(({ scope }) => scope === "world").map((axis) => axis.name);
  for (const axis of Object.keys(world)) {
    if (!known.includes(axis)) throw unknownName(`world axis of ${name}`, axis, known);
  }
}

const nearnessOf = (value: number): Parameters["nearness"] => (value === 0 ? 0 : value === 1 ? 1 : 2);

/** The axes of a request that tell most, in the order in which they are told; the others stand in the structured answer. */
function requestLine(region: Region): string {
  const { kind, ...rest } = region;
  return `${kind ?? "any request"}${Object.keys(rest).length === 0 ? "" : ` (${describeRegion(rest)})`}`;
}

/** Parameters in words, one line. */
export function describeParameters(parameters: Parameters): string {
  const { requests, schedule, world, noise, distractors, nearness, events, detours } = parameters;
  return [
    requests.map(requestLine).join(" + "),
    ...(requests.length > 1 ? [`schedule ${schedule}`] : []),
    ...(Object.keys(world).length > 0 ? [describeRegion(world)] : []),
    `noise ${noise}, ${distractors} distractors at nearness ${nearness}`,
    ...(events === "none" ? [] : [`event: ${events}`]),
    ...(detours > 0 ? [`${detours} detours`] : []),
  ].join("; ");
}

/** Parameters in a few words, for one line on an iteration. */
export function nameParameters({ requests, schedule, events }: Parameters): string {
  const named = requests.map(({ kind = "any", clause = "none" }) =>
    clause === "none" ? String(kind) : `${kind} (${String(clause)})`,
  );
  const schedules = requests.length > 1 && schedule !== "together" ? ` ${schedule}` : "";
  return `${named.join(" + ")}${schedules}${events === "none" ? "" : `, ${events}`}`;
}
