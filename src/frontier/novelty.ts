import type { Domain } from "../domains/domain.ts";
import { nearness, regionDistance } from "./distance.ts";
import type { Hypothesis } from "./hypothesis.ts";
import { likenessTo, type WeightOf } from "./words.ts";

export type Claim = Pick<Hypothesis, "statement" | "where" | "behaviour">;

/** What says how like two statements are: their words, or vectors of an embeddings endpoint. */
export type Reading = "words" | "embedding";

/** How near a hypothesis is to one that came before it: 0 has nothing in common, 1 says the same. */
export interface Neighbour {
  readonly id: string;
  readonly statement: string;
  /** Mean of the nearness of the regions and the likeness of the statements. */
  readonly similarity: number;
  readonly region: number;
  readonly said: number;
  /** What made it near: the greater of the two, or both where they are about the same. */
  readonly nearBy: "region" | Reading | "region and words" | "region and embedding";
  readonly isRewording: boolean;
}

export interface Comparing {
  readonly domain: Pick<Domain, "axes">;
  readonly reading: Reading;
  /** How like a statement is to the new one, 0–1. */
  likeness(statement: string): number;
}

/** Likeness of words, or cosine of embeddings, from which on two statements about anything say the same. */
export const sameAt: Readonly<Record<Reading, number>> = { words: 0.55, embedding: 0.85 };

/** How far two figures may be apart and still count as about the same. */
const about = 0.15;

/** Compares by words alone, each weighed by its rarity. */
export function byWords(statement: string, weight: WeightOf, domain: Pick<Domain, "axes">): Comparing {
  return { domain, reading: "words", likeness: likenessTo(statement, weight) };
}

/**
 * True if a claim says again what an earlier one said: about the same region and the same behaviour, in whatever
 * words, since the same failures disprove both. Where neither names a region, the statements decide. The same words
 * about another region are another claim.
 */
function isRewordingOf(
  claim: Claim,
  other: Claim,
  on: { readonly region: number; readonly said: number } & Pick<Comparing, "reading">,
) {
  if (on.region < 1 || claim.behaviour !== other.behaviour) return false;
  return Object.keys(claim.where).length > 0 || on.said >= sameAt[on.reading];
}

function compare(claim: Claim, other: Hypothesis, { domain, reading, likeness }: Comparing): Neighbour {
  const region = nearness(regionDistance(claim.where, other.where, domain));
  const said = likeness(other.statement);
  const nearBy =
    Math.abs(region - said) <= about
      ? (`region and ${reading}` as const)
      : region > said
        ? "region"
        : reading;
  const { id, statement } = other;
  const isRewording = isRewordingOf(claim, other, { region, said, reading });
  return { id, statement, similarity: (region + said) / 2, region, said, nearBy, isRewording };
}

/** The three earlier hypotheses that are most like a new one, rewordings first, then the nearest. */
export function nearest(
  claim: Claim,
  earlier: readonly Hypothesis[],
  comparing: Comparing,
): readonly Neighbour[] {
  return earlier
    .map((other) => compare(claim, other, comparing))
    .sort(
      (a, b) =>
        Number(b.isRewording) - Number(a.isRewording) ||
        b.similarity - a.similarity ||
        (a.id < b.id ? -1 : 1),
    )
    .slice(0, 3);
}

/** How new a claim is, 0–1: what its nearest neighbour leaves of it, and nothing where it is a rewording. */
export function noveltyOf(near: readonly Neighbour[]): number {
  if (near.some(({ isRewording }) => isRewording)) return 0;
  return 1 - Math.max(0, ...near.map(({ similarity }) => similarity));
}
