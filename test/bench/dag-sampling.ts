import { isSame } from "../../src/core/json.ts";
import { createRng } from "../../src/core/rng.ts";
import { evenness } from "../../src/core/stats.ts";
import { fillingAxes, fillingOf } from "../../src/dag/parameters.ts";
import { type Synthesized, synthesize } from "../../src/dag/synthesize.ts";
import { airline } from "../../src/domains/airline/airline.ts";
import { hearRequests } from "../../src/domains/dialogue.ts";
import { type Axis, type Domain, stateOf } from "../../src/domains/domain.ts";
import { act, openEnvironment } from "../../src/domains/environment.ts";
import { counted, countedCell, emptyTally, type Tally } from "../../src/frontier/space-filling.ts";
import { passGates } from "../../src/tasks/gates.ts";
import { solve } from "../../src/tasks/gold.ts";
import { everyRequest, isHeardAs } from "../../src/tasks/instruction.ts";
import { leaksOf } from "../../src/tasks/leaks.ts";
import { drawParameters } from "../drawn.ts";

/** What sampling many tasks came to. */
export interface Sampling {
  readonly tasks: number;
  readonly tasksPerSecond: number;
  readonly gateRejections: number;
  readonly unmet: ReadonlyMap<string, number>;
  /** Tasks that a second, fresh pass through every gate turned down. */
  readonly failedAgain: number;
  /** Requests said in every form and heard, and how many came back otherwise. */
  readonly said: number;
  readonly misheard: number;
  readonly leaks: number;
  /** Golden trajectories that do not run or end elsewhere than gold. */
  readonly brokenWalks: number;
  /** The least share of different golden call sequences in any 1,000 tasks in a row. */
  readonly distinct: number;
  readonly longest: number;
  readonly events: ReadonlyMap<string, number>;
  readonly evenness: readonly { readonly axis: string; readonly share: number; readonly values: number }[];
}

/** The tool names of a golden trajectory, in order. */
const sequenceOf = ({ walk }: Synthesized) =>
  walk.walks
    .flatMap(({ nodes }) => nodes)
    .flatMap((name) => {
      const node = walk.nodes[name];
      return node?.type === "tool" ? [node.tool_id] : [];
    });

/** The values of an axis that some request can have. */
export function feasibleValues(axis: Axis, domain: Domain = airline): number {
  if (axis.scope !== "request") return axis.values.length;
  const rng = createRng(`feasible ${axis.name}`);
  return axis.values.filter((value) => domain.drawCell({ [axis.name]: value }, rng).status === "drawn")
    .length;
}

/** True if the golden trajectory runs, but for what events get in the way of, and ends where gold ends. */
export function walkHolds({ walk, gated }: Synthesized, domain: Domain): boolean {
  const { task } = gated;
  let environment = openEnvironment(domain, stateOf(task.world), { events: task.events });
  for (const name of walk.walks.flatMap(({ nodes }) => nodes)) {
    const node = walk.nodes[name];
    if (node?.type !== "tool") continue;
    const acted = act(environment, { name: node.tool_id, arguments: node.arguments });
    if ((acted.status === "ok") === (node.refused !== undefined)) return false;
    environment = acted.environment;
  }
  const solved = solve(domain, task);
  if (solved.status === "stuck") return false;
  return Object.entries(solved.final).every(
    ([name, table]) => table.hash() === environment.state[name]?.hash(),
  );
}

function misheardIn(
  { gated }: Synthesized,
  domain: Domain,
): { readonly said: number; readonly misheard: number } {
  const requests = gated.task.user.requests.flatMap(everyRequest);
  let [said, misheard] = [1, isHeardAs(gated.task.instruction, gated.task.user, domain) ? 0 : 1];
  for (const { request } of requests) {
    const kind = domain.requests.find((one) => one.kind === request.kind);
    for (let form = 0; form < (kind?.forms ?? 0); form++) {
      said += 1;
      if (!isSame(hearRequests(kind?.say(request, form) ?? "", domain), [request])) misheard += 1;
    }
  }
  return { said, misheard };
}

