import type { ChatModel } from "../models/chat.ts";
import { attempt, type Stage, type Staged } from "../rollout/attempt.ts";
import type { Rollout } from "../rollout/rollout.ts";
import { verify } from "../rollout/verify.ts";
import type { Piece, Whole } from "./pieces.ts";
import { type Reduced, reduce, type Sound } from "./reductions.ts";
import { lengthPiece, type Rewrite, type Rewritten } from "./reword.ts";
import { isSameFailure, mostShown, type Wrong, wrongsOf } from "./same-failure.ts";
import type { Tried } from "./search.ts";
import type { Outcome, Testing } from "./tries.ts";

/** Where the smaller forms of a task are made, stored and tried. */

/** Who reworded a form. */
export type Words = Pick<Extract<Rewritten, { status: "rewritten" }>, "by" | "heardBy">;

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

export type Desk = ReturnType<typeof openDesk>;

/** A set that was tried, with the search's rollouts of it by their index. */
interface TriedSet extends Omit<Candidate, "rollouts"> {
  readonly kept: ReadonlySet<string>;
  readonly played: Map<number, Rollout>;
  /** Those that took no part in the search. */
  readonly fresh: Rollout[];
}

interface Cutting {
  readonly whole: Whole | null;
  readonly pieces: readonly Piece[];
  /** All that went wrong in the whole. */
  readonly known: readonly Wrong[];
}

/** Candidates by what they keep: made, stored and tried at most once each. */
export function openDesk(on: Simplifying, { whole, pieces, known }: Cutting) {
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
    const candidate = {
      staged: staged(kept, sound),
      removes: removes(kept),
      played: new Map(),
      fresh: [],
      kept,
    };
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
    else candidate.fresh.push(rollout);
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
    /** True if a piece is left out while what it belongs to stays. */
    isOutAlone: (id: string, kept: ReadonlySet<string>): boolean => {
      const parent = pieces.find((piece) => piece.id === id)?.parent;
      return !kept.has(id) && (parent === undefined || kept.has(parent));
    },
    /** What goes wrong most where a set was confirmed. */
    shows: (kept: ReadonlySet<string>): string | null => {
      const { staged, fresh = [] } = tried.get(nameOf(kept)) ?? {};
      if (staged === undefined) return null;
      const failed = fresh.filter(({ grade }) => grade.status === "failed");
      return mostShown(failed.map((rollout) => wrongsOf(rollout, { ...staged, domain })));
    },
    candidates: (): readonly (Candidate & Pick<TriedSet, "kept">)[] =>
      [...tried.values()].map(({ played, fresh: _, ...candidate }) => ({
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
      const one = {
        staged: on.register(sound, told, words),
        removes: told,
        played: new Map(),
        fresh: [],
        kept,
      };
      tried.set(rewordedName(kept), one);
      return one.staged;
    },
    testReworded: async (kept: ReadonlySet<string>, testing: Pick<Testing, "index" | "part">) => {
      const candidate = tried.get(rewordedName(kept));
      return candidate === undefined ? null : play(candidate, testing, 0);
    },
  };
}

/**
 * A candidate that fails for the most part in another way is a find of its own. Without a piece whose place something
 * else takes that fails for a reason of its own, whatever fails does so in another way.
 */
export function slippedAway(
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
