import { z } from "zod";
import { checkRegion, describeRegion } from "../domains/cell.ts";
import type { Region } from "../domains/domain.ts";
import { describeProof } from "../frontier/claims.ts";
import { defaultVeinLimit } from "../frontier/diversity.ts";
import { hypothesisStatuses, regionStatuses } from "../frontier/tally.ts";
import { alarmOf } from "../report/alarm.ts";
import {
  byTelling,
  type ClaimView,
  countedRegions,
  lookedThrough,
  type RegionView,
  regionTable,
  type Viewing,
  viewAny,
  viewCells,
  viewClaims,
  viewRegions,
} from "../report/frontier-view.ts";
import type { Judged } from "../store/frontier-reads.ts";
import type { Session } from "../store/records.ts";
import { feasibleRegions } from "../worlds/feasible.ts";
import { alarmSchema, describeAlarm } from "./alarm.ts";
import { namedDomain, namedSession } from "./lookup.ts";
import { regionSchema } from "./region.ts";
import { type Deps, defineTool } from "./tool.ts";

/** Regions, cells and hypotheses in an answer. */
const [short, full] = [
  { regions: 15, cells: 5, hypotheses: 15 },
  { regions: 400, cells: 100, hypotheses: 1_000 },
] as const;

const input = z.strictObject({
  session_id: z.string().min(1).describe("the session, from start_session"),
  kind: z.string().exactOptional().describe("only regions and cells of this request kind"),
  where: regionSchema
    .exactOptional()
    .describe("one region or cell, to be shown first whether it was asked or not"),
  detail: z
    .enum(["short", "full"])
    .exactOptional()
    .describe(
      `short (default): kinds and the ${short.regions} regions that say most; full: every region that was asked`,
    ),
});

const region = z.object({
  region: z.record(z.string(), z.unknown()),
  status: z.enum(regionStatuses),
  tasks: z.number(),
  rollouts: z.number(),
  failed: z.number(),
  failure_rate: z
    .object({ low: z.number(), high: z.number() })
    .describe("95 % interval (Wilson) of its own rollouts; high is what a holding region vouches for"),
  shared: z
    .object({
      mean: z.number(),
      low: z.number(),
      high: z.number(),
      borrowed_rollouts: z.number().describe("what its neighbours count for in it"),
    })
    .nullable()
    .describe("failure rate, 90 % interval, with its neighbours' evidence; null: shares with nothing"),
  confirmed: z.number(),
  modes: z.array(z.string()).describe("the most frequent first"),
  smallest_task: z.string().nullable().describe("a confirmed failure there, in its smallest form"),
  hypotheses: z.array(z.string()).describe("the newest that are about it"),
});

/** The members of a region; said once, since a list of tools is read by a model. */
const likeRegion = z.record(z.string(), z.unknown()).describe("as in regions");

const output = z.object({
  session_id: z.string(),
  target: z.string(),
  simulated: z.boolean(),
  asked: likeRegion.optional().describe("the region or cell that was asked for"),
  kinds: z.array(likeRegion),
  regions: z.array(region),
  regions_asked: z.number(),
  regions_never_asked: z.number(),
  cells: z.array(likeRegion).describe("whole cells of single requests, those that break first"),
  cells_by_status: z.record(z.string(), z.number()),
  claimed: z
    .array(likeRegion)
    .describe("labels that strategists claim of their tasks; claim: proved by a proof, or claimed"),
  hypotheses: z.array(
    z.object({
      hypothesis_id: z.string(),
      statement: z.string(),
      where: z.record(z.string(), z.unknown()),
      claims: z.record(z.string(), z.unknown()).optional(),
      proofs: z.record(z.string(), z.unknown()).optional(),
      status: z.enum(hypothesisStatuses),
    }),
  ),
  hypotheses_by_status: z.record(z.string(), z.number()),
  harvest: alarmSchema,
  tasks_under_other_settings: z.number().describe("screened with other settings of the target, not counted"),
  next: z.string(),
});

const rounded = (rate: number) => Math.round(rate * 1000) / 1000;

const asRegion = (one: RegionView): z.infer<typeof region> => ({
  region: one.region,
  status: one.status,
  tasks: one.tasks,
  rollouts: one.rollouts,
  failed: one.failed,
  failure_rate: one.failureRate,
  shared:
    one.shared === null
      ? null
      : {
          mean: rounded(one.shared.mean),
          low: rounded(one.shared.interval.low),
          high: rounded(one.shared.interval.high),
          borrowed_rollouts: rounded(one.shared.borrowed),
        },
  confirmed: one.confirmed,
  modes: [...one.modes],
  smallest_task: one.smallest,
  hypotheses: [...one.hypotheses],
});

/** A claimed label: proved where every task of it meets an assertion, else claimed and no more. */
const asClaim = ({ proof, ...one }: ClaimView) => ({
  ...asRegion(one),
  claim: proof === null ? "claimed" : "proved",
  ...(proof === null ? {} : { proof }),
});

const asHypothesis = ({ hypothesis: { id, statement, where, claims, proofs }, status }: Judged) => ({
  hypothesis_id: id,
  statement,
  where,
  ...(claims === undefined ? {} : { claims: { ...claims } }),
  ...(proofs === undefined ? {} : { proofs: { ...proofs } }),
  status,
});

