import type { ChatModel } from "../models/chat.ts";
import { attempt, type Stage, type Staged } from "../rollout/attempt.ts";
import type { Rollout } from "../rollout/rollout.ts";
import { verify } from "../rollout/verify.ts";
import { type Certificate, certify, type SimplifyStep, stepsOf } from "./certificate.ts";
import { minimise } from "./minimise.ts";
import { needsOf } from "./needs.ts";
import { type Piece, piecesOf, type Whole } from "./pieces.ts";
import { type Reduced, reduce, type Sound } from "./reductions.ts";
import { blamedFor, failAlike, isSameFailure, type Wrong, wrongsOf } from "./same-failure.ts";
import type { Tried } from "./search.ts";
import type { Outcome, Testing } from "./tries.ts";
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
  /** Stores a candidate before its first rollout. */
  register(gated: Sound, removes: string): Staged;
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
  const byRule = blamedFor(failed);
  const whole = wholeOf(on.staged, on.stage.domain, byRule.size > 0 ? byRule : new Set(on.blamed));
  const pieces = whole === null ? [] : piecesOf(whole);
  const desk = openDesk(on, { whole, pieces, known: failed.flat() });
  const minimised = await minimise({
    elements: pieces,
    whole: { failed: failAlike(failed), n: scored.length },
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
  const staged = reduced.status === "passed" ? desk.staged(kept, reduced) : on.staged;
  const why = (id: string) => {
    const left = desk.reduced(new Set(minimised.kept.filter((other) => other !== id)));
    return left.status === "unsound" ? left.why : "";
  };
  const slipping = minimised.certificate.flatMap(({ id, why }) => (why === "slips" ? [id] : []));
  for (const candidate of desk.candidates()) on.onCandidate(candidate);
  const { domain } = on.stage;
  const certified = { pieces, minimised, why, domain };
  const blamed = whole?.blamed ?? new Set();
  return {
    staged,
    steps: stepsOf(certified),
    certificate: certify({
      ...certified,
      before: { task: on.staged.task, failed: failed.length, n: scored.length },
      after: staged.task,
      needs: reduced.status === "passed" ? needsOf({ ...certified, cell: reduced.cell, blamed }) : null,
      oracleRollouts: desk.oracleRollouts(),
    }),
    rollouts: minimised.rollouts,
    cut: pieces.length > 0 && minimised.status === "cut",
    slips: desk.candidates().filter((candidate) => slippedAway(candidate, desk, slipping)),
  };
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
    const { kept } = candidate;
    const requests = pieces.flatMap(({ id, part }) =>
      part.part === "request" && kept.has(id) ? [part.request] : [],
    );
    const remade = pieces.flatMap(({ id, part }) =>
      part.part === "value" && part.axis === "kind" && !kept.has(id) ? [part.request] : [],
    );
    const seen = wrongsOf(rollout, { ...candidate.staged, domain }).map((wrong) => ({
      ...wrong,
      // What is left of the whole's requests keeps its order.
      request: wrong.request === null ? null : (requests[wrong.request] ?? null),
    }));
    return isSameFailure(seen, known, new Set(remade)) ? "failed" : "slipped";
  };
  return {
    reduced,
    removes,
    staged,
    outcomeOf,
    /** True if a piece is left out while what it belongs to stays. */
    isOutAlone: (id: string, kept: ReadonlySet<string>): boolean => {
      const parent = pieces.find((piece) => piece.id === id)?.parent;
      return !kept.has(id) && (parent === undefined || kept.has(parent));
    },
    candidates: (): readonly (Candidate & Pick<TriedSet, "kept">)[] =>
      [...tried.values()].map(({ played, ...candidate }) => ({
        ...candidate,
        rollouts: [...played].toSorted(([a], [b]) => a - b).map(([, rollout]) => rollout),
      })),
    oracleRollouts: () => oracleRollouts,
    test: async ({ kept, index, part }: Testing): Promise<Outcome | null> => {
      const sound = reduced(kept);
      if (sound.status === "unsound") return null;
      const candidate = candidateOf(kept, sound);
      const start = part === "confirm" ? on.confirmFrom : kept.size === pieces.length ? on.wholeFrom : 0;
      const rollout = await attempt(stage, {
        staged: candidate.staged,
        model: target,
        role: "target",
        index: start + index,
        signal,
      });
      if (rollout === null) return null;
      if (part === "search") candidate.played.set(index, rollout);
      return outcomeOf(rollout, candidate);
    },
    admits: async (kept: ReadonlySet<string>): Promise<boolean> => {
      const sound = reduced(kept);
      if (sound.status === "unsound" || oracle === null) return sound.status === "passed";
      const checked = await verify({ stage, staged: candidateOf(kept, sound).staged, oracle, signal });
      oracleRollouts += checked.n + checked.unscored;
      return checked.verdict === "kept";
    },
  };
}

/**
 * A candidate that fails for the most part in another way is a find of its own. Without a piece whose place something
 * else takes that fails for a reason of its own, whatever fails does so in another way.
 */
function slippedAway(
  candidate: Candidate & { readonly kept: ReadonlySet<string> },
  desk: Desk,
  slipping: readonly string[],
): boolean {
  const isOther = slipping.some((id) => desk.isOutAlone(id, candidate.kept));
  const slipped = candidate.rollouts.filter((rollout) => {
    const outcome = desk.outcomeOf(rollout, candidate);
    return outcome === "slipped" || (isOther && outcome === "failed");
  }).length;
  return slipped >= leastSlipped && 2 * slipped > candidate.rollouts.length;
}

const leastSlipped = 2;
