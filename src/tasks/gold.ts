import { isSame } from "../core/json.ts";
import { type Cell, cellOf, requestCell } from "../domains/cell.ts";
import { requestKind } from "../domains/dialogue.ts";
import {
  type Answer,
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
import { act, type Environment, openEnvironment, run } from "../domains/environment.ts";
import { type Event, maxOffers } from "../domains/event.ts";
import { freshMemory, type Memory, refusedAnswer, remember, viewOf } from "../domains/memory.ts";
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
      /** The cells of the requests, in the order they come up. */
      readonly cells: readonly AxisValues[];
      readonly final: State;
      readonly ties: readonly Tie[];
      /** One per request, as the gold's solutions. */
      readonly steps: readonly RequestSteps[];
    }
  | { readonly status: "stuck"; readonly request: number; readonly why: string };

/** Lookups at most on the way to one decision; a sound request needs far fewer. */
const maxSteps = 200;

interface Progress {
  readonly environment: Environment;
  readonly memory: Memory;
  readonly calls: readonly Call[];
}

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

/** The name of the domain's tool that hands a conversation to a human. */
export function transferTool(domain: Domain): string {
  return domain.tools.find((tool) => tool.effect === "transfer")?.name ?? "";
}

interface Deciding {
  readonly domain: Domain;
  readonly overlooks: Habits["overlooks"];
  readonly note: (options: readonly string[]) => void;
}

/** An offer that was refused, and why. */
interface Refusal {
  readonly calls: readonly Call[];
  readonly why: string;
}

/** A request carried out: its last decision, with what was known then, and the writes that took effect. */
interface CarriedOut {
  readonly decided: Decided;
  readonly writes: readonly Call[];
  readonly progress: Progress;
}

function carryOut(
  scripted: ScriptedRequest,
  from: Progress,
  deciding: Deciding,
): CarriedOut | { readonly why: string } {
  const { domain } = deciding;
  const writes: Call[] = [];
  let progress = from;
  let refused: Refusal | null = null;
  for (let offers = 0; offers < maxOffers; offers++) {
    const decided = decide(scripted, progress, deciding);
    if ("why" in decided) return decided;
    const { move } = decided;
    if (move.move !== "offer") return { decided, writes, progress: leave(decided, domain) };
    if (refused !== null && isSame(refused.calls, move.calls)) return { why: refused.why };
    const written = writeAll(move.calls, decided.progress, domain);
    writes.push(...written.writes);
    progress = written.progress;
    if (written.why === null) return { decided, writes, progress };
    refused = { calls: move.calls, why: written.why };
  }
  return { why: `${maxOffers} offers were refused: ${refused?.why}` };
}

/** Turns a request down, or hands it to a human. */
function leave({ move, progress }: Decided, domain: Domain): Progress {
  if (move.move !== "handover") return progress;
  const summary = `Clause ${move.clauses.join(", ")} applies.`;
  return make({ name: transferTool(domain), arguments: { summary } }, progress, domain).progress;
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
    for (const call of move.calls) progress = make(call, progress, domain).progress;
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

/** Makes one call, again for as long as it is interrupted: no event interrupts twice. */
function make(
  call: Call,
  { environment, memory, calls }: Progress,
  domain: Domain,
): { readonly progress: Progress; readonly refusal: string | null } {
  const acted = act(environment, call);
  const answer: Answer | undefined =
    acted.status === "ok" ? { ok: true, result: acted.result } : refusedAnswer(acted.text);
  const progress: Progress = {
    environment: acted.environment,
    memory: remember(memory, { call, answer }, domain),
    calls: [...calls, call],
  };
  if (answer === undefined) return make(call, progress, domain);
  return { progress, refusal: acted.status === "ok" ? null : acted.text };
}

/** Writes the calls of an offer up to the first that is refused, and says why it was. */
function writeAll(
  calls: readonly Call[],
  from: Progress,
  domain: Domain,
): { readonly progress: Progress; readonly writes: readonly Call[]; readonly why: string | null } {
  let progress = from;
  for (const [i, call] of calls.entries()) {
    const made = make(call, progress, domain);
    progress = made.progress;
    if (made.refusal !== null)
      return { progress, writes: calls.slice(0, i), why: `${call.name} was refused: ${made.refusal}` };
  }
  return { progress, writes: calls, why: null };
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
