import { createRng, type Rng } from "../../src/core/rng.ts";
import { cellOf } from "../../src/domains/cell.ts";
import type { AxisValues, Domain, Region } from "../../src/domains/domain.ts";
import { hypothesisId } from "../../src/frontier/hypothesis.ts";
import { regionsOf } from "../../src/frontier/regions.ts";
import { noPrior } from "../../src/store/records.ts";
import type { Store } from "../../src/store/store.ts";
import type { Grade } from "../../src/tasks/grade.ts";
import { failed, passed, rollout, session, storedTask } from "../data/store-samples.ts";

/** How large a store is to be. */
export interface Size {
  readonly tasks: number;
  readonly rolloutsPerTask: number;
  readonly hypotheses: number;
}

const settings = rollout().slot.settings;
const batch = 1_000;

/** Cells of one request, all different. */
function* distinctCells(domain: Domain, rng: Rng): Generator<AxisValues> {
  const seen = new Set<string>();
  for (let i = 0; ; i++) {
    const drawn = domain.drawCell({}, rng.fork(`cell-${i}`));
    if (drawn.status !== "drawn") continue;
    const key = JSON.stringify(drawn.cell);
    if (seen.has(key)) continue;
    seen.add(key);
    yield drawn.cell;
  }
}

/** Chance that a rollout fails: planted on single values, on pairs, and a little everywhere. */
function failureRate(cell: AxisValues): number {
  if (cell.kind === "cancel" && cell.ground === "none") return 0.9;
  if (cell.kind === "book" && cell.payments === 3 && cell.cabin === "business") return 0.8;
  if (cell.passengers === 5 && cell.rule === "shortest") return 0.7;
  return cell.reference === "described" ? 0.06 : 0.02;
}

function proposeMany(store: Store, domain: Domain, { from, to }: { from: number; to: number }): void {
  const rng = createRng(`hypotheses ${from}`);
  const regions = regionsOf(domain).filter((region) => Object.keys(region).length > 1);
  for (let i = from; i < to; i++) {
    const first = rng.pick(regions);
    const second = rng.pick(regions.filter(({ kind }) => kind === first.kind));
    const where: Region = { ...second, ...first };
    const claim = {
      statement: `The target gets case ${i} of ${first.kind} right.`,
      where,
      behaviour: "outcome",
    };
    store.recordHypothesis(session.id, { id: hypothesisId(claim), ...claim, by: "strategist" });
  }
}

const keyOf = (i: number) => `task-${String(i).padStart(7, "0")}`;

/** One task with all that is recorded of it on its way: rollouts, evaluation, oracle, smallest form, harvest. */
function recordTask(store: Store, i: number, { cells, rng, size }: Recording): void {
  const key = keyOf(i);
  const own = cells.next().value as AxisValues;
  const requests = rng.chance(0.25) ? [own, cells.next().value as AxisValues] : [own];
  const around = {
    conversation: { requests: requests.length, schedule: "together" },
    world: { trips_held: 3 },
  };
  store.recordTask(storedTask({ key, cell: cellOf({ ...around, requests }) }));
  const rate = Math.max(...requests.map(failureRate));
  let kept = 0;
  for (let index = 0; index < size.rolloutsPerTask; index++) {
    const grade: Grade = rng.chance(rate) ? failed : passed;
    if (grade.status === "passed") kept += 1;
    const made = rollout({ task: key, index }, grade);
    const messages = [{ role: "user" as const, text: "Cancel A1, please." }];
    store.record({ ...made, trajectory: { ...made.trajectory, messages } });
  }
  const n = size.rolloutsPerTask;
  const about = { session: session.id, task: key };
  store.recordEvaluation({
    ...{ ...about, id: `eval-${key}`, role: "target", settings, simulated: true, purpose: "screening" },
    ...{
      from: 0,
      n,
      passed: kept,
      unscored: 0,
      prior: noPrior,
      verdict: kept / n <= 0.33 ? "inside" : "outside",
    },
  });
  if (kept / n > 0.33) return;
  // A few ways to fail give most failures, as in life.
  const way = Math.floor(60 * rng.unit() ** 3);
  const mode = `${own.kind}: way ${way}`;
  const why = { modes: [mode], broken: [], why: "the oracle passes 2 of 2" };
  const said = { key: `${own.kind}: value of way_${way}`, detail: mode, taken: null, clause: null };
  const note = { ...said, mode: "wrong_value" as const, request: 0, count: n - kept };
  store.recordAnalysis({ ...about, rollouts: n - kept, notes: [note] });
  store.recordVerification({
    ...{ ...about, status: "kept", evaluation: null, simulatedOracle: true, confirmed: true, why },
  });
  const minimal = i > 0 && rng.chance(0.5) ? keyOf(rng.int(0, i - 1)) : key;
  store.recordSimplification({ ...about, minimal, steps: [], certificate: null });
  if (rng.chance(0.4))
    store.recordHarvested({
      ...about,
      hypothesis: null,
      order: i,
      evidence: { original: key, modes: [mode] },
    });
}

/** One task more that the target was screened on: it fails by one of the ways that others fail by, and nothing else is known. */
export function screenOne(store: Store, key: string, domain: Domain): void {
  const rng = createRng(key);
  const own = distinctCells(domain, rng.fork("cells")).next().value as AxisValues;
  const around = { conversation: { requests: 1, schedule: "together" }, world: { trips_held: 3 } };
  const about = { session: session.id, task: key };
  store.atomically(() => {
    store.recordTask(storedTask({ key, cell: cellOf({ ...around, requests: [own] }) }));
    store.recordEvaluation({
      ...{ ...about, id: `eval-${key}`, role: "target", settings, simulated: true, purpose: "screening" },
      ...{ from: 0, n: 10, passed: 1, unscored: 0, prior: noPrior, verdict: "inside" },
    });
    const said = {
      key: `${own.kind}: value of way_${rng.int(0, 59)}`,
      detail: "",
      taken: null,
      clause: null,
    };
    const note = { ...said, mode: "wrong_value" as const, request: 0, count: 9 };
    store.recordAnalysis({ ...about, rollouts: 9, notes: [note] });
  });
}

interface Recording {
  readonly cells: Generator<AxisValues>;
  readonly rng: Rng;
  readonly size: Size;
}

/** Fills a store through its public door, in batches of one transaction each. */
export function fillStore(
  store: Store,
  size: Size,
  on: { readonly domain: Domain; progress(done: number): void },
): void {
  const budget = { rollouts: 10_000_000, tokens: 10_000_000_000 };
  store.recordSession({ ...session, budget });
  const half = Math.floor(size.hypotheses / 2);
  store.atomically(() => proposeMany(store, on.domain, { from: 0, to: half }));
  const rng = createRng("scale");
  const recording = { cells: distinctCells(on.domain, rng.fork("cells")), rng, size };
  for (let done = 0; done < size.tasks; done += batch) {
    const end = Math.min(size.tasks, done + batch);
    store.atomically(() => {
      for (let i = done; i < end; i++) recordTask(store, i, recording);
    });
    on.progress(end);
  }
  store.atomically(() => proposeMany(store, on.domain, { from: half, to: size.hypotheses }));
}
