import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { openExportFolder, openFolder, writeExports } from "../report/export-folder.ts";
import type { ExportFormat, LeftOut } from "../report/export-format.ts";
import { releasedFormat } from "../report/released.ts";
import { type ExportedTask, faultlineFormat } from "../report/task-lines.ts";
import { tau2Format } from "../report/tau2.ts";
import type { Harvested, Session } from "../store/records.ts";
import { namedDomain, namedSession, namedTask } from "./lookup.ts";
import { type Deps, defineTool } from "./tool.ts";

/** The forms that tasks can be exported in. */
const formats = {
  faultline: faultlineFormat,
  released: releasedFormat,
  tau2: tau2Format,
} as const satisfies Readonly<Record<string, ExportFormat>>;

export const exportFormats = Object.keys(formats) as readonly (keyof typeof formats)[];

const input = z.strictObject({
  session_id: z.string().min(1).describe("the session whose harvest is exported"),
  format: z
    .enum(exportFormats)
    .exactOptional()
    .describe(
      "faultline (default): everything that is known, as JSON lines; released: rows of the released data set, as JSON lines and Parquet; tau2: τ²-bench's tasks and an empty database",
    ),
  folder: z
    .string()
    .exactOptional()
    .describe("a plain folder name below the export folder; default the session's id"),
  overwrite: z.boolean().exactOptional().describe("true: replace files that are there; default false"),
});

/** Keys listed for one reason at most. */
const maxKeys = 10;

const output = z.object({
  session_id: z.string(),
  folder: z.string(),
  files: z.array(z.object({ path: z.string(), tasks: z.number() })),
  left_out: z.number().describe("harvested tasks that the files do not hold"),
  left_out_because: z.array(
    z.object({ reason: z.string(), tasks: z.number(), task_keys: z.array(z.string()) }),
  ),
  next: z.string(),
});

/** Writes a session's harvested tasks to files. */
export const exportTasks = defineTool({
  name: "export_tasks",
  title: "Export tasks",
  description:
    "Writes the session's harvested tasks to files, in the order of the harvest. By default JSON lines, one task a line: world, user, instruction, criteria, gold, evaluations with intervals, the oracle's evidence, the minimal form and its origin; or rows of the released data set with golden trajectories, or τ²-bench tasks. Tasks marked reject are left out, and those that a form cannot carry. describe_domain with part export documents every field.",
  input,
  output,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  run: async (deps, args) => {
    const session = namedSession(deps, args.session_id);
    const domain = namedDomain(deps, session.domain);
    const harvested = deps.store.harvested(session.id);
    if (harvested.length === 0) {
      throw new InputError(`Session ${session.id} has harvested nothing yet: call harvest first.`);
    }
    const all = harvested.map((one) => exportedTask(deps, one, { session, domain }));
    const tasks = all.filter(({ mark }) => mark !== "reject");
    const rejected = all
      .filter(({ mark }) => mark === "reject")
      .map(({ stored }) => ({ task: stored.key, reason: "a reviewer marked it reject" }));
    const made = await formats[args.format ?? "faultline"]({ session, domain, tasks });
    const folder = folderOf(deps, args.folder, session);
    const paths = writeExports(folder, made.files, { overwrite: args.overwrite ?? false });
    const leftOut = [...rejected, ...made.leftOut];
    const structured = {
      session_id: session.id,
      folder,
      files: made.files.map(({ tasks }, i) => ({ path: paths[i] ?? "", tasks })),
      left_out: leftOut.length,
      left_out_because: byReason(leftOut),
      next: `show_frontier with session_id "${session.id}", or harvest with more tasks`,
    };
    return { structured, text: textOf(structured) };
  },
});

/** The tasks left out for each reason, the first ones by key. */
function byReason(leftOut: readonly LeftOut[]): z.infer<typeof output>["left_out_because"] {
  return [...new Set(leftOut.map(({ reason }) => reason))].map((reason) => {
    const keys = leftOut.filter((one) => one.reason === reason).map(({ task }) => task);
    return { reason, tasks: keys.length, task_keys: keys.slice(0, maxKeys) };
  });
}

function textOf({ files, left_out, left_out_because, next }: z.infer<typeof output>): string {
  const count = Math.max(...files.map(({ tasks }) => tasks));
  const paths = files.map(({ path }) => path).join(" and ");
  const reasons = left_out_because.map(({ reason, tasks, task_keys }) => {
    const more = tasks > task_keys.length ? ` and ${tasks - task_keys.length} more` : "";
    return `- ${reason}: ${task_keys.join(", ")}${more}`;
  });
  return [
    `${count} ${count === 1 ? "task" : "tasks"} written to ${paths}.`,
    ...(left_out === 0 ? [] : [`Left out, ${left_out}:`, ...reasons]),
    `Next: ${next}.`,
  ].join("\n");
}

/** The folder of an export: the user's own, else the one asked for, else one named after the session. */
function folderOf({ exportDir, exportFolder }: Deps, asked: string | undefined, session: Session): string {
  if (exportFolder === undefined) return openExportFolder(exportDir, asked ?? session.id);
  if (asked === undefined || asked === exportFolder) return openFolder(join(exportDir, exportFolder));
  throw new InputError(
    `This server exports to the folder ${exportFolder} alone, got ${JSON.stringify(asked)}: leave folder out.`,
  );
}

/** Where a harvested task came from, if a retest took it over. */
interface Lineage {
  readonly found_in?: string;
  readonly retested_from?: JsonObject;
}

/** All that is known of a harvested task. */
function exportedTask(
  deps: Deps,
  harvested: Harvested,
  { session, domain }: Pick<ExportedTask, "session" | "domain">,
): ExportedTask {
  const { store } = deps;
  const { original, ...lineage } = harvested.evidence as unknown as Lineage & { readonly original: string };
  // A retested task's proof that it can be done lies where it was found; its rates are this session's own.
  const foundIn = lineage.found_in ?? session.id;
  const proof = store.verification(foundIn, original);
  const own = store.verification(session.id, harvested.task);
  return {
    session,
    domain,
    stored: namedTask(deps, harvested.task, session.id),
    harvested,
    found: store.task(original, foundIn),
    hypothesis: harvested.hypothesis === null ? null : store.hypothesis(session.id, harvested.hypothesis),
    evaluations: [...new Set([harvested.task, original])].flatMap((task) => [
      ...store.evaluations({ session: session.id, task }),
      ...(foundIn === session.id ? [] : store.evaluations({ session: foundIn, task })).filter(
        ({ role }) => role === "oracle",
      ),
    ]),
    verification:
      foundIn === session.id || proof === null ? proof : { ...proof, confirmed: own?.confirmed ?? false },
    simplification: store.simplification(foundIn, original),
    retestedFrom: lineage.retested_from ?? null,
    mark: store.marks(harvested.task).at(-1)?.mark ?? null,
  };
}
