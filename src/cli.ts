import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError, Option } from "commander";
import { pino } from "pino";
import { readFaultSources } from "./agents/fault-sources.ts";
import { registerFaultFiles } from "./agents/registry.ts";
import { InputError } from "./core/errors.ts";
import { checkGraph } from "./dag/check-graph.ts";
import { domains } from "./domains/index.ts";
import { type HarvestFlags, harvestOrder } from "./mcp/harvest-flags.ts";
import { type Role, readEndpoints } from "./models/config.ts";
import { openOpenAiEmbedder, openOpenAiModel } from "./models/openai.ts";
import { behindEndpoint, parseSpec } from "./models/spec.ts";
import { openStore } from "./store/store.ts";
import { allTools } from "./tools/index.ts";
import { stopWork, workDone } from "./tools/long-work.ts";
import { defaultDomain } from "./tools/lookup.ts";
import type { Deps } from "./tools/tool.ts";

type HarvestOptions = HarvestFlags & Omit<ServeOptions, "exportTo">;

interface ServeOptions {
  readonly data?: string;
  readonly faults?: readonly string[];
  readonly out?: string;
  readonly exportTo?: string;
  readonly keepRunning?: boolean;
  readonly patience?: number;
}

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** The composition root. Runs one command; what the caller can mend is one sentence on stderr and exit code 1. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await commands().parseAsync([...argv]);
  } catch (error) {
    const sentence =
      error instanceof InputError
        ? error.message
        : `Faultline met a fault of its own (${error instanceof Error ? error.message : error}): run the command again, what was mined is kept.`;
    process.stderr.write(`${withoutKeys(sentence)}\n`);
    process.exitCode = 1;
  }
}

function wholeNumber(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a whole number.");
}

