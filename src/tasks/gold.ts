import { isSame } from "../core/json.ts";
import { type Cell, cellOf, requestCell } from "../domains/cell.ts";
import {
  type AxisValues,
  type Call,
  type Domain,
  type Habits,
  type ScriptedRequest,
  type State,
  soundHabits,
  stateOf,
  type View,
  type World,
} from "../domains/domain.ts";
import { openEnvironment, run } from "../domains/environment.ts";
import type { Event } from "../domains/event.ts";
import { freshMemory, viewOf } from "../domains/memory.ts";
import { type Choice, carryOut, type Decided, type Progress } from "./request-course.ts";
import type { Gold, Solution, UserScript } from "./task.ts";

/** A choice that a rule left open: several options share the best score. */
export interface Tie {
  readonly request: number;
  readonly options: readonly string[];
}

/** What one request took: its calls in order, and the choices made on the way to its decision. */
export interface RequestSteps {
  readonly request: ScriptedRequest["request"];
  readonly calls: readonly Call[];
  readonly choices: readonly Choice[];
}

/** What solving a user's requests in a world comes to. */
export type Solved =
  | {
      readonly status: "solved";
      readonly gold: Gold;
      readonly cell: Cell;
      /** The cells of the requests, in the order they come up. */
      readonly cells: readonly AxisValues[];
      readonly final: State;
      readonly ties: readonly Tie[];
      /** One per request, as the gold's solutions. */
      readonly steps: readonly RequestSteps[];
    }
  | { readonly status: "stuck"; readonly request: number; readonly why: string };

/** What is to be solved, and how. */
export interface Solving {
  readonly world: World;
  readonly user: Pick<UserScript, "identity" | "requests" | "schedule">;
  readonly events?: readonly Event[];
  readonly overlooks?: Habits["overlooks"];
}

interface Remembered {
  readonly domain: Domain;
  readonly events: readonly Event[];
  readonly solved: Solved;
}

const remembered = new WeakMap<Solving["user"], WeakMap<World, Remembered>>();
const noEvents: readonly Event[] = [];

/** What `solve` gives, remembered by identity: users, worlds and events never change. */
export function solveOnce(domain: Domain, solving: Omit<Solving, "overlooks">): Solved {
  const { user, world, events = noEvents } = solving;
  const ofUser = remembered.get(user) ?? new WeakMap<World, Remembered>();
  remembered.set(user, ofUser);
  const known = ofUser.get(world);
  if (known?.domain === domain && isSame(known.events, events)) return known.solved;
  const solved = solve(domain, { user, world, events });
  ofUser.set(world, { domain, events, solved });
  return solved;
}

/**
 * Solves a user's requests the right way, with consent given to every offer and through whatever happens: what was
 * interrupted is called again, what was refused is planned again from fresh lookups. With `overlooks` it goes the way
 * of an agent that ignores those clauses instead.
 */
export function solve(domain: Domain, solving: Solving): Solved {
  const { world, user, events = [], overlooks = soundHabits.overlooks } = solving;
  const environment = openEnvironment(domain, stateOf(world), { events });
  let progress: Progress = { environment, memory: freshMemory(user.identity), calls: [] };
  const solutions: Solution[] = [];
  const cells: AxisValues[] = [];
  const ties: Tie[] = [];
  const steps: RequestSteps[] = [];
  let aboutWorld: AxisValues = {};
  const queue: ScriptedRequest[] = [...user.requests];
  for (let scripted = queue.shift(); scripted !== undefined; scripted = queue.shift()) {
    const request = solutions.length;
    const before = progress.calls.length;
    const note = (options: readonly string[]) => ties.push({ request, options });
    const end = carryOut(scripted, progress, { domain, overlooks, note });
    if ("why" in end) return { status: "stuck", request, why: end.why };
    const { move } = end.decided;
    const all = everything(end.decided.progress, domain);
    cells.push(requestCell(scripted.request, all, domain));
    aboutWorld = { ...domain.worldCell(all), ...aboutWorld };
    progress = end.progress;
    solutions.push(solutionOf(scripted, move, end.writes));
    const calls = progress.calls.slice(before);
    steps.push({ request: scripted.request, calls, choices: end.decided.choices });
    if (move.move === "handover" && queue.length > 0)
      return { status: "stuck", request, why: "requests follow one that ends in a transfer" };
    if (move.move === "refuse" && scripted.otherwise !== undefined) queue.unshift(scripted.otherwise);
  }
  return {
    status: "solved",
    gold: { calls: progress.calls, solutions },
    cell: cellOf({
      conversation: { requests: Math.min(4, solutions.length), schedule: user.schedule },
      world: aboutWorld,
      requests: cells,
    }),
    cells,
    final: progress.environment.state,
    ties,
    steps,
  };
}

/** A view that has looked up everything: where a task lies does not depend on what an agent happened to see. */
function everything({ environment, memory }: Progress, domain: Domain): View {
  return {
    ...viewOf(memory),
    lookup: (call) => {
      const ran = run(domain, environment.state, call);
      return ran.status === "ok" ? { ok: true, result: ran.result } : { ok: false };
    },
  };
}

function solutionOf({ request }: ScriptedRequest, move: Decided["move"], writes: readonly Call[]): Solution {
  if (move.move === "offer") {
    return { request, status: "granted", writes, clauses: [], restsOn: [], forbids: [] };
  }
  const { clauses, restsOn, forbids } = move;
  return {
    request,
    status: move.move === "refuse" ? "refused" : "handover",
    writes,
    clauses,
    restsOn,
    forbids,
  };
}
