import { canonical } from "../core/json.ts";
import type { Call } from "../domains/domain.ts";
import { matchesCall } from "../tasks/criteria.ts";
import { equalShare, wantedWrites } from "../tasks/match-writes.ts";
import type { Solution } from "../tasks/task.ts";
import type { TracedCall } from "../tasks/trace.ts";
import { isCutShort, ruledOutBy } from "./analyse-writes.ts";
import { type Mode, modeOf } from "./failure-note.ts";
import { givenUp, inHand, isDeclined } from "./refusals.ts";
import type { Scene } from "./scene.ts";

/** What is wrong with whom the conversation was handed to: a transfer that nothing called for, or none where one was due. */
export function transferModes(scene: Scene): readonly Mode[] {
  const transfer = scene.trace.calls.find(isTransfer);
  const due = scene.task.criteria.some((criterion) => criterion.type === "handover");
  const request = scene.solutions.findIndex(({ status }) => status === "handover");
  if (transfer === undefined) {
    if (!due || isCutShort(scene) || scene.raised[request] === false) return [];
    const clause = scene.solutions[request]?.clauses[0] ?? null;
    const detail = "what the policy has a human do was not handed over";
    return [modeOf({ mode: "not_transferred", request: request < 0 ? null : request, detail, clause })];
  }
  const at = inHand(scene, transfer.place);
  if (due && (at === null || at === request)) return [];
  const detail = `message ${transfer.place} hands over to a human although nothing ${due ? "of this request " : ""}calls for it`;
  return [modeOf({ mode: "transferred", request: at, tool: transfer.name, detail, place: transfer.place })];
}

const isTransfer = ({ effect, status }: TracedCall) => effect === "transfer" && status === "ok";

/** How requests that the policy turns down were turned down wrongly. */
export function refusalModes(scene: Scene): readonly Mode[] {
  return scene.solutions.flatMap((solution, request) =>
    solution.status === "granted" || !isUnmet(solution, scene) || scene.raised[request] !== true
      ? []
      : turnedDownModes(solution, request, scene).map((mode) => ({ ...mode, request })),
  );
}

function isUnmet({ status, clauses, restsOn, forbids }: Solution, { task, grade }: Scene): boolean {
  if (grade.status === "unscored") return false;
  const key = canonical([clauses, restsOn, forbids]);
  const type = status === "refused" ? "refusal" : "handover";
  const index = task.criteria.findIndex(
    (one) => one.type === type && canonical([one.clauses, one.restsOn, one.forbids]) === key,
  );
  return grade.findings[index]?.status === "unmet";
}

function turnedDownModes(solution: Solution, request: number, scene: Scene): readonly Mode[] {
  const { trace } = scene;
  const said = isDeclined(scene, request);
  const against = [...trace.calls, ...scene.offers].filter(
    ({ call, place }) =>
      call !== null && isAbout(call, solution) && ruledOutBy(call, place, scene) === request,
  );
  const forbidden = against.find((one) => "status" in one && one.status === "ok") ?? against[0];
  const gaveUp = givenUp(scene, request);
  const unseen = solution.restsOn.filter((record) => !trace.shown.has(record));
  const decided = said || forbidden !== undefined || gaveUp !== null || trace.calls.some(isTransfer);
  const modes: Mode[] = [];
  if (decided && unseen.length > 0) {
    const detail = `decided without a lookup of ${unseen.join(", ")}`;
    modes.push(modeOf({ mode: "decided_without_lookup", detail, place: forbidden?.place ?? null }));
  }
  if (solution.status === "handover" || said) return modes;
  if (forbidden !== undefined) {
    const { place, call } = forbidden;
    const isMade = "status" in forbidden && forbidden.status === "ok";
    const mode = isMade ? "forbidden_write" : "clause_violated";
    const clause = solution.clauses[0] ?? null;
    const detail = `message ${place} goes for ${call?.name} although ${clause} rules it out`;
    return [...modes, modeOf({ mode, tool: call?.name ?? null, detail, clause, place })];
  }
  if (modes.length > 0 || isCutShort(scene)) return modes;
  const detail = `the user was never told that ${solution.request.kind} is declined (${solution.clauses.join(", ")})`;
  return [modeOf({ mode: "never_refused", detail, clause: solution.clauses[0] ?? null })];
}

const isAbout = (call: Call, { forbids }: Solution) => forbids.some((pattern) => matchesCall(call, pattern));

/** The clauses that calls broke, each once; not where a worse thing is already known of the same message. */
export function clauseModes(scene: Scene, worse: readonly Mode[]): readonly Mode[] {
  const told = new Set(
    worse.flatMap(({ mode, place }) =>
      mode === "forbidden_write" || mode === "unasked_write" || mode === "transferred" ? [place] : [],
    ),
  );
  const broken = scene.trace.clauses.filter(
    ({ verdict, place, clause }) =>
      verdict === "forbidden" &&
      !told.has(place) &&
      !worse.some((mode) => mode.mode === "clause_violated" && mode.clause === clause),
  );
  return broken.map(({ clause, why, place }) =>
    modeOf({
      mode: "clause_violated",
      request: requestAt(place, scene),
      detail: `message ${place} breaks ${clause}: ${why}`,
      clause,
      place,
    }),
  );
}

/** The request of the write that a message makes: the gold's nearest one by the same tool. */
function requestAt(place: number, scene: Scene): number | null {
  const call = scene.trace.calls.find((one) => one.place === place && one.effect === "write")?.call ?? null;
  if (call === null) return null;
  const rivals = wantedWrites(scene).filter((wanted) => wanted.call.name === call.name);
  const shares = rivals.map((wanted) => equalShare(wanted.call, call));
  return rivals[shares.indexOf(Math.max(...shares))]?.request ?? ruledOutBy(call, place, scene);
}

/** A rollout that did not end of its own accord; where nothing else is known, it belongs to the request in hand. */
export function limitModes(scene: Scene, others: readonly Mode[]): readonly Mode[] {
  const { ending, messages } = scene.trajectory;
  if (ending !== "turn_limit" && ending !== "error_limit") return [];
  const request = others.find((mode) => mode.request !== null)?.request ?? inHand(scene, messages.length);
  const detail = `it ran into the ${ending.replace("_", " ")} after ${messages.length} messages`;
  return [modeOf({ mode: "ran_into_limit", request, detail, place: messages.length - 1 })];
}

/** What no rule can put down to a call: a state that differs otherwise, and what was not said. */
export function leftoverModes({ grade, task }: Scene): readonly Mode[] {
  const unmet = grade.status === "unscored" ? [] : grade.findings.filter(({ status }) => status === "unmet");
  return unmet.map(({ criterion, why, place = null }) => {
    const isState = criterion === "final_state" || criterion === "assertion";
    const clause =
      criterion === "complies"
        ? (task.criteria.find((one) => one.type === "complies")?.clause ?? null)
        : null;
    return modeOf({ mode: isState ? "wrong_value" : "words_only", detail: why, clause, place });
  });
}
