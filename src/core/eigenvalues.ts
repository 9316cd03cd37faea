/** A symmetric matrix, row by row; only what lies on and below the diagonal is read. */
export type Symmetric = readonly Float64Array[];

/** A symmetric tridiagonal matrix: its diagonal, and what lies beside it with a 0 at the end. */
interface Tridiagonal {
  readonly diagonal: Float64Array;
  readonly beside: Float64Array;
}

/** The product of a symmetric matrix's part from a row on and a vector. */
function product(rows: readonly Float64Array[], from: number, vector: Float64Array): Float64Array {
  const result = new Float64Array(vector.length);
  for (let i = from; i < vector.length; i++) {
    const row = rows[i] as Float64Array;
    const own = vector[i] as number;
    let sum = (row[i] as number) * own;
    for (let j = from; j < i; j++) {
      const value = row[j] as number;
      sum += value * (vector[j] as number);
      result[j] = (result[j] as number) + value * own;
    }
    result[i] = (result[i] as number) + sum;
  }
  return result;
}

/** Squares that are nothing in a matrix whose greatest value is 1. */
const nothing = Number.EPSILON ** 2;

/** The mirror vector that turns a column, below a row, into one number; null where it is that already. */
function mirrorOf(
  rows: readonly Float64Array[],
  column: number,
): { readonly vector: Float64Array; readonly left: number; readonly scale: number } | null {
  const vector = new Float64Array(rows.length);
  let rest = 0;
  for (let i = column + 1; i < rows.length; i++) {
    vector[i] = rows[i]?.[column] as number;
    if (i > column + 1) rest += (vector[i] as number) ** 2;
  }
  if (rest <= nothing) return null;
  const first = vector[column + 1] as number;
  const left = first > 0 ? -Math.sqrt(first * first + rest) : Math.sqrt(first * first + rest);
  vector[column + 1] = first - left;
  return { vector, left, scale: 2 / ((first - left) ** 2 + rest) };
}

/** A tridiagonal matrix with the eigenvalues of some rows, which are used up, by mirrors (Householder 1958; Golub & Van Loan, §8.3.1). */
function tridiagonal(rows: readonly Float64Array[]): Tridiagonal {
  const n = rows.length;
  const beside = new Float64Array(n);
  for (let column = 0; column < n - 1; column++) {
    const mirror = mirrorOf(rows, column);
    beside[column] = mirror?.left ?? (rows[column + 1]?.[column] as number);
    if (mirror === null) continue;
    const { vector, scale } = mirror;
    const turned = product(rows, column + 1, vector);
    let along = 0;
    for (let i = column + 1; i < n; i++) along += scale * (turned[i] as number) * (vector[i] as number);
    for (let i = column + 1; i < n; i++)
      turned[i] = scale * ((turned[i] as number) - (along / 2) * (vector[i] as number));
    for (let i = column + 1; i < n; i++) {
      const row = rows[i] as Float64Array;
      const [own, by] = [vector[i] as number, turned[i] as number];
      for (let j = column + 1; j <= i; j++)
        row[j] = (row[j] as number) - own * (turned[j] as number) - by * (vector[j] as number);
    }
  }
  return { diagonal: Float64Array.from(rows, (row, i) => row[i] as number), beside };
}

/** One step of the QL iteration from a row to where the matrix falls apart. */
function turn({ diagonal, beside }: Tridiagonal, from: number, to: number): void {
  const at = (of: Float64Array, i: number) => of[i] as number;
  // Wilkinson's shift: the eigenvalue of the corner that is nearer to its first value.
  const half = (at(diagonal, from + 1) - at(diagonal, from)) / 2;
  const side = at(beside, from);
  const root = Math.sqrt(half * half + side * side);
  const shift = at(diagonal, from) - (side * side) / (half + (half < 0 ? -root : root));
  let [sine, cosine, carried, moved] = [1, 1, at(diagonal, to) - shift, 0];
  for (let i = to - 1; i >= from; i--) {
    const [across, along] = [sine * at(beside, i), cosine * at(beside, i)];
    const length = Math.sqrt(across * across + carried * carried);
    beside[i + 1] = length;
    if (length === 0) {
      diagonal[i + 1] = at(diagonal, i + 1) - moved;
      beside[to] = 0;
      return;
    }
    [sine, cosine] = [across / length, carried / length];
    const value = at(diagonal, i + 1) - moved;
    const change = (at(diagonal, i) - value) * sine + 2 * cosine * along;
    moved = sine * change;
    diagonal[i + 1] = value + moved;
    carried = cosine * change - along;
  }
  diagonal[from] = at(diagonal, from) - moved;
  beside[from] = carried;
  beside[to] = 0;
}

/** Steps that one eigenvalue may take; two are the rule. */
const mostTurns = 60;

/**
 * The eigenvalues of a symmetric matrix, in no order, by the implicit QL iteration on its tridiagonal form (Dubrulle,
 * Martin & Wilkinson 1968). Accurate to a few parts in 10¹⁵ of the greatest one. Throws a RangeError on a matrix that
 * holds anything but finite numbers.
 */
export function eigenvalues(matrix: Symmetric): Float64Array {
  let greatest = 0;
  for (const [i, row] of matrix.entries())
    for (let j = 0; j <= i; j++) greatest = Math.max(greatest, Math.abs(row[j] as number));
  if (greatest === 0) return new Float64Array(matrix.length);
  if (!Number.isFinite(greatest)) throw new RangeError("eigenvalues: expected finite numbers, got others");
  const form = tridiagonal(matrix.map((row) => row.map((value) => value / greatest)));
  const { diagonal, beside } = form;
  for (let from = 0; from < diagonal.length; from++) {
    for (let turns = 0; turns < mostTurns; turns++) {
      let to = from;
      while (to < diagonal.length - 1 && Math.abs(beside[to] as number) > Number.EPSILON) to += 1;
      if (to === from) break;
      turn(form, from, to);
    }
  }
  return diagonal.map((value) => value * greatest);
}
