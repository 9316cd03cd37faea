import type { Fault, FaultFile } from "../../src/agents/fault-file.ts";
import { createSimulated } from "../../src/agents/simulated.ts";
import { createRng } from "../../src/core/rng.ts";
import { airline } from "../../src/domains/airline/airline.ts";
import { type Cell, isWithin, meets } from "../../src/domains/cell.ts";
import type { Axis, AxisValue, AxisValues, Condition, Region } from "../../src/domains/domain.ts";
import { analyseFailure } from "../../src/rollout/analyse.ts";
import type { Staged } from "../../src/rollout/attempt.ts";
import { type Counts, evaluate, hardWindow, reestimate, screeningRule } from "../../src/rollout/evaluate.ts";
import { type Simplified, simplify } from "../../src/simplify/simplify.ts";
import { passGates } from "../../src/tasks/gates.ts";
import { taskKey } from "../../src/tasks/task.ts";
import { sampleTask } from "../../src/worlds/sample-task.ts";
import { play, reference, stageOf } from "../sampled.ts";

/** A planted failure that was confirmed, and what became of it. */
export interface Shrunken {
  readonly fault: string;
  readonly status: Simplified["certificate"]["status"];
  /** The faults that make the target fail the minimal form by themselves. */
  readonly causes: readonly string[];
  /** True if the cell is that of one of these, smallest and simplest. */
  readonly exact: boolean;
  /** True if the fault that was sampled for shows in its simplest cell, and nothing else does there. */
  readonly attributable: boolean;
  /** True if the target would not fail the whole without that fault: then nothing else is to be found in it. */
  readonly alone: boolean;
  /** Held against the fault that was sampled for alone: its exact cell, that of another one, or none. */
  readonly ending: "exact" | "another" | "larger";
  /** What could have been simpler still. */
  readonly superfluous: readonly string[];
  /** What stands at another value than the simplest for want of a world. */
  readonly forced: readonly string[];
  readonly size: number;
  readonly smallest: number;
  readonly pieces: number;
  readonly rollouts: number;
  /** Processor time of the simplification, rollouts of the simulated target among it. */
  readonly cpuMs: number;
  readonly about: string;
}

export interface Sampling {
  readonly seed: string;
  readonly attributable: boolean;
  /** Rollouts of the simplification at most. */
  readonly cap: number;
  /** Rollouts of the whole after its screening. */
  readonly whole: number;
}

const rule = screeningRule(hardWindow);
const { signal } = new AbortController();

/** Samples a task where a fault strikes, screens it, and shrinks it if it fails: null where it is no failure. */
export async function shrinkPlanted(file: FaultFile, fault: Fault, on: Sampling): Promise<Shrunken | null> {
  const { seed, attributable, cap, whole } = on;
  const rng = createRng(`${seed}/${file.name}/${fault.id}`);
  const fullness = { noise: rng.int(0, 2), distractors: rng.int(1, 3) };
  const sampled = sampleTask(airline, { where: fault.when }, { fullness, rng: rng.fork("world") });
  if (sampled.status === "none") return null;
  const target = createSimulated(file, airline);
  const { stage } = stageOf(seed);
  const staged: Staged = { ...sampled.gated, key: taskKey(sampled.gated.task, airline) };
  const evaluating = { stage, staged, model: target, role: "target", ahead: 1, signal } as const;
  const screened = await evaluate({ ...evaluating, from: 0 }, rule);
  if (screened.verdict !== "inside") return null;
  const again = await reestimate({ ...evaluating, from: 400 }, whole, hardWindow);
  const counts = { rollouts: [...screened.rollouts, ...again.rollouts] };
  const before = process.cpuUsage();
  const simplified = await simplify({
    ...{ stage, staged, target, oracle: reference, signal, found: counts.rollouts },
    blamed: blamedOf(staged, counts),
    maxRollouts: cap,
    wholeFrom: 500,
    confirmFrom: 1_000,
    ahead: 1,
    register: (gated) => ({ ...gated, key: taskKey(gated.task, airline) }),
    onTry: () => undefined,
    onCandidate: () => undefined,
  });
  const { user, system } = process.cpuUsage(before);
  const others = { ...file, faults: file.faults.filter((one) => one !== fault) };
  const alone = (await failuresOf(staged, others)) < (1 - hardWindow.high) * scorings;
  return score(simplified, { file, fault, attributable, alone, cpuMs: (user + system) / 1_000 });
}

