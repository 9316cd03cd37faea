import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { calculate } from "../src/domains/airline/calculate.ts";
import { ToolError } from "../src/domains/domain.ts";

describe("calculate", () => {
  test.each([
    ["-7//2", -4],
    ["7//-2", -4],
    ["-2**2", -4],
    ["2**-1", 0.5],
    ["2**3**2", 512],
    ["2*-3", -6],
    ["--5", 5],
    ["(1+2)*.5", 1.5],
    ["5.//2", 2],
    ["0.125*1", 0.12],
    ["0.375", 0.38],
    ["-0.125", -0.12],
    ["1.005", 1],
    ["(2**64+1)-2**64", 1],
    ["00", 0],
  ])("%s is %d, as in Python", (expression, value) => {
    expect(calculate(expression)).toBe(value);
  });

  test.each([
    "",
    "1/0",
    "1//0",
    "0**-1",
    "(-8)**.5",
    "1 2",
    "2(3)",
    "()",
    "1..2",
    "012",
    "1e3",
    "2***3",
    "9**9**9**9",
    "(1+2",
    "1;2",
    "[1]",
  ])("%j is refused", (expression) => {
    expect(() => calculate(expression)).toThrow(ToolError);
  });

  test("any text ends in a finite number or a refusal", () => {
    const text = fc.string({ unit: fc.constantFrom(..."0123456789+-*/(). "), maxLength: 60 });
    fc.assert(
      fc.property(
        fc.oneof(text, fc.string(), fc.constant("(".repeat(1000)), fc.constant("-".repeat(1000))),
        (expression) => {
          try {
            expect(Number.isFinite(calculate(expression))).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(ToolError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("whole numbers add, subtract and multiply exactly, whatever the nesting", () => {
    const operators = {
      "+": (a: bigint, b: bigint) => a + b,
      "-": (a: bigint, b: bigint) => a - b,
      "*": (a: bigint, b: bigint) => a * b,
    } as const;
    interface Term {
      readonly text: string;
      readonly value: bigint;
    }
    const { term } = fc.letrec<{ term: Term }>((tie) => ({
      term: fc.oneof(
        { maxDepth: 4 },
        fc.nat({ max: 99 }).map((n) => ({ text: String(n), value: BigInt(n) })),
        fc.tuple(tie("term"), fc.constantFrom("+", "-", "*"), tie("term")).map(([a, operator, b]) => ({
          text: `(${a.text} ${operator} ${b.text})`,
          value: operators[operator as keyof typeof operators](a.value, b.value),
        })),
      ),
    }));
    fc.assert(
      fc.property(term, ({ text, value }) => {
        expect(calculate(text)).toBe(Number(value));
      }),
    );
  });
});
