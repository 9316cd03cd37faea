import type { Rng } from "../core/rng.ts";
import { describeRegion } from "../domains/cell.ts";
import type { AxisValues, Domain, Region } from "../domains/domain.ts";
import { drawParameters } from "./cells.ts";
import { newPairs, type Pairs, pairsIn } from "./pairs.ts";
import { fillingOf, type Parameters, type Proposed, type Trial } from "./parameters.ts";
import { counted, countedCell, emptyTally, rarity, type Tally } from "./space-filling.ts";
import { leadOf, type Observation, reach, type Vein, veinOf } from "./veins.ts";

/** What the next tasks follow from: known ways to fail by turns, and what nobody has asked yet. */

/** Tasks that followed a vein after which it must have kept its promise, and the share of hits that it must have kept. */
const [fairTries, leastHits] = [2, 0.35];
/** The share of proposals that look for what is not known, at least and at most. */
const [leastNew, mostNew] = [0.25, 0.5];

/** The chance that a vein's cause lies where it is followed, at least. */
const surely = 0.9;
/** How often what is new is looked for by several requests at once. */
const several = 0.6;
/** Compositions drawn for each proposal, of which one is taken. */
const looks = 6;

interface Proposing {
  readonly domain: Domain;
  /** Oldest first. */
  readonly trials: readonly Trial[];
  readonly rng: Rng;
  /** Tasks of one vein that are kept at most; one that has so many is followed no more. */
  readonly perVein?: number;
}

/** A vein with what following it has brought so far. */
interface Followed extends Vein {
  /** Tasks that were made to follow it, and those of them that were kept, or fail by it most inside the window. */
  readonly tried: number;
  readonly hits: number;
  /** Tasks kept that fail by it most of all. */
  readonly kept: number;
}

/** The requests of a trial as observations: what belongs to no request is laid to each of them. */
function observationsOf({ cell, requests, n, modes }: Trial): readonly Observation[] {
  const around: AxisValues = { ...cell.world, ...cell.conversation };
  return requests.map((values, i) => {
    const own = modes.filter(({ request }) => request === i || request === null);
    return { cell: values, around, n, modes: Object.fromEntries(own.map(({ key, count }) => [key, count])) };
  });
}

/** The way in which most rollouts of a trial failed, the followed one if it is as frequent; null if none failed. */
export function mainMode({ modes, follows }: Pick<Trial, "modes" | "follows">): string | null {
  const most = Math.max(0, ...modes.map(({ count }) => count));
  const main = modes.filter(({ count }) => count === most).map(({ key }) => key);
  return follows !== null && main.includes(follows) ? follows : (main[0] ?? null);
}

function followed(vein: Vein, trials: readonly Trial[]): Followed {
  const made = trials.filter(({ follows }) => follows === vein.mode);
  const isHit = (trial: Trial) => trial.kept || (trial.verdict === "inside" && mainMode(trial) === vein.mode);
  const hits = made.filter(isHit).length;
  const kept = trials.filter((trial) => trial.kept && mainMode(trial) === vein.mode).length;
  return { ...vein, tried: made.length, hits, kept };
}

/** Every way to fail that was seen, with its likely causes and what it has brought. */
export function veinsOf(trials: readonly Trial[], domain: Domain): readonly Followed[] {
  const failing = trials.filter(({ verdict, n, passed }) => verdict === "inside" || passed < n);
  const modes = new Set(failing.flatMap((trial) => mainMode(trial) ?? []));
  const seen = trials.flatMap(observationsOf);
  return [...modes].map((mode) => followed(veinOf(mode, seen, domain), trials));
}

/** The share of hits to expect of one task more: as seen, with one hit and one miss added (Laplace's rule). */
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
  readonly perVein: number;
  /** Pairs of values that were run. */
  readonly pairs: Pairs;
}

