import { describe, expect, test } from "vitest";
import { blamedFor, failAlike, isSameFailure, type Wrong } from "../src/simplify/same-failure.ts";

const wrong = (what: string, argument: string | null = null, within = argument): Wrong => ({
  ...{ what, argument, within },
  ...{ subject: "book", request: 0 },
});
const same = (seen: readonly Wrong[], known: readonly Wrong[]) => isSameFailure(seen, known);

describe("a failure is the whole's", () => {
  const known = [
    wrong("wrong payment_methods", "payment_methods"),
    wrong("wrong_amount", "nonfree_baggages"),
  ];

  test("if all that went wrong went wrong there, and something did", () => {
    expect(same(known, known)).toBe(true);
    expect(same(known.slice(0, 1), known)).toBe(true);
    expect(same([], known)).toBe(false);
    expect(same([...known, wrong("omitted")], known)).toBe(false);
  });

  test("only with the same kind of request, unless that very request was made one of another kind", () => {
    const cancel = { ...wrong("omitted"), subject: "cancel" };
    const remade = (...requests: readonly number[]) =>
      isSameFailure([cancel], [wrong("omitted")], new Set(requests));
    expect([remade(), remade(1), remade(0)]).toEqual([false, false, true]);
    const beside = { ...cancel, request: 1 };
    expect(isSameFailure([beside], [wrong("omitted")], new Set([0, 1]))).toBe(false);
  });

  test("in the same way, whatever the argument of a request that was made one of another kind is called", () => {
    const known = [wrong("wrong flight_number", "flight_number")];
    const seen = { ...wrong("wrong flight_number", "flights"), subject: "cancel" };
    expect(isSameFailure([seen], known, new Set([0]))).toBe(true);
    expect(isSameFailure([{ ...seen, what: "omitted" }], known, new Set([0]))).toBe(false);
  });

  test("if a member of an argument is wrong that was wrong as a whole", () => {
    expect(same([wrong("wrong_amount", "amount", "payment_methods")], known)).toBe(true);
  });

  test("but not if an argument is wrong as a whole of which a member was", () => {
    expect(same(known.slice(0, 1), [wrong("wrong_amount", "amount", "payment_methods")])).toBe(false);
  });

  test("nor if another argument, or another member of it, is wrong", () => {
    expect(same([wrong("wrong_amount", "amount", "refunds")], known)).toBe(false);
    const members = [wrong("wrong_amount", "amount", "payment_methods")];
    expect(same([wrong("wrong payment_id", "payment_id", "payment_methods")], members)).toBe(false);
    expect(same([wrong("made_up_value", "payment_methods")], known)).toBe(false);
  });
});

describe("of all that went wrong in a whole", () => {
  const at = (request: number | null, what: string): Wrong => ({ ...wrong(what), request });
  const [cause, follows, apart] = [at(1, "call_failed"), at(2, "omitted"), at(0, "transferred")];

  test("what shows most often is blamed, the most telling of equals, and not what follows from it", () => {
    expect([...blamedFor([[cause, follows], [cause, follows], [cause]])]).toEqual([1]);
    expect([...blamedFor([[cause, follows], [cause], [follows, apart]])]).toEqual([1, 2]);
    expect([
      ...blamedFor([
        [cause, follows],
        [cause, follows],
      ]),
    ]).toEqual([1]);
  });

  test("what shows in few of many is not blamed, and where nothing is known of a request none is", () => {
    expect([...blamedFor([[cause], [cause], [cause], [apart]])]).toEqual([1]);
    expect([...blamedFor([[cause], [apart]])]).toEqual([1, 0]);
    expect([...blamedFor([[at(null, "clause_violated")], []])]).toEqual([]);
    expect([...blamedFor([])]).toEqual([]);
  });

  test("a rollout that fails in its own way counts for the next one as no failure", () => {
    const alike = [cause, cause, cause, cause, cause].map((one) => [one]);
    expect(failAlike(alike)).toBe(5);
    expect(failAlike([...alike, [cause, apart]])).toBe(5);
    expect(failAlike([...alike, [cause, apart], [apart]])).toBe(7);
    expect(failAlike([[cause], [apart]])).toBe(2);
  });
});
