import type { Shape } from "./shapes.ts";

/** Ways to share a bill: sources in order, with what a booking so paid would break. */
export interface Mix {
  readonly sources: readonly ("credit_card" | "gift_card" | "certificate")[];
  readonly clause: "none" | "book_one_certificate" | "book_one_credit_card" | "book_three_gift_cards";
}

const mix = (clause: Mix["clause"], text: string): Mix => ({
  clause,
  sources: text
    .split(" ")
    .map((word) => (word === "card" ? "credit_card" : word === "gift" ? "gift_card" : "certificate")),
});

const mixes: readonly Mix[] = [
  mix("none", "card"),
  mix("none", "gift"),
  mix("none", "cert"),
  mix("none", "gift gift"),
  mix("none", "gift card"),
  mix("none", "cert card"),
  mix("none", "cert gift"),
  mix("none", "gift gift gift"),
  mix("none", "gift gift card"),
  mix("none", "cert gift card"),
  mix("none", "cert gift gift"),
  mix("book_one_certificate", "cert cert"),
  mix("book_one_certificate", "cert cert card"),
  mix("book_one_certificate", "cert cert gift"),
  mix("book_one_credit_card", "card card"),
  mix("book_one_credit_card", "gift card card"),
  mix("book_one_credit_card", "cert card card"),
  mix("book_three_gift_cards", "gift gift gift gift"),
  mix("book_three_gift_cards", "gift gift gift gift card"),
];

/** The mixes that a shape allows; the clauses on people and profile leave the mix itself sound. */
export function mixesOf(shape: Shape): readonly Mix[] {
  const own = shape.clause.startsWith("book_one_") || shape.clause === "book_three_gift_cards";
  return mixes.filter(({ sources, clause }) => {
    const kindsUsed = new Set(sources);
    const word = sources[0] === "credit_card" ? "card" : sources[0];
    return (
      clause === (own ? shape.clause : "none") &&
      Math.min(3, sources.length) === shape.payments &&
      (kindsUsed.size > 1 ? "mixed" : word) === shape.pays_with
    );
  });
}
