import type { Rng } from "../../../core/rng.ts";
import type { AxisValue, AxisValues, Region } from "../../domain.ts";
import type { CellDraw, ScenarioWish } from "../../scenario.ts";
import { rulesOf, valuesOf } from "./kind-rules.ts";
import { airportCodes } from "./places.ts";
import { type Axis, axisValues, type Kind, kinds, type Shape } from "./shapes.ts";
import { combinations, drawShape, meets, within } from "./wishes.ts";

/** Why wishes cannot be met. Everything here is proved by going through all combinations, never by trying. */

const allCombinations: Readonly<Record<string, readonly Shape[]>> = Object.fromEntries(
  kinds.map((kind) => [kind, combinations(kind)]),
);

const shown = (region: Region) =>
  Object.entries(region)
    .map(
      ([axis, condition]) =>
        `${axis}=${typeof condition === "object" ? JSON.stringify(condition) : condition}`,
    )
    .join(", ");

/** The conditions without any of which the rest could be met: what is really in the way, and nothing more. */
function core(kind: Kind, region: Region): Region {
  let left = region;
  for (const axis of Object.keys(region)) {
    if (axis === "kind") continue;
    const { [axis]: _, ...without } = left;
    if (within(kind, without).length === 0) left = without;
  }
  return left;
}

/** Why a kind of request cannot lie in a region, in words. */
function objectionOfKind(kind: Kind, region: Region): string {
  const { axes, constraints } = rulesOf[kind];
  const foreign = Object.keys(region).find(
    (axis) => axis !== "kind" && axis !== "verdict" && !axes.includes(axis as Axis),
  );
  if (foreign !== undefined) return `a request of kind ${kind} has no ${foreign}`;
  const { kind: _, ...conditions } = core(kind, region);
  const { clause } = conditions;
  if (clause !== undefined && !valuesOf(kind, "clause").some((value) => meets(clause, value)))
    return `no request of kind ${kind} is turned down by ${shown({ clause })}`;
  const inside = (allCombinations[kind] ?? []).filter((shape) =>
    Object.entries(conditions).every(
      ([axis, condition]) => !(axis in shape) || meets(condition, shape[axis as Axis] as AxisValue),
    ),
  );
  const broken = inside.map((shape) => constraints.filter((one) => !one.holds(shape)));
  const fewest = broken.toSorted((a, b) => a.length - b.length)[0];
  const why =
    fewest === undefined || fewest.length === 0
      ? "it has no such values together"
      : fewest.map(({ says }) => says).join("; ");
  return `${shown(conditions) || "nothing"} cannot be for kind ${kind}: ${why}`;
}

/** How many conditions of a region have no value at all for a kind. */
const missing = (kind: Kind, region: Region) =>
  Object.entries(region).filter(([axis, condition]) =>
    axis in axisValues || axis === "clause"
      ? !rulesOf[kind].axes.includes(axis as Axis) ||
        !valuesOf(kind, axis as Axis).some((value) => meets(condition, value))
      : false,
  ).length;

/** Why no request can lie in a region; null if one can. */
function objectionToRequest(region: Region): string | null {
  const meant = kinds.filter((kind) => meets(region.kind, kind));
  if (soundIn(region).length > 0) return null;
  // A kind that has all the axes and clauses tells most of what is in the way.
  const telling = meant.toSorted((a, b) => missing(a, region) - missing(b, region));
  const [first, ...others] = telling.map((kind) => objectionOfKind(kind, region));
  if (first === undefined) return `there is no kind of request ${shown({ kind: region.kind ?? "" })}`;
  return others.length === 0 ? first : `no kind of request meets ${shown(region)}: ${first}`;
}

/** Draws every axis of a request within a region. */
export function drawCell(region: Region, rng: Rng): CellDraw {
  const shape = drawShape(region, rng);
  if (shape === null)
    return {
      status: "impossible",
      // Told when it is asked for: to say what is in the way takes far longer than to draw.
      get why() {
        return objectionToRequest(region) ?? "no values were found";
      },
    };
  const { axes } = rulesOf[shape.kind];
  const values: AxisValues = { kind: shape.kind, verdict: shape.verdict };
  return {
    status: "drawn",
    cell: Object.fromEntries([
      ...Object.entries(values),
      ...axes
        .filter((axis) => axis !== "alternatives" || shape.clause === "none")
        .map((axis) => [axis, shape[axis]]),
    ]),
  };
}

