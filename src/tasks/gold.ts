import type { Json } from "../core/json.ts";
import { type Cell, cellOf, requestCell } from "../domains/cell.ts";
import { requestKind } from "../domains/dialogue.ts";
import {
  type AxisValues,
  type Call,
  type Domain,
  type Habits,
  type Move,
  type Option,
  type ScriptedRequest,
  type State,
  soundHabits,
  stateOf,
  type View,
  type World,
} from "../domains/domain.ts";
import { run } from "../domains/environment.ts";
import { freshMemory, type Memory, remember, viewOf } from "../domains/memory.ts";
import type { Gold, Solution, UserScript } from "./task.ts";

/** A choice that a rule left open: several options share the best score. */
export interface Tie {
  readonly request: number;
  readonly options: readonly string[];
}

/** A choice that decided a request. */
export interface Choice {
  /** The lookup that it was made from; null if there was none. */
  readonly from: Call | null;
  /** Best first; the first one is taken. */
  readonly options: readonly Option[];
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
      readonly final: State;
      readonly ties: readonly Tie[];
      /** One per request, as the gold's solutions. */
      readonly steps: readonly RequestSteps[];
    }
  | { readonly status: "stuck"; readonly request: number; readonly why: string };

/** Lookups at most on the way to one decision; a sound request needs far fewer. */
const maxSteps = 200;

interface Progress {
  readonly state: State;
  readonly memory: Memory;
  readonly calls: readonly Call[];
}

/** What is to be solved, and how. */
export interface Solving {
  readonly world: World;
  readonly user: Pick<UserScript, "identity" | "requests" | "schedule">;
  readonly overlooks?: Habits["overlooks"];
}

/**
 * Solves a user's requests the right way, with consent given to every offer. With `overlooks` it goes the way of an
 * agent that ignores those clauses instead.
 */
export function solve(domain: Domain, solving: Solving): Solved {
  const { world, user, overlooks = soundHabits.overlooks } = solving;
  let progress: Progress = { state: stateOf(world), memory: freshMemory(user.identity), calls: [] };
  const solutions: Solution[] = [];
  const cells: AxisValues[] = [];
  const ties: Tie[] = [];
  const steps: RequestSteps[] = [];
  let aboutWorld: AxisValues = {};
  const queue: ScriptedRequest[] = [...user.requests];
  for (let scripted = queue.shift(); scripted !== undefined; scripted = queue.shift()) {
    const request = solutions.length;
    const before = progress.calls.length;
    const end = decide(scripted, progress, {
      domain,
      overlooks,
      note: (options) => ties.push({ request, options }),
    });
    if ("why" in end) return { status: "stuck", request, why: end.why };
    const all = everything(end.progress, domain);
    cells.push(requestCell(scripted.request, all, domain));
    aboutWorld = { ...domain.worldCell(all), ...aboutWorld };
    const written = write(end.move.move === "offer" ? end.move.calls : [], end.progress, domain);
    if ("why" in written) return { status: "stuck", request, why: written.why };
    progress = written.progress;
    solutions.push(solutionOf(scripted, end.move));
    if (end.move.move === "handover") {
      const transfer = {
        name: transferTool(domain),
        arguments: { summary: `Clause ${end.move.clauses.join(", ")} applies.` },
      };
      progress = { ...progress, calls: [...progress.calls, transfer] };
      if (queue.length > 0)
        return { status: "stuck", request, why: "requests follow one that ends in a transfer" };
    }
    const calls = progress.calls.slice(before);
    steps.push({ request: scripted.request, calls, choices: end.choices });
    if (end.move.move === "refuse" && scripted.otherwise !== undefined) queue.unshift(scripted.otherwise);
  }
  return {
    status: "solved",
    gold: { calls: progress.calls, solutions },
    cell: cellOf({
      conversation: { requests: Math.min(4, solutions.length), schedule: user.schedule },
      world: aboutWorld,
      requests: cells,
    }),
    final: progress.state,
    ties,
    steps,
  };
}

/** A view that has looked up everything: where a task lies does not depend on what an agent happened to see. */
function everything({ state, memory }: Progress, domain: Domain): View {
  return {
    ...viewOf(memory),
    lookup: (call) => {
      const ran = run(domain, state, call);
      return ran.status === "ok" ? { ok: true, result: ran.result } : { ok: false };
    },
  };
}

/** The name of the domain's tool that hands a conversation to a human. */
export function transferTool(domain: Domain): string {
  return domain.tools.find((tool) => tool.effect === "transfer")?.name ?? "";
}

interface Deciding {
  readonly domain: Domain;
  readonly overlooks: Habits["overlooks"];
  readonly note: (options: readonly string[]) => void;
}

interface Decided {
  readonly move: Exclude<Move, { move: "look" | "stuck" }>;
  readonly progress: Progress;
  readonly choices: readonly Choice[];
}

function decide(
  scripted: ScriptedRequest,
  from: Progress,
  { domain, overlooks, note }: Deciding,
): Decided | { readonly why: string } {
  const kind = requestKind(scripted.request, domain);
  let progress = from;
  for (let steps = 0; steps < maxSteps; steps++) {
    const { view, choose, choices } = watched(viewOf(progress.memory));
    const move = kind.next(scripted.request, view, { overlooks, choose });
    if (move.move === "stuck") return { why: move.why };
    if (move.move !== "look") {
      for (const open of choices.map(({ options }) => tied(options))) if (open.length > 1) note(open);
      return { move, progress, choices };
    }
    for (const call of move.calls) progress = look(call, progress, domain);
  }
  return { why: `no decision after ${maxSteps} lookups` };
}

/** A view and a way to choose that note each choice. Options come from what was looked at just before. */
function watched(view: View) {
  const choices: Choice[] = [];
  let from: Call | null = null;
  const lookup: View["lookup"] = (call) => {
    from = call;
    return view.lookup(call);
  };
  const choose: Habits["choose"] = (options) => {
    choices.push({ from, options });
    return 0;
  };
  return { view: { ...view, lookup }, choose, choices };
}

const tied = (options: readonly Option[]) =>
  options.filter((option) => option.score === options[0]?.score).map((option) => option.label);

function look(call: Call, { state, memory, calls }: Progress, domain: Domain): Progress {
  const ran = run(domain, state, call);
  const answer = ran.status === "ok" ? ({ ok: true, result: ran.result } as const) : ({ ok: false } as const);
  return { state: ran.state, memory: remember(memory, { call, answer }, domain), calls: [...calls, call] };
}

function write(
  calls: readonly Call[],
  from: Progress,
  domain: Domain,
): { readonly progress: Progress } | { readonly why: string } {
  let progress = from;
  for (const call of calls) {
    const ran = run(domain, progress.state, call);
    if (ran.status !== "ok") return { why: `${call.name} was refused: ${ran.text}` };
    const answer = { ok: true, result: ran.result as Json } as const;
    progress = {
      state: ran.state,
      memory: remember(progress.memory, { call: ran.call, answer }, domain),
      calls: [...progress.calls, ran.call],
    };
  }
  return { progress };
}

function solutionOf({ request }: ScriptedRequest, move: Decided["move"]): Solution {
  if (move.move === "offer") {
    return { request, status: "granted", writes: move.calls, clauses: [], restsOn: [], forbids: [] };
  }
  const { clauses, restsOn, forbids } = move;
  return {
    request,
    status: move.move === "refuse" ? "refused" : "handover",
    writes: [],
    clauses,
    restsOn,
    forbids,
  };
}
