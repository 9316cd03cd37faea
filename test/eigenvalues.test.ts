import fc from "fast-check";
import { expect, test } from "vitest";
import { eigenvalues } from "../src/core/eigenvalues.ts";

const sorted = (values: Iterable<number>) => [...values].sort((a, b) => a - b);

/** A symmetric matrix with given eigenvalues: they stand on its diagonal, and it is turned some times. */
function turned(values: readonly number[], turns: readonly number[]): Float64Array[] {
  const n = values.length;
  const rows = values.map((value, i) => Float64Array.from({ length: n }, (_, j) => (i === j ? value : 0)));
  const cell = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (const [t, angle] of turns.entries()) {
    const [a, b] = [t % n, (t + 1 + (t % (n - 1))) % n];
    if (a === b) continue;
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    for (const row of rows)
      [row[a], row[b]] = [c * (row[a] ?? 0) - s * (row[b] ?? 0), s * (row[a] ?? 0) + c * (row[b] ?? 0)];
    const [left, right] = [rows[a]?.slice() ?? [], rows[b]?.slice() ?? []];
    for (let j = 0; j < n; j++) {
      (rows[a] as Float64Array)[j] = c * (left[j] ?? 0) - s * (right[j] ?? 0);
      (rows[b] as Float64Array)[j] = s * (left[j] ?? 0) + c * (right[j] ?? 0);
    }
  }
  return rows.map((_, i) => Float64Array.from({ length: n }, (__, j) => (cell(i, j) + cell(j, i)) / 2));
}

const value = fc.oneof(fc.constantFrom(0, 0, 1, 1, -1, 1e-9), fc.double({ min: -5, max: 5, noNaN: true }));

test("a matrix that was turned keeps the eigenvalues that it was made of, equal ones and zeros among them", () => {
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 2, maxLength: 12 }),
      fc.array(fc.double({ min: 0, max: 7, noNaN: true }), { maxLength: 60 }),
      (values, turns) => {
        const found = sorted(eigenvalues(turned(values, turns)));
        for (const [i, one] of sorted(values).entries()) expect(found[i]).toBeCloseTo(one, 12);
      },
    ),
    { numRuns: 300 },
  );
});

test("only what lies on and below the diagonal is read, and the matrix stays as it was", () => {
  const matrix = [Float64Array.of(2, 99), Float64Array.of(1, 2)];
  expect(sorted(eigenvalues(matrix))).toEqual([1, 3].map((one) => expect.closeTo(one, 12)));
  expect(matrix).toEqual([Float64Array.of(2, 99), Float64Array.of(1, 2)]);
});

test("a matrix of nothing has no eigenvalues, one of zeros only zeros", () => {
  expect([...eigenvalues([])]).toEqual([]);
  expect(
    [...eigenvalues([new Float64Array(3), new Float64Array(3), new Float64Array(3)])].map(Math.abs),
  ).toEqual([0, 0, 0]);
});

test("what is not a finite number is refused", () => {
  expect(() => eigenvalues([Float64Array.of(Number.NaN)])).toThrow(RangeError);
  expect(() => eigenvalues([Float64Array.of(1, 0), Float64Array.of(Number.POSITIVE_INFINITY, 1)])).toThrow(
    RangeError,
  );
});
