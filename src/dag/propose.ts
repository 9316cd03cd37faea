import type { Rng } from "../core/rng.ts";
import { describeRegion } from "../domains/cell.ts";
import type { AxisValues, Domain, Region } from "../domains/domain.ts";
import { drawParameters } from "./cells.ts";
import { fillingOf, type Parameters, type Proposed, type Trial } from "./parameters.ts";
import { counted, countedCell, emptyTally, rarity, type Tally } from "./space-filling.ts";
import { drawCause, type Observation, reach, type Vein, veinOf } from "./veins.ts";

/** What the next tasks follow from: known ways to fail by turns, and what nobody has asked yet. */

/** Tasks tried in a vein after which it must have kept its promise, and the share of hits that it must have kept. */
const [fairTries, leastHits] = [3, 0.35];
/** The share of proposals that look for what is not known, at least and at most. */
const [leastNew, mostNew] = [0.25, 0.5];
/** Compositions drawn to look for what is not known; the one that known veins reach least is taken. */
const looks = 4;

interface Proposing {
  readonly domain: Domain;
  /** Oldest first. */
  readonly trials: readonly Trial[];
  readonly rng: Rng;
}

/** A vein with what following it has brought so far. */
interface Followed extends Vein {
  /** Tasks that lie in it, and those of them whose pass rate is inside the window. */
  readonly tried: number;
  readonly hits: number;
}

/** The requests of a trial as observations: what belongs to no request is laid to each of them. */
function observationsOf({ cell, requests, n, modes }: Trial): readonly Observation[] {
  const around: AxisValues = { ...cell.world, ...cell.conversation };
  return requests.map((values, i) => {
    const own = modes.filter(({ request }) => request === i || request === null);
    return { cell: values, around, n, modes: Object.fromEntries(own.map(({ key, count }) => [key, count])) };
  });
}

/** The way in which most rollouts of a trial failed; null if none did. */
export function mainMode({ modes }: Pick<Trial, "modes">): string | null {
  const first = modes.toSorted((a, b) => b.count - a.count)[0];
  return first === undefined ? null : first.key;
}

function followed(vein: Vein, trials: readonly Trial[]): Followed {
  const inside = trials.filter((trial) => observationsOf(trial).some((one) => reach(vein, one) > 0.5));
  const hits = inside.filter(({ verdict }) => verdict === "inside").length;
  return { ...vein, tried: inside.length, hits };
}

/** Every way to fail that was seen, with its likely causes and what it has brought. */
export function veinsOf(trials: readonly Trial[], domain: Domain): readonly Followed[] {
  const failing = trials.filter(({ verdict, n, passed }) => verdict === "inside" || passed < n);
  const modes = new Set(failing.flatMap((trial) => mainMode(trial) ?? []));
  const seen = trials.flatMap(observationsOf);
  return [...modes].map((mode) => followed(veinOf(mode, seen, domain), trials));
}

const share = ({ tried, hits }: Followed) => (hits + 1) / (tried + 2);

/**
 * Good and Turing's estimate of the chance that the next failure is of a new kind: kinds seen once over failures seen
 * (Good 1953).
 */
function chanceOfNew(modes: readonly string[]): number {
  const counts = [...Map.groupBy(modes, (mode) => mode).values()].map((same) => same.length);
  return modes.length === 0 ? 1 : counts.filter((n) => n === 1).length / modes.length;
}

function split(where: Region, { axes }: Domain): { readonly where: Region; readonly around: Region } {
  const isOwn = (name: string) => axes.find((axis) => axis.name === name)?.scope === "request";
  const of = (own: boolean) =>
    Object.fromEntries(Object.entries(where).filter(([name]) => isOwn(name) === own));
  return { where: of(true), around: of(false) };
}

interface Known {
  readonly veins: readonly Followed[];
  /** The main mode of every trial inside the window. */
  readonly found: readonly string[];
  readonly tally: Tally;
}

/** The next parameters, one after the other, each knowing of those before it. Fewer where the domain yields no more. */
export function proposeParameters(on: Proposing, count: number): readonly Proposed[] {
  const { domain, trials, rng } = on;
  const found = trials.flatMap((trial) => (trial.verdict === "inside" ? (mainMode(trial) ?? []) : []));
  const veins = veinsOf(trials, domain);
  let tally = trials.reduce((so, { cell, filling }) => counted(countedCell(so, cell), filling), emptyTally);
  const proposed: Proposed[] = [];
  for (let i = 0; i < count; i++) {
    const followedSoFar = proposed.flatMap(({ vein }) => vein ?? []);
    const known: Known = { veins, found: [...found, ...followedSoFar], tally };
    const next = proposeOne({ domain, rng: rng.fork(`proposal ${i}`) }, known);
    if (next === null) break;
    proposed.push(next);
    tally = tallied(tally, next.parameters);
  }
  return proposed;
}

