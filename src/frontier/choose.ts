import { canonical } from "../core/json.ts";
import type { Rng } from "../core/rng.ts";
import { describeRegion } from "../domains/cell.ts";
import type { Axis, Domain, Region } from "../domains/domain.ts";
import { breaksIn, type Evidence, evidenceIn } from "./frontier.ts";
import { type Hypothesis, hypothesisId } from "./hypothesis.ts";

/** Regions drawn for each choice: enough to see every kind, few enough to stay cheap. */
const candidates = 24;

interface Scored {
  readonly region: Region;
  /** A draw of the failure rate from its posterior, times what a new failure there would still be worth. */
  readonly worth: number;
  readonly asked: number;
  readonly failed: number;
  readonly rollouts: number;
  readonly confirmed: number;
}

/** What the choice rests on: the session's evidence, and the regions that the domain can have. */
export interface Choosing {
  readonly evidence: readonly Evidence[];
  readonly domain: Domain;
  /** One for each value of each kind's axes. */
  readonly regions: readonly Region[];
  /** Whether conditions can hold together. */
  isFeasible(region: Region): boolean;
  readonly rng: Rng;
}

/**
 * What to attack next. Posterior sampling (Thompson 1933): each candidate region's failure rate is drawn from its
 * Beta posterior, and its worth falls with every confirmed failure that the region and its kind already gave, so that
 * a vein which was productive does not swallow the search.
 */
export function chooseRegion(choosing: Choosing): { readonly region: Region; readonly reason: string } {
  const scored = drawRegions(choosing)
    .map((region) => scoreRegion(region, choosing))
    .sort((a, b) => b.worth - a.worth);
  const best = scored.find(({ region }) => choosing.isFeasible(region)) ?? (scored[0] as Scored);
  const seen =
    best.asked === 0
      ? "it was never asked"
      : `${best.failed} of ${best.rollouts} rollouts on ${best.asked} task(s) failed there`;
  return {
    region: best.region,
    reason: `${describeRegion(best.region)}: ${seen}, ${best.confirmed} confirmed failure(s) came from it; drawn worth ${best.worth.toFixed(2)}, the highest of ${scored.length} candidates.`,
  };
}

/** Candidates of one or two conditions beside the kind; kinds that were asked least come up most. */
function drawRegions({ evidence, domain, regions, rng }: Choosing): readonly Region[] {
  const all = regions.filter((region) => Object.keys(region).length === 2);
  const asked = new Map(
    domain.requests.map(({ kind }) => [kind, evidenceIn({ kind }, evidence, domain).length]),
  );
  return Array.from({ length: candidates }, () => {
    const kind = rng.weighted(domain.requests, (one) => 1 / (1 + (asked.get(one.kind) ?? 0))).kind;
    const ofKind = all.filter((region) => region.kind === kind);
    const region = rng.pick(ofKind);
    return rng.chance(0.5) ? region : { ...rng.pick(ofKind), ...region };
  });
}

function scoreRegion(region: Region, { evidence, domain, rng }: Choosing): Scored {
  const inside = evidenceIn(region, evidence, domain);
  const rollouts = inside.reduce((sum, one) => sum + one.n, 0);
  const failed = inside.reduce((sum, one) => sum + one.n - one.passed, 0);
  const confirmedIn = (where: Region) => evidence.filter((one) => breaksIn(where, one, domain)).length;
  const confirmed = confirmedIn(region);
  const kindConfirmed = confirmedIn(region.kind === undefined ? {} : { kind: region.kind });
  // What already passes cleanly there is boring: each such task halves what another look is worth.
  const mastered = inside.filter((one) => one.n > 0 && one.passed === one.n).length;
  const discount = 1 / ((1 + 2 * confirmed) * (1 + 0.25 * kindConfirmed)) / (1 + 0.5 * mastered);
  return {
    region,
    worth: drawBeta(1 + failed, 1 + rollouts - failed, rng) * discount,
    asked: inside.length,
    failed,
    rollouts,
    confirmed,
  };
}

/** A draw from Beta(a, b) for whole a and b: the a-th smallest of a + b − 1 uniform draws (order statistics). */
function drawBeta(a: number, b: number, rng: Rng): number {
  const draws = Array.from({ length: a + b - 1 }, () => rng.unit()).sort((x, y) => x - y);
  return draws[a - 1] ?? 0.5;
}

/** A server-made hypothesis about a region: the claim that the target handles it. */
export function hypothesize(region: Region, domain: Domain): Hypothesis {
  const kind = domain.requests.find((one) => one.kind === region.kind);
  const rest = Object.entries(region).filter(([name]) => name !== "kind");
  const conditions = rest.map(
    ([name, condition]) => `${axisWords(name, domain)} is ${describeCondition(condition)}`,
  );
  const statement = `The target handles "${kind?.kind ?? "any request"}" correctly${conditions.length > 0 ? ` when ${conditions.join(" and ")}` : ""}.`;
  const body = { statement, where: region, behaviour: "outcome" };
  return { id: hypothesisId(body), ...body, by: "server" };
}

const axisWords = (name: string, { axes }: { readonly axes: readonly Axis[] }) =>
  `${name} (${axes.find((axis) => axis.name === name)?.meaning ?? "a claimed label"})`;

function describeCondition(condition: Region[string]): string {
  if (Array.isArray(condition)) return condition.join(" or ");
  return typeof condition === "object" ? canonical(condition) : String(condition);
}
