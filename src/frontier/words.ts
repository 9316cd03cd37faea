/** How like two sentences are, without a model: words cut to their stems, and the letters that they are made of. */

/** Words that hold a sentence together and say nothing of what it claims. */
const empty = new Set(
  "a an and any are as at be been being but by can did do does for from had has have if in into is it its may of on once one or so such than that the their then there these they this those to was were what when where whenever which while who will with would".split(
    " ",
  ),
);

/** Letters that a word is cut to: endings go and the word stays ("cancels", "cancelled", "cancellation"). */
const stemLength = 5;

/** The share of a word's weight that its letters have, so that words of one root are like where their stems differ. */
const letterShare = 0.5;

/** The stems of a sentence's words, each once and in order; words that hold it together are left out. */
export function stemsOf(text: string): readonly string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words.filter((word) => !empty.has(word)).map((word) => word.slice(0, stemLength)))];
}

/** The weight of a stem: the rarer among the sentences, the more it says. */
export type WeightOf = (stem: string) => number;

/** Inverse document frequency, smoothed and never 0: ln((n + 1) / (count + 1)) + 1 (Spärck Jones 1972). */
export function rarity(sentences: number, countOf: (stem: string) => number): WeightOf {
  return (stem) => Math.log((sentences + 1) / (countOf(stem) + 1)) + 1;
}

function vectorOf(text: string, weight: WeightOf): ReadonlyMap<string, number> {
  const vector = new Map<string, number>();
  const add = (feature: string, by: number) => vector.set(feature, (vector.get(feature) ?? 0) + by);
  for (const stem of stemsOf(text)) {
    const whole = weight(stem);
    add(stem, whole);
    const framed = `^${stem}$`;
    const grams = Math.max(1, framed.length - 2);
    for (let i = 0; i < grams; i++)
      add(`#${framed.slice(i, i + 3)}`, (letterShare * whole) / Math.sqrt(grams));
  }
  return vector;
}

/** The cosine of the angle between two vectors, 0 where one has no length. */
function cosine(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  const length = (vector: ReadonlyMap<string, number>) =>
    Math.sqrt([...vector.values()].reduce((sum, x) => sum + x * x, 0));
  const both = length(a) * length(b);
  if (both === 0) return 0;
  let dot = 0;
  for (const [feature, x] of a) dot += x * (b.get(feature) ?? 0);
  return Math.min(1, dot / both);
}

/** How like sentences are to one, 0–1 each: the cosine of their vectors of weighted stems and letter triples. */
export function likenessTo(text: string, weight: WeightOf): (other: string) => number {
  const own = vectorOf(text, weight);
  return (other) => (other === text ? 1 : cosine(own, vectorOf(other, weight)));
}
