import { ToolError } from "../domain.ts";

/** Whole numbers are exact as in Python; a number with a point, or the result of `/`, is a float. */
type Num = bigint | number;

/** Longest expression, in characters; the parser's depth is bounded by it too. */
const maxLength = 1_000;
/** Largest whole number on the way, in bits. */
const maxBits = 4_096;

function tokens(expression: string): readonly string[] {
  if (expression.length > maxLength) {
    throw new ToolError(
      `The expression has ${expression.length} characters, at most ${maxLength} are allowed.`,
    );
  }
  if (!/^[0-9+\-*/(). ]*$/.test(expression)) {
    throw new ToolError("An expression may have digits, + - * / ( ) . and spaces only.");
  }
  return expression.match(/\d+\.?\d*|\.\d+|\*\*|\/\/|[+\-*/()]|\./g) ?? [];
}

function bounded(value: Num): Num {
  if (typeof value === "bigint") {
    if (value.toString(16).length * 4 > maxBits)
      throw new ToolError("A number in the expression is too large.");
    return value;
  }
  if (!Number.isFinite(value)) throw new ToolError("A number in the expression is too large.");
  return value;
}

function literal(token: string): Num {
  if (token.includes(".")) return Number(token);
  if (/^0+[1-9]/.test(token)) throw new ToolError(`A whole number must not begin with 0, as in "${token}".`);
  return bounded(BigInt(token));
}

/** A value as a float; whole numbers beyond the floats' range are refused, as Python does. */
function float(value: Num): number {
  return Number(bounded(Number(value)));
}

function divide(a: Num, b: Num): Num {
  if (float(b) === 0) throw new ToolError("The expression divides by zero.");
  return bounded(float(a) / float(b));
}

/** Python's `//`: rounds towards minus infinity. */
function floorDivide(a: Num, b: Num): Num {
  if (b === 0n || b === 0) throw new ToolError("The expression divides by zero.");
  if (typeof a === "bigint" && typeof b === "bigint") {
    const quotient = a / b;
    return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
  }
  const [x, y] = [float(a), float(b)];
  const remainder = x % y;
  const whole = Math.round((x - remainder) / y);
  return bounded(remainder !== 0 && remainder < 0 !== y < 0 ? whole - 1 : whole);
}

function power(base: Num, exponent: Num): Num {
  if (typeof base === "bigint" && typeof exponent === "bigint" && exponent >= 0n) {
    const bits = BigInt(base.toString(2).replace("-", "").length);
    if (base * base > 1n && bits * exponent > BigInt(maxBits)) {
      throw new ToolError("A number in the expression is too large.");
    }
    return base ** exponent;
  }
  const [x, y] = [float(base), float(exponent)];
  if (x === 0 && y < 0) throw new ToolError("The expression divides by zero.");
  if (x < 0 && !Number.isInteger(y)) throw new ToolError("The expression has a root of a negative number.");
  return bounded(x ** y);
}

function combine(operator: string, a: Num, b: Num): Num {
  if (operator === "/") return divide(a, b);
  if (operator === "//") return floorDivide(a, b);
  if (typeof a === "bigint" && typeof b === "bigint") {
    return bounded(operator === "+" ? a + b : operator === "-" ? a - b : a * b);
  }
  const [x, y] = [float(a), float(b)];
  return bounded(operator === "+" ? x + y : operator === "-" ? x - y : x * y);
}

/** Rounds to 2 decimals as Python's round does: on the exact binary value, a true tie to the even digit. */
function round2(value: number): number {
  if (Math.abs(value) >= 2 ** 52) return value;
  const eighths = value * 8;
  if (!Number.isInteger(eighths) || eighths % 2 === 0) return Number(value.toFixed(2));
  const below = Math.floor(value * 100);
  return (below % 2 === 0 ? below : below + 1) / 100;
}

/**
 * The value of an arithmetic expression, rounded to 2 decimals, with the semantics of Python's operators
 * + - * / // ** and parentheses. A bounded recursive descent; throws a ToolError for anything else.
 */
export function calculate(expression: string): number {
  const list = tokens(expression);
  let place = 0;
  const take = (...wanted: readonly string[]): string | undefined => {
    const token = list[place];
    if (token === undefined || !wanted.includes(token)) return undefined;
    place++;
    return token;
  };
  const sum = (): Num => {
    let value = product();
    for (let sign = take("+", "-"); sign !== undefined; sign = take("+", "-")) {
      value = combine(sign, value, product());
    }
    return value;
  };
  const product = (): Num => {
    let value = signed();
    for (let sign = take("*", "/", "//"); sign !== undefined; sign = take("*", "/", "//")) {
      value = combine(sign, value, signed());
    }
    return value;
  };
  const signed = (): Num => {
    const sign = take("+", "-");
    if (sign === undefined) return raised();
    return sign === "-" ? -signed() : signed();
  };
  const raised = (): Num => {
    const base = atom();
    return take("**") === undefined ? base : power(base, signed());
  };
  const atom = (): Num => {
    if (take("(") !== undefined) {
      const value = sum();
      if (take(")") === undefined) throw new ToolError("The expression lacks a closing parenthesis.");
      return value;
    }
    const token = list[place++];
    if (token === undefined) throw new ToolError("The expression ends too early.");
    if (!/\d/.test(token)) throw new ToolError(`The expression has "${token}" where a number was expected.`);
    return literal(token);
  };
  const value = sum();
  const rest = list[place];
  if (rest !== undefined) throw new ToolError(`The expression has "${rest}" where an operator was expected.`);
  return round2(float(value));
}