const mostOf = { book: 3, compensation: 3 } as const;

const sound = new WeakMap<Region, readonly Shape[]>();

/** Every combination of bound axes that a region holds, remembered by the region's identity. */
function soundIn(region: Region): readonly Shape[] {
  const known = sound.get(region) ?? kinds.flatMap((kind) => within(kind, region));
  sound.set(region, known);
  return known;
}

/** True if a region leaves room for a request of a customer with this membership. */
const fitsMember = (region: Region, membership: Shape["membership"]) =>
  meets(region.membership, membership) &&
  soundIn(region).some(
    (shape) => !rulesOf[shape.kind].bound.includes("membership") || shape.membership === membership,
  );

/** How many of the regions hold nothing but shapes of which something is true. */
const surely = (regions: readonly Region[], isSo: (shape: Shape) => boolean) =>
  regions.filter((region) => soundIn(region).every(isSo)).length;

/** Why the requests of one conversation cannot stand together; null if nothing is known to be in the way. */
function objectionToCompany(regions: readonly Region[]): string | null {
  const fits = axisValues.membership.some((one) => regions.every((region) => fitsMember(region, one)));
  if (!fits) return "all requests are of one customer, and no membership fits them all";
  for (const [kind, most] of Object.entries(mostOf)) {
    const wanted = surely(regions, (shape) => shape.kind === kind);
    if (wanted > most)
      return `${wanted} requests of kind ${kind} are wanted, and the tools can make ${most} such records in one conversation`;
  }
  for (const source of ["gift_card", "certificate"]) {
    const largest = surely(
      regions,
      (shape) => shape.kind === "book" && shape.reference === "described" && shape.pays_with === source,
    );
    if (largest > 1)
      return `${largest} bookings are paid with the ${source} described as the largest (reference), and only one can be`;
  }
  const handovers = surely(regions, ({ verdict }) => verdict === "handover");
  if (handovers > 1)
    return `${handovers} requests end with a human (cancel_flown), and a conversation can do that once`;
  const room = Math.floor(airportCodes.length / 2);
  return regions.length > room
    ? `${regions.length} requests take two airports each, and there are ${airportCodes.length}`
    : null;
}

const isPaidDelay = ({ kind, clause, event }: Shape) =>
  kind === "compensation" && clause === "none" && event === "delayed";

/** The trips of the customer's own that requests are about; the delay of a trip can be one that is cancelled beside it. */
function tripsNeeded(regions: readonly Region[]): number {
  const own = surely(regions, ({ kind, clause }) => kind !== "book" && clause !== "own_reservations");
  const some = (isSo: (shape: Shape) => boolean) =>
    regions.filter((region) => soundIn(region).some(isSo)).length;
  return (
    own -
    Math.min(
      some(isPaidDelay),
      some(({ kind }) => kind === "cancel"),
    )
  );
}

/** Why the profile cannot hold as many trips as wished. */
function objectionToTrips(regions: readonly Region[], world: Region): string | null {
  if (world.trips_held === undefined) return null;
  const { trips_held: wanted } = world;
  const needed = tripsNeeded(regions);
  const allowed = [0, 1, 2, 3, 4, 5].filter((count) => meets(wanted, count));
  if (allowed.some((count) => count === 5 || count >= needed)) return null;
  return `${needed} requests are about trips of the customer's own, and the profile is to hold ${allowed.join(" or ")} (trips_held)`;
}

/** Why no scenario can meet a wish, as far as that can be proved; null if nothing is known to be in the way. */
export function objectionTo({
  requests,
  world = {},
}: Pick<ScenarioWish, "requests" | "world">): string | null {
  const objection = requests.map(objectionToRequest).find((found) => found !== null);
  return objection ?? objectionToCompany(requests) ?? objectionToTrips(requests, world);
}
