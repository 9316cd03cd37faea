import type { Campaign, Strategy } from "./mining-campaign.ts";
import { bySeed, median, type Study, withSimplification } from "./mining-figures.ts";
import type { Row } from "./mining-table.ts";

/** One thing that must be reached, and whether it is. */
export interface Criterion {
  readonly what: string;
  readonly figure: string;
  readonly status: "reached" | "NOT reached" | "not measured";
}

const atLeast = (what: string, value: number, bound: number, digits = 2): Criterion => ({
  what: `${what} at least ${bound}`,
  figure: Number.isFinite(value) ? value.toFixed(digits) : "–",
  status: value >= bound ? "reached" : "NOT reached",
});

const atMost = (what: string, value: number, bound: number, digits = 2): Criterion => ({
  what: `${what} at most ${bound}`,
  figure: Number.isFinite(value) ? value.toFixed(digits) : "∞",
  status: value <= bound ? "reached" : "NOT reached",
});

const unmeasured = (what: string, figure: string): Criterion => ({ what, figure, status: "not measured" });

/** Rollouts in proportion to another strategy's; where that one never got there, to all that it was given: a bound. */
function ratio(what: string, share: number, { own, other, bound }: Compared): Criterion {
  const name = `rollouts to ${Math.round(100 * share)} %, of ${what}'s`;
  if (other === null) return unmeasured(name, `${what} was not run`);
  const [cost, theirs] = [own.to(share).median, other.to(share).median];
  const criterion = atMost(name, cost / Math.min(theirs, other.until), bound);
  if (Number.isFinite(theirs) || !Number.isFinite(cost)) return criterion;
  return { ...criterion, figure: `under ${criterion.figure} (${what} not there at ${other.until})` };
}

interface Compared {
  readonly own: Row;
  readonly other: Row | null;
  readonly bound: number;
}

/** What a harvest of ours must reach, as ISSUE 4 lists it: medians over seeds of what is pooled over the targets. */
export function criteriaOf(own: Row, rows: ReadonlyMap<Strategy, Row>, study: Study): readonly Criterion[] {
  const [random, greedy] = [rows.get("random") ?? null, rows.get("greedy") ?? null];
  const recall = (at: number, bound: number, counted = false): Criterion => {
    const what = `recall at ${at}${counted ? " with simplification counted" : ""}`;
    if (at > own.until) return unmeasured(what, `run to ${own.until}`);
    return atLeast(what, (counted ? own.recall(at, withSimplification) : own.recall(at)).median, bound);
  };
  return [
    recall(300, 0.95),
    recall(600, 0.99),
    recall(600, 0.95, true),
    ratio("random", 0.95, { own, other: random, bound: 0.3 }),
    ratio("random", 0.8, { own, other: random, bound: 0.5 }),
    ratio("greedy", 0.8, { own, other: greedy, bound: 0.2 }),
    atLeast("evenness among the first 20", own.figure("evenness").median, 0.9),
    atMost("top share among the first 20, above 1/K", own.figure("overEven").median, 0.1),
    atMost("search rollouts a harvested task", own.figure("perTask").median, 16, 1),
    atLeast("truly inside the window", own.figure("inside").median, 0.95, 3),
    ...faultlessCriteria(own, study),
  ];
}

function faultlessCriteria({ strategy }: Row, study: Study): readonly Criterion[] {
  const campaigns = bySeed(study, strategy)
    .flat()
    .filter(({ target }) => study.faultless.includes(target));
  if (campaigns.length === 0) return [unmeasured("target with no fault", "none was run")];
  const kept = Math.max(...campaigns.map(({ harvested }) => harvested.length));
  const silent = campaigns.filter((campaign) => saidNothingFound(campaign) === null).length;
  const said = saidNothingFound(campaigns[0] as Campaign);
  return [
    atMost("harvested from the target with no fault", kept, 0, 0),
    {
      what: 'the summary says "nothing found" with its bound',
      figure: silent === 0 ? `"${said}"` : `not said in ${silent} of ${campaigns.length}`,
      status: silent === 0 ? "reached" : "NOT reached",
    },
  ];
}

/** The sentence in which a harvest or its session's summary says that nothing was found, with a figure in it; or null. */
function saidNothingFound({ said }: Campaign): string | null {
  const lines = said?.split("\n") ?? [];
  return lines.find((line) => /nothing (was )?found/i.test(line) && /\d/.test(line)) ?? null;
}

/** Median search rollouts to each of some faults, by strategy; infinite where most seeds did not find it. */
export function faultLines(
  study: Study,
  faultsOf: ReadonlyMap<string, readonly string[]>,
  strategies: readonly Strategy[],
): readonly string[] {
  return [...faultsOf].flatMap(([target, faults]) =>
    faults.map((fault) => {
      const costs = strategies.map((strategy) => {
        const all = bySeed(study, strategy)
          .flat()
          .filter((campaign) => campaign.target === target)
          .map(({ harvested }) => harvested.find(({ found }) => found.includes(fault))?.at.search);
        const middle = median(all.map((cost) => cost ?? Number.POSITIVE_INFINITY));
        return `${strategy} ${Number.isFinite(middle) ? Math.round(middle) : "∞"}`;
      });
      return `  ${target} ${fault}: ${costs.join(", ")}`;
    }),
  );
}
