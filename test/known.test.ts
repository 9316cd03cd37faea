import { describe, expect, test } from "vitest";
import { airline } from "../src/domains/airline/airline.ts";
import type { AxisValues } from "../src/domains/domain.ts";
import { cleanlyNew, isKnownAt, knownVeins } from "../src/frontier/known.ts";
import { failsAlone, observationsOf, type Shown, type Trial } from "../src/frontier/trial.ts";
import { veinOf, veinsIn } from "../src/frontier/worked.ts";

const book: AxisValues = { kind: "book", passengers: 1, cabin: "economy", trip: "one_way", bags: 0 };
const cancel: AxisValues = { kind: "cancel", reason: "change_of_plan", clause: "none" };

/** A task that failed in every one of three rollouts in these ways; it passed them all where there is none. */
function tried(requests: readonly AxisValues[], modes: readonly Shown[], more: Partial<Trial> = {}): Trial {
  const conversation = { requests: requests.length, schedule: "together" };
  return {
    task: JSON.stringify([requests, modes]),
    cell: { conversation, world: { membership: "regular" }, requests },
    requests,
    filling: {},
    n: 3,
    passed: modes.length === 0 ? 3 : 0,
    modes,
    verdict: modes.length === 0 ? "outside" : "inside",
    follows: null,
    isLook: true,
    kept: false,
    confirmed: false,
    minimal: null,
    ...more,
  };
}

const at = (cell: AxisValues) => ({ cell, around: { requests: 1, schedule: "together" } });
const shown = (key: string, request: number | null, count = 3): Shown => ({ key, request, count });
const big = { ...book, passengers: 4 };
const known = tried([big], [shown("book: stopped_early", 0)], {
  minimal: {
    needs: { kind: "book", passengers: { min: 3 } },
    shows: null,
    perhaps: [],
    beside: [],
    at: at({ ...book, passengers: 3 }),
  },
});

