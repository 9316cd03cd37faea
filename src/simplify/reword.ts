import type { Domain } from "../domains/domain.ts";
import type { Staged } from "../rollout/attempt.ts";
import { passGates } from "../tasks/gates.ts";
import { writeInstruction } from "../tasks/instruction.ts";
import type { SimplifyStep } from "./certificate.ts";
import { type Minimised, minimise } from "./minimise.ts";
import { type Piece, tokensOf } from "./pieces.ts";
import type { Sound } from "./reductions.ts";
import type { Searching } from "./search.ts";
import { type Counts, noCounts, totalOf } from "./sequential.ts";
import type { Kept } from "./sweep.ts";
import type { Outcome, Testing } from "./tries.ts";

/** A form whose user's side is to be told in fewer words. */
export interface Rewriting {
  readonly form: Staged;
  /** What is to be made shorter: the author's words, in full where the form has lost them. */
  readonly text: string;
  /** Characters that the new words may have at most, to cost the target less than those of the form. */
  readonly longest: number;
}

/** What a model made of it. `misheard`: nothing that short says the same. `unanswered`: nobody can tell yet. */
export type Rewritten =
  | {
      readonly status: "rewritten";
      readonly instruction: string;
      readonly by: string;
      /** "rule", or the spec of the model that heard it back. */
      readonly heardBy: string;
    }
  /** In one clause. */
  | { readonly status: "misheard" | "unanswered"; readonly why: string };

export type Rewrite = (rewriting: Rewriting) => Promise<Rewritten>;

/** What telling a form in fewer words needs: the form, a model, and how rollouts of it are had. */
export interface Rewording extends Pick<Searching, "whole" | "signal" | "ahead" | "onTry"> {
  readonly form: Staged;
  /** The words that the failure was found in. */
  readonly author: string;
  readonly domain: Domain;
  readonly rewrite: Rewrite;
  /** Rollouts at most. */
  readonly maxRollouts: number;
  register(gated: Sound, by: Extract<Rewritten, { status: "rewritten" }>): Staged;
  test(staged: Staged, testing: Pick<Testing, "index" | "part">): Promise<Outcome | null>;
  admits(staged: Staged): Promise<boolean>;
}

/** What came of it: one more piece of the task, gone or kept. */
export interface Reworded {
  readonly piece: Piece;
  /** The form in fewer words; null where it stays as it is. */
  readonly shorter: { readonly staged: Staged; readonly fresh: Counts } | null;
  /** Why the form's words stay; null if they are gone. */
  readonly kept: Kept | null;
  readonly step: SimplifyStep;
  readonly rollouts: number;
  /** True if budget or cancellation ended it. */
  readonly cut: boolean;
}

const id = "wording";
/** How the piece is called. */
export const lengthPiece = "the longer wording";

/**
 * Tells a form in a model's words, if these are fewer. Guarantee: they are heard as the same user and requests, pass
 * the gates, and the target fails the form in them as it fails the whole, by the same tests as without any other piece.
 */
export async function reword(on: Rewording): Promise<Reworded> {
  const { form, author, domain } = on;
  const before = tokensOf(form.task.instruction);
  if (on.maxRollouts <= 0) {
    const why = "no rollouts were left to try a shorter one";
    return stays(before, { result: "undecided", why, cut: true });
  }
  const isHouse = form.task.instruction === writeInstruction(form.task.user, domain);
  const text = isHouse ? author : form.task.instruction;
  const written = await on.rewrite({ form, text, longest: longestBelow(before) });
  if (written.status !== "rewritten") {
    const cut = on.signal?.aborted === true;
    const why = cut ? "it was stopped before a shorter one was had" : written.why;
    return stays(before, { result: written.status === "misheard" ? "unsound" : "undecided", why, cut });
  }
  const gated = passGates({ ...form.task, instruction: written.instruction }, domain);
  if (gated.status === "rejected")
    return stays(before, { result: "unsound", why: `what ${written.by} wrote fails a gate`, cut: false });
  const shorter = on.register(gated, written);
  const { minimised, rollouts } = await tryInFewer(on, shorter);
  const cost = before - tokensOf(written.instruction);
  return { ...readEnd({ minimised, shorter, cost, by: written.by }), rollouts };
}

