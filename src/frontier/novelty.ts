import { canonical } from "../core/json.ts";
import type { Region } from "../domains/domain.ts";
import type { Hypothesis } from "./hypothesis.ts";

/** How near a hypothesis is to one that came before it: 0 has nothing in common, 1 says the same. */
export interface Neighbour {
  readonly id: string;
  readonly statement: string;
  readonly similarity: number;
}

const words = (text: string) => new Set(text.toLowerCase().match(/[a-z0-9]+/g) ?? []);

/** Jaccard's index of two sets: shared members over all members (Jaccard 1912); 1 for two empty sets. */
function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const shared = [...a].filter((member) => b.has(member)).length;
  const all = a.size + b.size - shared;
  return all === 0 ? 1 : shared / all;
}

const conditions = (region: Region) => new Set(Object.entries(region).map((entry) => canonical(entry)));

/** Mean of the likeness of the regions and that of the words, each by Jaccard's index. */
export function similarity(
  a: Pick<Hypothesis, "statement" | "where">,
  b: Pick<Hypothesis, "statement" | "where">,
): number {
  return (
    (jaccard(conditions(a.where), conditions(b.where)) + jaccard(words(a.statement), words(b.statement))) / 2
  );
}

/** Likeness from which on a hypothesis counts as a rewording of an earlier one. */
export const rewordingAt = 0.8;

/** The three earlier hypotheses that are most like a new one, nearest first. */
export function nearest(
  hypothesis: Pick<Hypothesis, "statement" | "where">,
  earlier: readonly Hypothesis[],
): readonly Neighbour[] {
  return earlier
    .map((other) => ({ id: other.id, statement: other.statement, similarity: similarity(hypothesis, other) }))
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, 3);
}
