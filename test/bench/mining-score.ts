import type { Fault, FaultFile } from "../../src/agents/fault-file.ts";
import { createRng } from "../../src/core/rng.ts";
import { airline } from "../../src/domains/airline/airline.ts";
import { meets } from "../../src/domains/cell.ts";
import type { Axis, Condition, Region } from "../../src/domains/domain.ts";
import { hardWindow } from "../../src/rollout/evaluate.ts";
import { composeTask } from "../../src/tasks/compose.ts";
import { passGates } from "../../src/tasks/gates.ts";
import { taskKey } from "../../src/tasks/task.ts";
import { createTree, type Named, rateOf, type Tree } from "./mining-tree.ts";

/** The scorer's rollouts of a task, and those that a fresh re-estimate has. */
export const [scorerRollouts, freshRollouts] = [256, 32] as const;
/** A fault is attributable only if its simplest cell passes no more often than this. */
const attributableRate = 0.25;

/** What the scorer knows of a task that a strategy has kept. */
export interface Scored {
  /** Pass rate on the scorer's 256 rollouts. */
  readonly rate: number;
  /** Passes among 32 others. */
  readonly freshPassed: number;
  /** The faults that it finds: the rate is inside the window, and outside on the same seeds with that fault removed. */
  readonly found: readonly string[];
}

const seedsOf = (label: string, count: number) => Array.from({ length: count }, (_, i) => `${label}/${i}`);

/** Scores one task by what was planted, on rollouts that no strategy ever sees. */
export async function scoreTask(file: FaultFile, named: Named, tree: Tree): Promise<Scored> {
  const label = `scorer/${taskKey(named.task, airline)}`;
  const seeds = seedsOf(label, scorerRollouts);
  const rate = await rateOf(tree, seeds);
  const freshPassed = freshRollouts * (await rateOf(tree, seedsOf(`${label}/fresh`, freshRollouts)));
  const found: string[] = [];
  if (rate <= hardWindow.high) {
    for (const { id } of file.faults) {
      if (tree.asked().includes(id) && (await rateOf(tree, seeds, id)) > hardWindow.high) found.push(id);
    }
  }
  return { rate, freshPassed, found };
}

/** Whether a fault can be credited to a task of one request, with the rates that decide it. */
export interface Attribution {
  readonly fault: string;
  readonly attributable: boolean;
  /** The simplest cell that meets the fault's conditions; null where no single request does. */
  readonly cell: Region | null;
  /** Pass rates there, as it is and with the fault removed; null where no task could be made. */
  readonly rate: number | null;
  readonly without: number | null;
}

/** Measures every fault of a file at its simplest cell. */
export async function attribute(file: FaultFile): Promise<readonly Attribution[]> {
  const all: Attribution[] = [];
  for (const fault of file.faults) all.push(await attributeFault(fault, file));
  return all;
}

async function attributeFault(fault: Fault, file: FaultFile): Promise<Attribution> {
  const apart = { fault: fault.id, attributable: false, cell: null, rate: null, without: null };
  const simplest = simplestCell(fault.when);
  if (simplest === null) return apart;
  const named = makeSimplest(simplest, `${file.name}/${fault.id}`);
  if (named === null) return { ...apart, cell: simplest.request };
  const tree = createTree(file, named);
  const seeds = seedsOf(`attribute/${fault.id}`, scorerRollouts);
  const rate = await rateOf(tree, seeds);
  const without = await rateOf(tree, seeds, fault.id);
  const attributable = rate <= attributableRate && without > hardWindow.high;
  return { fault: fault.id, attributable, cell: { ...simplest.request, ...simplest.world }, rate, without };
}

interface Simplest {
  readonly request: Region;
  readonly world: Region;
}

/** The values of an axis from the simplest on, as far as a condition allows. */
function fromSimplest({ values, simplest }: Axis, condition: Condition | undefined) {
  return [simplest, ...values.filter((value) => value !== simplest)]
    .toSorted((a, b) =>
      typeof a === "number" && typeof b === "number" && condition !== undefined ? a - b : 0,
    )
    .filter((value) => condition === undefined || meets(value, condition));
}

/**
 * The simplest cell of one request that meets conditions: those axes at their smallest value, then every other at the
 * simplest that goes with what is fixed already, in the domain's order. Null where the conditions take several requests.
 */
export function simplestCell(when: Region): Simplest | null {
  const { requests = 1, schedule = "together" } = when;
  if (!meets(1, requests) || !meets("together", schedule)) return null;
  const conditioned = ({ name }: Axis) => when[name] !== undefined;
  const axes = airline.axes.filter(({ scope }) => scope !== "conversation");
  let cell: Simplest = { request: {}, world: {} };
  for (const axis of [...axes.filter(conditioned), ...axes.filter((one) => !conditioned(one))]) {
    const fixed = fromSimplest(axis, when[axis.name])
      .map((value): Simplest => {
        const part = axis.scope === "world" ? "world" : "request";
        return { ...cell, [part]: { ...cell[part], [axis.name]: value } };
      })
      .find((one) => canBe({ request: { ...rest(when), ...one.request }, world: one.world }));
    if (fixed !== undefined) cell = fixed;
    else if (conditioned(axis)) return null;
  }
  return cell;
}

/** The request-scope conditions of a region. */
function rest(when: Region): Region {
  const isRequest = (name: string) => airline.axes.find((axis) => axis.name === name)?.scope === "request";
  return Object.fromEntries(Object.entries(when).filter(([name]) => isRequest(name)));
}

const canBe = ({ request, world }: Simplest) => airline.objectionTo({ requests: [request], world }) === null;

/** Streams of chance tried before the simplest cell counts as one that no world can be made for. */
const tries = 40;

/** A task of one request (with what is wanted instead, where it is refused) in an empty world, in the simplest cell. */
function makeSimplest({ request, world }: Simplest, label: string): Named | null {
  for (let i = 0; i < tries; i++) {
    const wish = { requests: [request], world, noise: 0, distractors: 0 };
    const scenario = airline.sampleScenario(wish, createRng(`simplest/${label}/${i}`));
    if (scenario === null) continue;
    const { identity, requests } = scenario;
    const user = { identity, persona: "", schedule: "together" as const, requests };
    const gated = passGates(composeTask(airline, { world: scenario.world, user }).task, airline);
    if (gated.status === "passed" && requests.length === 1) return gated;
  }
  return null;
}
