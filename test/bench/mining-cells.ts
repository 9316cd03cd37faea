import { createRng, type Rng } from "../../src/core/rng.ts";
import { airline } from "../../src/domains/airline/airline.ts";
import type { Cell } from "../../src/domains/cell.ts";
import type { AxisValue, AxisValues, Region } from "../../src/domains/domain.ts";
import { composeTask } from "../../src/tasks/compose.ts";
import { passGates } from "../../src/tasks/gates.ts";
import { type Schedule, schedules } from "../../src/tasks/task.ts";
import { sampleTask } from "../../src/worlds/sample-task.ts";
import type { Named } from "./mining-tree.ts";

/** A task to try, and where it lies. */
export interface Candidate extends Named {
  readonly cell: Cell;
}

const drawFullness = (rng: Rng) => ({ noise: rng.int(0, 2), distractors: rng.int(0, 3) });

/** A task in a uniform random cell: one to three requests of any kind, drawn by the domain, in a world filled by chance. */
export function randomTask(rng: Rng): Candidate {
  const sampled = sampleTask(airline, { where: {} }, { fullness: drawFullness(rng.fork("fullness")), rng });
  if (sampled.status === "none") throw new Error(`no task anywhere from the seed ${rng.seed}`);
  return sampled.gated;
}

/** Random tasks by place, made when they are first asked for: what is drawn does not depend on the target. */
export function createPool(seed: number): (place: number) => Candidate {
  const pool: Candidate[] = [];
  return (place) => {
    const known = pool[place] ?? randomTask(createRng(`random/${seed}/${place}`));
    pool[place] = known;
    return known;
  };
}

/** Streams of chance tried before a mutated cell is given up on. */
const tries = 4;

/** A task that differs from another in one value, and in its world; null where chance found none. */
export function mutateTask({ cell }: Candidate, rng: Rng): Candidate | null {
  for (let i = 0; i < tries; i++) {
    const stream = rng.fork(String(i));
    const mutated = mutateCell(cell, stream);
    if (airline.objectionTo(mutated) !== null) continue;
    const { requests, schedule } = mutated;
    const fullness = drawFullness(stream.fork("fullness"));
    const scenario = airline.sampleScenario({ requests, ...fullness }, stream.fork("scenario"));
    if (scenario === null) continue;
    const user = { identity: scenario.identity, persona: "", schedule, requests: scenario.requests };
    const gated = passGates(composeTask(airline, { world: scenario.world, user }).task, airline);
    if (gated.status === "passed") return gated;
  }
  return null;
}

interface Wished {
  readonly requests: readonly Region[];
  readonly schedule: Schedule;
}

const requestAxes = airline.axes.filter(({ scope }) => scope === "request");

/** Random cells have no more requests than this either. */
const mostRequests = 3;

/** A cell with one value changed: of one request on one axis, the number of requests, or their schedule. */
function mutateCell({ requests, conversation }: Cell, rng: Rng): Wished {
  const schedule = schedules.find((one) => one === conversation.schedule) ?? "together";
  const i = rng.int(0, requests.length - 1);
  const own = requests[i] ?? {};
  const axes = requestAxes.filter(({ name }) => own[name] !== undefined);
  const place = rng.int(0, axes.length + 1);
  const axis = axes[place];
  if (axis !== undefined) {
    const value = rng.pick(axis.values.filter((other) => other !== own[axis.name]));
    const changed = changeValue(own, { [axis.name]: value }, rng);
    const beside = axis.isShared === true ? { [axis.name]: value } : {};
    return {
      schedule,
      requests: requests.map((one, j) => (j === i ? changed : changeValue(one, beside, rng))),
    };
  }
  if (place === axes.length && requests.length > 1)
    return { schedule: rng.pick(schedules.filter((other) => other !== schedule)), requests };
  const fewer = requests.length >= mostRequests || (requests.length > 1 && rng.chance(0.5));
  return { schedule, requests: fewer ? requests.filter((_, j) => j !== i) : [...requests, {}] };
}

/** A request's cell with values changed; of the others it keeps those that can stand beside them. */
function changeValue(own: AxisValues, change: Readonly<Record<string, AxisValue>>, rng: Rng): Region {
  let region: Region = change;
  for (const [name, value] of rng.shuffle(Object.entries(own))) {
    const next = { [name]: value, ...region };
    if (region[name] === undefined && airline.objectionTo({ requests: [next] }) === null) region = next;
  }
  return region;
}