/** The next parameters, one after the other, each knowing of those before it. Fewer where the domain yields no more. */
export function proposeParameters(on: Proposing, count: number): readonly Proposed[] {
  const { domain, trials, rng, perVein = Number.POSITIVE_INFINITY } = on;
  const found = trials.flatMap((trial) => (trial.verdict === "inside" ? (mainMode(trial) ?? []) : []));
  const all = veinsOf(trials, domain);
  const pairs = pairsIn(trials.flatMap(observationsOf));
  let tally = trials.reduce((so, { cell, filling }) => counted(countedCell(so, cell), filling), emptyTally);
  const proposed: Proposed[] = [];
  for (let i = 0; i < count; i++) {
    // Within a batch each proposal counts as though it would be kept, so that the next one looks elsewhere.
    const followed = (mode: string) => proposed.filter(({ vein }) => vein === mode).length;
    const veins = all.map((vein) => ({ ...vein, kept: vein.kept + followed(vein.mode) }));
    const known: Known = { veins, found, tally, perVein, pairs };
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
  const promising = known.veins.filter(
    (vein) => vein.kept < known.perVein && (vein.tried < fairTries || share(vein) >= leastHits),
  );
  // The fewer ways to fail there are to follow, the more it is worth to look for others.
  const novelty = Math.min(mostNew, Math.max(leastNew, chanceOfNew(known.found), 1 / (1 + promising.length)));
  if (promising.length === 0 || rng.chance(novelty)) return lookForNew(on, known);
  const worth = (vein: Followed) => share(vein) / (1 + vein.kept);
  const [best] = rng.shuffle(promising).toSorted((a, b) => worth(b) - worth(a));
  return (best === undefined ? null : follow(best, on, known)) ?? lookForNew(on, known);
}

/** A task in a vein, where its cause most likely lies; everything that the cause leaves open fills the space. */
function follow(
  vein: Followed,
  { domain, rng }: Pick<Proposing, "domain" | "rng">,
  { tally, veins }: Known,
): Proposed | null {
  const lead = leadOf(vein, surely, rng);
  if (lead === null) return null;
  // What fails for several reasons at once teaches none of them: the other requests are to be sound ones.
  const others = veins.filter(({ mode }) => mode !== vein.mode);
  const beside = (parameters: Parameters) =>
    askedBy(parameters).reduce((sum, at) => sum + Math.max(0, ...others.map((one) => reach(one, at))), 0);
  const [parameters] = Array.from({ length: looks }, () =>
    drawParameters(split(lead.where, domain), { domain, tally, rng }),
  )
    .filter((one) => one !== null)
    .map((one) => ({ one, by: beside(one) }))
    .toSorted((a, b) => a.by - b.by)
    .map(({ one }) => one);
  if (parameters === undefined) return null;
  return {
    parameters,
    vein: vein.mode,
    reason: `It follows "${vein.mode}" to ${describeRegion(lead.where)}, where its cause lies with chance ${lead.chance.toFixed(2)}: ${vein.hits} of ${vein.tried} tasks made to follow it were kept or fail by it, and with ${vein.kept} kept of it it is worth most of ${veins.length} known ways to fail.`,
  };
}

/** The requests of some parameters as they would be observed. */
function askedBy({ requests, schedule, world }: Parameters): readonly Pick<Observation, "cell" | "around">[] {
  const around = { ...world, requests: Math.min(4, requests.length), schedule } as AxisValues;
  return requests.map((cell) => ({ cell: cell as AxisValues, around }));
}

/**
 * A task where the target was not asked yet: of a few compositions the one with most pairs of values that never met,
 * and none that only shows again what enough is kept of.
 */
function lookForNew({ domain, rng }: Pick<Proposing, "domain" | "rng">, known: Known): Proposed | null {
  const { tally, veins, found, pairs, perVein } = known;
  // Several requests ask several things at once, and the analysis tells which of them went wrong.
  const around: Region = veins.length > 0 && rng.chance(several) ? { requests: { min: 3 } } : {};
  const drawn = Array.from({ length: veins.length === 0 ? 1 : looks }, () =>
    drawParameters({ where: {}, around }, { domain, tally, rng }),
  ).filter((one) => one !== null);
  const used = veins.filter(({ kept }) => kept >= perVein);
  const reached = (parameters: Parameters) =>
    Math.max(0, ...askedBy(parameters).flatMap((at) => used.map((vein) => reach(vein, at))));
  const [best] = drawn
    .map((parameters) => ({ parameters, fresh: newPairs(askedBy(parameters), pairs) }))
    .map((one) => ({ ...one, worth: one.fresh * (1 - reached(one.parameters)) }))
    .toSorted((a, b) => b.worth - a.worth);
  if (best === undefined) return null;
  const status =
    veins.length === 0
      ? "nothing that fails is known yet"
      : `the next failure is of a new kind with chance ${chanceOfNew(found).toFixed(2)} (Good–Turing)`;
  return {
    parameters: best.parameters,
    vein: null,
    reason: `It fills the space: ${best.fresh} pairs of values in it never met, ${rarestIn(best.parameters, tally, domain)}; ${status}.`,
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
