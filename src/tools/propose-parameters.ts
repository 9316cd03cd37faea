import { z } from "zod";
import { createRng, type Rng } from "../core/rng.ts";
import type { Proposed } from "../dag/parameters.ts";
import { proposeParameters as propose } from "../dag/propose.ts";
import { synthesize } from "../dag/synthesize.ts";
import type { Domain } from "../domains/domain.ts";
import { trialsOf } from "./construct.ts";
import { namedDomain, namedSession } from "./lookup.ts";
import { describeParameters } from "./parameters.ts";
import { choosingByHand } from "./quotas.ts";
import { defineTool } from "./tool.ts";

const defaultCount = 4;

const input = z.strictObject({
  session_id: z.string().min(1).describe("the session, from start_session"),
  count: z.int().min(1).max(20).exactOptional().describe(`how many, default ${defaultCount}`),
});

const output = z.object({
  session_id: z.string(),
  proposals: z.array(
    z.object({
      parameters: z.looseObject({}).describe("sample_task takes them as they are"),
      follows: z.string().nullable().describe("the known way to fail that they follow; give it along"),
      reason: z.string(),
    }),
  ),
  trials: z.number().describe("constructed tasks that the target was run on so far"),
  next: z.string(),
});

/** Proposals made for each one wanted: some cells have no world, or only one in which gold takes too many calls. */
const spare = 2;

/** A proposal as a task could be made of it, without an event that it has no room for; nothing if none could. */
function feasible(proposed: Proposed, domain: Domain, rng: Rng): readonly Proposed[] {
  const tried = synthesize(domain, proposed.parameters, rng.fork(JSON.stringify(proposed.parameters)));
  if (tried.status !== "made") return [];
  return [{ ...proposed, parameters: { ...proposed.parameters, events: tried.made.parameters.events } }];
}

/** Says which parameters to sample the next tasks from. */
export const proposeParametersTool = defineTool({
  name: "propose_parameters",
  title: "Propose parameters",
  description:
    "Says which parameters the next tasks should be sampled from, with the reason for each: at first such that they fill the space of axes evenly, later by turns where the target is known to fail and where nobody has asked. Spends nothing. Then call sample_task with one of them.",
  input,
  output,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  run: async (deps, args) => {
    const session = namedSession(deps, args.session_id);
    const domain = namedDomain(deps, session.domain);
    const trials = trialsOf({ deps, session });
    const made = deps.store.countTasks({ session: session.id });
    const kept = deps.store.countHarvested(session.id);
    const rng = createRng(`${session.seed}/propose-parameters-${made}`);
    const count = args.count ?? defaultCount;
    const proposals = propose({
      domain,
      trials,
      window: session.window,
      rng,
      ...choosingByHand(session, kept),
    })
      .take(spare * count)
      .flatMap((proposed) => feasible(proposed, domain, rng))
      .take(count)
      .toArray();
    const next = `sample_task with session_id "${session.id}" and one of these parameters`;
    return {
      structured: {
        session_id: session.id,
        proposals: proposals.map(({ parameters, reason, vein }) => ({
          follows: vein,
          parameters: {
            ...parameters,
            requests: parameters.requests.map((region) => ({ ...region })),
          },
          reason,
        })),
        trials: trials.length,
        next,
      },
      text: [
        ...proposals.flatMap(({ parameters, reason, vein }, i) => [
          `${i + 1}. ${describeParameters(parameters)}`,
          `   Why: ${reason}`,
          `   As arguments: ${JSON.stringify({ ...parameters, follows: vein })}`,
        ]),
        `From ${trials.length} constructed tasks that the target was run on.`,
        `Next: ${next}.`,
      ].join("\n"),
    };
  },
});