/** The tally with proposed parameters counted as though they had been met. */
export function tallied(tally: Tally, parameters: Parameters): Tally {
  const { requests, schedule, world } = parameters;
  const around = { requests: Math.min(4, requests.length), schedule };
  const all = [around, world, fillingOf(parameters), ...requests] as readonly AxisValues[];
  return all.reduce(counted, tally);
}

function proposeOne(on: Pick<Proposing, "domain" | "rng">, known: Known): Proposed | null {
  const { rng } = on;
  const promising = known.veins.filter((vein) => vein.tried < fairTries || share(vein) >= leastHits);
  const novelty = Math.min(mostNew, Math.max(leastNew, chanceOfNew(known.found)));
  if (promising.length === 0 || rng.chance(novelty)) return lookForNew(on, known);
  const takenBy = (vein: Followed) => known.found.filter((mode) => mode === vein.mode).length;
  const worth = (vein: Followed) => share(vein) / (1 + takenBy(vein));
  const [best] = rng.shuffle(promising).toSorted((a, b) => worth(b) - worth(a));
  return (best === undefined ? null : follow(best, takenBy(best), on, known)) ?? lookForNew(on, known);
}

/** A task in a vein, at a cause drawn by its chance; everything that the cause leaves open fills the space. */
function follow(
  vein: Followed,
  taken: number,
  { domain, rng }: Pick<Proposing, "domain" | "rng">,
  { tally, veins }: Known,
): Proposed | null {
  const cause = drawCause(vein, rng);
  if (cause === null) return null;
  const parameters = drawParameters(split(cause, domain), { domain, tally, rng });
  if (parameters === null) return null;
  const chance = vein.causes.find(({ where }) => where === cause)?.chance ?? 0;
  return {
    parameters,
    vein: vein.mode,
    reason: `It follows "${vein.mode}" to ${describeRegion(cause)}, its cause with chance ${chance.toFixed(2)}: ${vein.hits} of ${vein.tried} tasks there lay inside the window, and ${taken} of it were found, the least worth of ${veins.length} known ways to fail being used up.`,
  };
}

/** A task where the target was not asked yet: of a few compositions the one that the known veins reach least. */
function lookForNew(
  { domain, rng }: Pick<Proposing, "domain" | "rng">,
  { tally, veins, found }: Known,
): Proposed | null {
  const drawn = Array.from({ length: veins.length === 0 ? 1 : looks }, () =>
    drawParameters({ where: {} }, { domain, tally, rng }),
  ).filter((one) => one !== null);
  const reached = (parameters: Parameters) =>
    parameters.requests.reduce((sum, cell) => {
      const around = {
        ...parameters.world,
        requests: parameters.requests.length,
        schedule: parameters.schedule,
      };
      const at = { cell: cell as AxisValues, around: around as AxisValues };
      return sum + Math.max(0, ...veins.map((vein) => reach(vein, at)));
    }, 0) / parameters.requests.length;
  const [best] = drawn
    .map((parameters) => ({ parameters, by: reached(parameters) }))
    .toSorted((a, b) => a.by - b.by);
  if (best === undefined) return null;
  const known =
    veins.length === 0
      ? "nothing that fails is known yet"
      : `known ways to fail reach ${(100 * best.by).toFixed(0)} % of its requests, and the next failure is of a new kind with chance ${chanceOfNew(found).toFixed(2)} (Good–Turing)`;
  return {
    parameters: best.parameters,
    vein: null,
    reason: `It fills the space: ${rarestIn(best.parameters, tally, domain)}; ${known}.`,
  };
}

/** The value of some parameters that came up least often so far, in words. */
function rarestIn({ requests }: Parameters, tally: Tally, { axes }: Domain): string {
  const values = requests.flatMap((cell) => Object.entries(cell as AxisValues));
  const scored = values.flatMap(([name, value]) => {
    const axis = axes.find((one) => one.name === name);
    return axis === undefined ? [] : [{ name, value, score: rarity(tally, axis, value) }];
  });
  const [first] = scored.toSorted((a, b) => b.score - a.score);
  if (first === undefined) return "no axis is fixed";
  const times = tally.get(first.name)?.get(first.value) ?? 0;
  return `${first.name}=${first.value} came up ${times} ${times === 1 ? "time" : "times"} so far`;
}