/** Characters of a text that costs a token less, at the most. */
const longestBelow = (tokens: number): number => 4 * Math.max(0, tokens - 1);

/** The chance that a failure needs it, before anything was tried: that of other words. */
const prior = 0.04;

const pieceOf = (cost: number): Piece => ({
  ...{ id, what: lengthPiece, cost, prior },
  part: { part: "length" },
});

/** What is known where nothing was tried. */
interface Untried extends Pick<SimplifyStep, "why"> {
  readonly result: "unsound" | "undecided";
  readonly cut: boolean;
}

function stays(cost: number, { result, why, cut }: Untried): Reworded {
  return {
    piece: pieceOf(cost),
    shorter: null,
    kept: { id, why: result, along: [], without: noCounts },
    step: { removes: lengthPiece, result, why, n: 0, passed: 0 },
    rollouts: 0,
    cut,
  };
}

/** A search with one piece to go: the wording. The form's own fresh rollouts are known, so they cost nothing more. */
async function tryInFewer(
  on: Rewording,
  shorter: Staged,
): Promise<{ readonly minimised: Minimised; readonly rollouts: number }> {
  let rollouts = 0;
  const minimised = await minimise({
    ...on,
    elements: [pieceOf(1)],
    isValid: () => true,
    test: async ({ kept, index, part }) => {
      if (kept.has(id) && part === "confirm") return on.test(on.form, { index, part });
      if (rollouts >= on.maxRollouts) return null;
      rollouts += 1;
      return on.test(kept.has(id) ? on.form : shorter, { index, part });
    },
    admits: async (kept) => kept.has(id) || on.admits(shorter),
    maxRollouts: Number.MAX_SAFE_INTEGER,
  });
  return { minimised, rollouts };
}

interface End {
  readonly minimised: Minimised;
  readonly shorter: Staged;
  readonly cost: number;
  readonly by: string;
}

function readEnd({ minimised, shorter, cost, by }: End): Omit<Reworded, "rollouts"> {
  const { status, kept, certificate, fresh } = minimised;
  const piece = pieceOf(cost);
  if (status === "confirmed" && kept.length === 0) {
    const why = `said shorter by ${by} it fails the same way`;
    const step = { removes: lengthPiece, result: "dropped" as const, why, n: 0, passed: 0 };
    return { piece, shorter: { staged: shorter, fresh }, kept: null, step, cut: false };
  }
  // Without an end there is no certificate, and what was seen so far is all that can be told.
  const one: Kept = certificate[0] ?? { id, why: "undecided", along: [], without: seenOf(minimised) };
  const { passed, slipped } = one.without;
  const n = totalOf(one.without);
  const isSlip = one.why === "needed" && slipped > passed;
  const told =
    n === 0
      ? `there was no rollout to try what ${by} wrote`
      : `said shorter by ${by} the target passes ${passed} of ${n}${isSlip ? ` and fails otherwise ${slipped} times` : ""}`;
  const why = one.why === "unsound" ? `the oracle does not solve what ${by} wrote` : told;
  const result: SimplifyStep["result"] = isSlip ? "slipped" : one.why === "carries" ? "needed" : one.why;
  const step = { removes: lengthPiece, result, why, n, passed };
  return { piece, shorter: null, kept: one, step, cut: status === "cut" };
}

/** What was seen of the shorter wording, in the search and on fresh rollouts. */
function seenOf({ known }: Minimised): Counts {
  const outcomes = known.flatMap(({ kept, outcomes }) => (kept.length === 0 ? outcomes : []));
  const count = (outcome: Outcome) => outcomes.filter((one) => one === outcome).length;
  return { failed: count("failed"), passed: count("passed"), slipped: count("slipped") };
}
