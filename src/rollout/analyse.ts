import { firstWrongOf } from "./align.ts";
import { clauseModes, leftoverModes, limitModes, refusalModes, transferModes } from "./analyse-conduct.ts";
import { writeModes } from "./analyse-writes.ts";
import type { Stage, Staged } from "./attempt.ts";
import { type FailureNote, type Mode, mostTellingFirst, noteKey } from "./failure-note.ts";
import type { Rollout } from "./rollout.ts";
import { type FailedRollout, type Scene, sceneOf } from "./scene.ts";

/**
 * What went wrong in a failed rollout, by rule: its calls held against the gold walk, its refusals against the
 * clauses, its ending against what was called for. Where state and calls are right and only words are at fault, the
 * note says `words_only`. A rollout that did not fail has no modes.
 */
export function analyseFailure(failed: FailedRollout): FailureNote {
  if (failed.grade.status !== "failed") return { modes: [], firstWrong: null };
  const scene = sceneOf(failed);
  const decided = [...transferModes(scene), ...wronglyWritten(scene), ...refusalModes(scene)];
  const broken = clauseModes(scene, decided);
  const known = [...decided, ...broken, ...limitModes(scene, decided)];
  // A clause that was broken on the way is no reason to fail unless a criterion says so.
  const isExplained = decided.length > 0 || known.length > broken.length || demandsClauses(scene, broken);
  const modes = mostTellingFirst(
    [...known, ...(isExplained ? [] : leftoverModes(scene))].map(withKind(scene)),
  );
  return { modes, firstWrong: firstWrongOf(scene, modes) };
}

/** The fingerprints of all that went wrong in a task's failed rollouts, each once. */
export function modesOf(
  { task, gold }: Pick<Staged, "task" | "gold">,
  { rollouts }: { readonly rollouts: readonly Rollout[] },
  { domain }: Pick<Stage, "domain">,
): readonly string[] {
  const keys = rollouts.flatMap(({ trajectory, grade }) =>
    analyseFailure({ task, gold, trajectory, grade, domain, distractors: [] }).modes.map(noteKey),
  );
  return [...new Set(keys)].sort();
}

/** The writes count only where the state came out wrong: other writes to the same end are as right. */
function wronglyWritten(scene: Scene): readonly Mode[] {
  const { grade, task, gold } = scene;
  if (gold === null || grade.status === "unscored") return [];
  const statesWrong = task.criteria.some(
    ({ type }, i) => type === "final_state" && grade.findings[i]?.status === "unmet",
  );
  const judged = task.criteria.some(({ type }) => type === "final_state");
  return statesWrong || !judged ? writeModes(scene) : [];
}

function demandsClauses({ task }: Scene, broken: readonly Mode[]): boolean {
  return broken.some(({ clause }) =>
    task.criteria.some((one) => one.type === "complies" && one.clause === clause),
  );
}

const withKind =
  ({ solutions }: Scene) =>
  (mode: Mode): Mode => ({
    ...mode,
    kind: mode.request === null ? null : (solutions[mode.request]?.request.kind ?? null),
  });
