import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Axis, AxisValues } from "../src/domains/domain.ts";
import { type Explained, explanations, holdsAt } from "../src/frontier/conjunctions.ts";
import type { Gains, Named } from "../src/frontier/patterns.ts";
import { chanceAt } from "../src/frontier/reaching.ts";
import type { Place } from "../src/frontier/trial.ts";

const axis = (name: string, values: Axis["values"]): Axis => {
  const beside = { meaning: name, scope: "request", kinds: [], afterLookup: [] } as const;
  return { name, values, simplest: values[0] ?? "", ...beside };
};

const axes = [
  axis("kind", ["book", "cancel"]),
  axis("cabin", ["economy", "business"]),
  axis("passengers", [1, 2, 3]),
  axis("trip", ["one_way", "round_trip", "multi"]),
  axis("requests", [1, 2]),
];

const valuesOn = ({ values }: Axis) => fc.constantFrom(...values);
const aroundOf = fc.record({ requests: fc.constantFrom(1, 2) });
// Not every kind of request has every axis.
const cellOf = fc.record(Object.fromEntries(axes.slice(0, 4).map((one) => [one.name, valuesOn(one)])), {
  requiredKeys: ["kind", "cabin"],
}) as fc.Arbitrary<AxisValues>;
const placeOf = fc.record({ cell: cellOf, around: aroundOf });
const gainsOf = fc.array(fc.record({ at: placeOf, gain: fc.integer({ min: -8, max: 4 }) }), {
  minLength: 1,
  maxLength: 30,
});

/** What one place gains. */
interface Gain {
  readonly at: Place;
  readonly gain: number;
}

/** The same place by place, between places that do not count. */
const among = (gains: readonly Gain[]): Gains => {
  const all = gains.flatMap((one) => [one, { at: one.at, gain: Number.NaN }]);
  return { places: all.map(({ at }) => at), gains: Float64Array.from(all, ({ gain }) => gain) };
};

/** All that may be asked of a value: itself, and of a number so much at least or at most where that says something. */
function asked(values: Axis["values"], value: AxisValues[string]): readonly Named[1][] {
  if (typeof value !== "number") return [value];
  const numbers = values.map(Number);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const least = numbers.filter((one) => one <= value && one > low).map((min) => ({ min }));
  return [value, ...least, ...numbers.filter((one) => one >= value && one < high).map((max) => ({ max }))];
}

/** Every conjunction of up to three conditions, scored one by one. */
function oneByOne(gains: readonly Gain[], at: Gain["at"]): ReadonlyMap<string, number> {
  const scores = new Map<string, number>();
  const extend = (where: readonly Named[], prior: number, from: number): void => {
    const inside = gains.filter((one) => where.every((named) => holdsAt(one.at, named)));
    scores.set(
      JSON.stringify(where),
      inside.reduce((sum, { gain }) => sum + gain, prior),
    );
    if (where.length === 3) return;
    for (const [i, { name, values }] of axes.entries()) {
      const value = at.cell[name] ?? at.around[name];
      if (i < from || name === "kind" || value === undefined) continue;
      const conditions = asked(values, value);
      for (const one of conditions)
        extend([...where, [name, one]], prior + Math.log(0.15 / conditions.length), i + 1);
    }
  };
  extend([], 0, 0);
  return scores;
}

describe("explanations", () => {
  const told = (gains: readonly Gain[], most = Number.POSITIVE_INFINITY): readonly Explained[] =>
    explanations(among(gains), { at: (gains[0] as Gain).at, axes, within: 6, most });

  test("are all conjunctions that come near the best one, weighed as they are one by one", () => {
    fc.assert(
      fc.property(gainsOf, (gains) => {
        const scores = oneByOne(gains, (gains[0] as Gain).at);
        const best = Math.max(...scores.values());
        const near = [...scores].filter(([, score]) => score > best - 6);
        const known = new Map(told(gains).map(({ where, score }) => [JSON.stringify(where), score]));
        expect(known.size).toBe(near.length);
        for (const [where, score] of near) expect(known.get(where)).toBeCloseTo(score, 9);
      }),
    );
  });

  test("come likeliest first, and only so many as are asked for", () => {
    fc.assert(
      fc.property(gainsOf, fc.integer({ min: 1, max: 9 }), (gains, most) => {
        const all = told(gains);
        expect(all.map(({ score }) => score)).toEqual(all.map((one) => one.score).toSorted((a, b) => b - a));
        expect(told(gains, most)).toEqual(all.slice(0, most));
      }),
    );
  });
});

test("a place is reached with the chances of the causes that hold there", () => {
  fc.assert(
    fc.property(gainsOf, placeOf, (gains, place) => {
      const causes = explanations(among(gains), { at: (gains[0] as Gain).at, axes, within: 6, most: 70 }).map(
        ({ where, score }) => ({ conditions: where, chance: Math.exp(score) }),
      );
      const holding = causes.filter(({ conditions }) => conditions.every((named) => holdsAt(place, named)));
      expect(chanceAt(causes, place)).toBe(holding.reduce((sum, { chance }) => sum + chance, 0));
    }),
  );
});