/** What is kept of one task once it was measured; the task itself would fill the memory. */
interface Measured {
  readonly sequence: readonly string[];
  readonly events: string;
  readonly said: number;
  readonly misheard: number;
  readonly leaks: boolean;
  readonly breaks: boolean;
  readonly failsAgain: boolean;
}

function measure(synthesized: Synthesized, domain: Domain): Measured {
  const { task, gold } = synthesized.gated;
  const secrets = gold === null ? [] : leaksOf(task.instruction, { domain, user: task.user, gold });
  return {
    ...misheardIn(synthesized, domain),
    sequence: sequenceOf(synthesized),
    events: synthesized.parameters.events,
    leaks: secrets.length > 0,
    breaks: !walkHolds(synthesized, domain),
    failsAgain: passGates(JSON.parse(JSON.stringify(task)), domain).status !== "passed",
  };
}

/** Samples tasks on a cold start: each choice fills the space and knows only what came before it. */
export function sampleMany(wanted: number, seed: string, domain: Domain = airline): Sampling {
  let tally: Tally = emptyTally;
  const made: Measured[] = [];
  const unmet = new Map<string, number>();
  let [gateRejections, ms] = [0, 0];
  for (let i = 0; made.length < wanted; i++) {
    const start = performance.now();
    const rng = createRng(`${seed}/${i}`);
    const parameters = drawParameters({ where: {} }, { domain, tally, rng: rng.fork("draw") });
    const synthesis = parameters === null ? null : synthesize(domain, parameters, rng.fork("make"));
    ms += performance.now() - start;
    if (parameters === null || synthesis === null) continue;
    if (synthesis.status !== "made") {
      unmet.set(synthesis.why, (unmet.get(synthesis.why) ?? 0) + 1);
      continue;
    }
    gateRejections += synthesis.rejections.length;
    made.push(measure(synthesis.made, domain));
    tally = counted(countedCell(tally, synthesis.made.gated.cell), fillingOf(synthesis.made.parameters));
  }
  return {
    ...summed(made),
    evenness: evennessOf(tally, domain),
    gateRejections,
    unmet,
    tasksPerSecond: wanted / (ms / 1000),
  };
}

function summed(
  made: readonly Measured[],
): Omit<Sampling, "gateRejections" | "unmet" | "tasksPerSecond" | "evenness"> {
  const sequences = made.map(({ sequence }) => sequence.join(" "));
  const starts = Array.from({ length: Math.max(1, Math.floor(sequences.length / 1000)) }, (_, i) => i * 1000);
  const shares = starts.map((start) => {
    const some = sequences.slice(start, start + 1000);
    return new Set(some).size / some.length;
  });
  const events = Map.groupBy(made, (one) => one.events);
  return {
    tasks: made.length,
    failedAgain: made.filter(({ failsAgain }) => failsAgain).length,
    said: made.reduce((sum, { said }) => sum + said, 0),
    misheard: made.reduce((sum, { misheard }) => sum + misheard, 0),
    leaks: made.filter(({ leaks }) => leaks).length,
    brokenWalks: made.filter(({ breaks }) => breaks).length,
    distinct: Math.min(...shares),
    longest: Math.max(...made.map(({ sequence }) => sequence.length)),
    events: new Map([...events].map(([kind, some]) => [kind, some.length])),
  };
}

/** How even every axis came out, over the values that it can have. */
function evennessOf(tally: Tally, domain: Domain): Sampling["evenness"] {
  const axes = [
    ...domain.axes.map((axis) => ({ name: axis.name, values: feasibleValues(axis, domain) })),
    ...Object.entries(fillingAxes)
      .filter(([name]) => name !== "events")
      .map(([name, values]) => ({ name, values: values.length })),
  ];
  return axes.map(({ name, values }) => ({
    axis: name,
    share: evenness([...(tally.get(name)?.values() ?? [])], values),
    values,
  }));
}