function rate(text: string): number {
  if (/^(0(\.\d+)?|1(\.0+)?|\.\d+)$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a rate from 0 to 1.");
}

function commands(): Command {
  const program = new Command("faultline")
    .description("Mines the tasks that a tool-use agent fails.")
    .version(version);
  const data = () =>
    new Option("--data <dir>", "folder of all that is kept (default: $FAULTLINE_DATA or ~/.faultline)");
  const faults = () => new Option("--faults <dir...>", "folders with fault files of your own");
  const patience = () => new Option("--patience <ms>").argParser(wholeNumber).hideHelp();
  program
    .command("serve", { isDefault: true })
    .description("offers the tools over MCP on stdio")
    .addOption(data())
    .addOption(faults())
    .addOption(patience())
    .option("--out <dir>", "folder below which export_tasks writes (default: exports in the data folder)")
    .addOption(new Option("--export-to <dir>", "the one folder that export_tasks writes to").hideHelp())
    .option("--keep-running", "finish long work after the client has gone")
    .action(serve);
  program
    .command("harvest")
    .description("harvests tasks without an assistant, exports them and shows the frontier")
    .option("--session <id>", "go on with this session")
    .option("--target <spec>", "model under test: openai:MODEL or sim:NAME")
    .option("--oracle <spec>", "stronger model (default: sim:reference)")
    .option("--domain <name>", `kind of world (default: ${defaultDomain({ domains })})`)
    .option("--user <spec>", "who plays the customer (default: scripted)")
    .option("--world-actor <spec>", "model that writes worlds (default: none)")
    .option("--phraser <spec>", "model that words sampled tasks (default: none)")
    .addOption(
      new Option(
        "--strategy <name>",
        "wg: hypotheses and worlds; dag: tasks around golden walks (default: as last in the session, else wg)",
      ).choices(["wg", "dag"]),
    )
    .option("--window <window>", "hard, teachable or LOW,HIGH (default: hard)")
    .option("--max-pass-rate <rate>", "the window from 0 to this pass rate", rate)
    .option("-k <n>", "pass@k is told for this k (default: 4)", wholeNumber)
    .option("--tasks <n>", "tasks to harvest", wholeNumber, 10)
    .option("--max-iterations <n>", "candidates to try at most", wholeNumber)
    .option("--seed <text>", "fixes all chance (default: 1)")
    .option("--budget <n>", "rollouts of the target at most (default: 200)", wholeNumber)
    .option("--tokens <n>", "tokens at most (default: 20000000)", wholeNumber)
    .option("--concurrency <n>", "rollouts at once (default: 4)", wholeNumber)
    .option("--out <dir>", "folder that exports go to (default: exports/SESSION in the data folder)")
    .option("--format <name...>", "forms of export: faultline, released, tau2", ["faultline"])
    .option("--overwrite", "replace exports that are there")
    .option("--dry-run", "only say what it expects to spend")
    .addOption(data())
    .addOption(faults())
    .addOption(patience())
    .action(harvest);
  program
    .command("show")
    .description("prints a session's frontier as a table")
    .option("--session <id>", "default: the newest session")
    .addOption(data())
    .action(show);
  return program;
}

/** The values of all variables that hold a key: they are cut out of whatever is logged. */
function keyValues(): readonly string[] {
  return Object.entries(process.env).flatMap(([name, value]) =>
    name.endsWith("_API_KEY") && value !== undefined && value.trim().length >= 4 ? [value.trim()] : [],
  );
}

function withoutKeys(text: string): string {
  return keyValues().reduce((so, key) => so.replaceAll(key, "[key]"), text);
}

/** A log on stderr alone, since stdout carries the protocol. */
function openLog() {
  const wanted = process.env.FAULTLINE_LOG?.trim() ?? "";
  const level = Object.hasOwn(pino.levels.values, wanted) ? wanted : "warn";
  return pino({ level, base: null }, { write: (line) => process.stderr.write(withoutKeys(line)) });
}

function dataFolder(options: Pick<ServeOptions, "data">): string {
  const given = options.data ?? process.env.FAULTLINE_DATA?.trim();
  return given === undefined || given === "" ? join(homedir(), ".faultline") : resolve(given);
}

/** The exit code of a harvest that ended with fewer tasks than were wanted. */
const shortOfTasks = 3;

type Log = ReturnType<typeof openLog>;

/** What a role's model behind an endpoint is opened with. */
function endpointOptions(role: Role, model: string, log: Log): Parameters<typeof openOpenAiModel>[0] {
  return {
    ...readEndpoints(process.env)(role),
    model,
    sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
    now: Date.now,
    warn: (line) => log.info({ role }, line),
  };
}

/** Opens models by spec, each once. */
function modelOpener(simulated: ReturnType<typeof registerFaultFiles>, log: Log): Deps["openModel"] {
  const opened = new Map<string, ReturnType<Deps["openModel"]>>();
  return (text, role, domain) => {
    const name = `${role} ${domain.name} ${text}`;
    const known = opened.get(name);
    if (known !== undefined) return known;
    const spec = parseSpec(text);
    const model =
      spec.kind === "sim"
        ? simulated.open(spec.name, domain)
        : openOpenAiModel(endpointOptions(role, spec.model, log));
    opened.set(name, model);
    return model;
  };
}

/** Opens embeddings models by spec, each once. */
function embedderOpener(log: Log): Deps["openEmbedder"] {
  const opened = new Map<string, ReturnType<Deps["openEmbedder"]>>();
  return (text) => {
    const embedder =
      opened.get(text) ??
      openOpenAiEmbedder(endpointOptions("embedder", behindEndpoint(text, "embedder"), log));
    opened.set(text, embedder);
    return embedder;
  };
}

/** Where exports go: below `--out`, or into `--export-to` alone, which a harvest gives its own server. */
function exportPlace(options: ServeOptions): Pick<Deps, "exportDir" | "exportFolder"> {
  if (options.exportTo !== undefined) {
    const folder = resolve(options.exportTo);
    return { exportDir: dirname(folder), exportFolder: basename(folder) };
  }
  return {
    exportDir: options.out === undefined ? join(dataFolder(options), "exports") : resolve(options.out),
  };
}

function openDeps(options: ServeOptions, log: Log): Deps {
  for (const domain of domains) checkGraph(domain);
  const simulated = registerFaultFiles(readFaultSources(options.faults ?? []), domains);
  return {
    store: openStore(join(dataFolder(options), "faultline.db")),
    domains,
    openModel: modelOpener(simulated, log),
    openEmbedder: embedderOpener(log),
    simulatedModels: simulated.listed,
    now: () => new Date().toISOString(),
    newId: (prefix) => `${prefix}-${randomBytes(5).toString("hex")}`,
    owner: `${hostname()}:${process.pid}:${randomBytes(3).toString("hex")}`,
    ...exportPlace(options),
    patienceMs: options.patience ?? 40_000,
  };
}

async function serve(options: ServeOptions): Promise<void> {
  const { StdioServerTransport } = await import("@modelcontextprotocol/sdk/server/stdio.js");
  const { createServer } = await import("./mcp/server.ts");
  const log = openLog();
  const deps = openDeps(options, log);
  const server = createServer(deps, allTools, { log, version });
  // A client that has gone breaks the pipe: not a reason to lose work.
  process.stdout.on("error", () => undefined);
  const signal = new Promise<"signal">((tell) => {
    for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => tell("signal"));
  });
  const gone = new Promise<"gone">((tell) => {
    for (const event of ["end", "close", "error"]) process.stdin.once(event, () => tell("gone"));
  });
  await server.connect(new StdioServerTransport());
  const why = await Promise.race([signal, gone]);
  if (why === "gone" && options.keepRunning === true) await Promise.race([workDone(deps), signal]);
  await stopWork(deps);
  await server.close();
  deps.store.close();
  // Model calls that ignore their signal must not keep the process.
  setTimeout(() => process.exit(), 500).unref();
}

