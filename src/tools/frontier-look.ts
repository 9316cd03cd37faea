import type { Region } from "../domains/domain.ts";
import { defaultVeinLimit } from "../frontier/diversity.ts";
import { alarmOf } from "../report/alarm.ts";
import {
  byTelling,
  countedRegions,
  lookedThrough,
  type Viewing,
  viewAny,
  viewCells,
  viewClaims,
  viewRegions,
} from "../report/frontier-view.ts";
import type { Session } from "../store/records.ts";
import { feasibleRegions } from "../worlds/feasible.ts";
import { namedDomain } from "./lookup.ts";
import type { Deps } from "./tool.ts";

/** Regions, cells and hypotheses in an answer. */
export const [short, full] = [
  { regions: 15, cells: 5, hypotheses: 15 },
  { regions: 400, cells: 100, hypotheses: 1_000 },
] as const;

/** What of a frontier is asked for. */
export interface Asked {
  readonly kind?: string;
  readonly where?: Region;
  readonly detail?: "short" | "full";
}

function lookOn({ store }: Deps, on: Viewing, { kind, where, detail }: Asked) {
  const { session, frontier, domain, regions } = on;
  const most = detail === "full" ? full : short;
  const all = countedRegions(on);
  const kinds = all.filter((one) => one.class === "kind");
  const pairs = all.filter((one) => one.class === "pair");
  const asked = pairs.filter((one) => one.status !== "never asked");
  const fits = asked.filter((one) => kind === undefined || one.region.kind === kind).toSorted(byTelling);
  const judged = store.countHypotheses(session);
  return {
    asked: where === undefined ? null : viewAny(where, on),
    kinds: viewRegions(kinds, kinds, on),
    regions: viewRegions(fits.slice(0, most.regions), pairs, on),
    regionsAsked: fits.length,
    neverAsked: pairs.length - asked.length,
    cells: viewCells(
      frontier.cells({ session, limit: most.cells, ...(kind === undefined ? {} : { kind }) }),
      on,
    ),
    cellStatuses: frontier.cellStatuses(session),
    claimed: viewClaims(on),
    hypotheses: frontier.judged(session, {
      limit: most.hypotheses,
      offset: Math.max(0, judged - most.hypotheses),
    }),
    judged: frontier.countJudged(session),
    alarm: alarmOf({
      session,
      domain,
      frontier,
      regions,
      limit: store.session(session)?.quotas?.vein ?? defaultVeinLimit,
    }),
    elsewhere: frontier.tasksElsewhere(session),
  };
}

/** All that a frontier shows. */
export type Seen = ReturnType<typeof lookOn>;

/** What a session's frontier shows, as far as it was asked for. */
export function look(deps: Deps, session: Session, asked: Asked): Seen {
  const domain = namedDomain(deps, session.domain);
  const viewing = {
    session: session.id,
    domain,
    frontier: deps.store.frontier,
    regions: feasibleRegions(domain),
    hypotheses: newestHypotheses(deps, session.id),
  };
  return lookOn(deps, viewing, asked);
}

function newestHypotheses({ store }: Deps, session: string) {
  const offset = Math.max(0, store.countHypotheses(session) - lookedThrough);
  return store.hypotheses(session, { offset });
}
