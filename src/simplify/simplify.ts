import type { Staged } from "../rollout/attempt.ts";
import { type Certificate, type Certified, certify, type SimplifyStep, stepsOf } from "./certificate.ts";
import { type Candidate, type Desk, openDesk, type Simplifying, slippedAway } from "./desk.ts";
import { type Minimised, minimise } from "./minimise.ts";
import { needsOf } from "./needs.ts";
import { piecesOf } from "./pieces.ts";
import { lengthPiece, type Reworded, reword } from "./reword.ts";
import { blamedFor, failAlike, wrongsOf } from "./same-failure.ts";
import { wholeOf } from "./wishes.ts";

export interface Simplified {
  readonly staged: Staged;
  /** One for each piece of the task. */
  readonly steps: readonly SimplifyStep[];
  readonly certificate: Certificate;
  /** Rollouts of the target. */
  readonly rollouts: number;
  /** True if the budget or a cancellation ended it before every piece was settled. */
  readonly cut: boolean;
  /** Smaller tasks that fail otherwise: new finds. */
  readonly slips: readonly Candidate[];
}

/**
 * Makes a failure as small as it gets: a candidate counts only if it is sound, the target fails it about as often as
 * the whole and in the same way, and the oracle solves the form that comes out. Where a task has no gold nothing can
 * be taken from it, and it is given back. Trying the same again takes the same way, through recorded rollouts.
 */
export async function simplify(on: Simplifying): Promise<Simplified> {
  const scored = on.found.filter(({ grade }) => grade.status !== "unscored");
  const failed = scored
    .filter(({ grade }) => grade.status === "failed")
    .map((rollout) => wrongsOf(rollout, { ...on.staged, domain: on.stage.domain }));
  const byRule = blamedFor(failed);
  const whole = wholeOf(on.staged, on.stage.domain, byRule.size > 0 ? byRule : new Set(on.blamed));
  const pieces = whole === null ? [] : piecesOf(whole);
  const desk = openDesk(on, { whole, pieces, known: failed.flat() });
  const rate = { failed: failAlike(failed), n: scored.length };
  const minimised = await minimise({
    elements: pieces,
    whole: rate,
    isValid: (kept) => desk.reduced(kept).status === "passed",
    test: desk.test,
    admits: desk.admits,
    maxRollouts: pieces.length === 0 ? 0 : on.maxRollouts,
    signal: on.signal,
    ahead: on.ahead,
    onTry: (tried) => on.onTry(tried, desk.removes(tried.kept)),
  });
  const kept = new Set(minimised.kept);
  const reduced = desk.reduced(kept);
  const form = reduced.status === "passed" ? desk.staged(kept, reduced) : on.staged;
  const reworded =
    minimised.status === "confirmed" ? await rewordForm(on, desk, { form, kept, minimised, rate }) : null;
  const why = (id: string) => {
    const left = desk.reduced(new Set(minimised.kept.filter((other) => other !== id)));
    return left.status === "unsound" ? left.why : "";
  };
  const slipping = minimised.certificate.flatMap(({ id, why }) => (why === "slipped" ? [id] : []));
  for (const candidate of desk.candidates()) on.onCandidate(candidate);
  const { domain } = on.stage;
  const certified = { pieces, minimised, why, domain };
  const blamed = whole?.blamed ?? new Set();
  const staged = reworded?.shorter?.staged ?? form;
  const ended = withWording(certified, reworded);
  return {
    staged,
    steps: [...stepsOf(certified), ...(reworded === null ? [] : [reworded.step])],
    certificate: certify({
      ...ended,
      before: { task: on.staged.task, failed: failed.length, n: scored.length },
      after: staged.task,
      needs:
        reduced.status === "passed"
          ? needsOf({ ...certified, cell: reduced.cell, blamed, shows: desk.shows(kept) })
          : null,
      oracleRollouts: desk.oracleRollouts(),
    }),
    rollouts: ended.minimised.rollouts,
    cut: pieces.length > 0 && (minimised.status === "cut" || reworded?.cut === true),
    slips: desk.candidates().filter((candidate) => slippedAway(candidate, desk, slipping)),
  };
}

interface Form {
  readonly form: Staged;
  readonly kept: ReadonlySet<string>;
  readonly minimised: Minimised;
  readonly rate: { readonly failed: number; readonly n: number };
}

/** The smallest form in fewer words: last, since only then is it known what they have to say. */
async function rewordForm(
  on: Simplifying,
  desk: Desk,
  { form, kept, minimised, rate }: Form,
): Promise<Reworded | null> {
  const { rewrite, stage, maxRollouts, signal, ahead } = on;
  if (rewrite === undefined) return null;
  return reword({
    ...{ form, rewrite, signal, ahead, whole: rate, domain: stage.domain },
    author: on.staged.task.instruction,
    maxRollouts: maxRollouts - minimised.rollouts,
    register: (gated, words) => desk.reworded(kept, gated, words),
    test: (staged, testing) =>
      staged.key === form.key ? desk.test({ ...testing, kept }) : desk.testReworded(kept, testing),
    admits: desk.solves,
    onTry: ({ left, rollouts, ...tried }) =>
      on.onTry(
        { ...tried, left: kept.size + left, rollouts: minimised.rollouts + rollouts },
        `${desk.removes(kept)}${tried.kept.size === 0 ? `; ${lengthPiece}` : ""}`,
      ),
  });
}

/** What a search has come to, with the wording as one more piece of it. */
function withWording({ pieces, minimised, ...rest }: Certified, reworded: Reworded | null): Certified {
  if (reworded === null) return { pieces, minimised, ...rest };
  const { piece, kept, shorter, rollouts } = reworded;
  return {
    ...rest,
    pieces: [...pieces, piece],
    minimised: {
      ...minimised,
      kept: [...minimised.kept, ...(kept === null ? [] : [piece.id])],
      certificate: [...minimised.certificate, ...(kept === null ? [] : [kept])],
      fresh: shorter?.fresh ?? minimised.fresh,
      rollouts: minimised.rollouts + rollouts,
    },
  };
}