function blamedOf(staged: Staged, { rollouts }: Pick<Counts, "rollouts">): readonly number[] {
  const failed = rollouts.filter(({ grade }) => grade.status === "failed");
  const often = new Map<number, number>();
  for (const { trajectory, grade } of failed) {
    const { modes } = analyseFailure({ ...staged, trajectory, grade, domain: airline, distractors: [] });
    for (const request of new Set(modes.flatMap((mode) => mode.request ?? [])))
      often.set(request, (often.get(request) ?? 0) + 1);
  }
  return [...often].flatMap(([request, n]) => (2 * n >= failed.length ? [request] : []));
}

interface Planted {
  readonly file: FaultFile;
  readonly fault: Fault;
  readonly attributable: boolean;
  readonly alone: boolean;
  readonly cpuMs: number;
}

async function score(simplified: Simplified, on: Planted): Promise<Shrunken> {
  const { file, fault, attributable, alone, cpuMs } = on;
  const { staged, certificate, steps, rollouts } = simplified;
  const gated = passGates(staged.task, airline);
  if (gated.status === "rejected") throw new Error("the minimal form fails a gate");
  const causes = await causesOf(staged, file);
  const judged = causes.map((cause) => ({ ...superfluousIn(gated.cell, cause.when), cause }));
  const exact = judged.filter(({ superfluous: left }) => left.length === 0);
  const best = judged.toSorted((a, b) => a.superfluous.length - b.superfluous.length)[0];
  const superfluous = best?.superfluous ?? ["no planted fault by itself makes the target fail it"];
  const size = sizeOf(gated.cell);
  return {
    fault: `${file.name}/${fault.id}`,
    status: certificate.status,
    causes: causes.map(({ id }) => id),
    exact: superfluous.length === 0,
    attributable,
    alone,
    ending:
      exact.length === 0 ? "larger" : exact.some(({ cause }) => cause.id === fault.id) ? "exact" : "another",
    superfluous,
    forced: best?.forced ?? [],
    size,
    smallest: Math.max(1, size - superfluous.length),
    pieces: steps.length,
    rollouts,
    cpuMs,
    about: certificate.about,
  };
}

/** Rollouts that say whether some faults make the target fail a task; the search never sees them. */
const scorings = 16;

async function failuresOf(staged: Staged, file: FaultFile): Promise<number> {
  const target = createSimulated(file, airline);
  let failed = 0;
  for (let i = 0; i < scorings; i++) {
    const { grade } = await play(staged, { target, seed: `cause/${i}` });
    if (grade.status === "failed") failed += 1;
  }
  return failed;
}

/** The faults that make the target fail a task each by itself. */
async function causesOf(staged: Staged, file: FaultFile): Promise<readonly Fault[]> {
  const causes: Fault[] = [];
  for (const fault of file.faults)
    if (2 * (await failuresOf(staged, { ...file, faults: [fault] })) >= scorings) causes.push(fault);
  return causes;
}

/** How far each value is from the simplest, over all axes; a request counts one. */
function sizeOf(cell: Cell): number {
  const far = (values: AxisValues) =>
    Object.entries(values).reduce((sum, [name, value]) => sum + distance(axisOf(name), value), 0);
  return cell.requests.reduce(
    (sum, values) => sum + 1 + far(values),
    distance(axisOf("schedule"), cell.conversation.schedule),
  );
}

const axisOf = (name: string): Axis | undefined => airline.axes.find((axis) => axis.name === name);

