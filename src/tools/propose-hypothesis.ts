import { z } from "zod";
import { InputError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { createRng } from "../core/rng.ts";
import { checkRegion, describeRegion } from "../domains/cell.ts";
import type { AxisValues, Region } from "../domains/domain.ts";
import { type Choosing, choose } from "../frontier/choose.ts";
import {
  checkClaims,
  checkProofs,
  describeClaims,
  type Proofs,
  proofOps,
  settledProofs,
} from "../frontier/claims.ts";
import { type Hypothesis, hypothesisId } from "../frontier/hypothesis.ts";
import { hypothesize } from "../frontier/hypothesize.ts";
import { trialsOf } from "./construct.ts";
import { failingOf, howNew, noveltyAnswer, noveltyLines, noveltyOutput } from "./how-new.ts";
import { namedDomain, namedSession } from "./lookup.ts";
import { choosingByHand } from "./quotas.ts";
import { regionSchema } from "./region.ts";
import { type Deps, defineTool } from "./tool.ts";

const anyJson = z.unknown() as z.ZodType<Json>;

const input = z.strictObject({
  session_id: z.string().min(1).describe("the session, from start_session"),
  statement: z
    .string()
    .min(10)
    .max(500)
    .exactOptional()
    .describe(
      "a falsifiable claim on what the target does right, as one sentence; left out, the server proposes one",
    ),
  where: regionSchema
    .exactOptional()
    .describe("the region that it is about: axis → value, [values] or {min, max}; default anywhere"),
  claims: z
    .record(z.string(), z.union([z.string().min(1).max(60), z.number()]))
    .exactOptional()
    .describe(
      'labels of your own on axes that the domain does not have, such as {"tone": "angry"}, counted for the tasks that generate_world makes for it; nobody checks those without a proof',
    ),
  proofs: z
    .record(
      z.string(),
      z.strictObject({ path: z.string(), op: z.enum(proofOps), value: anyJson.exactOptional() }),
    )
    .exactOptional()
    .describe(
      "by claimed axis, what holds of a task's starting world, or of its /instruction, wherever the claim is true: generate_world refuses other tasks. The first claim of a value in a session settles its proof, or that it has none: later ones are held to that, and refused with another",
    ),
  behaviour: z
    .string()
    .exactOptional()
    .describe('what a failure would break: a clause id, or "outcome" (default), the task\'s criteria'),
  parent: z.string().exactOptional().describe("the id of the hypothesis that this one narrows"),
});

const output = z.object({
  session_id: z.string(),
  hypothesis_id: z.string(),
  statement: z.string(),
  where: z.looseObject({}),
  claims: z.record(z.string(), z.unknown()).optional(),
  proofs: z.record(z.string(), z.unknown()).optional(),
  behaviour: z.string(),
  status: z.enum(["disproved", "holds", "open"]),
  reason: z.string(),
  ...noveltyOutput,
  next: z.string(),
});

/** A hypothesis with the sentence that says why it was chosen. */
export interface Proposal {
  readonly hypothesis: Hypothesis;
  readonly reason: string;
}

/** What the server attacks next, from what was tried so far; nothing where the domain yields nothing. */
export function proposeFrom(choosing: Choosing): Proposal {
  const [choice] = choose(choosing);
  if (choice === undefined)
    throw new InputError(`Nothing can be proposed in ${choosing.domain.name}: no request of it can be made.`);
  return { hypothesis: hypothesize(choice.where, choosing.domain), reason: choice.reason };
}

/** Registers a hypothesis, or has the server propose one, and says how near it is to earlier ones. */
export const proposeHypothesis = defineTool({
  name: "propose_hypothesis",
  title: "Propose a hypothesis",
  description:
    "Registers a claim about what the target handles, for the loop to disprove; without a statement the server proposes one from the frontier. Answers how new it is, with the nearest earlier ones, whether it says again what one of them said, and which vein of failures it follows. Then call generate_world.",
  input,
  output,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  run: async (deps, args, ctx) => {
    const session = namedSession(deps, args.session_id);
    const domain = namedDomain(deps, session.domain);
    refuseLoose(args);
    const rng = createRng(`${session.seed}/propose-${deps.store.countHypotheses(session.id)}`);
    const kept = deps.store.countHarvested(session.id);
    const trials = trialsOf({ deps, session });
    const { hypothesis: meant, reason } =
      args.statement === undefined
        ? proposeFrom({ domain, trials, window: session.window, rng, ...choosingByHand(session, kept) })
        : {
            hypothesis: written(args.statement, args, { deps, session: session.id }),
            reason: "written by the strategist",
          };
    const known = deps.store.hypothesis(session.id, meant.id) !== null;
    const hypothesis = register(deps, session.id, meant);
    const failures = failingOf(trials);
    const compared = await howNew(deps, hypothesis, { session, domain, failures, ctx });
    const novelty = known ? { ...compared, novelty: 0, isRewording: true } : compared;
    const next = `generate_world with session_id "${session.id}" and hypothesis_id "${hypothesis.id}"`;
    return {
      structured: {
        session_id: session.id,
        hypothesis_id: hypothesis.id,
        statement: hypothesis.statement,
        where: { ...hypothesis.where },
        ...(hypothesis.claims === undefined ? {} : { claims: { ...hypothesis.claims } }),
        ...(hypothesis.proofs === undefined ? {} : { proofs: { ...hypothesis.proofs } }),
        behaviour: hypothesis.behaviour,
        status: deps.store.frontier.judgedOne(session.id, hypothesis.id)?.status ?? "open",
        reason,
        ...noveltyAnswer(novelty),
        next,
      },
      text: [
        `Hypothesis ${hypothesis.id}: ${hypothesis.statement}`,
        ...(hypothesis.claims === undefined
          ? []
          : [
              `Claims of each task: ${describeClaims({ claims: hypothesis.claims, proved: hypothesis.proofs ?? {} }, "to be proved")}.`,
            ]),
        `Where: ${describeRegion(hypothesis.where)}. A failure would break: ${hypothesis.behaviour}.`,
        `Why: ${reason}`,
        ...(known ? ["The session has this very hypothesis already."] : []),
        ...noveltyLines(novelty),
        `Next: ${next}.`,
      ].join("\n"),
    };
  },
});

/** Refuses what belongs to something that was left out. */
function refuseLoose({
  statement,
  claims,
  proofs,
}: Pick<z.infer<typeof input>, "statement" | "claims" | "proofs">) {
  if (statement === undefined && claims !== undefined)
    throw new InputError("Claims came without a statement: give the statement that they belong to.");
  if (claims === undefined && proofs !== undefined)
    throw new InputError("Proofs came without claims: give the claims that they prove.");
}

/** Registers a hypothesis, its claims held to what the session holds them to already. */
function register({ store }: Deps, session: string, { proofs: given, ...meant }: Hypothesis): Hypothesis {
  return store.atomically(() => {
    const { claims = {} } = meant;
    const held = store.frontier.claimProofs(session, claims);
    const proofs = settledProofs({ claims, ...(given === undefined ? {} : { proofs: given }) }, held);
    const hypothesis = Object.keys(proofs).length === 0 ? meant : { ...meant, proofs };
    store.recordHypothesis(session, hypothesis);
    return hypothesis;
  });
}

interface Written {
  readonly where?: Region | undefined;
  readonly claims?: AxisValues;
  readonly proofs?: Proofs;
  readonly behaviour?: string | undefined;
  readonly parent?: string | undefined;
}

function written(
  statement: string,
  { where = {}, claims, proofs, behaviour = "outcome", parent }: Written,
  { deps, session }: { readonly deps: Deps; readonly session: string },
): Hypothesis {
  const domain = namedDomain(deps, namedSession(deps, session).domain);
  checkRegion(where, domain);
  if (claims !== undefined) checkClaims(claims, domain.axes);
  if (proofs !== undefined) checkProofs(proofs, { claims: claims ?? {}, tables: domain.tables });
  if (behaviour !== "outcome" && !domain.clauses.some((clause) => clause.id === behaviour)) {
    throw new InputError(
      `Unknown behaviour "${behaviour}": expected "outcome" or a clause id; describe_domain with part "policy" lists them.`,
    );
  }
  if (parent !== undefined && deps.store.hypothesis(session, parent) === null) {
    throw new InputError(
      `Unknown parent hypothesis "${parent}": leave it out, or take an id from show_frontier.`,
    );
  }
  const claim = { statement, where, behaviour, ...(claims === undefined ? {} : { claims }) };
  return {
    id: hypothesisId(claim),
    ...claim,
    ...(proofs === undefined ? {} : { proofs }),
    by: "strategist",
    ...(parent === undefined ? {} : { parent }),
  };
}
