import { isSame } from "../core/json.ts";
import { requestKind } from "../domains/dialogue.ts";
import type { Answer, Call, Domain, Habits, Move, Option, ScriptedRequest, View } from "../domains/domain.ts";
import { act, type Environment } from "../domains/environment.ts";
import { maxOffers } from "../domains/event.ts";
import { type Memory, refusedAnswer, remember, viewOf } from "../domains/memory.ts";

/** A choice that decided a request. */
export interface Choice {
  /** The lookup that it was made from; null if there was none. */
  readonly from: Call | null;
  /** Best first; the first one is taken. */
  readonly options: readonly Option[];
}

/** Lookups at most on the way to one decision; a sound request needs far fewer. */
const maxSteps = 200;

/** How far the requests have come: what was done, and what is known by it. */
export interface Progress {
  readonly environment: Environment;
  readonly memory: Memory;
  readonly calls: readonly Call[];
}

/** The name of the domain's tool that hands a conversation to a human. */
export function transferTool(domain: Domain): string {
  return domain.tools.find((tool) => tool.effect === "transfer")?.name ?? "";
}

/** How a request is decided, and where a choice that it leaves open is noted. */
export interface Deciding {
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

/**
 * Carries out one request with consent given to every offer: what was interrupted is called again, what was refused is
 * planned again from fresh lookups. Says why where it cannot be.
 */
export function carryOut(
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

/** A decision, with what was known then. */
export interface Decided {
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
