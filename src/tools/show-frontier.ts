import { z } from "zod";
import { describeRegion } from "../domains/cell.ts";
import type { RegionView } from "../frontier/frontier.ts";
import { frontierView, regionTable } from "../report/frontier-view.ts";
import { feasibleRegions } from "../worlds/feasible.ts";
import { namedDomain, namedSession } from "./lookup.ts";
import { regionSchema } from "./region.ts";
import { defineTool } from "./tool.ts";
import { evidenceOf } from "./workbench.ts";

const shortRegions = 15;
const fullRegions = 400;

const input = z.strictObject({
  session_id: z.string().min(1).describe("the session, from start_session"),
  kind: z.string().exactOptional().describe("only regions of this request kind"),
  detail: z
    .enum(["short", "full"])
    .exactOptional()
    .describe(
      `short (default): kinds and the ${shortRegions} regions that say most; full: every region that was asked`,
    ),
});

const region = z.object({
  region: regionSchema,
  status: z.enum(["never asked", "holding", "breaking", "boundary", "open"]),
  tasks: z.number(),
  rollouts: z.number(),
  failed: z.number(),
  failure_rate: z.object({ low: z.number(), high: z.number() }).describe("95 % interval (Wilson)"),
  confirmed: z.number(),
  modes: z.array(z.string()),
});

const output = z.object({
  session_id: z.string(),
  target: z.string(),
  simulated: z.boolean(),
  kinds: z.array(region),
  regions: z.array(region),
  regions_asked: z.number(),
  regions_never_asked: z.number(),
  hypotheses: z.array(
    z.object({
      hypothesis_id: z.string(),
      statement: z.string(),
      where: regionSchema,
      status: z.enum(["disproved", "holds", "open"]),
    }),
  ),
  next: z.string(),
});

const asRegion = (view: RegionView) => ({
  region: view.region,
  status: view.status,
  tasks: view.tasks,
  rollouts: view.rollouts,
  failed: view.failed,
  failure_rate: view.failureRate,
  confirmed: view.confirmed,
  modes: [...view.modes],
});

/** Where the target holds, breaks, or was never asked. */
export const showFrontier = defineTool({
  name: "show_frontier",
  title: "Show the frontier",
  description:
    "Shows where the target holds, breaks or was never asked: regions of the domain's axes with tasks, failures, 95 % intervals and confirmed failures, and every hypothesis with its status. Rollouts count where they were run, a confirmed failure where its minimal form lies. Read it before you propose.",
  input,
  output,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  run: async (deps, args) => {
    const session = namedSession(deps, args.session_id);
    const domain = namedDomain(deps, session.domain);
    const view = frontierView(evidenceOf(deps, session.id), deps.store.hypotheses(session.id), {
      domain,
      regions: feasibleRegions(domain),
    });
    const fits = view.regions.filter(({ region }) => args.kind === undefined || region.kind === args.kind);
    const shown = fits.slice(0, args.detail === "full" ? fullRegions : shortRegions);
    const next = `propose_hypothesis with session_id "${session.id}"`;
    const simulated = session.target.startsWith("sim:");
    return {
      structured: {
        session_id: session.id,
        target: session.target,
        simulated,
        kinds: view.kinds.map(asRegion),
        regions: shown.map(asRegion),
        regions_asked: fits.length,
        regions_never_asked: view.neverAsked,
        hypotheses: view.hypotheses
          .slice(args.detail === "full" ? 0 : -shortRegions)
          .map(({ hypothesis, status }) => ({
            hypothesis_id: hypothesis.id,
            statement: hypothesis.statement,
            where: hypothesis.where,
            status,
          })),
        next,
      },
      text: [
        `Frontier of ${session.target}${simulated ? " (simulated)" : ""}, session ${session.id}; failed counts rollouts of tasks that touch a region, each █ is a confirmed failure whose smallest form, or what is to blame in a constructed task, lies there.`,
        "",
        regionTable(view.kinds),
        "",
        `${shown.length} of ${fits.length} regions asked, ${view.neverAsked} never asked:`,
        regionTable(shown),
        "",
        `Hypotheses: ${countBy(view.hypotheses.map(({ status }) => status))}.`,
        ...view.hypotheses
          .slice(args.detail === "full" ? 0 : -5)
          .map(
            ({ hypothesis, status }) =>
              `- ${status}: ${hypothesis.statement} (${describeRegion(hypothesis.where)})`,
          ),
        `Next: ${next}.`,
      ].join("\n"),
    };
  },
});

function countBy(statuses: readonly string[]): string {
  const names = ["disproved", "holds", "open"];
  return names.map((name) => `${statuses.filter((status) => status === name).length} ${name}`).join(", ");
}
