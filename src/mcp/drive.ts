import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { InputError, unknownName } from "../core/errors.ts";
import type { Json, JsonObject } from "../core/json.ts";
import { exportFormats } from "../tools/export-tasks.ts";
import { readProgress } from "../tools/run-answer.ts";
import type { Progress } from "../tools/tool.ts";

/** What a headless harvest is to do. */
export interface Order {
  /** A session to go on with, or what a new one is opened with. */
  readonly session: string | JsonObject;
  readonly tasks: number;
  /** What else harvest is given: its strategy, its limits. */
  readonly wanted: JsonObject;
  readonly dryRun: boolean;
  readonly overwrite: boolean;
  /** The forms that what was harvested is exported in. */
  readonly formats: readonly string[];
}

/** Who hears how it goes. */
export interface Hearing {
  progress(update: Progress): void;
  /** The session is open; from here on the harvest can be taken up again. */
  opened(session: string): void;
  say(text: string): void;
}

/** Longer than any call may take; calls that go on are awaited by their run's id. */
const callTimeoutMs = 120_000;

async function call(client: Client, name: string, args: JsonObject, on: Hearing): Promise<CallToolResult> {
  const options = {
    timeout: callTimeoutMs,
    resetTimeoutOnProgress: true,
    onprogress: (update: { progress: number; total?: number | undefined; message?: string | undefined }) =>
      on.progress({
        done: update.progress,
        total: update.total ?? update.progress,
        message: update.message ?? "",
      }),
  };
  const result = (await client.callTool(
    { name, arguments: { ...args } },
    undefined,
    options,
  )) as CallToolResult;
  if (result.isError === true) throw new InputError(textOf(result));
  showProgress(result, on);
  return result;
}

/** The progress that an answer tells: a notification that comes together with its answer is heard by nobody. */
function showProgress({ structuredContent }: CallToolResult, on: Hearing): void {
  const told = readProgress((structuredContent?.progress ?? null) as Json);
  if (told !== null) on.progress(told);
}

function textOf({ content }: CallToolResult): string {
  return content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n");
}

function member(result: CallToolResult, name: string): string {
  return String(result.structuredContent?.[name] ?? "");
}

/**
 * Opens a session or goes on with one, harvests, exports and shows the frontier, as any MCP client would. Answers
 * whether all that was wanted is there.
 */
export async function driveHarvest(client: Client, order: Order, on: Hearing): Promise<"complete" | "short"> {
  const formats = knownFormats(order);
  const session_id = await openSession(client, order, on);
  const { tasks, dryRun } = order;
  const wanted = { session_id, tasks, ...order.wanted };
  if (dryRun) {
    on.say(textOf(await call(client, "harvest", { ...wanted, dry_run: true }, on)));
    return "complete";
  }
  let result = await call(client, "harvest", wanted, on);
  while (member(result, "status") === "running") {
    result = await call(client, "await_run", { run_id: member(result, "run_id") }, on);
  }
  const { harvested } = result.structuredContent ?? {};
  const kept = Array.isArray(harvested) ? harvested.length : 0;
  if (member(result, "status") === "done") {
    on.progress({ done: kept, total: tasks, message: member(result, "stopped") });
  }
  on.say(textOf(result));
  if (member(result, "status") !== "done") return "short";
  if (kept > 0) {
    for (const format of formats) {
      const exported = { session_id, format, ...(order.overwrite ? { overwrite: true } : {}) };
      on.say(textOf(await call(client, "export_tasks", exported, on)));
    }
  }
  on.say(textOf(await call(client, "show_frontier", { session_id }, on)));
  return member(result, "stopped") === "all harvested" ? "complete" : "short";
}

/** The forms of export, each once; a name that stands for none is refused before anything is spent. */
function knownFormats({ formats }: Order): readonly string[] {
  for (const format of formats) {
    if (!exportFormats.some((known) => known === format)) {
      throw unknownName("form of export", format, exportFormats);
    }
  }
  return [...new Set(formats)];
}

async function openSession(client: Client, { session }: Order, on: Hearing): Promise<string> {
  if (typeof session === "string") {
    await call(client, "session_summary", { session_id: session }, on);
    on.opened(session);
    return session;
  }
  const started = await call(client, "start_session", session, on);
  const id = member(started, "session_id");
  on.say(textOf(started));
  on.opened(id);
  return id;
}
