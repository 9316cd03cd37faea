import { z } from "zod";
import { checkRegion } from "../domains/cell.ts";
import { hypothesisStatuses, regionStatuses } from "../frontier/tally.ts";
import type { ClaimView, RegionView } from "../report/frontier-view.ts";
import type { Judged } from "../store/frontier-reads.ts";
import { alarmSchema, describeAlarm } from "./alarm.ts";
import { look, short } from "./frontier-look.ts";
import { frontierText } from "./frontier-text.ts";
import { namedDomain, namedSession } from "./lookup.ts";
import { regionSchema } from "./region.ts";
import { defineTool } from "./tool.ts";

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
  smallest_requests: z.array(z.unknown()).optional().describe("its cells, where it has several requests"),
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
  ...(one.smallestRequests.length > 1 ? { smallest_requests: [...one.smallestRequests] } : {}),
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
    if (args.where !== undefined) checkRegion(args.where, namedDomain(deps, session.domain));
    const seen = look(deps, session, args);
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
      text: [...frontierText(seen, session, args), `Next: ${next}.`].join("\n"),
    };
  },
});
