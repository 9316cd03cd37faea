import type { Rng } from "../core/rng.ts";
import { type Beta, type Interval, uniformPrior } from "../core/stats.ts";
import { describeRegion, meets } from "../domains/cell.ts";
import type { AxisValues, Domain, Region } from "../domains/domain.ts";
import { hardWindow } from "../rollout/evaluate.ts";
import { type Composition, drawComposition, placesOf } from "./compose.ts";
import { countMet, type Met, newnessOf, nothingMet } from "./pairs.ts";
import { counted, rarity, type Tally, tallyOf } from "./space-filling.ts";
import { aroundOf, type Place, splitRegion, type Trial } from "./trial.ts";
import { leadOf, reach, type Vein } from "./veins.ts";
import { ownerOf, veinsIn, type Worked } from "./worked.ts";
import { isFull, isOutside, worthOfLooking, worthsIn } from "./worth.ts";

/** What to attack next: a known way to fail that has given least, or what nobody has asked yet. */

/** What the choice rests on. */
export interface Choosing {
  readonly domain: Domain;
  /** Oldest first. */
  readonly trials: readonly Trial[];
  readonly rng: Rng;
  /** Tasks of one vein that are kept at most; one that has so many is followed no more. */
  readonly perVein?: number;
  /** The share of target rollouts that looks for what is not known, at least. */
  readonly leastNew?: number;
  /** The pass rates worth keeping; those of the `hard` window unless given. */
  readonly window?: Interval;
  /** Kept tasks at most by kind of request: a vein of a kind that has so many is followed no more. */
  readonly kinds?: Readonly<Record<string, number>>;
  /** Choices in a row that follow one vein at most, for one who takes them as long as nothing can be made of them. */
  readonly inARow?: number;
  /** Tasks that are wanted in all: the fewer, the sooner what was found is followed. */
  readonly wanted?: number;
}

/** What is chosen, and why: one sentence with its numbers. */
export interface Choice {
  readonly composition: Composition;
  /** The region that it is about; a request of the composition lies there. */
  readonly where: Region;
  /** The vein that it follows; null where it looks for what is not known yet. */
  readonly vein: string | null;
  /** What its pass rate is expected to be before the first rollout. */
  readonly prior: Beta;
  readonly reason: string;
}

const [defaultLeastNew, defaultWanted] = [0.08, 10] as const;
/**
 * Rollouts that look for what is not known, at most, once something is: so many to begin with, no more than some for
 * each task that is wanted, and a share of all.
 */
const mostNew = { first: 110, each: 5, share: 0.06 } as const;
/** The share of hits to expect of a vein at which it is no longer worth following. */
const leastHits = 0.09;
/** Compositions drawn for each choice, of which one is taken. */
const looks = 8;
/**
 * The share of requests among those that look for something new that the policy grants: most steps of an agent come
 * up in them alone, and most clauses are about the others.
 */
const granted = 0.5;
/**
 * Things that a look asks for at once: the analysis tells which of them went wrong. Where something new has become
 * scarce more of them can be asked without two going wrong together.
 */
const [fewRequests, manyRequests, scarce] = [[1, 1, 2, 2, 2, 3, 3, 3, 4], [2, 3, 3, 4, 4], 0.1] as const;
/** Looks for something new that the chance of finding it is judged by: the last so many. */
const recent = 30;

/** What the search for something new has brought: what deciding between old and new rests on. */
interface Search {
  /** The chance that the next look finds a new vein, by the last of them. */
  readonly chance: number;
  /** Rollouts of one look. */
  readonly cost: number;
  /** Rollouts that went into looking, and all that there were. */
  readonly rollouts: number;
  readonly total: number;
}

interface Known {
  readonly veins: readonly Worked[];
  /** The vein that is not followed in this choice; null if any may be. */
  readonly stuck: string | null;
  readonly search: Search;
  readonly tally: Tally;
  /** Counted when it is first asked for: to follow a vein takes none of it. */
  met(): Met;
}

function searchIn(trials: readonly Trial[], veins: readonly Worked[]): Search {
  const total = trials.reduce((sum, { n }) => sum + n, 0);
  const first = new Map<string, Trial>();
  for (const trial of trials) {
    const name = ownerOf(trial, veins);
    if (name !== null && !first.has(name)) first.set(name, trial);
  }
  const found = new Set(first.values());
  const looked = trials.filter(({ isLook }) => isLook);
  const last = looked.slice(-recent);
  // What was kept is no cost of looking.
  const rollouts = looked.reduce((sum, { n, kept }) => sum + (kept ? 0 : n), 0);
  return {
    chance: (last.filter((trial) => found.has(trial)).length + 0.5) / (last.length + 1),
    cost: looked.length === 0 ? 1 : rollouts / looked.length,
    rollouts,
    total,
  };
}

