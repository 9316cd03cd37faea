import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { findDomain } from "../../src/domains/index.ts";
import { openStore } from "../../src/store/store.ts";
import { session } from "../data/store-samples.ts";
import { readOptions } from "./options.ts";
import { fillStore, screenOne } from "./scale-store.ts";

/** How fast a server answers over stdio on a large store. */
const flags = readOptions({
  tasks: { type: "string", default: "100000", about: "tasks of the store" },
  rollouts: { type: "string", default: "1000000", about: "rollouts of the store" },
  hypotheses: { type: "string", default: "2000", about: "hypotheses of the store" },
  data: { type: "string", about: "where the store is kept; one that is there is taken as it is" },
});

const bin = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));
const data = flags.data ?? mkdtempSync(join(tmpdir(), "faultline-scale-"));
const file = join(data, "faultline.db");
const repeats = 20;
/** A call that is far too slow is not repeated for ever. */
const patienceMs = 30_000;

const ms = (of: number) => `${of < 10 ? of.toFixed(1) : Math.round(of)}`;

function build(): void {
  const tasks = Number(flags.tasks);
  const rolloutsPerTask = Math.round(Number(flags.rollouts) / tasks);
  const store = openStore(file);
  const begun = performance.now();
  fillStore(
    store,
    { tasks, rolloutsPerTask, hypotheses: Number(flags.hypotheses) },
    {
      domain: findDomain("airline"),
      progress: (done) => {
        if (done % 10_000 === 0)
          console.log(`${done} tasks after ${Math.round((performance.now() - begun) / 1000)} s`);
      },
    },
  );
  store.close();
}

interface Times {
  readonly first: number;
  readonly median: number;
  readonly max: number;
  readonly n: number;
  /** What a call took of a processor, by the system's count in steps of 10 ms: other work on the machine is not in it. */
  readonly cpu: number;
}

/** Milliseconds of processor time that a process has used; 0 where the system does not say. */
function cpuOf(process: number): number {
  const path = `/proc/${process}/stat`;
  if (!existsSync(path)) return 0;
  const fields = readFileSync(path, "utf8").split(") ")[1]?.split(" ") ?? [];
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

/** Times a call over and over; what is to happen before each of them is not timed. */
async function timed(
  work: (i: number) => Promise<unknown>,
  first: (i: number) => void = () => undefined,
): Promise<Times> {
  const times: number[] = [];
  const before = cpuOf(pid);
  const begun = performance.now();
  for (let i = 0; i < repeats && performance.now() - begun < patienceMs; i++) {
    first(i);
    const start = performance.now();
    await work(i);
    times.push(performance.now() - start);
  }
  const sorted = times.toSorted((a, b) => a - b);
  return {
    first: times[0] ?? 0,
    median: sorted[Math.floor(sorted.length / 2)] ?? 0,
    max: sorted.at(-1) ?? 0,
    n: sorted.length,
    cpu: (cpuOf(pid) - before) / sorted.length,
  };
}

async function connect() {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [bin, "serve", "--data", data],
    stderr: "inherit",
  });
  const client = new Client({ name: "scale", version: "1" });
  const start = performance.now();
  await client.connect(transport);
  return { client, pid: transport.pid ?? 0, startMs: performance.now() - start };
}

/** Resident memory of a process, now and at its most, in MB; null where the system does not say. */
function memoryOf(pid: number): { readonly now: number; readonly most: number } | null {
  const path = `/proc/${pid}/status`;
  if (!existsSync(path)) return null;
  const text = readFileSync(path, "utf8");
  const read = (name: string) => Math.round(Number(text.match(`${name}:\\s+(\\d+) kB`)?.[1] ?? 0) / 1024);
  return { now: read("VmRSS"), most: read("VmHWM") };
}

if (!existsSync(file)) build();

