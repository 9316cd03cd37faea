import { canonical, contentKey } from "../core/json.ts";
import { createRng } from "../core/rng.ts";
import { meets, requestCell } from "../domains/cell.ts";
import { anythingElse, hearRequests } from "../domains/dialogue.ts";
import {
  type AxisValues,
  type Call,
  type Domain,
  type Move,
  type Request,
  soundHabits,
  type View,
} from "../domains/domain.ts";
import type { ChatMessage, ChatModel } from "../models/chat.ts";
import type { Fault, FaultFile, FaultName } from "./fault-file.ts";
import { answerWith, type Doing, soundTemper, type Temper, type Turn, takeTurn } from "./reference.ts";

/** Tells a benchmark's scorer which faults fired in which rollout; nothing else may read it. */
export type OnFired = (fired: { readonly fault: string; readonly seed: string }) => void;

/** The reference agent with planted faults: what is wrong with it is known. */
export function createSimulated(file: FaultFile, domain: Domain, onFired?: OnFired): ChatModel {
  const spec = `sim:${file.name}`;
  return {
    spec,
    simulated: true,
    fingerprint: `${spec}@${domain.name}-${domain.version}-${contentKey(file.faults).slice(0, 12)}`,
    complete: async ({ messages, seed }) => {
      const around = conversationCell(messages, domain);
      const temper = temperOf({ file, domain, seed, around, onFired });
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
}

/** The temper that a fault file gives an agent in one rollout. */
function temperOf(planted: Planted): Temper {
  const { domain } = planted;
  const fires = (name: FaultName, { request, view }: Pick<Doing, "request" | "view">) =>
    firing(name, request, view, planted);
  return {
    ...soundTemper,
    hears: (request, view) => fires("drop_request", { request, view }) === null,
    look: (call, on) => {
      const guess = domain.slips.guess(call);
      const skipped = guess !== null && fires("skip_lookup", on) !== null;
      return skipped ? { guess: guess as Call["arguments"] } : call;
    },
    habits: (on) => ({
      ...soundHabits,
      overlooks: (clause) => fires("ignore_clause", on)?.some((fault) => fault.clause === clause) === true,
      choose: (options) => (options.length > 1 && fires("wrong_choice", on) !== null ? 1 : 0),
    }),
    decide: (move, on) => decideWrongly(move, on, { domain, fires }),
    act: (turn, on) => actWrongly(turn, on, { domain, fires }),
  };
}

interface Firing {
  readonly domain: Domain;
  fires(name: FaultName, on: Doing): readonly Fault[] | null;
}

function decideWrongly(move: Move, on: Doing, { domain, fires }: Firing): Move {
  if (move.move === "look" || move.move === "stuck") return move;
  if (fires("transfer", on) !== null) {
    return { move: "handover", clauses: [], restsOn: [], forbids: [] };
  }
  if (move.move !== "offer") return move;
  const slips: readonly [FaultName, (call: Call) => Call | null][] = [
    ["invented_id", domain.slips.inventedId],
    ["wrong_amount", domain.slips.wrongAmount],
    ["wrong_payment", (call) => domain.slips.wrongPayment(call, on.view)],
  ];
  const calls = slips.reduce<readonly Call[]>(
    (so, [name, slip]) => (fires(name, on) === null ? so : so.map((call) => slip(call) ?? call)),
    move.calls,
  );
  return { ...move, calls };
}

function actWrongly(turn: Turn, on: Doing, { domain, fires }: Firing): Turn {
  if (!("call" in turn)) return turn;
  if (fires("stop_early", on) !== null) return { say: anythingElse };
  if (fires("unasked_write", on) !== null) {
    const extra = domain.slips.unaskedWrite(on.view);
    const made = on.view.writes.some((call) => canonical(call) === canonical(extra));
    if (extra !== null && !made) return { call: extra };
  }
  if (fires("malformed_call", on) !== null)
    return { ...turn, raw: JSON.stringify(turn.call.arguments).slice(0, -1) };
  return fires("parallel_calls", on) === null ? turn : { calls: [turn.call, turn.call] };
}

/** The faults of one name that strike a request now; each draws once per (rollout seed, fault, request). */
function firing(name: FaultName, request: Request, view: View, planted: Planted): readonly Fault[] | null {
  const candidates = planted.file.faults.filter((fault) => fault.fault === name);
  if (candidates.length === 0) return null;
  const values = {
    ...planted.domain.worldCell(view),
    ...planted.around,
    ...requestCell(request, view, planted.domain),
  };
  const fired = candidates.filter((fault) => {
    const struck = Object.entries(fault.when).every(([axis, condition]) => meets(values[axis], condition));
    if (!struck) return false;
    return createRng(`${planted.seed}/${fault.id}/${canonical(request)}`).chance(fault.probability);
  });
  for (const fault of fired) planted.onFired?.({ fault: fault.id, seed: planted.seed });
  return fired.length === 0 ? null : fired;
}
