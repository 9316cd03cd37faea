import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FaultFile, parseFaultFile } from "../../src/agents/fault-file.ts";
import { readFaultSources } from "../../src/agents/fault-sources.ts";
import { createReference } from "../../src/agents/reference.ts";
import { createSimulated } from "../../src/agents/simulated.ts";
import { airline } from "../../src/domains/airline/airline.ts";
import type { ChatModel } from "../../src/models/chat.ts";
import { openStore } from "../../src/store/store.ts";
import { harvest } from "../../src/tools/harvest.ts";
import { startSession } from "../../src/tools/start-session.ts";
import type { Deps } from "../../src/tools/tool.ts";
import { depsOn } from "../desk.ts";
import { play } from "../sampled.ts";

/** A harvest of one target, scored by what was planted in it. */
export interface Mined {
  readonly target: string;
  readonly harvested: number;
  readonly iterations: number;
  readonly rollouts: number;
  /** Of the harvested tasks: pass rates on the scorer's own rollouts. */
  readonly rates: readonly number[];
  /** Shares of tasks inside the window on 32 fresh rollouts: seen, and to be expected from the rates. */
  readonly freshInside: number;
  readonly expectedInside: number;
  /** The first 20 harvested tasks, each shared among the planted faults that make the target fail it by themselves. */
  readonly modes: ReadonlyMap<string, number>;
  /** Those of them that one fault alone makes it fail. */
  readonly clean: number;
  readonly planted: number;
  /** Tried tasks that the reference agent does not pass. */
  readonly unsolvable: number;
  readonly tried: number;
}

const window = 0.33;
const scorerRollouts = 256;
/** What stands for the cause of a task that no fault by itself makes the target fail. */
export const onlyTogether = "only together";

/** The ready-made fault files, with the faults of at least this probability. */
export function readyFiles(least: number): readonly FaultFile[] {
  return readFaultSources([]).map(({ text, where }) => {
    const file = parseFaultFile(JSON.parse(text), airline, where);
    return { ...file, faults: file.faults.filter(({ probability }) => probability >= least) };
  });
}

type Named = {
  readonly task: Parameters<typeof play>[0]["task"];
  readonly gold: Parameters<typeof play>[0]["gold"];
};

async function passes(staged: Named, target: ChatModel, seeds: readonly string[]): Promise<number> {
  let passed = 0;
  for (const seed of seeds) {
    const { grade } = await play(staged, { target, seed });
    if (grade.status === "passed") passed += 1;
  }
  return passed;
}

const seedsOf = (label: string, count: number) =>
  Array.from({ length: count }, (_, i) => `scorer/${label}/${i}`);

/** C(n, k) p^k (1 − p)^(n − k), summed up to k = most. */
function chanceAtMost(most: number, n: number, p: number): number {
  let [term, sum] = [(1 - p) ** n, 0];
  if (p >= 1) return most >= n ? 1 : 0;
  for (let k = 0; k <= most; k++) {
    sum += term;
    term *= ((n - k) / (k + 1)) * (p / (1 - p));
  }
  return sum;
}

/** Harvests from a target by walks, and scores what came of it with rollouts that the miner never sees. */
export async function mine(
  file: FaultFile,
  wanted: { readonly tasks: number; readonly seed: string },
): Promise<Mined> {
  const folder = mkdtempSync(join(tmpdir(), "faultline-bench-"));
  const store = openStore(join(folder, "faultline.db"));
  try {
    const target = createSimulated(file, airline);
    const openModel: Deps["openModel"] = (spec) => (spec === target.spec ? target : createReference(airline));
    const deps = depsOn(store, folder, { openModel, patienceMs: 3_600_000 });
    const ctx = { signal: new AbortController().signal, progress: () => undefined };
    const budget = { budget_rollouts: 100_000, seed: wanted.seed };
    const { structured } = await startSession.run(deps, { target: target.spec, ...budget }, ctx);
    const session_id = String(structured.session_id);
    const order = { session_id, strategy: "dag", tasks: wanted.tasks, max_iterations: 6 * wanted.tasks };
    const end = (await harvest.run(deps, order, ctx)).structured as unknown as {
      readonly iterations: number;
      readonly rollouts_spent: number;
    };
    const named = (key: string): Named => {
      const stored = store.task(key, session_id);
      if (stored === null) throw new Error(`the bench lost task ${key}`);
      return stored;
    };
    const kept = store.harvested(session_id).map(({ task }) => named(task));
    const tried = store.tasks({ session: session_id }).map(({ key }) => named(key));
    return {
      target: target.spec,
      harvested: kept.length,
      iterations: end.iterations,
      rollouts: end.rollouts_spent,
      tried: tried.length,
      planted: file.faults.length,
      unsolvable: await countUnsolvable(tried),
      ...(await scored(kept, file)),
    };
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function countUnsolvable(tried: readonly Named[]): Promise<number> {
  const reference = createReference(airline);
  let unsolvable = 0;
  for (const staged of tried) unsolvable += 1 - (await passes(staged, reference, ["solvable"]));
  return unsolvable;
}

async function scored(
  kept: readonly Named[],
  file: FaultFile,
): Promise<Pick<Mined, "rates" | "freshInside" | "expectedInside" | "modes" | "clean">> {
  const target = createSimulated(file, airline);
  const rates: number[] = [];
  const modes = new Map<string, number>();
  let [freshInside, expectedInside, clean] = [0, 0, 0];
  for (const staged of kept) {
    const seeds = seedsOf("rate", scorerRollouts);
    const rate = (await passes(staged, target, seeds)) / scorerRollouts;
    rates.push(rate);
    const fresh = await passes(staged, target, seedsOf("fresh", 32));
    if (fresh / 32 <= window) freshInside += 1;
    expectedInside += chanceAtMost(Math.floor(32 * window), 32, rate);
    if (rates.length <= 20) {
      const causes = await causesOf(staged, file, seeds.slice(0, 32));
      if (causes.length === 1) clean += 1;
      for (const cause of causes.length === 0 ? [onlyTogether] : causes)
        modes.set(cause, (modes.get(cause) ?? 0) + 1 / Math.max(1, causes.length));
    }
  }
  const share = (n: number) => (kept.length === 0 ? 0 : n / kept.length);
  return { rates, freshInside: share(freshInside), expectedInside: share(expectedInside), modes, clean };
}

/** The faults that make the target fail a task each by itself, without the others. */
async function causesOf(
  staged: Named,
  file: FaultFile,
  seeds: readonly string[],
): Promise<readonly string[]> {
  const causes: string[] = [];
  for (const fault of file.faults) {
    const alone = createSimulated({ ...file, faults: [fault] }, airline);
    if ((await passes(staged, alone, seeds)) / seeds.length <= window) causes.push(fault.id);
  }
  return causes;
}
