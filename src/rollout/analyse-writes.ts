import { canonical } from "../core/json.ts";
import type { Call } from "../domains/domain.ts";
import { matchesCall } from "../tasks/criteria.ts";
import { brief } from "../tasks/final-state.ts";
import {
  equalShare,
  type Made,
  type Matched,
  madeWrites,
  matchExactly,
  matchNearest,
  type Wanted,
  wantedWrites,
} from "../tasks/match-writes.ts";
import type { TracedCall } from "../tasks/trace.ts";
import { argumentModes } from "./analyse-arguments.ts";
import { skippedLookups } from "./analyse-lookups.ts";
import { leavesOf } from "./attention.ts";
import { type Mode, modeOf } from "./failure-note.ts";
import { givenUp, isDeclined } from "./refusals.ts";
import type { Scene } from "./scene.ts";

/** What is wrong with the writes: those made held against the gold's, then what was tried and offered. */
export function writeModes(scene: Scene): readonly Mode[] {
  const wanted = wantedWrites(scene);
  const exact = matchExactly(wanted, madeWrites(scene.trace));
  const kinds = exact.extra.map((made) => extraMode(made, wanted, scene));
  const unexplained = exact.extra.filter((_, i) => kinds[i] === null);
  const near = matchNearest({ missing: exact.missing, extra: unexplained });
  return [
    ...kinds.flatMap((mode) => mode ?? []),
    ...near.pairs.flatMap(({ wanted: { call, request }, made }) => [
      ...skippedLookups(request, made.place, scene),
      ...argumentModes({ expected: call, actual: made.call, place: made.place, how: "made" }, scene).map(
        (mode) => ({ ...mode, request }),
      ),
    ]),
    ...near.missing.flatMap((one) => unmadeModes(one, wanted, scene)),
    ...near.extra.map(({ call, place }) =>
      modeOf({
        mode: "unasked_write",
        request: besideOf(place, [...exact.pairs, ...near.pairs]),
        tool: call.name,
        detail: `message ${place} makes ${say(call)}, which nobody asked for`,
        place,
      }),
    ),
  ];
}

/** The request that the target was at when it made a write that nobody asked for: that of the next right one, else the last. */
function besideOf(place: number, pairs: Matched["pairs"]): number | null {
  const ordered = pairs.toSorted((a, b) => a.made.place - b.made.place);
  const next = ordered.find(({ made }) => made.place >= place) ?? ordered.at(-1);
  return next?.wanted.request ?? null;
}

/** A write beyond the gold's that was ruled out or made before; null if it is neither. */
function extraMode({ call, place }: Made, wanted: readonly Wanted[], scene: Scene): Mode | null {
  const twin = wanted.find((one) => canonical(one.call) === canonical(call));
  if (twin !== undefined) {
    const detail = `message ${place} makes ${say(call)} once more`;
    return modeOf({ mode: "repeated_write", request: twin.request, tool: call.name, detail, place });
  }
  const request = ruledOutBy(call, place, scene);
  const solution = request === null ? undefined : scene.solutions[request];
  if (solution === undefined) return null;
  const clauses = solution.clauses.join(", ");
  return modeOf({
    mode: "forbidden_write",
    request,
    tool: call.name,
    detail: `message ${place} makes ${say(call)} although ${clauses} rules it out`,
    clause: solution.clauses[0] ?? null,
    place,
  });
}

/**
 * The solution that rules a call out, or null. Once the target has turned its request down, a call of the same form
 * is about what the user wants instead.
 */
export function ruledOutBy(call: Call, place: number, scene: Scene): number | null {
  const index = scene.solutions.findIndex(
    ({ forbids }, i) => forbids.some((pattern) => matchesCall(call, pattern)) && !isDeclined(scene, i, place),
  );
  return index < 0 ? null : index;
}