interface Asked {
  readonly kind?: string;
  readonly where?: Region;
  readonly detail?: "short" | "full";
}

/** All that the frontier shows, as far as it was asked for. */
function look({ store }: Deps, on: Viewing, { kind, where, detail }: Asked) {
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

function newestHypotheses({ store }: Deps, session: string) {
  const offset = Math.max(0, store.countHypotheses(session) - lookedThrough);
  return store.hypotheses(session, { offset });
}

/** Where the target holds, breaks, or was never asked. */
export const showFrontier = defineTool({
  name: "show_frontier",
  title: "Show the frontier",
  description:
    "Shows where the target holds, breaks or was never asked: regions and cells of the domain's axes with tasks, failures, 95 % intervals, what their neighbours lead one to expect, and confirmed failures; claimed labels apart; every hypothesis with its status; and how varied the harvest is. Rollouts count where they were run, a confirmed failure where its minimal form lies. Read it before you propose.",
  input,
  output,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  run: async (deps, args) => {
    const session = namedSession(deps, args.session_id);
    const domain = namedDomain(deps, session.domain);
    if (args.where !== undefined) checkRegion(args.where, domain);
    const seen = look(
      deps,
      {
        session: session.id,
        domain,
        frontier: deps.store.frontier,
        regions: feasibleRegions(domain),
        hypotheses: newestHypotheses(deps, session.id),
      },
      args,
    );
    const next = `propose_hypothesis with session_id "${session.id}"`;
    return {
      structured: {
        session_id: session.id,
        target: session.target,
        simulated: session.target.startsWith("sim:"),
        ...(seen.asked === null ? {} : { asked: asRegion(seen.asked) }),
        kinds: seen.kinds.map(asRegion),
        regions: seen.regions.map(asRegion),
        regions_asked: seen.regionsAsked,
        regions_never_asked: seen.neverAsked,
        cells: seen.cells.map(asRegion),
        cells_by_status: { ...seen.cellStatuses },
        claimed: seen.claimed.map(asClaim),
        hypotheses: seen.hypotheses.map(asHypothesis),
        hypotheses_by_status: { ...seen.judged },
        harvest: describeAlarm(seen.alarm),
        tasks_under_other_settings: seen.elsewhere,
        next,
      },
      text: [...textOf(seen, session, args), `Next: ${next}.`].join("\n"),
    };
  },
});

type Seen = ReturnType<typeof look>;

const counts = (of: Readonly<Record<string, number>>) =>
  Object.entries(of)
    .map(([name, n]) => `${n} ${name}`)
    .join(", ");

function cellLine(one: RegionView): string {
  const smallest = one.smallest === null ? "" : `, smallest form ${one.smallest}`;
  return `- ${one.status}, ${one.failed}/${one.rollouts} failed${smallest}: ${describeRegion(one.region)}`;
}

/** The labels that are proved, each by what, and apart from them those that are only claimed. */
function claimLines(claimed: readonly ClaimView[]): readonly string[] {
  const { proved = [], told = [] } = Object.groupBy(claimed, ({ proof }) =>
    proof === null ? "told" : "proved",
  );
  const proofs = proved.flatMap(({ region, proof }) =>
    proof === null ? [] : [`- ${describeRegion(region)}: ${describeProof(proof)}`],
  );
  return [
    ...(proved.length === 0
      ? []
      : [
          "",
          "Claimed labels, proved of each task by an assertion that it meets:",
          regionTable(proved),
          ...proofs,
        ]),
    ...(told.length === 0
      ? []
      : ["", "Claimed labels, told by strategists and checked by nobody:", regionTable(told)]),
  ];
}

function textOf(seen: Seen, session: Session, { detail }: Asked): readonly string[] {
  const simulated = session.target.startsWith("sim:") ? " (simulated)" : "";
  const cells =
    seen.cells.length === 0
      ? []
      : ["", `Cells of single requests: ${counts(seen.cellStatuses)}.`, ...seen.cells.map(cellLine)];
  return [
    `Frontier of ${session.target}${simulated}, session ${session.id}; failed counts rollouts of tasks that touch a region, shared adds what its neighbours count for (at most 8 rollouts), each █ is a confirmed failure whose smallest form, or what is to blame in a constructed task, lies there.`,
    ...(seen.asked === null ? [] : ["", "Asked for:", regionTable([seen.asked])]),
    "",
    regionTable(seen.kinds),
    "",
    `${seen.regions.length} of ${seen.regionsAsked} regions asked, ${seen.neverAsked} never asked:`,
    regionTable(seen.regions),
    ...cells,
    ...claimLines(seen.claimed),
    "",
    ...(seen.elsewhere === 0
      ? []
      : [
          `${seen.elsewhere} tasks were screened with other settings of the target and are not counted here.`,
        ]),
    seen.alarm.sentence,
    `Hypotheses: ${counts(seen.judged)}.`,
    ...seen.hypotheses
      .slice(detail === "full" ? 0 : -5)
      .map(
        ({ hypothesis, status }) =>
          `- ${status}: ${hypothesis.statement} (${describeRegion(hypothesis.where)})`,
      ),
  ];
}
