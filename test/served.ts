import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { expect } from "vitest";
import type { JsonObject } from "../src/core/json.ts";
import { textOf } from "./desk.ts";

/** The built binary, as a client's configuration would start it. */
export const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));

export interface ServeOptions {
  /** Flags after `serve --data DIR`. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A server in a process of its own, and a real client of it. */
export interface Served {
  readonly client: Client;
  readonly pid: number;
  /** What the server wrote to stderr so far. */
  stderr(): string;
  call(name: string, args?: object): Promise<CallToolResult>;
  /** The structured content of a call that must succeed. */
  get<T = JsonObject>(name: string, args?: object): Promise<T>;
  /** The sentence of a call that must fail. */
  refused(name: string, args?: object): Promise<string>;
}

/** The environment of a user without any key. */
export function cleanEnv(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(OPENAI|FAULTLINE)_/.test(name));
  return { ...(Object.fromEntries(kept) as Record<string, string>), ...more };
}

/** Starts `faultline serve` on a data folder; `close` ends it and checks that stdout carried protocol only. */
export async function openServed(
  data: string,
  { flags = [], env = {} }: ServeOptions = {},
): Promise<Served & { close(): Promise<void> }> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [bin, "serve", "--data", data, ...flags],
    env: cleanEnv(env),
    stderr: "pipe",
  });
  let stderr = "";
  transport.stderr?.on("data", (chunk) => {
    stderr += String(chunk);
  });
  const client = new Client({ name: "test", version: "1" });
  const unreadable: string[] = [];
  client.onerror = (error) => unreadable.push(error.message);
  await client.connect(transport);
  // The client checks structured content against output schemas only once it has listed them.
  await client.listTools();
  const call: Served["call"] = async (name, args = {}) => {
    const options = { timeout: 100_000 };
    return (await client.callTool({ name, arguments: { ...args } }, undefined, options)) as CallToolResult;
  };
  return {
    client,
    pid: transport.pid ?? 0,
    stderr: () => stderr,
    call,
    get: async <S>(name: string, args?: object) => {
      const result = await call(name, args);
      expect([name, result.isError === true ? textOf(result) : ""]).toEqual([name, ""]);
      return result.structuredContent as S;
    },
    refused: async (name, args) => {
      const result = await call(name, args);
      expect([name, result.isError]).toEqual([name, true]);
      expectSentence(textOf(result));
      return textOf(result);
    },
    close: async () => {
      await client.close();
      expect(unreadable).toEqual([]);
    },
  };
}

/** A server for as long as `run` takes. */
export async function served<T>(
  data: string,
  run: (server: Served) => Promise<T>,
  options: ServeOptions = {},
): Promise<T> {
  const server = await openServed(data, options);
  try {
    return await run(server);
  } finally {
    await server.close();
  }
}

/** One clear sentence: one line with a full stop, which says what to do, and nothing of our insides. */
export function expectSentence(text: string): void {
  expect(text).toMatch(/^[^\n]{20,700}\.$/);
  expect(text).not.toMatch(/\n\s+at |node_modules|\.ts:|\.js:|fault of its own|undefined|\[object/);
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `faultline` to its end; stdout and stderr are pipes, so no terminal. */
export async function faultline(
  args: readonly string[],
  more: {
    readonly env?: Readonly<Record<string, string>>;
    readonly during?: (pid: number) => Promise<void>;
  } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [bin, ...args], { env: cleanEnv(more.env) });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    stderr += String(chunk);
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  await more.during?.(child.pid ?? 0);
  return { code: await ended, stdout, stderr };
}

/** A text with everything that differs from one run to the next replaced by its kind, numbered as it comes up. */
export function masked(text: string, folder = "/nowhere"): string {
  const seen = new Map<string, string>();
  const name = (kind: string) => (id: string) => {
    const known =
      seen.get(id) ??
      `<${kind} ${[...seen.values()].filter((one) => one.startsWith(`<${kind} `)).length + 1}>`;
    seen.set(id, known);
    return known;
  };
  return text
    .replaceAll(folder, "<folder>")
    .replaceAll(/\bsession-[0-9a-f]{10}\b/g, name("session"))
    .replaceAll(/\brun-[0-9a-f]{10}\b/g, name("run"))
    .replaceAll(/\bhyp_[0-9a-f]{16}\b/g, name("hypothesis"))
    .replaceAll(/\b[0-9a-f]{64}\b/g, name("key"));
}
