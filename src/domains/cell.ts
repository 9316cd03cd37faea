import { InputError, unknownName } from "../core/errors.ts";
import { canonical } from "../core/json.ts";
import { requestKind } from "./dialogue.ts";
import {
  type Axis,
  type AxisValue,
  type AxisValues,
  type Condition,
  type Domain,
  type Habits,
  type Region,
  type Request,
  soundHabits,
  type View,
} from "./domain.ts";

/** Where a task lies: values on the conversation and world axes, and one cell for each request. */
export interface Cell {
  readonly conversation: AxisValues;
  readonly world: AxisValues;
  /** Sorted by their canonical text. */
  readonly requests: readonly AxisValues[];
}

/** One cell from its parts; the requests' cells are put in order, since the order of wishes is no axis. */
export function cellOf(parts: Cell): Cell {
  return { ...parts, requests: [...parts.requests].sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1)) };
}

/** The name of a cell. */
export function cellKey(cell: Cell): string {
  return canonical(cell);
}

/** A request's values on the request axes, as far as a view has shown them. */
export function requestCell(request: Request, view: View, domain: Domain): AxisValues {
  const kind = requestKind(request, domain);
  let alternatives: number | undefined;
  const habits: Habits = {
    ...soundHabits,
    choose: (options) => {
      alternatives ??= Math.min(4, options.length);
      return 0;
    },
  };
  const move = kind.next(request, view, habits);
  const decided = move.move !== "look" && move.move !== "stuck";
  const verdict = move.move === "offer" ? "granted" : move.move === "refuse" ? "refused" : "handover";
  const clause = move.move === "refuse" || move.move === "handover" ? (move.clauses[0] ?? "none") : "none";
  return {
    kind: request.kind,
    ...kind.cell(request, view),
    ...(decided ? { verdict, clause } : {}),
    ...(decided && alternatives !== undefined ? { alternatives } : {}),
  };
}

/** True if a value meets a condition; an unknown value meets none. */
export function meets(value: AxisValue | undefined, condition: Condition): boolean {
  if (value === undefined) return false;
  if (Array.isArray(condition)) return condition.includes(value);
  if (typeof condition !== "object") return value === condition;
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = condition as {
    min?: number;
    max?: number;
  };
  return typeof value === "number" && value >= min && value <= max;
}

const split = (region: Region, domain: Pick<Domain, "axes">) => {
  const ofRequest = (name: string) => domain.axes.find((axis) => axis.name === name)?.scope === "request";
  const entries = Object.entries(region);
  return {
    request: entries.filter(([name]) => ofRequest(name)),
    other: entries.filter(([name]) => !ofRequest(name)),
  };
};

/** True if one request cell meets all of a region's request-scope conditions. */
export function requestMeets(values: AxisValues, region: Region, domain: Pick<Domain, "axes">): boolean {
  return split(region, domain).request.every(([name, condition]) => meets(values[name], condition));
}

/** True if a cell lies in a region: one request meets all request-scope conditions, and the others hold. */
export function isWithin(cell: Cell, region: Region, domain: Pick<Domain, "axes">): boolean {
  const { request, other } = split(region, domain);
  const around: AxisValues = { ...cell.world, ...cell.conversation };
  return (
    other.every(([name, condition]) => meets(around[name], condition)) &&
    cell.requests.some((values) => request.every(([name, condition]) => meets(values[name], condition)))
  );
}

function checkValue(axis: Axis, value: unknown): void {
  if (axis.values.some((known) => known === value)) return;
  throw unknownName(`value of the axis ${axis.name}`, String(value), axis.values.map(String));
}

/** Checks that a region names axes and values of the domain; throws an InputError that lists what there is. */
export function checkRegion(region: Region, domain: Pick<Domain, "axes" | "name">): void {
  for (const [name, condition] of Object.entries(region)) {
    const axis = domain.axes.find((known) => known.name === name);
    if (axis === undefined) {
      throw unknownName(
        `axis of ${domain.name}`,
        name,
        domain.axes.map((known) => known.name),
      );
    }
    if (Array.isArray(condition)) for (const value of condition) checkValue(axis, value);
    else if (typeof condition !== "object") checkValue(axis, condition);
    else if (!axis.values.every((value) => typeof value === "number")) {
      throw new InputError(`The axis ${name} has no numbers: give one of its values, or a list of them.`);
    } else if (!axis.values.some((value) => meets(value, condition))) {
      const shown = JSON.stringify(condition);
      throw new InputError(
        `No value of the axis ${name} lies in ${shown}: its values are ${axis.values.join(", ")}.`,
      );
    }
  }
}

/** A region in words: `kind=cancel, cabin=economy|business, passengers=2–5`. */
export function describeRegion(region: Region): string {
  const entries = Object.entries(region).map(([name, condition]) => {
    if (Array.isArray(condition)) return `${name}=${condition.join("|")}`;
    if (typeof condition !== "object") return `${name}=${condition}`;
    const { min, max } = condition as { min?: number; max?: number };
    return `${name}=${min ?? "…"}–${max ?? "…"}`;
  });
  return entries.join(", ") || "anywhere";
}