/** The vein that the last choices all followed, if they were so many; null if none. */
function stuckOn(chosen: readonly Choice[], inARow = Number.POSITIVE_INFINITY): string | null {
  const name = chosen.at(-1)?.vein ?? null;
  return chosen.length - 1 - chosen.findLastIndex(({ vein }) => vein !== name) >= inARow ? name : null;
}

/** What to do next, one after the other, each knowing of those before it. Ends where the domain yields no more. */
export function* choose(on: Choosing): Generator<Choice> {
  const { domain, trials, rng } = on;
  const all = veinsIn(trials, domain, on.window);
  const search = searchIn(trials, all);
  let tally = tallyOf(trials);
  const chosen: Choice[] = [];
  let known: Met | undefined;
  const met = () => {
    known ??= metIn(trials, chosen);
    return known;
  };
  for (;;) {
    // Each choice counts as though it would be kept, so that the next one looks elsewhere.
    const again = (name: string) => chosen.filter(({ vein }) => vein === name).length;
    const veins = all.map((vein) => ({ ...vein, kept: vein.kept + again(vein.name) }));
    const stuck = stuckOn(chosen, on.inARow);
    const next = chooseOne(
      { ...on, rng: rng.fork(`choice ${chosen.length}`) },
      { veins, search, tally, met, stuck },
    );
    if (next === null) return;
    yield next;
    chosen.push(next);
    tally = tallied(tally, next.composition);
    if (known !== undefined) for (const place of placesOf(next.composition)) countMet(known, place);
  }
}

/** What has met in trials and in what was chosen since. */
function metIn(trials: readonly Trial[], chosen: readonly Choice[]): Met {
  const met = nothingMet();
  for (const trial of trials) {
    const around = aroundOf(trial);
    for (const cell of trial.requests) countMet(met, { cell, around });
  }
  for (const { composition } of chosen) for (const place of placesOf(composition)) countMet(met, place);
  return met;
}

/** The tally with a composition counted as though it had been met. */
export function tallied(tally: Tally, composition: Composition): Tally {
  const { requests, schedule, world } = composition;
  const around = { requests: Math.min(4, requests.length), schedule };
  return ([around, world, ...requests] as readonly AxisValues[]).reduce(counted, tally);
}

function chooseOne(on: Choosing, known: Known): Choice | null {
  const {
    rng,
    perVein = Number.POSITIVE_INFINITY,
    leastNew = defaultLeastNew,
    wanted = defaultWanted,
    window = hardWindow,
  } = on;
  const { search, veins } = known;
  const open = veins.filter((vein) => vein.kept < perVein && !isFull(vein, veins, on.kinds ?? {}));
  const promising = open.filter(
    (vein) => vein.share >= leastHits && !isOutside(vein, window) && vein.name !== known.stuck,
  );
  const worth = worthsIn(veins);
  const worthIn = (vein: Worked) => worth.get(vein) ?? 0;
  const [best] = rng.shuffle(promising).toSorted((a, b) => worthIn(b) - worthIn(a));
  const isNew =
    best === undefined ||
    search.rollouts < leastNew * search.total ||
    (search.rollouts < Math.min(mostNew.first, mostNew.each * wanted) + mostNew.share * search.total &&
      worthOfLooking(search) > worthIn(best));
  if (isNew || best === undefined) return lookForNew(on, known);
  return follow(best, on, known) ?? lookForNew(on, known);
}

/** How surely a lead is to hold a vein's cause, candidate by candidate: the surer, the narrower. */
const sureness = [0.9, 0.9, 0.9, 0.75, 0.75, 0.5, 0.5, 0.25] as const;

/** The chance that a request which stands beside a vein's fails for no reason of its own that nobody knows yet. */
const besideKnown = 0.7;

/**
 * A task in a vein, where its cause most likely lies and that of no other vein does: what fails for several reasons at
 * once teaches none of them. Everything that the cause leaves open fills the space.
 */
