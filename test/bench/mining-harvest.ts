import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FaultFile } from "../../src/agents/fault-file.ts";
import { createReference } from "../../src/agents/reference.ts";
import { createSimulated } from "../../src/agents/simulated.ts";
import { airline } from "../../src/domains/airline/airline.ts";
import type { Purpose } from "../../src/store/records.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { harvest } from "../../src/tools/harvest.ts";
import { sessionSummary } from "../../src/tools/session-summary.ts";
import { startSession } from "../../src/tools/start-session.ts";
import type { Deps } from "../../src/tools/tool.ts";
import { freshFrom, gateFrom } from "../../src/tools/workbench.ts";
import { depsOn } from "../desk.ts";
import { nothingSpent, type Searched, type Spent } from "./mining-campaign.ts";

const partOf: Readonly<Record<Purpose, keyof Spent | null>> = {
  screening: "search",
  gate: "search",
  simplify: "simplify",
  whole: "simplify",
  fresh: "fresh",
  authored: "search",
  oracle: null,
};

/** What a harvest did, as the store was told: rollouts by purpose in the order they were run, and what was kept when. */
interface Journal {
  readonly store: Store;
  spent(): Spent;
  readonly kept: readonly { readonly task: string; readonly at: Spent }[];
}

/**
 * A store that also keeps a journal. A rollout counts once, for the purpose of its task's next evaluation; one that
 * stands on record already costs nothing. The gate of a smallest form has the rollouts that confirmed it again: those
 * count for the gate, and what the confirmation had beyond them for simplification.
 */
function journalOn(store: Store, onSearch: (rollouts: number) => void): Journal {
  let spent = nothingSpent;
  const pending = new Map<string, readonly number[]>();
  const take = (task: string, isMeant: (index: number) => boolean): number => {
    const indices = pending.get(task) ?? [];
    pending.set(
      task,
      indices.filter((index) => !isMeant(index)),
    );
    return indices.filter(isMeant).length;
  };
  const kept: { readonly task: string; readonly at: Spent }[] = [];
  const told: Store = {
    ...store,
    record: (rollout) => {
      store.record(rollout);
      const { role, task, index } = rollout.slot;
      if (role === "target") pending.set(task, [...(pending.get(task) ?? []), index]);
    },
    recordEvaluation: (evaluation) => {
      const recorded = store.recordEvaluation(evaluation);
      const part = evaluation.role === "target" ? partOf[evaluation.purpose] : null;
      if (part === null) return recorded;
      const { task, purpose } = evaluation;
      const isAtGate = (index: number) => index >= gateFrom && index < freshFrom;
      const isOwn = (index: number) => purpose !== "simplify" || !isAtGate(index);
      const end = evaluation.from + evaluation.n + evaluation.unscored;
      const beyond = purpose === "gate" ? take(task, (index) => isAtGate(index) && index >= end) : 0;
      spent = { ...spent, [part]: spent[part] + take(task, isOwn) };
      spent = { ...spent, simplify: spent.simplify + beyond };
      onSearch(spent.search);
      return recorded;
    },
    recordHarvested: (harvested) => {
      store.recordHarvested(harvested);
      kept.push({ task: harvested.task, at: spent });
    },
  };
  const left = () => [...pending.values()].reduce((sum, indices) => sum + indices.length, 0);
  return { store: told, kept, spent: () => ({ ...spent, simplify: spent.simplify + left() }) };
}

export interface Harvesting {
  readonly strategy: "dag" | "wg";
  readonly seed: number;
  /** Search rollouts after which it is stopped. */
  readonly until: number;
  /** Tasks that the harvest is asked for. */
  readonly tasks: number;
}

/** (c) and (d): Faultline's own harvest of one target, through its tools. */
export async function searchByHarvest(
  file: FaultFile,
  { strategy, seed, until, tasks }: Harvesting,
): Promise<Searched> {
  const folder = mkdtempSync(join(tmpdir(), "faultline-bench-"));
  const opened = openStore(join(folder, "faultline.db"));
  try {
    const enough = new AbortController();
    const journal = journalOn(opened, (search) => {
      if (search >= until && file.faults.length > 0) enough.abort();
    });
    const { store } = journal;
    const target = createSimulated(file, airline);
    const openModel: Deps["openModel"] = (spec) => (spec === target.spec ? target : createReference(airline));
    const deps = depsOn(store, folder, { openModel, patienceMs: 3_600_000 });
    const ctx = { signal: enough.signal, progress: () => undefined };
    // A target without a fault is left to come to its end, so that it is heard what is said then.
    const budget_rollouts = file.faults.length === 0 ? until : 1_000_000;
    const started = await startSession.run(
      deps,
      { target: target.spec, budget_rollouts, budget_tokens: 1_000_000_000_000, seed: String(seed) },
      ctx,
    );
    const session_id = String(started.structured.session_id);
    const ended = await harvest.run(deps, { session_id, strategy, tasks, max_iterations: 100_000 }, ctx);
    const summary = await sessionSummary.run(deps, { session_id }, ctx);
    const kept = journal.kept.map(({ task, at }) => {
      const stored = store.task(task, session_id);
      if (stored === null) throw new Error(`the bench lost task ${task}`);
      return { named: { task: stored.task, gold: stored.gold }, at };
    });
    return {
      kept,
      spent: journal.spent(),
      candidates: store.evaluations({ session: session_id }).filter(({ purpose }) => purpose === "screening")
        .length,
      said: file.faults.length === 0 ? `${ended.text}\n${summary.text}` : null,
    };
  } finally {
    opened.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
