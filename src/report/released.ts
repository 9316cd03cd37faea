import { canonical, type JsonObject } from "../core/json.ts";
import { straightWalk } from "../dag/golden-walk.ts";
import { carried, type Exported, type Exporting, hasEvents, taskNumber } from "./export-format.ts";
import type { ExportedTask } from "./task-lines.ts";
import { toolForms } from "./tool-forms.ts";

/** Tasks in the form of the released data set, one split for each target, as JSON lines and as Parquet. */

/** One row; `tools`, `database` and `golden_trajectory` are JSON texts, as in the data set's columns. */
interface ReleasedRow extends JsonObject {
  readonly task_id: string;
  readonly task_description: string;
  readonly tools: string;
  readonly database: string;
  readonly golden_trajectory: string;
  readonly pass_rate: number;
}

/** The rows of a harvest in both of the data set's forms: they hold the same. */
export async function releasedFormat({ session, tasks }: Exporting): Promise<Exported> {
  const { told: rows, leftOut } = carried(tasks, rowOf);
  const split = splitName(session.target);
  const lines = rows.map(lineOf).join("");
  const files = [
    { name: `${split}.jsonl`, data: lines, tasks: rows.length },
    { name: `${split}.parquet`, data: await parquetOf(rows), tasks: rows.length },
  ];
  return { files, leftOut };
}

/** A rate of 0 or 1 is written as a float too: readers take a column's type from the first values they see. */
function lineOf(row: ReleasedRow): string {
  return `${JSON.stringify(row).replace(/("pass_rate":[01])\}$/, "$1.0}")}\n`;
}

function rowOf(on: ExportedTask): ReleasedRow | { readonly leftOut: string } {
  const { domain, stored } = on;
  const { task, key, construction } = stored;
  if (hasEvents(task)) return { leftOut: "it has events, which a database and calls cannot tell" };
  const walk = construction?.walk ?? straightWalk(domain, task);
  if (walk === null) return { leftOut: "it has no requests, and so no golden trajectory" };
  const fresh = on.evaluations.find(
    (one) => one.purpose === "fresh" && one.role === "target" && one.task === key,
  );
  if (fresh === undefined || fresh.n === 0)
    return { leftOut: "it has no fresh re-estimate of its pass rate" };
  return {
    task_id: taskNumber(on),
    task_description: task.instruction,
    tools: canonical({ tools: toolForms(domain, task.tools) }),
    database: canonical(task.world),
    golden_trajectory: canonical(walk),
    pass_rate: fresh.passed / fresh.n,
  };
}

/** The rows as Parquet. The writer is loaded only here: nobody who exports nothing waits for it. */
async function parquetOf(rows: readonly ReleasedRow[]): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const texts = ["task_id", "task_description", "tools", "database", "golden_trajectory"] as const;
  const columnData = [
    ...texts.map((name) => ({ name, type: "STRING" as const, data: rows.map((row) => row[name]) })),
    { name: "pass_rate", type: "DOUBLE" as const, data: rows.map((row) => row.pass_rate) },
  ].map((column) => ({ ...column, nullable: false }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

/** Names that Windows keeps for devices, whatever follows the dot. */
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/;

/**
 * A target's split by its spec, as a file can be named on every platform: a model of an endpoint by the model's own
 * name, any other target by the whole spec.
 */
export function splitName(target: string): string {
  const slug = target
    .replace(/^openai:/, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replaceAll(/\.{2,}/g, ".")
    .slice(0, 80)
    .replaceAll(/^[.-]+|[.-]+$/g, "");
  if (slug === "") return "target";
  return reserved.test(slug) ? `target-${slug}` : slug;
}