const session_id = session.id;
const uriOf = (part: string) => `faultline://sessions/${session_id}/${part}`;
/** What a server is asked for first of all: nothing is compiled yet, and nothing remembered. */
const openings = {
  "frontier resource": (of: Client) => of.readResource({ uri: uriOf("frontier") }),
  session_summary: (of: Client) => of.callTool({ name: "session_summary", arguments: { session_id } }),
  "propose_hypothesis, the server's": (of: Client) =>
    of.callTool({ name: "propose_hypothesis", arguments: { session_id } }),
};
const starts: number[] = [];
const opened = new Map<string, number[]>(Object.keys(openings).map((name) => [name, []]));
for (let i = 0; i < 3; i++) {
  for (const [name, open] of Object.entries(openings)) {
    const { client, startMs } = await connect();
    starts.push(startMs);
    const begun = performance.now();
    await open(client);
    opened.get(name)?.push(performance.now() - begun);
    await client.close();
  }
}
const { client, pid, startMs } = await connect();
starts.push(startMs);
const idle = memoryOf(pid);
const call = async (name: string, args: object = {}) => {
  const answer = await client.callTool({ name, arguments: { session_id, ...args } }, undefined, {
    timeout: 600_000,
  });
  if (answer.isError === true) throw new Error(JSON.stringify(answer.content));
  return answer;
};
// A statement that an earlier run on the same store gave would be known already, and cost nothing.
const stamp = Date.now();
const resource = (part: string) => client.readResource({ uri: uriOf(part) });
const store = openStore(file);
const domain = findDomain("airline");

const times = {
  "frontier resource": await timed(() => resource("frontier")),
  show_frontier: await timed(() => call("show_frontier")),
  "show_frontier full": await timed(() => call("show_frontier", { detail: "full" })),
  "show_frontier where": await timed(() =>
    call("show_frontier", {
      where: { kind: "book", passengers: { min: 3 }, cabin: ["business", "economy"] },
    }),
  ),
  session_summary: await timed(() => call("session_summary")),
  "summary resource": await timed(() => resource("summary")),
  "all sessions": await timed(() => client.callTool({ name: "session_summary", arguments: {} })),
  "propose_hypothesis, written": await timed((i) =>
    call("propose_hypothesis", {
      statement: `The target books round trips for ${i} reasons of ${stamp}.`,
      where: { kind: "book", trip: "round_trip", passengers: { min: 2 } },
    }),
  ),
  "propose_hypothesis, written, any kind": await timed((i) =>
    call("propose_hypothesis", {
      statement: `The target is right on ${i} counts of ${stamp} whatever is asked for.`,
      where: { trip: "round_trip", insurance: "yes", passengers: [2, 3, 4] },
    }),
  ),
  "propose_hypothesis, the server's": await timed(() => call("propose_hypothesis")),
  // Another process, this one, has the server look anew each time.
  "propose_hypothesis, the server's, after more was tried": await timed(
    () => call("propose_hypothesis"),
    (i) => screenOne(store, `more-${stamp}-${i}`, domain),
  ),
};
store.close();
const memory = memoryOf(pid);
const answer = await call("show_frontier");
const summed = (await call("session_summary")).structuredContent as {
  tasks: { made: number };
  hypotheses: number;
  target_rollouts: Record<string, number>;
};
const { cells_by_status } = answer.structuredContent as { cells_by_status: Record<string, number> };
await client.close();
const middle = (of: readonly number[]) => of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)] ?? 0;
const megabytes = Math.round(statSync(file).size / 2 ** 20);
if (flags.data === undefined) rmSync(data, { recursive: true });

for (const [name, { first, median, max, n, cpu }] of Object.entries(times))
  console.log(
    `${name}: first ${ms(first)} ms, median ${ms(median)} ms, most ${ms(max)} ms of ${n}; ${ms(cpu)} ms of a processor each`,
  );
const of = (name: keyof typeof times) =>
  `${ms(times[name].first)}/${ms(times[name].median)}/${ms(times[name].max)}/${ms(times[name].cpu)}`;
const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, n) => sum + n, 0);
const cells = total(cells_by_status);
console.log(
  `scale: ${summed.tasks.made} tasks in ${cells} request cells, ${total(summed.target_rollouts)} rollouts, ${summed.hypotheses} hypotheses; file ${megabytes} MB; server start median ${ms(middle(starts))} ms, most ${ms(Math.max(...starts))} ms of ${starts.length}; memory ${idle?.now} MB idle, ${memory?.now} MB after, ${memory?.most} MB at most`,
);
const firsts = [...opened].map(([name, all]) => `${name} ${ms(middle(all))}`).join(", ");
console.log(
  `first/median/most/processor ms: frontier resource ${of("frontier resource")}, show_frontier ${of("show_frontier")}, full ${of("show_frontier full")}, session_summary ${of("session_summary")}; a server's very first answer, median of 3: ${firsts}`,
);
console.log(
  `first/median/most/processor ms: propose_hypothesis with a statement ${of("propose_hypothesis, written")}, of any kind ${of("propose_hypothesis, written, any kind")}, without ${of("propose_hypothesis, the server's")}, without after more was tried ${of("propose_hypothesis, the server's, after more was tried")}`,
);
