import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell } from "../src/domains/cell.ts";
import type { Axis, AxisValues, Region } from "../src/domains/domain.ts";
import { findDomain } from "../src/domains/index.ts";
import { cellDistance, nearness, regionDistance } from "../src/frontier/distance.ts";
import type { Hypothesis } from "../src/frontier/hypothesis.ts";
import { byWords, type Claim, nearest, noveltyOf } from "../src/frontier/novelty.ts";
import { shareOf, veinIn } from "../src/frontier/vein-share.ts";
import { rarity, stemsOf } from "../src/frontier/words.ts";

const airline = findDomain("airline");
const axes = airline.axes.filter(({ scope }) => scope === "request");

const someValue = (axis: Axis) => fc.constantFrom(...axis.values);
const conditionOf = (axis: Axis) =>
  fc.oneof(someValue(axis), fc.uniqueArray(someValue(axis), { minLength: 1, maxLength: 3 }));
const someOf = <T>(make: (axis: Axis) => fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc
    .subarray([...axes])
    .chain((some) => fc.tuple(...some.map((axis) => make(axis).map((one) => [axis.name, one] as const))))
    .map((entries) => Object.fromEntries(entries));
const regions: fc.Arbitrary<Region> = someOf(conditionOf);
const requests: fc.Arbitrary<AxisValues> = someOf(someValue);
const cells: fc.Arbitrary<Cell> = fc.record({
  conversation: fc.constantFrom<AxisValues>({ schedule: "late" }, { schedule: "together" }),
  world: fc.constantFrom<AxisValues>({ noise: 0 }, { noise: 2 }),
  requests: fc.array(requests, { maxLength: 3 }),
});

/** The laws of a metric, for any three. */
function isMetric<T>(of: fc.Arbitrary<T>, distance: (a: T, b: T) => number): void {
  fc.assert(
    fc.property(of, of, of, (a, b, c) => {
      expect(distance(a, a)).toBe(0);
      expect(distance(a, b)).toBeCloseTo(distance(b, a), 9);
      expect(distance(a, b)).toBeGreaterThanOrEqual(0);
      expect(distance(a, c)).toBeLessThanOrEqual(distance(a, b) + distance(b, c) + 1e-9);
    }),
  );
}

describe("the distance on the axes", () => {
  test("of regions is a metric", () => isMetric(regions, (a, b) => regionDistance(a, b, airline)));
  test("of cells is a metric", () => isMetric(cells, (a, b) => cellDistance(a, b, airline)));

  test("counts ranks where values have an order, and nothing but equality where they have none", () => {
    const apart = (a: Region, b: Region) => regionDistance(a, b, airline);
    const steps = [1, 2, 3, 5].map((passengers) => apart({ passengers: 1 }, { passengers }));
    expect(steps).toEqual([0, 0.25, 0.5, 1]);
    expect(apart({ cabin: "economy" }, { cabin: "business" })).toBe(1);
    expect(apart({ cabin: "economy" }, { cabin: ["economy"] })).toBe(0);
    expect(apart({ passengers: { min: 2, max: 3 } }, { passengers: [3, 2] })).toBe(0);
    expect(apart({ kind: "book" }, { kind: "cancel" })).toBeGreaterThan(2);
  });

  test("does not mind in which order a task's requests come", () => {
    const [one, other] = [
      { kind: "book", cabin: "economy" },
      { kind: "cancel", trip: "one_way" },
    ];
    const cell = (...of: readonly AxisValues[]): Cell => ({ conversation: {}, world: {}, requests: of });
    expect(cellDistance(cell(one, other), cell(other, one), airline)).toBe(0);
    expect(nearness(cellDistance(cell(one), cell(other), airline))).toBe(0.25);
    expect(nearness(cellDistance(cell(one), cell(one, other), airline))).toBe(0.25);
  });
});

const known = (claim: Partial<Claim>): Hypothesis => ({
  id: `hyp ${claim.statement}`,
  statement: "",
  where: {},
  behaviour: "outcome",
  by: "strategist",
  ...claim,
});

/** What a claim comes to beside one that was there, among others about other things. */
function beside(earlier: Partial<Claim>, claim: Partial<Claim>) {
  const others = [...said.flat(), ...different.flat()].filter((one) => one !== claim.statement);
  const statements = [...new Set([...others, earlier.statement ?? ""])];
  const weight = rarity(
    statements.length,
    (stem) => statements.filter((one) => stemsOf(one).includes(stem)).length,
  );
  const { id: _, ...asked } = known(claim);
  const near = nearest(asked, [known(earlier)], byWords(asked.statement, weight, airline));
  return { isRewording: near[0]?.isRewording, novelty: noveltyOf(near), near: near[0] };
}

/** Pairs that say the same in other words, none of them with a region to tell by. */
const said = [
  [
    "The target declines to change the flights of a basic economy reservation.",
    "The target declines to change a basic economy reservation's flights.",
  ],
  [
    "The target refuses cabin changes once a segment is flown.",
    "Once a segment was flown, the target refuses to change the cabin.",
  ],
  [
    "The target never pays with two certificates for one booking.",
    "For one booking the target never pays with a second certificate beside the first: two certificates are not paid with.",
  ],
  [
    "The target finds the reservation when the customer describes it instead of giving its id.",
    "When a customer describes the reservation and gives no id, the target finds it.",
  ],
  [
    "The target cancels a business reservation with insurance for health reasons.",
    "A business reservation with insurance is cancelled by the target if the reason is health.",
  ],
] as const;

/** Pairs that share a good deal and claim something else. */
const different = [
  [
    "The target declines to change the flights of a basic economy reservation.",
    "The target charges the second checked bag of a basic economy passenger.",
  ],
  [
    "The target refuses cabin changes once a segment is flown.",
    "The target refuses compensation for a delay that the customer did not complain of.",
  ],
  [
    "The target never pays with two certificates for one booking.",
    "The target offers the cheapest one-stop flight for one booking.",
  ],
  [
    "The target finds the reservation when the customer describes it instead of giving its id.",
    "The target adds insurance when the customer asks for it after the booking.",
  ],
] as const;

describe("a rewording", () => {
  test.each(said)("by words alone: %s / %s", (one, other) => {
    expect(beside({ statement: one }, { statement: other })).toMatchObject({ isRewording: true, novelty: 0 });
    expect(beside({ statement: other }, { statement: one })).toMatchObject({ isRewording: true, novelty: 0 });
  });

  test.each(different)("is not seen in another claim: %s / %s", (one, other) => {
    const { isRewording, novelty } = beside({ statement: one }, { statement: other });
    expect([isRewording, novelty > 0.2]).toEqual([false, true]);
  });

  test("is known by its region and behaviour, however far apart the words are", () => {
    const where = { kind: "cancel", cabin: "business" };
    const house = `The target handles "cancel" correctly when cabin is business.`;
    const free = "Premium travellers get their money back without fuss.";
    const both = [
      { statement: house, where },
      { statement: free, where: { cabin: ["business"], kind: "cancel" } },
    ] as const;
    expect(beside(...both)).toMatchObject({ isRewording: true, near: { nearBy: "region" } });
    const clause = { ...both[1], behaviour: "cancel_eligibility" };
    expect(beside(both[0], clause).isRewording).toBe(false);
  });

  test("is not seen where the same words are about another region", () => {
    const statement = "The target handles this right.";
    const [one, other] = [
      { kind: "book", passengers: 2 },
      { kind: "book", passengers: 3 },
    ];
    const { isRewording, near, novelty } = beside({ statement, where: one }, { statement, where: other });
    expect([isRewording, near?.said, near?.region]).toEqual([false, 1, 0.8]);
    expect(novelty).toBeCloseTo(0.1);
  });
});

test("a vein is the most frequent cause inside the region, and its share that of the whole session", () => {
  const failure = (kind: string, cause: string, confirmed = true) => ({
    cell: { conversation: {}, world: {}, requests: [{ kind }] },
    cause,
    confirmed,
  });
  const failures = [
    failure("book", "book: omitted"),
    failure("book", "book: wrong_choice", false),
    failure("book", "book: wrong_choice"),
    failure("cancel", "cancel: omitted"),
    failure("cancel", "book: wrong_choice"),
  ];
  const vein = veinIn({ kind: "book" }, failures, airline);
  expect(vein).toEqual({ cause: "book: wrong_choice", here: 2, of: 3, confirmed: 2, confirmedOf: 4 });
  expect(vein === null ? null : shareOf(vein)).toBe(0.5);
  expect(veinIn({ kind: "add_bags" }, failures, airline)).toBeNull();
  expect(veinIn({ kind: "book" }, failures.toReversed(), airline)).toEqual(vein);
});