function distance(axis: Axis | undefined, value: AxisValue | undefined): number {
  // A verdict follows from the clause.
  if (axis === undefined || value === undefined || axis.name === "verdict" || value === axis.simplest)
    return 0;
  const isOrdered = axis.values.every((one) => typeof one === "number");
  const order: readonly AxisValue[] = axis.values;
  return isOrdered ? Math.max(0, order.indexOf(value) - order.indexOf(axis.simplest)) : 1;
}

interface Judged {
  readonly superfluous: readonly string[];
  readonly forced: readonly string[];
}

/** What of a cell could be simpler while the fault still strikes, and what could not for want of a world. */
function superfluousIn(cell: Cell, when: Region): Judged {
  const superfluous: string[] = [];
  const forced: string[] = [];
  const judge = (what: string, isFeasible: boolean) => (isFeasible ? superfluous : forced).push(what);
  const fewer = cell.requests.length - 1;
  if (fewer > 0 && matches("requests", fewer, when.requests)) {
    for (const [i] of cell.requests.entries()) {
      const left = cell.requests.toSpliced(i, 1);
      if (
        isWithin(
          { ...cell, requests: left, conversation: { ...cell.conversation, requests: fewer } },
          when,
          airline,
        )
      )
        judge(`request ${i + 1}`, isFeasible(left));
    }
  }
  const { schedule } = cell.conversation;
  if (schedule !== "together" && matches("schedule", "together", when.schedule)) superfluous.push("schedule");
  cell.requests.forEach((values, i) => {
    for (const [name, value] of Object.entries(values)) {
      const axis = axisOf(name);
      if (axis === undefined || axis.scope !== "request" || distance(axis, value) === 0) continue;
      for (const simpler of simplerThan(axis, value)) {
        const changed = name === "kind" ? asKind(values, simpler) : withValue(values, name, simpler);
        const requests = cell.requests
          .with(i, changed)
          .map((one, k) => (axis.isShared === true && k !== i ? { ...one, [name]: simpler } : one));
        if (!isWithin({ ...cell, requests }, when, airline)) continue;
        judge(`${name} ${value} for ${simpler}`, isFeasible(requests));
        break;
      }
    }
  });
  return { superfluous, forced };
}

const matches = (_: string, value: AxisValue, condition: Condition | undefined) =>
  condition === undefined || meets(value, condition);

/** Values of an axis that are simpler than one, the simplest first. */
function simplerThan(axis: Axis, value: AxisValue): readonly AxisValue[] {
  const isOrdered = axis.values.every((one) => typeof one === "number");
  if (!isOrdered) return [axis.simplest];
  const order: readonly AxisValue[] = axis.values;
  return order.slice(order.indexOf(axis.simplest), order.indexOf(value));
}

/** A cell at another value; what follows from a refusal goes with the clause. */
function withValue(values: AxisValues, name: string, value: AxisValue): AxisValues {
  const { verdict: _, ...rest } = values;
  return name === "clause" ? { ...rest, clause: value, verdict: "granted" } : { ...values, [name]: value };
}

/** A cell of another kind, the simplest of what the kind before did not have. */
function asKind(values: AxisValues, kind: AxisValue): AxisValues {
  return Object.fromEntries(
    airline.axes.flatMap((axis) => {
      if (axis.scope !== "request" || (axis.kinds.length > 0 && !axis.kinds.includes(String(kind))))
        return [];
      return [[axis.name, axis.name === "kind" ? kind : (values[axis.name] ?? axis.simplest)] as const];
    }),
  );
}

/** True if the sampler finds a world for requests in exactly these cells. */
function isFeasible(requests: readonly AxisValues[]): boolean {
  const regions = requests.map(({ verdict: _, ...values }) => values);
  for (let i = 0; i < 12; i++) {
    const rng = createRng(`feasible/${JSON.stringify(regions)}/${i}`);
    const scenario = airline.sampleScenario({ requests: regions, noise: 0, distractors: 0 }, rng);
    if (scenario !== null && scenario.requests.length === requests.length) return true;
  }
  return false;
}