/** Why a write of the gold's was not made: it was tried or offered otherwise, or it was never come to. */
function unmadeModes(one: Wanted, all: readonly Wanted[], scene: Scene): readonly Mode[] {
  const { call: expected, request } = one;
  const own = (modes: readonly Mode[]) => modes.map((mode) => ({ ...mode, request }));
  const tried = scene.trace.calls.findLast(
    (call) => isTry(call, scene) && belongsTo(call.name, call.emitted, { one, all }),
  );
  if (tried !== undefined) {
    const instead = { expected, actual: tried.call ?? expected, place: tried.place, how: "tried" };
    const wrong = argumentModes(instead, scene);
    return own([
      ...skippedLookups(request, tried.place, scene),
      ...(wrong.length > 0 ? wrong : [failedCall(tried)]),
    ]);
  }
  const offer = scene.offers.findLast(
    ({ call, place }) =>
      ruledOutBy(call, place, scene) === null &&
      belongsTo(call.name, canonical(call.arguments), { one, all }),
  );
  if (offer !== undefined) {
    const instead = { expected, actual: offer.call, place: offer.place, how: "offered" };
    const wrong = argumentModes(instead, scene);
    const skipped = skippedLookups(request, offer.place, scene);
    return own([...skipped, ...(wrong.length > 0 ? wrong : [notCarriedOut(offer)])]);
  }
  return untouchedModes(one, scene);
}

/** True for a write that failed and was not ruled out. */
function isTry({ call, place, effect, status }: TracedCall, scene: Scene): boolean {
  if (effect !== "write" || status === "ok") return false;
  return call === null || ruledOutBy(call, place, scene) === null;
}

/** True if a call is nearer to this write of the gold's than to any other by its tool; the first of equals. */
function belongsTo(
  tool: string,
  emitted: string,
  { one, all }: { readonly one: Wanted; readonly all: readonly Wanted[] },
): boolean {
  const rivals = all.filter(({ call }) => call.name === tool);
  const shares = rivals.map(({ call }) => shareIn(emitted, call));
  return rivals[shares.indexOf(Math.max(...shares))] === one;
}

function shareIn(emitted: string, call: Call): number {
  try {
    return equalShare({ name: call.name, arguments: JSON.parse(emitted) }, call);
  } catch {
    const leaves = leavesOf(call.arguments);
    return leaves.filter((leaf) => emitted.includes(String(leaf))).length / Math.max(1, leaves.length);
  }
}

function failedCall({ name, place, status, emitted }: TracedCall): Mode {
  return modeOf({
    mode: "call_failed",
    tool: name,
    detail: `message ${place} calls ${name} with ${brief(emitted)}: ${status}`,
    place,
  });
}

function notCarriedOut({ call, place, confirmed }: Scene["offers"][number]): Mode {
  return modeOf({
    mode: confirmed ? "stopped_early" : "missing_write",
    tool: call.name,
    detail: `${call.name} was offered at message ${place}${confirmed ? " and confirmed" : ""}, and never made`,
    place,
  });
}

/** True if the conversation ended before the target was through: what it never came to says nothing more. */
export function isCutShort({ trajectory, task }: Scene): boolean {
  const { ending } = trajectory;
  const calledFor = task.criteria.some((criterion) => criterion.type === "handover");
  return ending === "turn_limit" || ending === "error_limit" || (ending === "transferred" && !calledFor);
}

function untouchedModes({ call, request }: Wanted, scene: Scene): readonly Mode[] {
  if (scene.raised[request] !== true || isCutShort(scene)) return [];
  const gaveUp = givenUp(scene, request);
  const skipped = gaveUp === null ? [] : skippedLookups(request, gaveUp.place, scene);
  if (skipped.length > 0) return skipped;
  const words = brief(scene.trajectory.messages[gaveUp?.place ?? -1]?.text);
  const how = gaveUp === null ? "never tried or offered" : `given up at message ${gaveUp.place}: ${words}`;
  const detail = `${say(call)} was ${how}`;
  const { clause = null, place = null } = gaveUp ?? {};
  return [modeOf({ mode: "missing_write", request, tool: call.name, detail, clause, place })];
}

/** A call in a few words. */
function say(call: Call): string {
  return `${call.name} ${brief(call.arguments)}`;
}
