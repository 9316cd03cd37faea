import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { readFaultSources } from "../src/agents/fault-sources.ts";
import { registerFaultFiles } from "../src/agents/registry.ts";
import { InputError } from "../src/core/errors.ts";
import type { JsonObject } from "../src/core/json.ts";
import { domains } from "../src/domains/index.ts";
import { createServer } from "../src/mcp/server.ts";
import { parseSpec } from "../src/models/spec.ts";
import { openStore, type Store } from "../src/store/store.ts";
import { allTools } from "../src/tools/index.ts";
import type { Deps, FaultlineTool } from "../src/tools/tool.ts";
import { failed, rollout, session, storedTask } from "./data/store-samples.ts";

/** A folder of its own that is removed when `run` ends. */
export async function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "faultline-"));
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `Deps` whose ids count from 1 and whose clock stands still unless told otherwise. */
export function depsOn(store: Store, folder: string, change: Partial<Deps> = {}): Deps {
  const simulated = registerFaultFiles(readFaultSources([]), domains);
  const counts = new Map<string, number>();
  return {
    store,
    domains,
    openModel: (text, _role, domain) => {
      const spec = parseSpec(text);
      return simulated.open(spec.kind === "sim" ? spec.name : "reference", domain);
    },
    openEmbedder: (text) => {
      throw new InputError(`There is no embeddings endpoint at this desk for ${text}.`);
    },
    simulatedModels: simulated.listed,
    now: () => "2025-01-02T03:04:05.000Z",
    newId: (prefix) => {
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
      return `${prefix}-${counts.get(prefix)}`;
    },
    owner: "test",
    exportDir: join(folder, "exports"),
    patienceMs: 40_000,
    ...change,
  };
}

export interface Desk {
  readonly deps: Deps;
  readonly client: Client;
  /** What the server logged. */
  readonly logged: readonly object[];
  call(name: string, args?: JsonObject): Promise<CallToolResult>;
}

/** A server and a real client on one store, joined in memory. */
export async function atDesk(
  run: (desk: Desk) => Promise<void>,
  options: { readonly deps?: Partial<Deps>; readonly tools?: readonly FaultlineTool[] } = {},
): Promise<void> {
  await inFolder(async (folder) => {
    const store = openStore(join(folder, "faultline.db"));
    const deps = depsOn(store, folder, options.deps);
    const logged: object[] = [];
    const log = { error: (detail: object) => void logged.push(detail) };
    const server = createServer(deps, options.tools ?? allTools, { log, version: "0.0.0" });
    const client = new Client({ name: "test", version: "1" });
    const [near, far] = InMemoryTransport.createLinkedPair();
    await Promise.all([server.connect(far), client.connect(near)]);
    const call: Desk["call"] = async (name, args = {}) =>
      (await client.callTool({ name, arguments: { ...args } })) as CallToolResult;
    try {
      await run({ deps, client, logged, call });
    } finally {
      await client.close();
      store.close();
    }
  });
}

/** The text of an answer. */
export function textOf(result: CallToolResult): string {
  return result.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n");
}

/** A whole answer: its text, its links and its structured content. */
export function whole(result: CallToolResult) {
  const links = result.content.flatMap((block) => (block.type === "resource_link" ? [block.uri] : []));
  return { text: textOf(result), links, structured: result.structuredContent };
}

/** Records the sample session and a task whose request the airline can say. */
export function recordAirlineBasics(store: Store): void {
  const sample = storedTask();
  const request = { kind: "cancel", reservation: { id: "A1" }, reason: "health" };
  store.recordSession(session);
  store.recordTask({
    ...sample,
    task: { ...sample.task, user: { ...sample.task.user, requests: [{ request, form: 0 }] } },
  });
}

/** A desk whose store holds the sample session, its task and a failed rollout of it that has been paid for. */
export const withRecords = (run: (desk: Desk) => Promise<void>) =>
  atDesk(async (desk) => {
    const { store } = desk.deps;
    recordAirlineBasics(store);
    const { slot, trajectory, ...rest } = rollout({}, failed);
    store.takeRollout({ session: slot.session, role: "target", limit: 1 });
    store.chargeTokens(slot.session, "target", trajectory.usage.target);
    store.chargeTokens(slot.session, "user", trajectory.usage.user);
    store.record({ slot, trajectory, ...rest });
    await run(desk);
  });
