import { canonical, contentKey } from "../core/json.ts";
import { createRng } from "../core/rng.ts";
import { meets, requestCell } from "../domains/cell.ts";
import { anythingElse, hearRequests } from "../domains/dialogue.ts";
import {
  type AxisValues,
  type Call,
  type Domain,
  type Habits,
  type Move,
  type Request,
  soundHabits,
} from "../domains/domain.ts";
import type { ChatMessage, ChatModel } from "../models/chat.ts";
import type { Fault, FaultFile, FaultName } from "./fault-file.ts";
import {
  answerWith,
  type Doing,
  nextMove,
  soundTemper,
  type Temper,
  type Turn,
  takeTurn,
} from "./reference.ts";

/**
 * Tells a benchmark's scorer which faults fired in which rollout, each once it has changed a turn; a fault may be
 * told of more than once. Nothing else may read it.
 */
export type OnFired = (fired: { readonly fault: string; readonly seed: string }) => void;

/** Whether a fault whose conditions a request meets strikes it in a rollout: the same answer however often it is asked. */
export type Draw = (asked: {
  readonly fault: Fault;
  readonly request: Request;
  readonly seed: string;
}) => boolean;

/** Draws once per (rollout seed, fault, request). */
export const drawStrike: Draw = ({ fault, request, seed }) =>
  createRng(`${seed}/${fault.id}/${canonical(request)}`).chance(fault.probability);

/** What a benchmark's scorer listens in with; nothing else may pass any of it. */
export interface Scorer {
  readonly onFired?: OnFired;
  /** Takes the place of chance. */
  readonly draw?: Draw;
}

/** The reference agent with planted faults: what is wrong with it is known. */
export function createSimulated(file: FaultFile, domain: Domain, scorer: Scorer = {}): ChatModel {
  const { onFired, draw = drawStrike } = scorer;
  const spec = `sim:${file.name}`;
  return {
    spec,
    simulated: true,
    fingerprint: `${spec}@${domain.name}-${domain.version}-${contentKey(file.faults).slice(0, 12)}`,
    complete: async ({ messages, seed }) => {
      const around = conversationCell(messages, domain);
      const temper = temperOf({ file, domain, seed, around, onFired, draw });
      return answerWith(takeTurn(messages, domain, temper), messages.length);
    },
  };
}

/** What of the conversation axes an agent can tell by now: how many requests it has been given, and when. */
function conversationCell(messages: readonly ChatMessage[], domain: Domain): AxisValues {
  const turns = messages.flatMap((message) =>
    message.role === "user" ? [hearRequests(message.text, domain)] : [],
  );
  const different = (requests: readonly Request[]) => new Set(requests.map(canonical)).size;
  const first = different(turns.find((requests) => requests.length > 0) ?? []);
  const all = different(turns.flat());
  const schedule = all === first ? "together" : first > 1 ? "late" : "one_by_one";
  return { requests: Math.min(4, all), schedule };
}

interface Planted {
  readonly file: FaultFile;
  readonly domain: Domain;
  readonly seed: string;
  readonly around: AxisValues;
  readonly onFired: OnFired | undefined;
  readonly draw: Draw;
}

/** The temper that a fault file gives an agent in one rollout. */
function temperOf(planted: Planted): Temper {
  const { domain } = planted;
  const strikes: Firing["strikes"] = (name, on) => striking(name, on, planted);
  const credit: Firing["credit"] = (faults) => {
    for (const fault of faults) planted.onFired?.({ fault: fault.id, seed: planted.seed });
  };
  const fires: Firing["fires"] = (name, on) => {
    const faults = strikes(name, on);
    credit(faults);
    return faults.length > 0;
  };
  const firing: Firing = { domain, strikes, credit, fires };
  const habitual = (on: Doing) => [...strikes("ignore_clause", on), ...strikes("wrong_choice", on)];
  return {
    ...soundTemper,
    hears: (request, view) => !fires("drop_request", { request, view }),
    look: (call, on) => {
      const guess = domain.slips.guess(call);
      return guess !== null && fires("skip_lookup", on) ? { guess: guess as Call["arguments"] } : call;
    },
    habits: (on) => habitsWith(habitual(on)),
    decide: (move, on) => {
      const decided = decideWrongly(move, on, firing);
      if (planted.onFired !== undefined && decided.move === move.move) {
        // The benchmark's own question: nothing that it asks may be told of in turn.
        const quiet = temperOf({ ...planted, onFired: undefined });
        const moveWith = (faults: readonly Fault[]) =>
          canonical(nextMove(on, { domain, temper: { ...quiet, habits: () => habitsWith(faults) } }));
        credit(decisive(habitual(on), moveWith));
      }
      return decided;
    },
    act: (turn, on) => actWrongly(turn, on, firing),
  };
}