describe("a known cause", () => {
  test("is one vein, and what lies inside another one is none of its own", () => {
    const inside = tried([big], [shown("book: wrong_amount", 0)], {
      minimal: {
        needs: { kind: "book", passengers: { min: 4 }, trip: "round_trip" },
        shows: null,
        perhaps: [],
        beside: [],
        at: at({ ...big, trip: "round_trip" }),
      },
    });
    expect(knownVeins([inside, known], airline).map(({ name }) => name)).toEqual(["book: stopped_early"]);
  });

  test("has the mode that its smallest form shows, where the whole showed several", () => {
    const { minimal } = known;
    const both = [shown("book: wrong payment_id", 0), shown("book: wrong_amount", 0, 2)];
    const modeOf = (shows: string | null) =>
      knownVeins([tried([big], both, { minimal: minimal && { ...minimal, shows } })], airline)[0]?.mode;
    expect(modeOf("book: wrong_amount")).toBe("book: wrong_amount");
    expect(modeOf("cancel: omitted")).toBe("book: wrong payment_id");
    expect(modeOf(null)).toBe("book: wrong payment_id");
  });

  test("explains whatever goes wrong where it holds, and nothing anywhere else", () => {
    const veins = knownVeins([known], airline);
    expect(veinOf(tried([big], [shown("book: wrong_amount", 0)]), veins)?.name).toBe("book: stopped_early");
    expect(veinOf(tried([book], [shown("book: stopped_early", 0)]), veins)).toBeNull();
    expect(isKnownAt({ cell: book, around: {} }, veins)).toBe(false);
  });

  test("explains what is left out beside where it holds, and a form in which it holds at another request", () => {
    const veins = knownVeins([known], airline);
    const follows = [shown("cancel: omitted", 1), shown("book: omitted", 0)];
    expect(veinOf(tried([big, cancel], follows), veins)?.name).toBe("book: stopped_early");
    expect(veinOf(tried([big, cancel], [shown("cancel: omitted", 1)]), veins)).toBeNull();
    expect(veinOf(tried([big, cancel], [shown("cancel: wrong_value", 1), ...follows]), veins)).toBeNull();
    const beside = tried([big, cancel], [shown("cancel: omitted", 1)], {
      minimal: {
        needs: { kind: "cancel", requests: { min: 2 } },
        shows: null,
        perhaps: [],
        at: at(cancel),
        beside: [big],
      },
    });
    expect(knownVeins([known, beside], airline)).toHaveLength(1);
  });

  test("explains a failure far from its minimal form, and the same need of any kind of request where it has no kind", () => {
    const [vein] = knownVeins([known], airline);
    const far = { ...big, trip: "round_trip", cabin: "business", bags: 3, insurance: "yes" };
    expect(isKnownAt({ cell: far, around: { requests: 3, schedule: "late" } }, vein ? [vein] : [])).toBe(
      true,
    );
    const anyKind = tried([big], [shown("book: omitted", 0)], {
      minimal: { needs: { requests: { min: 2 } }, shows: null, perhaps: [], beside: [], at: at(cancel) },
    });
    const veins = knownVeins([anyKind], airline);
    expect(isKnownAt({ cell: far, around: { requests: 3 } }, veins)).toBe(true);
    expect(isKnownAt({ cell: far, around: { requests: 1 } }, veins)).toBe(false);
  });

  test("that is there for what cannot go by itself is believed by halves, and by what was seen without it", () => {
    const minimal = {
      needs: { kind: "book" },
      shows: null,
      perhaps: ["cabin"],
      beside: [],
      at: at({ ...book, cabin: "business" }),
    };
    const form = tried([{ ...book, cabin: "business" }], [shown("book: omitted", 0)], { minimal });
    const reached = (...others: readonly Trial[]) =>
      isKnownAt({ cell: book, around: {} }, knownVeins([form, ...others], airline));
    const other = { ...book, trip: "round_trip" };
    expect(reached()).toBe(false);
    expect(reached(tried([other], [shown("book: omitted", 0)]))).toBe(true);
    expect(reached(tried([other], []))).toBe(false);
  });

  test("that needs one clause may be for any, once another one fails as well", () => {
    const refused = (clause: string) => ({ ...cancel, verdict: "refused", clause });
    const minimal = {
      needs: { kind: "cancel", clause: "cancel_window" },
      shows: null,
      perhaps: [],
      beside: [],
      at: at(refused("cancel_window")),
    };
    const form = tried([refused("cancel_window")], [shown("cancel: transferred", 0)], { minimal });
    const reached = (...others: readonly Trial[]) =>
      isKnownAt({ cell: refused("third"), around: {} }, knownVeins([form, ...others], airline));
    expect(reached()).toBe(false);
    const failing = (clause: string) => tried([refused(clause)], [shown("cancel: transferred", 0)]);
    expect(reached(failing("second"), failing("other"))).toBe(true);
    expect(reached(tried([refused("second")], []))).toBe(false);
  });

  test("leaves what else goes wrong in its conversations to be found, but for what is only left out", () => {
    const both = tried([big, cancel], [shown("book: stopped_early", 0), shown("cancel: wrong_value", 1, 2)]);
    const after = tried([big, cancel], [shown("book: stopped_early", 0), shown("cancel: omitted", 1)]);
    const names = (trials: readonly Trial[]) => veinsIn(trials, airline).map(({ mode }) => mode);
    expect(names([both])).toEqual(["book: stopped_early"]);
    expect(names([known, both])).toEqual(["book: stopped_early", "cancel: wrong_value"]);
    expect(names([known, after])).toEqual(["book: stopped_early"]);
    const [first, second] = observationsOf(both, (place) => isKnownAt(place, knownVeins([known], airline)));
    expect([first?.n, second?.n, second?.modes]).toEqual([0, 3, { "cancel: wrong_value": 2 }]);
  });
});

describe("a look is gone on with", () => {
  test("where one request went wrong for no known reason, and not where several did", () => {
    const veins = knownVeins([known], airline);
    const once = (...modes: readonly Shown[]) => tried([book, cancel], modes, { n: 1 });
    expect(cleanlyNew(once(shown("cancel: omitted", 1, 1)), veins)?.key).toBe("cancel: omitted");
    expect(cleanlyNew(once(), veins)).toBeNull();
    expect(cleanlyNew(tried([big], [shown("book: wrong_amount", 0, 1)], { n: 1 }), veins)).toBeNull();
    const beside = [shown("cancel: omitted", 1, 1), shown("book: stopped_early", 0, 1)];
    expect(cleanlyNew(tried([big, cancel], beside, { n: 1 }), veins)).toBeNull();
    const two = [shown("cancel: omitted", 1, 1), shown("book: wrong_amount", 0, 1)];
    expect(cleanlyNew(tried([book, cancel], two, { n: 2 }), veins)).toBeNull();
  });
});

describe("a failure is one request's alone", () => {
  const alone = (...modes: readonly Shown[]) => failsAlone(tried([book, cancel], modes));

  test("unless another one is done wrong in most of its failed rollouts too", () => {
    expect(alone(shown("book: stopped_early", 0), shown("cancel: wrong_value", 1, 1))).toBe(true);
    expect(alone(shown("book: stopped_early", 0), shown("cancel: wrong_value", 1, 2))).toBe(false);
  });

  test("even if others are left out, which may follow from it; but not if nothing else than that shows of several", () => {
    expect(alone(shown("book: stopped_early", 0), shown("cancel: omitted", 1))).toBe(true);
    expect(alone(shown("book: omitted", 0), shown("cancel: omitted", 1))).toBe(false);
  });
});
