import { upperBound } from "../core/stats.ts";
import { describeRegion } from "../domains/cell.ts";
import type { Domain, Region } from "../domains/domain.ts";
import {
  type Diversity,
  diversityOf,
  type PossibleValues,
  type Spread,
  spreadOf,
  tellingAt,
} from "../frontier/diversity.ts";
import { emptyTally, regionKey } from "../frontier/tally.ts";
import type { CountedRegion, Frontier } from "../store/frontier-reads.ts";

/** What was asked least: with the tasks that asked it. */
export interface Starved {
  readonly kinds: readonly { readonly kind: string; readonly tasks: number }[];
  readonly values: readonly { readonly value: string; readonly tasks: number }[];
  readonly modesFoundOnce: readonly string[];
}

/** What a session can vouch for: of the tasks that it screened, how many failed at all. */
export interface Vouched {
  readonly tasks: number;
  /** Tasks with at least one failed rollout. */
  readonly failed: number;
  /** Upper 95 % bound on the share of such tasks among those that would be drawn as these were. */
  readonly bound: number;
  readonly kinds: string;
  readonly regions: string;
}

export interface Alarm {
  readonly spread: Spread;
  readonly diversity: Diversity;
  readonly starved: Starved;
  readonly vouched: Vouched;
  /** What all of it comes to, in one sentence with its numbers. */
  readonly sentence: string;
}

const named = 5;

/** The axes on which harvested tasks can differ, with the values that some kind can have. */
function possibleValues(domain: Domain, regions: readonly Region[]): readonly PossibleValues[] {
  return domain.axes.map(({ name, scope, values }) => {
    const isPossible = (value: string | number) =>
      regions.some((region) => (region as Record<string, unknown>)[name] === value);
    return { axis: name, values: scope === "request" ? values.filter(isPossible) : values };
  });
}

function starvedOf(
  counted: readonly CountedRegion[],
  possible: readonly PossibleValues[],
  { once }: Diversity,
): Starved {
  const tasks = new Map(counted.map((one) => [`${one.class} ${regionKey(one.region)}`, one.tasks]));
  const asked = (of: "kind" | "value", region: Region) => tasks.get(`${of} ${regionKey(region)}`) ?? 0;
  const kinds = possible.find(({ axis }) => axis === "kind")?.values ?? [];
  const values = possible.flatMap(({ axis, values: all }) =>
    axis === "kind" ? [] : all.map((value): Region => ({ [axis]: value })),
  );
  const least = <T extends { readonly tasks: number }>(all: readonly T[]) =>
    all.toSorted((a, b) => a.tasks - b.tasks).slice(0, named);
  return {
    kinds: least(kinds.map((kind) => ({ kind: String(kind), tasks: asked("kind", { kind }) }))),
    values: least(values.map((region) => ({ value: describeRegion(region), tasks: asked("value", region) }))),
    modesFoundOnce: once.slice(0, named),
  };
}

function vouchedOf(counted: readonly CountedRegion[], regions: readonly Region[]): Vouched {
  const { tasks, passing } = counted.find((one) => one.class === "all") ?? emptyTally;
  const asked = new Set(counted.filter((one) => one.tasks > 0).map(({ region }) => regionKey(region)));
  const share = (axes: number) => {
    const all = regions.filter((region) => Object.keys(region).length === axes);
    return `${all.filter((region) => asked.has(regionKey(region))).length} of ${all.length}`;
  };
  const failed = tasks - passing;
  return { tasks, failed, bound: upperBound(failed, tasks), kinds: share(1), regions: share(2) };
}

const percent = (share: number) => `${(100 * share).toFixed(share > 0 && share < 0.0995 ? 1 : 0)} %`;

function starvedText({ kinds, values, modesFoundOnce }: Starved): string {
  const few = (all: readonly { readonly tasks: number }[], name: (i: number) => string) =>
    all.map(({ tasks }, i) => `${name(i)} (${tasks})`).join(", ");
  const once = modesFoundOnce.length === 0 ? "" : `; found once: ${modesFoundOnce.join(", ")}`;
  return `Asked least: kinds ${few(kinds.slice(0, 3), (i) => kinds[i]?.kind ?? "")}, values ${few(values, (i) => values[i]?.value ?? "")}${once}`;
}

function sentenceOf({ spread, diversity, starved, vouched }: Omit<Alarm, "sentence">, limit: number): string {
  const { tasks, modes, top, modeEvenness, vendi, chanceOfNew, unseen } = diversity;
  if (spread === "nothing found" || top === null) {
    if (vouched.tasks === 0) return "Nothing found: no task has been screened yet.";
    return `Nothing found: ${vouched.failed} of ${vouched.tasks} screened tasks failed in any rollout, so that with 95 % confidence at most ${percent(vouched.bound)} of the tasks that would be drawn alike do (Clopper–Pearson); asked were ${vouched.kinds} kinds and ${vouched.regions} regions of one axis value.`;
  }
  const found = `${tasks} harvested task${tasks === 1 ? "" : "s"} of ${modes} mode${modes === 1 ? "" : "s"}`;
  if (spread === "too early")
    return `Too early to tell a collapse: ${found}, and it takes ${tellingAt} tasks; ${percent(top.share)} are "${top.mode}".`;
  const figures = `evenness over modes ${modeEvenness.toFixed(2)}, ${vendi.toFixed(1)} effectively distinct tasks (Vendi), chance that the next failure is of a new mode ${percent(chanceOfNew)} (Good–Turing), at least ${Math.round(unseen)} modes not seen yet (Chao1)`;
  const least = Math.ceil(1 / limit);
  const unless = modes < least ? `, which takes ${least} modes at least to keep` : "";
  return spread === "collapsing"
    ? `Collapsing onto one vein: ${percent(top.share)} of ${found} are "${top.mode}", over the limit of ${percent(limit)}${unless}; ${figures}. ${starvedText(starved)}.`
    : `No collapse: ${found}, ${percent(top.share)} "${top.mode}", within the limit of ${percent(limit)}; ${figures}.`;
}

/** How varied a session's harvest is, and what it passes over. */
export function alarmOf(on: {
  readonly session: string;
  readonly domain: Domain;
  readonly frontier: Frontier;
  readonly regions: readonly Region[];
  readonly limit: number;
}): Alarm {
  const { session, domain, frontier, regions, limit } = on;
  const counted = frontier.regions(session, ["all", "kind", "value", "pair"]);
  const possible = possibleValues(domain, regions);
  const diversity = diversityOf(frontier.harvest(session), possible);
  const starved = starvedOf(counted, possible, diversity);
  const known = {
    spread: spreadOf(diversity, limit),
    diversity,
    starved,
    vouched: vouchedOf(counted, regions),
  };
  return { ...known, sentence: sentenceOf(known, limit) };
}
