import { canonical } from "../core/json.ts";
import type { Call } from "../domains/domain.ts";
import { brief } from "../tasks/final-state.ts";
import { madeWrites, matchExactly, wantedWrites } from "../tasks/match-writes.ts";
import { isSeen } from "./analyse-lookups.ts";
import type { FirstWrong, Mode } from "./failure-note.ts";
import type { Scene } from "./scene.ts";

/**
 * The first call of the gold that has no counterpart in the rollout. Reads may come in any order and more of them
 * are never wrong; a write's counterpart has the same arguments; a transfer's only the same tool.
 */
export function firstWrongOf(scene: Scene, modes: readonly Mode[]): FirstWrong | null {
  const { gold, trace, domain } = scene;
  if (gold === null) return null;
  const missing = matchExactly(wantedWrites(gold), madeWrites(trace)).missing.map(({ call }) =>
    canonical(call),
  );
  const hasCounterpart = (call: Call): boolean => {
    switch (domain.tools.find((tool) => tool.name === call.name)?.effect) {
      case "read":
        return isSeen(call, trace);
      case "write":
        return !missing.includes(canonical(call));
      case "transfer":
        return trace.calls.some(({ name, status }) => name === call.name && status === "ok");
      default:
        return true;
    }
  };
  const index = gold.calls.findIndex((call) => !hasCounterpart(call));
  const call = gold.calls[index];
  if (call === undefined) return null;
  return {
    step: `call ${index + 1}: ${call.name}`,
    expected: brief(call.arguments),
    ...instead(call, scene, modes),
  };
}

/** What came instead: the note on this tool, the call of the same tool with other arguments, or nothing. */
function instead(
  call: Call,
  { trace, gold }: Scene,
  modes: readonly Mode[],
): Pick<FirstWrong, "actual" | "place"> {
  const noted = modes.find(({ tool, request }) => tool === call.name && request !== null);
  if (noted !== undefined) return { actual: noted.detail, place: noted.place };
  const golden = new Set(gold?.calls.map(canonical));
  const other = trace.calls.find((made) => made.name === call.name && !golden.has(canonical(made.call)));
  if (other === undefined) return { actual: "no such call", place: null };
  return { actual: brief(other.emitted), place: other.place };
}
