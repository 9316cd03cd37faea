import type { Rng } from "../core/rng.ts";
import { meets } from "../domains/cell.ts";
import type { AxisValue, AxisValues, Condition, Domain, Region } from "../domains/domain.ts";
import { type Schedule, schedules } from "../tasks/task.ts";
import { rarity, rarityOf, type Tally, type Weighed, weighedOf } from "./space-filling.ts";
import type { Place } from "./trial.ts";

/** Cells drawn for each request, of which the rarest is taken. */
const candidates = 6;
/** Compositions tried before a region counts as one in which requests cannot stand together. */
const tries = 12;

/** A value drawn with chance in proportion to how much too seldom it came up. */
export function drawSeldom<V extends AxisValue>(name: string, values: readonly V[], on: Filling): V {
  return on.rng.weighted(values, (value) => Math.exp(rarity(on.tally, { name, values }, value)));
}

/** What a drawing is made with: the domain, what came up so far, and chance. */
export interface Filling {
  readonly domain: Domain;
  readonly tally: Tally;
  readonly rng: Rng;
  /** The chance that an axis of the first request that is left open stands at its simplest value; 0 unless given. */
  readonly plainness?: number;
  /** The chance that a request is one that the policy grants; as it comes unless given. */
  readonly granted?: number;
}

/** A cell inside a region with many of its open axes at their simplest value; null if the region has none such. */
function drawPlain(region: Region, { domain, rng, plainness = 0 }: Filling): AxisValues | null {
  for (let share = plainness; share > 0.1; share /= 2) {
    const open = domain.axes.filter(
      ({ scope, name, kinds }) =>
        scope === "request" &&
        region[name] === undefined &&
        name !== "kind" &&
        (kinds.length === 0 || region.kind === undefined || kinds.includes(String(region.kind))),
    );
    const plain = open.filter(() => rng.chance(share)).map(({ name, simplest }) => [name, simplest] as const);
    const draw = domain.drawCell({ ...Object.fromEntries(plain), ...region }, rng);
    if (draw.status === "drawn") return draw.cell;
  }
  return null;
}

/** A whole request cell inside a region, the rarest of some; null if none was drawn. */
function drawRare(within: Region, { domain, tally, rng, granted }: Filling): AxisValues | null {
  const weighed = weighedOf(tally);
  const isGranted = granted !== undefined && within.verdict === undefined && rng.chance(granted);
  const region: Region = isGranted ? { ...within, verdict: "granted" } : within;
  const urgent = mostUrgent(region, weighed, domain);
  let best: { readonly cell: AxisValues; readonly score: number } | null = null;
  for (let i = 0; i < candidates; i++) {
    // Chance alone would hardly ever draw what is most wanting.
    const draw = domain.drawCell(i === 0 ? { ...region, ...urgent } : region, rng);
    if (draw.status === "impossible") {
      if (i === 0) continue;
      return null;
    }
    const score = rarityOf(weighed, draw.cell, domain);
    if (best === null || score > best.score) best = { cell: draw.cell, score };
  }
  return best?.cell ?? null;
}

/** The one value of a request axis that is most wanting, as a region; nothing where the region fixes that axis. */
function mostUrgent(region: Region, { tally, weights }: Weighed, { axes }: Domain): Region {
  let most: { readonly region: Region; readonly need: number } = { region: {}, need: 0 };
  for (const axis of axes) {
    if (axis.scope !== "request" || region[axis.name] !== undefined) continue;
    // Only values that came up at all are known to be feasible.
    for (const value of tally.get(axis.name)?.keys() ?? []) {
      const need = (weights.get(axis.name) ?? 1) * rarity(tally, axis, value);
      if (need > most.need) most = { region: { [axis.name]: value }, need };
    }
  }
  return most.region;
}

/** The values of an axis that a region leaves. */
function allowed(name: string, region: Region, { axes }: Domain): readonly AxisValue[] {
  const values = axes.find((axis) => axis.name === name)?.values ?? [];
  const condition = region[name];
  return condition === undefined ? values : values.filter((value) => meets(value, condition));
}

/** What one request of a conversation asks of those beside it: the values that all share; only one ends with a human. */
function beside(one: AxisValues, { axes }: Domain): Region {
  const shared = axes.flatMap(({ name, isShared }): [string, Condition][] => {
    const value = one[name];
    return isShared === true && value !== undefined ? [[name, value]] : [];
  });
  const other = axes.find(({ name }) => name === "verdict")?.values.filter((value) => value !== "handover");
  const alone = one.verdict === "handover" && other !== undefined ? { verdict: other } : {};
  return { ...Object.fromEntries(shared), ...alone };
}

function drawRequests(region: Region, count: number, on: Filling): readonly AxisValues[] | null {
  const first = drawPlain(region, on) ?? drawRare(region, on);
  if (first === null) return null;
  const cells = [first];
  let around = beside(first, on.domain);
  while (cells.length < count) {
    const next = drawRare(around, on);
    if (next === null) return null;
    cells.push(next);
    around = { ...around, ...beside(next, on.domain) };
  }
  return on.rng.shuffle(cells);
}

/** What a task is about, before there is a world: its requests, when they come up, and conditions on the world. */
export interface Composition {
  /** One region per thing that is wanted; each fixes every axis of its kind. */
  readonly requests: readonly AxisValues[];
  readonly schedule: Schedule;
  /** Values on the world axes. */
  readonly world: AxisValues;
}

/** A composition with one request in a region and everything else filling the space; null if no tries found any. */
export function drawComposition(
  { where, around = {} }: { readonly where: Region; readonly around?: Region },
  on: Filling,
): Composition | null {
  const { domain } = on;
  const open = allowed("schedule", around, domain);
  // What is wanted alone comes up at once.
  const counts = allowed("requests", around, domain).filter((n) => n !== 1 || open.includes("together"));
  if (counts.length === 0) return null;
  for (let i = 0; i < tries; i++) {
    const count = Number(drawSeldom("requests", counts, on));
    const requests = drawRequests(where, count, on);
    if (requests === null) continue;
    const world = drawWorld(requests, around, on);
    if (domain.objectionTo({ requests, world }) !== null) continue;
    const drawn = count === 1 ? "together" : drawSeldom("schedule", open, on);
    return { requests, schedule: schedules.find((known) => known === drawn) ?? "together", world };
  }
  return null;
}

/** A value on each world axis that goes with the requests. */
function drawWorld(requests: readonly AxisValues[], around: Region, on: Filling): AxisValues {
  const { domain } = on;
  const axes = domain.axes.filter(({ scope }) => scope === "world");
  return Object.fromEntries(
    axes.flatMap(({ name }) => {
      const possible = allowed(name, around, domain).filter(
        (value) => domain.objectionTo({ requests, world: { [name]: value } }) === null,
      );
      return possible.length === 0 ? [] : [[name, drawSeldom(name, possible, on)]];
    }),
  );
}

/** A composition's requests with what is around them: where each of them would be observed. */
export function placesOf({ requests, schedule, world }: Composition): readonly Place[] {
  const around = { ...world, requests: Math.min(4, requests.length), schedule };
  return requests.map((cell) => ({ cell, around }));
}