function serveArguments(options: HarvestOptions): readonly string[] {
  return [
    fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "./bin.ts" : "./bin.js", import.meta.url)),
    "serve",
    "--data",
    dataFolder(options),
    ...(options.out === undefined ? [] : ["--export-to", resolve(options.out)]),
    ...(options.faults === undefined ? [] : ["--faults", ...options.faults]),
    ...(options.patience === undefined ? [] : ["--patience", String(options.patience)]),
  ];
}

async function harvest(options: HarvestOptions): Promise<void> {
  const order = harvestOrder(options);
  // All of it goes along: the keys and addresses of the endpoints are in it.
  const environment = process.env as Record<string, string>;
  const { runHarvest } = await import("./mcp/headless.ts");
  const end = await runHarvest({
    server: { command: process.execPath, args: [...serveArguments(options)], env: environment },
    version,
    order,
    screen: {
      isTerminal: process.stderr.isTTY === true,
      columns: process.stderr.columns ?? 80,
      write: (text) => process.stderr.write(text),
    },
    say: (text) => process.stdout.write(`${text}\n`),
    onInterrupt: (tell) => {
      process.once("SIGINT", tell);
      process.once("SIGTERM", tell);
    },
  });
  if (options.dryRun === true) return;
  if (end === "short") process.exitCode = shortOfTasks;
  const folder = dataFolder(options);
  process.stdout.write(
    `Everything lies in ${folder}: faultline.db keeps sessions, tasks and every rollout. Look again with: faultline show --data ${folder}\n`,
  );
}

async function show(options: ServeOptions & { readonly session?: string }): Promise<void> {
  const deps = openDeps(options, openLog());
  try {
    const session = options.session ?? deps.store.sessions({ limit: 1 })[0]?.id;
    if (session === undefined) {
      throw new InputError(
        "There is no session to show: run faultline harvest first, or name its --data folder.",
      );
    }
    const verb = allTools.find((tool) => tool.name === "show_frontier");
    if (verb === undefined) throw new InputError("This build has no show_frontier: update Faultline.");
    const ctx = { signal: new AbortController().signal, progress: () => undefined };
    const { text } = await verb.run(deps, { session_id: session }, ctx);
    process.stdout.write(`${text}\n`);
  } finally {
    deps.store.close();
  }
}