function follow(vein: Worked, { domain, rng }: Choosing, { tally, veins }: Known): Choice | null {
  const others = veins.filter(({ name }) => name !== vein.name);
  const drawn = sureness.flatMap((least) => {
    const lead = leadOf(vein, least, rng);
    if (lead === null) return [];
    const { where, around } = splitRegion(lead.where, domain);
    const count = meets("together", around.schedule ?? "together") ? rng.pick([1, 1, 1, 2]) : 2;
    const few = around.requests === undefined ? { ...around, requests: count } : around;
    const plainness = rng.pick([0, 0.5, 0.8, 1]);
    const composition = drawComposition({ where, around: few }, { domain, tally, rng, plainness });
    if (composition === null) return [];
    const places = placesOf(composition);
    const own = Math.max(...places.map((at) => reach(vein, at)));
    const clean = places.reduce((so, at) => so * others.reduce((p, one) => p * (1 - reach(one, at)), 1), 1);
    return [{ composition, lead, own, clean, worth: own * clean * besideKnown ** (places.length - 1) }];
  });
  const [best] = drawn.toSorted((a, b) => b.worth - a.worth);
  if (best === undefined) return null;
  const { composition, lead, own, clean } = best;
  return {
    composition,
    where: lead.where,
    vein: vein.name,
    prior: priorFrom(vein.history),
    reason: `It follows "${vein.name}" to ${describeRegion(lead.where)}: its cause lies there with chance ${own.toFixed(2)} and no other known one with ${clean.toFixed(2)}; ${vein.hits} of ${vein.tried} tasks made to follow it fail by it, and with ${vein.kept} kept of it it is worth most of ${veins.length} known ways to fail.`,
  };
}

/** What a vein's rollouts count for the next task of it: one in so many, and so many at most. */
const [oneIn, strength] = [3, 4] as const;

/** What the rollouts of a vein's tasks lead one to expect of the next one's pass rate. */
function priorFrom({ n, passed }: Worked["history"]): Beta {
  const mean = (passed + 0.5) / (n + 1);
  const weight = Math.min(strength, n / oneIn);
  return n < oneIn ? uniformPrior : { alpha: mean * weight, beta: (1 - mean) * weight };
}

/** The chance that the known vein that reaches furthest to a place is to be expected there. */
function reachedBy(veins: readonly Vein[], at: Place): number {
  return veins.reduce((most, vein) => Math.max(most, reach(vein, at)), 0);
}

/**
 * A task where the target was not asked yet: of a few compositions the one with most values that never met, and least
 * of what is known to fail anyway.
 */
function lookForNew({ domain, rng }: Choosing, known: Known): Choice | null {
  const { tally, veins, search } = known;
  const met = known.met();
  const drawn = Array.from({ length: looks }, () =>
    drawComposition(
      { where: {}, around: { requests: rng.pick(search.chance < scarce ? manyRequests : fewRequests) } },
      { domain, tally, rng, granted },
    ),
  ).filter((one) => one !== null);
  const [best] = drawn
    .map((composition) => {
      const seen = placesOf(composition).map((at) => ({
        newness: newnessOf(at, met),
        reached: reachedBy(veins, at),
      }));
      const newness = seen.reduce((sum, one) => sum + one.newness, 0) / seen.length;
      const reached = seen.reduce((sum, one) => sum + one.reached, 0);
      const worth = seen.reduce((sum, one) => sum + one.newness * (1 - one.reached), 0);
      // More requests ask more at once, and cost more words; what is too long to be made costs time.
      const each = worth / Math.sqrt(seen.length);
      return { composition, newness, worth: each * Math.max(0.02, 1 - reached) };
    })
    .toSorted((a, b) => b.worth - a.worth);
  if (best === undefined) return null;
  const status =
    veins.length === 0
      ? "nothing that fails is known yet"
      : `${veins.length} ways to fail are known, and a look finds another with chance ${search.chance.toFixed(2)} by the last ${recent}`;
  return {
    composition: best.composition,
    where: { kind: best.composition.requests[0]?.kind ?? "" },
    vein: null,
    prior: uniformPrior,
    reason: `It fills the space: its pairs of values are new by ${best.newness.toFixed(2)} of 1, ${rarestIn(best.composition, tally, domain)}; ${status}.`,
  };
}

/** The value of a composition that came up least often so far, in words. */
function rarestIn({ requests }: Composition, tally: Tally, { axes }: Domain): string {
  const scored = requests.flatMap(Object.entries<AxisValues[string]>).flatMap(([name, value]) => {
    const axis = axes.find((one) => one.name === name);
    return axis === undefined ? [] : [{ name, value, score: rarity(tally, axis, value) }];
  });
  const [first] = scored.toSorted((a, b) => b.score - a.score);
  if (first === undefined) return "no axis is fixed";
  const times = tally.get(first.name)?.get(first.value) ?? 0;
  return `${first.name}=${first.value} came up ${times} ${times === 1 ? "time" : "times"} so far`;
}
