import type { ChatModel } from "../models/chat.ts";
import { attempt, type Stage, type Staged } from "../rollout/attempt.ts";
import type { Rollout } from "../rollout/rollout.ts";
import { verify } from "../rollout/verify.ts";
import { type Certificate, type Certified, certify, type SimplifyStep, stepsOf } from "./certificate.ts";
import { type Minimised, minimise } from "./minimise.ts";
import { type Piece, piecesOf, type Whole } from "./pieces.ts";
import { type Reduced, reduce, type Sound } from "./reductions.ts";
import { lengthPiece, type Reworded, type Rewrite, type Rewritten, reword } from "./reword.ts";
import { blamedFor, failAlike, isSameFailure, type Wrong, wrongsOf } from "./same-failure.ts";
import type { Tried } from "./search.ts";
import type { Outcome, Testing } from "./tries.ts";
import { wishesOf } from "./wishes.ts";

export type Words = Pick<Extract<Rewritten, { status: "rewritten" }>, "by" | "heardBy">;

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

/** A smaller task that was tried, and the rollouts that the search had of it, in the order of their indices. */
export interface Candidate {
  readonly staged: Staged;
  readonly removes: string;
  readonly rollouts: readonly Rollout[];
}

/** What simplifying needs from above: the models, and a place for every candidate. */
export interface Simplifying {
  readonly stage: Stage;
  readonly staged: Staged;
  readonly target: ChatModel;
  /** Null where the gold by construction stands for the oracle. */
  readonly oracle: ChatModel | null;
  /** The rollouts that found the failure. */
  readonly found: readonly Rollout[];
  /** The requests to blame, by their index in the gold's solutions, should the rollouts blame none by rule. */
  readonly blamed: readonly number[];
  /** Target rollouts at most. */
  readonly maxRollouts: number;
  /** Rollouts in flight at most; the result is the same for any number. */
  readonly ahead: number;
  /** The index from which on the search has rollouts of the whole: those before it have found the failure. */
  readonly wholeFrom: number;
  /** The index from which on a form's rollouts take no part in finding it. */
  readonly confirmFrom: number;
  readonly signal: AbortSignal;
  /** Tells the smallest form in fewer words, where an author wrote the task's and there is a model to ask. */
  readonly rewrite?: Rewrite;
  /** Stores a candidate before its first rollout, with who reworded it, if anybody did. */
  register(gated: Sound, removes: string, words?: Words): Staged;
  onTry(tried: Tried, removes: string): void;
  /** All that the search had of one candidate, at its end. */
  onCandidate(candidate: Candidate): void;
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
  const whole = wholeOf(on, blamedFor(failed));
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
  for (const candidate of desk.candidates()) on.onCandidate(candidate);
  const certified = { pieces, minimised, why, domain: on.stage.domain };
  const staged = reworded?.shorter?.staged ?? form;
  const ended = withWording(certified, reworded);
  return {
    staged,
    steps: [...stepsOf(certified), ...(reworded === null ? [] : [reworded.step])],
    certificate: certify({
      ...ended,
      before: { task: on.staged.task, failed: failed.length, n: scored.length },
      after: staged.task,
      oracleRollouts: desk.oracleRollouts(),
    }),
    rollouts: ended.minimised.rollouts,
    cut: pieces.length > 0 && (minimised.status === "cut" || reworded?.cut === true),
    slips: desk.candidates().filter((candidate) => slippedAway(candidate, desk)),
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

function wholeOf({ staged, stage, blamed }: Simplifying, byRule: ReadonlySet<number>): Whole | null {
  const { task, gold } = staged;
  const { domain } = stage;
  const wishes = gold === null ? null : wishesOf(task, domain);
  if (gold === null || wishes === null) return null;
  return { task, gold, domain, wishes, blamed: byRule.size > 0 ? byRule : new Set(blamed) };
}

type Desk = ReturnType<typeof openDesk>;

/** A set that was tried, with the search's rollouts of it by their index. */
interface TriedSet extends Omit<Candidate, "rollouts"> {
  readonly kept: ReadonlySet<string>;
  readonly played: Map<number, Rollout>;
}

interface Cutting {
  readonly whole: Whole | null;
  readonly pieces: readonly Piece[];
  /** All that went wrong in the whole. */
  readonly known: readonly Wrong[];
}

/** Candidates by what they keep: made, stored and tried at most once each. */
function openDesk(on: Simplifying, { whole, pieces, known }: Cutting) {
  const { stage, target, oracle, signal } = on;
  const { domain } = stage;
  const made = new Map<string, Reduced>();
  const tried = new Map<string, TriedSet>();
  let oracleRollouts = 0;
  const nameOf = (kept: ReadonlySet<string>) => [...kept].join("\n");
  const reduced = (kept: ReadonlySet<string>): Reduced => {
    const name = nameOf(kept);
    const before = made.get(name);
    if (before !== undefined) return before;
    const one: Reduced =
      whole === null ? { status: "unsound", why: "it has no requests" } : reduce(whole, pieces, kept);
    made.set(name, one);
    return one;
  };
  const removes = (kept: ReadonlySet<string>) =>
    pieces
      .filter(({ id, parent }) => !kept.has(id) && (parent === undefined || kept.has(parent)))
      .map(({ what }) => what)
      .join("; ") || "nothing";
  const staged = (kept: ReadonlySet<string>, sound: Sound): Staged =>
    kept.size === pieces.length ? on.staged : on.register(sound, removes(kept));
  const candidateOf = (kept: ReadonlySet<string>, sound: Sound) => {
    const name = nameOf(kept);
    const before = tried.get(name);
    if (before !== undefined) return before;
    const candidate = { staged: staged(kept, sound), removes: removes(kept), played: new Map(), kept };
    tried.set(name, candidate);
    return candidate;
  };
  const outcomeOf = (rollout: Rollout, candidate: Pick<TriedSet, "staged" | "kept">): Outcome => {
    if (rollout.grade.status !== "failed") return rollout.grade.status;
    const simpler = pieces.some(
      ({ id, part }) => part.part === "value" && part.axis === "kind" && !candidate.kept.has(id),
    );
    const seen = wrongsOf(rollout, { ...candidate.staged, domain });
    return isSameFailure(seen, known, simpler ? "any subject" : "same subjects") ? "failed" : "slipped";
  };
  const play = async (
    candidate: TriedSet,
    { index, part }: Pick<Testing, "index" | "part">,
    from: number,
  ): Promise<Outcome | null> => {
    const start = part === "confirm" ? on.confirmFrom : from;
    const { staged } = candidate;
    const rollout = await attempt(stage, {
      ...{ staged, model: target, role: "target", index: start + index, signal },
    });
    if (rollout === null) return null;
    if (part === "search") candidate.played.set(index, rollout);
    return outcomeOf(rollout, candidate);
  };
  const solves = async (staged: Staged): Promise<boolean> => {
    if (oracle === null) return true;
    const checked = await verify({ stage, staged, oracle, signal });
    oracleRollouts += checked.n + checked.unscored;
    return checked.verdict === "kept";
  };
  const rewordedName = (kept: ReadonlySet<string>) => `${nameOf(kept)}\n(reworded)`;
  return {
    reduced,
    removes,
    staged,
    outcomeOf,
    candidates: (): readonly (Candidate & Pick<TriedSet, "kept">)[] =>
      [...tried.values()].map(({ played, ...candidate }) => ({
        ...candidate,
        rollouts: [...played].toSorted(([a], [b]) => a - b).map(([, rollout]) => rollout),
      })),
    oracleRollouts: () => oracleRollouts,
    solves,
    test: async ({ kept, ...testing }: Testing): Promise<Outcome | null> => {
      const sound = reduced(kept);
      if (sound.status === "unsound") return null;
      return play(candidateOf(kept, sound), testing, kept.size === pieces.length ? on.wholeFrom : 0);
    },
    admits: async (kept: ReadonlySet<string>): Promise<boolean> => {
      const sound = reduced(kept);
      return sound.status === "passed" && (oracle === null || solves(candidateOf(kept, sound).staged));
    },
    /** The form of a set in other words. */
    reworded: (kept: ReadonlySet<string>, sound: Sound, words: Words): Staged => {
      const told = `${removes(kept)}; ${lengthPiece}`;
      const one = { staged: on.register(sound, told, words), removes: told, played: new Map(), kept };
      tried.set(rewordedName(kept), one);
      return one.staged;
    },
    testReworded: async (kept: ReadonlySet<string>, testing: Pick<Testing, "index" | "part">) => {
      const candidate = tried.get(rewordedName(kept));
      return candidate === undefined ? null : play(candidate, testing, 0);
    },
  };
}

/** A candidate that fails for the most part in another way is a find of its own. */
function slippedAway(candidate: Candidate & { readonly kept: ReadonlySet<string> }, desk: Desk): boolean {
  const slipped = candidate.rollouts.filter(
    (rollout) => desk.outcomeOf(rollout, candidate) === "slipped",
  ).length;
  return slipped >= leastSlipped && 2 * slipped > candidate.rollouts.length;
}

const leastSlipped = 2;
