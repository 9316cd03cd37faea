import type { Rng } from "../../../core/rng.ts";
import type { AxisValue, Condition, Region } from "../../domain.ts";
import type { Membership } from "../state.ts";
import { rulesOf, valuesOf } from "./kind-rules.ts";
import { type Axis, axisValues, type Kind, kinds, type Shape } from "./shapes.ts";

export function meets(condition: Condition | undefined, value: AxisValue): boolean {
  if (condition === undefined) return true;
  if (typeof condition !== "object") return condition === value;
  if (isList(condition)) return condition.includes(value);
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = condition;
  return typeof value === "number" && min <= value && value <= max;
}

const isList = (condition: Condition): condition is readonly AxisValue[] => Array.isArray(condition);

function verdictOf(clause: string): Shape["verdict"] {
  if (clause === "none") return "granted";
  return clause === "cancel_flown" ? "handover" : "refused";
}

const simplest = Object.fromEntries(Object.entries(axisValues).map(([axis, values]) => [axis, values[0]]));

/** Every combination of a kind's bound axes, whether it can be or not. */
export function combinations(kind: Kind): readonly Shape[] {
  const { bound } = rulesOf[kind];
  let partial: readonly Shape[] = [
    { ...simplest, kind, clause: "none", verdict: "granted" } as unknown as Shape,
  ];
  for (const axis of bound) {
    partial = partial.flatMap((shape) => valuesOf(kind, axis).map((value) => ({ ...shape, [axis]: value })));
  }
  return partial.map((shape) => ({ ...shape, verdict: verdictOf(shape.clause) }));
}

const soundOf: Readonly<Record<string, readonly Shape[]>> = Object.fromEntries(
  kinds.map((kind) => {
    const { constraints } = rulesOf[kind];
    return [kind, combinations(kind).filter((shape) => constraints.every((one) => one.holds(shape)))];
  }),
);

/** True if the kind has every axis that the region is about; the conversation's axes are somebody else's. */
export function hasAxes(kind: Kind, region: Region): boolean {
  const { axes } = rulesOf[kind];
  return Object.keys(region).every(
    (axis) => axis === "kind" || axis === "verdict" || axes.includes(axis as Axis),
  );
}

/** The sound combinations of bound axes within a region, or none if a free axis has no value there. */
export function within(kind: Kind, region: Region): readonly Shape[] {
  if (!meets(region.kind, kind) || !hasAxes(kind, region)) return [];
  const { axes, bound } = rulesOf[kind];
  const free = axes.filter((axis) => !bound.includes(axis) && region[axis] !== undefined);
  if (free.some((axis) => !valuesOf(kind, axis).some((value) => meets(region[axis], value)))) return [];
  const asked = ["verdict" as const, ...bound].filter((axis) => region[axis] !== undefined);
  const all = soundOf[kind] ?? [];
  return all.filter((shape) => asked.every((axis) => meets(region[axis], shape[axis])));
}

/** Draws one axis after the other, each value that is left alike; "none" weighs as much as all clauses. */
function drawBound(kind: Kind, sound: readonly Shape[], rng: Rng): Shape {
  let left = sound;
  for (const axis of rulesOf[kind].bound) {
    const values = [...new Set(left.map((shape) => shape[axis]))];
    const weight = (value: AxisValue) => (axis === "clause" && value === "none" ? values.length : 1);
    const value = rng.weighted(values, weight);
    left = left.filter((shape) => shape[axis] === value);
  }
  return rng.pick(left);
}

export function drawShape(region: Region, rng: Rng): Shape | null {
  for (const kind of rng.shuffle(kinds)) {
    const sound = within(kind, region);
    if (sound.length === 0) continue;
    const shape = drawBound(kind, sound, rng);
    const { axes, bound } = rulesOf[kind];
    const free = Object.keys(axisValues).filter((axis) => !bound.includes(axis as Axis)) as Exclude<
      Axis,
      "clause"
    >[];
    const drawn = free.map((axis) => {
      const values = axisValues[axis].filter((value) => !axes.includes(axis) || meets(region[axis], value));
      return [axis, rng.pick<AxisValue>(values)];
    });
    return { ...shape, ...Object.fromEntries(drawn) };
  }
  return null;
}

/** A request to be planted; a companion is the cancellation of the same reservation that must come before it. */
export interface Wished {
  readonly shape: Shape;
  readonly companion?: Shape;
}

const needsCompanion = ({ kind, clause, event }: Shape) =>
  kind === "compensation" && clause === "none" && event === "delayed";

/** The region of a granted cancellation of the reservation of a compensation. */
function companionRegion({ cabin, insurance, trip, passengers, membership }: Shape): Region {
  const same = { cabin, insurance, trip, passengers, membership };
  return { kind: "cancel", verdict: "granted", ground: ["recent", "business", "insured"], ...same };
}

/** Gives each compensation for a delay its cancellation: one that was wished anyway if it can be that, or one more. */
function withCompanions(
  regions: readonly Region[],
  shapes: readonly Shape[],
  rng: Rng,
): readonly Wished[] | null {
  const taken = new Set<number>();
  const companions = shapes.map((shape) => {
    if (!needsCompanion(shape)) return undefined;
    const pins = companionRegion(shape);
    for (const [j, region] of regions.entries()) {
      if (shapes[j]?.kind !== "cancel" || taken.has(j) || !narrows(region, pins)) continue;
      const both = drawShape({ ...region, ...pins, ground: region.ground ?? pins.ground ?? "recent" }, rng);
      if (both === null || both.ground === "airline_cancelled") continue;
      taken.add(j);
      return both;
    }
    return drawShape(pins, rng);
  });
  if (companions.includes(null)) return null;
  return shapes.flatMap((shape, i) => {
    if (taken.has(i)) return [];
    const companion = companions[i];
    return [companion === undefined || companion === null ? { shape } : { shape, companion }];
  });
}

/** True if what is pinned lies within a region. */
function narrows(region: Region, pins: Region): boolean {
  return Object.entries(pins).every(
    ([axis, value]) => axis === "ground" || (typeof value !== "object" && meets(region[axis], value)),
  );
}

/**
 * Fixes every axis of each wished request, for one user: all have the same membership, and the one handover that
 * a conversation can hold comes last. Null if that cannot be.
 */
export function drawWished(regions: readonly Region[], rng: Rng): readonly Wished[] | null {
  for (const membership of rng.shuffle<Membership>(axisValues.membership)) {
    const drawn = regions.map((region) =>
      meets(region.membership, membership) ? drawShape({ ...region, membership }, rng) : null,
    );
    const shapes = drawn.filter((shape) => shape !== null);
    const handovers = shapes.filter((shape) => shape.verdict === "handover");
    if (shapes.length < regions.length || handovers.length > 1) continue;
    const wished = withCompanions(regions, shapes, rng);
    if (wished === null) continue;
    const isLast = ({ shape }: Wished) => shape.verdict === "handover";
    return [...wished.filter((one) => !isLast(one)), ...wished.filter(isLast)];
  }
  return null;
}
