import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../core/errors.ts";
import { openExportFolder, openFolder, writeExport } from "../report/export-folder.ts";
import { taskLine } from "../report/task-lines.ts";
import type { Harvested, Session } from "../store/records.ts";
import { namedDomain, namedSession, namedTask } from "./lookup.ts";
import { type Deps, defineTool } from "./tool.ts";

const input = z.strictObject({
  session_id: z.string().min(1).describe("the session whose harvest is exported"),
  folder: z
    .string()
    .exactOptional()
    .describe("a plain folder name below the export folder; default the session's id"),
  overwrite: z.boolean().exactOptional().describe("true: replace files that are there; default false"),
});

const output = z.object({
  session_id: z.string(),
  folder: z.string(),
  files: z.array(z.object({ path: z.string(), tasks: z.number() })),
  left_out: z.number().describe("harvested tasks that a reviewer marked reject"),
  next: z.string(),
});

/** Writes a session's harvested tasks to files. */
export const exportTasks = defineTool({
  name: "export_tasks",
  title: "Export tasks",
  description:
    "Writes the session's harvested tasks as JSON lines, one task a line, in the order of the harvest: world, user, instruction, criteria, gold, evaluations with intervals, the oracle's evidence, the minimal form and its origin. Tasks marked reject are left out. describe_domain with part export documents every field.",
  input,
  output,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  run: async (deps, args) => {
    const session = namedSession(deps, args.session_id);
    const harvested = deps.store.harvested(session.id);
    if (harvested.length === 0) {
      throw new InputError(`Session ${session.id} has harvested nothing yet: call harvest first.`);
    }
    const marked = harvested.map((one) => ({ one, mark: deps.store.marks(one.task).at(-1)?.mark ?? null }));
    const exported = marked.filter(({ mark }) => mark !== "reject");
    const lines = exported.map(({ one, mark }) => line(deps, session, { harvested: one, mark }));
    const folder = folderOf(deps, args.folder, session);
    const path = join(folder, "tasks.jsonl");
    writeExport(path, lines.map((text) => `${text}\n`).join(""), args.overwrite ?? false);
    const leftOut = harvested.length - exported.length;
    const next = `show_frontier with session_id "${session.id}", or harvest with more tasks`;
    return {
      structured: {
        session_id: session.id,
        folder,
        files: [{ path, tasks: lines.length }],
        left_out: leftOut,
        next,
      },
      text: `${lines.length} ${lines.length === 1 ? "task" : "tasks"} written to ${path}${leftOut > 0 ? `; ${leftOut} marked reject left out` : ""}.\nNext: ${next}.`,
    };
  },
});

/** The folder of an export: the user's own, else the one asked for, else one named after the session. */
function folderOf({ exportDir, exportFolder }: Deps, asked: string | undefined, session: Session): string {
  if (exportFolder === undefined) return openExportFolder(exportDir, asked ?? session.id);
  if (asked === undefined || asked === exportFolder) return openFolder(join(exportDir, exportFolder));
  throw new InputError(
    `This server exports to the folder ${exportFolder} alone, got ${JSON.stringify(asked)}: leave folder out.`,
  );
}

function line(
  deps: Deps,
  session: Session,
  { harvested, mark }: { readonly harvested: Harvested; readonly mark: string | null },
): string {
  const { store } = deps;
  const { original } = harvested.evidence as { readonly original: string };
  return taskLine({
    session,
    domain: namedDomain(deps, session.domain),
    stored: namedTask(deps, harvested.task, session.id),
    harvested,
    found: store.task(original, session.id),
    hypothesis: harvested.hypothesis === null ? null : store.hypothesis(session.id, harvested.hypothesis),
    evaluations: [...new Set([harvested.task, original])].flatMap((task) =>
      store.evaluations({ session: session.id, task }),
    ),
    verification: store.verification(session.id, original),
    simplification: store.simplification(session.id, original),
    mark,
  });
}
