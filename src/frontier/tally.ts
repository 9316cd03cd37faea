import { canonical } from "../core/json.ts";
import { wilson } from "../core/stats.ts";
import type { Cell } from "../domains/cell.ts";
import type { Region } from "../domains/domain.ts";
import type { Evidence } from "./evidence.ts";
import type { Hypothesis } from "./hypothesis.ts";
import { liesIn, type Situation, situationsOf } from "./situation.ts";

/** What is counted of a region. */
export interface Tally {
  readonly tasks: number;
  readonly rollouts: number;
  readonly failed: number;
  /** Tasks of which every rollout passed. */
  readonly passing: number;
  /** Confirmed failures that are marked there: their minimal form lies there. */
  readonly confirmed: number;
  /** Confirmed failures that speak against a claim about it. */
  readonly disproving: number;
}

export const tallyNames = ["tasks", "rollouts", "failed", "passing", "confirmed", "disproving"] as const;

export const emptyTally: Tally = {
  tasks: 0,
  rollouts: 0,
  failed: 0,
  passing: 0,
  confirmed: 0,
  disproving: 0,
};

/** `a` and `times` times `b`. */
export function addTally(a: Tally, b: Tally, times: 1 | -1): Tally {
  return {
    tasks: a.tasks + times * b.tasks,
    rollouts: a.rollouts + times * b.rollouts,
    failed: a.failed + times * b.failed,
    passing: a.passing + times * b.passing,
    confirmed: a.confirmed + times * b.confirmed,
    disproving: a.disproving + times * b.disproving,
  };
}

export const isEmpty = (tally: Tally) => Object.values(tally).every((count) => count === 0);

/**
 * Least distinct tasks, and greatest upper bound on the failure rate, at which something counts as holding. Stored
 * counts carry their status, so that a change of these takes a migration.
 */
export const holdsAt = { tasks: 5, upperBound: 0.2 } as const;

/**
 * What is known of a region. Rollouts count where they were run, a confirmed failure where its minimal form lies, so
 * that a request which only stood beside the one that fails is not marked by it. `holding`: at least 5 tasks and an
 * upper 95 % bound on the failure rate of at most 0.2; `breaking`: a confirmed failure and nothing that passes;
 * `boundary`: a confirmed failure beside tasks that pass.
 */
export const regionStatuses = ["breaking", "boundary", "open", "holding", "never asked"] as const;
export type RegionStatus = (typeof regionStatuses)[number];

export function statusOf({ tasks, rollouts, failed, passing, confirmed }: Tally): RegionStatus {
  if (confirmed > 0) return passing > 0 ? "boundary" : "breaking";
  if (tasks === 0) return "never asked";
  const holds = tasks >= holdsAt.tasks && wilson(failed, rollouts).high <= holdsAt.upperBound;
  return holds ? "holding" : "open";
}

/** Whether a hypothesis has been disproved: only by a confirmed failure of its behaviour inside its region. */
export const hypothesisStatuses = ["disproved", "holds", "open"] as const;
export type HypothesisStatus = (typeof hypothesisStatuses)[number];

/** The status of a hypothesis by the tally of its region, in which `disproving` counts failures of its behaviour alone. */
export function verdictOn(tally: Tally): HypothesisStatus {
  if (tally.disproving > 0) return "disproved";
  return statusOf(tally) === "holding" ? "holds" : "open";
}

/**
 * The regions that are counted one by one: everything, each kind, each value of each axis, each value of each request
 * axis for each kind, each whole cell of a request, and each claimed label.
 */
export const regionClasses = ["all", "kind", "value", "pair", "cell", "claim"] as const;
export type RegionClass = (typeof regionClasses)[number];

export interface Counted extends Tally {
  readonly class: RegionClass;
  readonly region: Region;
}

/** Where the parts of one task's evidence lie. */
export interface Placed {
  /** Where rollouts count. */
  readonly run: readonly Situation[];
  /** Where its confirmed failure is marked. */
  readonly marked: readonly Situation[];
  /** The requests that were run and that its minimal form does not clear of the failure. */
  readonly blamed: readonly Situation[];
}

export function placesOf({
  cell,
  minimal,
  confirmed,
}: Pick<Evidence, "cell" | "minimal" | "confirmed">): Placed {
  const run = situationsOf(cell);
  if (!confirmed) return { run, marked: [], blamed: [] };
  const left = minimal?.requests.map(({ kind }) => kind) ?? [];
  return {
    run,
    marked: situationsOf(minimal ?? (cell satisfies Cell)),
    blamed: run.filter(({ request }) => left.includes(request.kind)),
  };
}

/** What one task's evidence adds to a region in which some of its situations lie. */
function shareOf(
  { n, passed }: Evidence,
  inside: { readonly run: boolean; readonly marked: boolean; readonly blamed: boolean },
): Tally {
  return {
    tasks: inside.run ? 1 : 0,
    rollouts: inside.run ? n : 0,
    failed: inside.run ? n - passed : 0,
    passing: inside.run && n > 0 && passed === n ? 1 : 0,
    confirmed: inside.marked ? 1 : 0,
    disproving: inside.marked || inside.blamed ? 1 : 0,
  };
}

function regionsAt({ request, around }: Situation): readonly Pick<Counted, "class" | "region">[] {
  const { kind = "", ...axes } = request;
  const values = Object.entries({ ...around, ...axes });
  return [
    { class: "all", region: {} },
    { class: "kind", region: { kind } },
    ...values.map(([name, value]) => ({ class: "value" as const, region: { [name]: value } })),
    ...Object.entries(axes).map(([name, value]) => ({
      class: "pair" as const,
      region: { kind, [name]: value },
    })),
    { class: "cell", region: request },
  ];
}

/** The name of a counted region among those of its class. */
export const regionKey = (region: Region) => canonical(region);

/** All that one task's evidence adds to the counted regions, each region once. */
export function contributionOf(evidence: Evidence): readonly Counted[] {
  const { run, marked, blamed } = placesOf(evidence);
  const inside = new Map<string, { run: boolean; marked: boolean; blamed: boolean }>();
  const named = new Map<string, Pick<Counted, "class" | "region">>();
  for (const [part, situations] of Object.entries({ run, marked, blamed })) {
    for (const one of situations.flatMap(regionsAt)) {
      const key = `${one.class} ${regionKey(one.region)}`;
      named.set(key, one);
      inside.set(key, { run: false, marked: false, blamed: false, ...inside.get(key), [part]: true });
    }
  }
  const { confirmed } = evidence;
  const claimed = Object.entries(evidence.claims ?? {}).map(
    ([name, value]): Counted => ({
      class: "claim",
      region: { [name]: value },
      ...shareOf(evidence, { run: true, marked: confirmed, blamed: confirmed }),
    }),
  );
  const counted = [...named].map(([key, one]): Counted => {
    const places = inside.get(key) ?? { run: false, marked: false, blamed: false };
    return { ...one, ...shareOf(evidence, places) };
  });
  return [...counted, ...claimed];
}

/** What one task's evidence adds to a hypothesis; nothing if it lies elsewhere. */
export function contributionTo(
  { where, behaviour }: Pick<Hypothesis, "where" | "behaviour">,
  evidence: Evidence,
  { run, marked, blamed }: Placed,
): Tally {
  const isInside = (situations: readonly Situation[]) => situations.some((one) => liesIn(one, where));
  const share = shareOf(evidence, { run: isInside(run), marked: isInside(marked), blamed: isInside(blamed) });
  const isOfBehaviour = behaviour === "outcome" || evidence.broken.includes(behaviour);
  return isOfBehaviour ? share : { ...share, disproving: 0 };
}