/** The habits of an agent with these faults of `ignore_clause` and `wrong_choice`. */
function habitsWith(faults: readonly Fault[]): Habits {
  return {
    ...soundHabits,
    overlooks: (clause) => faults.some((fault) => fault.fault === "ignore_clause" && fault.clause === clause),
    choose: (options) => (options.length > 1 && faults.some(({ fault }) => fault === "wrong_choice") ? 1 : 0),
  };
}

/** The faults without which, or by which alone, the move would be another one. */
function decisive(
  faults: readonly Fault[],
  moveWith: (faults: readonly Fault[]) => string,
): readonly Fault[] {
  if (faults.length === 0) return [];
  const [all, none] = [moveWith(faults), moveWith([])];
  return faults.filter(
    (fault) => moveWith(faults.filter((other) => other !== fault)) !== all || moveWith([fault]) !== none,
  );
}

type Seen = Pick<Doing, "request" | "view">;

interface Firing {
  readonly domain: Domain;
  /** The faults of a name that strike now, whether they change anything or not. */
  strikes(name: FaultName, on: Seen): readonly Fault[];
  credit(faults: readonly Fault[]): void;
  /** True if a fault of the name strikes; where that changes the turn for certain, so that it is credited. */
  fires(name: FaultName, on: Seen): boolean;
}

function decideWrongly(move: Move, on: Doing, { domain, strikes, credit, fires }: Firing): Move {
  if (move.move === "look" || move.move === "stuck") return move;
  if (move.move !== "handover" && fires("transfer", on)) {
    return { move: "handover", clauses: [], restsOn: [], forbids: [] };
  }
  if (move.move !== "offer") return move;
  const slips: readonly [FaultName, (call: Call) => Call | null][] = [
    ["invented_id", domain.slips.inventedId],
    ["wrong_amount", domain.slips.wrongAmount],
    ["wrong_payment", (call) => domain.slips.wrongPayment(call, on.view)],
  ];
  const calls = slips.reduce<readonly Call[]>((so, [name, slip]) => {
    const faults = strikes(name, on);
    if (faults.length === 0) return so;
    const slipped = so.map((call) => slip(call) ?? call);
    if (canonical(slipped) !== canonical(so)) credit(faults);
    return slipped;
  }, move.calls);
  return { ...move, calls };
}

function actWrongly(turn: Turn, on: Doing, { domain, fires }: Firing): Turn {
  if (!("call" in turn)) return turn;
  if (fires("stop_early", on)) return { say: anythingElse };
  const extra = domain.slips.unaskedWrite(on.view);
  const made = on.view.writes.some((call) => canonical(call) === canonical(extra));
  if (extra !== null && !made && fires("unasked_write", on)) return { call: extra };
  if (fires("malformed_call", on)) return { ...turn, raw: JSON.stringify(turn.call.arguments).slice(0, -1) };
  return fires("parallel_calls", on) ? { calls: [turn.call, turn.call] } : turn;
}

/** The faults of one name that strike a request now. */
function striking(name: FaultName, { request, view }: Seen, planted: Planted): readonly Fault[] {
  const candidates = planted.file.faults.filter((fault) => fault.fault === name);
  if (candidates.length === 0) return [];
  const values = {
    ...planted.domain.worldCell(view),
    ...planted.around,
    ...requestCell(request, view, planted.domain),
  };
  return candidates.filter((fault) => {
    const struck = Object.entries(fault.when).every(([axis, condition]) => meets(values[axis], condition));
    if (!struck) return false;
    return planted.draw({ fault, request, seed: planted.seed });
  });
}
