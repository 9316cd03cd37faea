import { isSame } from "../core/json.ts";
import type { Rng } from "../core/rng.ts";
import { isWithin, requestMeets } from "../domains/cell.ts";
import type { AxisValues, Distractor, Domain, Region } from "../domains/domain.ts";
import { composeTask, type Parts } from "../tasks/compose.ts";
import { type Gated, passGates, type Rejection } from "../tasks/gates.ts";
import { type Solved, solve } from "../tasks/gold.ts";
import { wordUser } from "../tasks/wording.ts";
import { addEvent } from "./disturb.ts";
import { goldenWalk } from "./golden-walk.ts";
import type { Parameters } from "./parameters.ts";
import type { Walk } from "./walk.ts";

/** Calls of a golden trajectory at most. */
export const mostCalls = 16;
/** Streams of chance tried before parameters are given up on, and how often one reason may come up in a row. */
const [mostTries, mostAlike] = [12, 3];

/** A task that is solvable by construction, with what shows it. */
export interface Synthesized {
  readonly gated: Extract<Gated, { status: "passed" }>;
  readonly walk: Walk;
  readonly distractors: readonly Distractor[];
  /** The cells of its requests in the order they come up. */
  readonly cells: readonly AxisValues[];
  /** Ways to meet the requests that were gone through, the right one included. */
  readonly enumerated: number;
  readonly seed: string;
}

export type Synthesis =
  | { readonly status: "made"; readonly made: Synthesized; readonly rejections: readonly Rejection[] }
  /** Proved: no world can meet the parameters. */
  | { readonly status: "impossible"; readonly why: string }
  /** Given up after so many tries. */
  | {
      readonly status: "none";
      readonly tries: number;
      readonly why: string;
      readonly rejections: readonly Rejection[];
    };

type Tried =
  | { readonly status: "made"; readonly made: Synthesized }
  | { readonly status: "failed"; readonly why: string; readonly rejections: readonly Rejection[] };

const failed = (why: string, rejections: readonly Rejection[] = []): Tried => ({
  status: "failed",
  why,
  rejections,
});

/**
 * Makes a task from parameters: a world in which the requests' walks run, filled only then, with one right answer
 * before and after. Nothing is made of parameters that no world can meet, and the clause or constraint is named.
 */
export function synthesize(domain: Domain, parameters: Parameters, rng: Rng): Synthesis {
  const { requests, world } = parameters;
  const why = domain.objectionTo({ requests, world });
  if (why !== null) return { status: "impossible", why };
  const rejections: Rejection[] = [];
  const reasons: string[] = [];
  const isStuck = () => reasons.length >= mostAlike && new Set(reasons.slice(-mostAlike)).size === 1;
  while (reasons.length < mostTries && !isStuck()) {
    const tried = attempt(domain, parameters, rng.fork(`try-${reasons.length}`));
    if (tried.status === "made") return { status: "made", made: tried.made, rejections };
    rejections.push(...tried.rejections);
    reasons.push(tried.why);
  }
  return { status: "none", tries: reasons.length, why: reasons.at(-1) ?? "", rejections };
}

function attempt(domain: Domain, parameters: Parameters, rng: Rng): Tried {
  const scenario = domain.sampleScenario(parameters, rng.fork("scenario"));
  if (scenario === null) return failed("the sampler found no world for the requests together");
  const { identity, requests } = scenario;
  const script = { identity, persona: "", schedule: parameters.schedule, requests };
  const { user, instruction } = wordUser(script, domain, rng.fork("words"));
  const still: Parts = { world: scenario.world, user, instruction };
  const parts =
    parameters.events === "none" ? still : addEvent(domain, still, parameters.events, rng.fork("events"));
  if (parts === null) return failed(`no event of kind ${parameters.events} leaves gold a way to the goal`);
  const { task, solved } = composeTask(domain, parts);
  if (solved?.status !== "solved") return failed("gold is stuck in the filled world");
  if (solved.gold.calls.length > mostCalls)
    return failed(`gold takes more than ${mostCalls} calls, the most that a golden trajectory has`);
  // Under an event gold takes another way than in a world that stands still: that way is what must not move.
  const calm = parts === still ? solved : solve(domain, { world: still.world, user });
  const drift = solved.ties.length > 0 ? tie : driftFrom(solve(domain, { world: scenario.bare, user }), calm);
  if (drift !== null) return failed(drift);
  const gated = passGates(task, domain);
  if (gated.status === "rejected") return failed(`the gate ${gated.rejections[0]?.gate}`, gated.rejections);
  if (!liesWithin(parameters, gated, domain)) return failed("the world made lies outside the parameters");
  const detours = Math.min(parameters.detours, mostCalls - solved.gold.calls.length);
  const walk = goldenWalk({ domain, task, steps: solved.steps, detours }, rng.fork("walk"));
  return {
    status: "made",
    made: {
      gated,
      walk,
      distractors: scenario.distractors,
      cells: solved.cells,
      enumerated: enumerated(solved),
      seed: rng.seed,
    },
  };
}

type Solution = Extract<Solved, { status: "solved" }>;

const tie = "filling left two answers equally right";

/** What filling has done to the answer; null if nothing: what gold writes must be what it wrote in the bare world. */
function driftFrom(bare: Solved, filled: Solved): string | null {
  if (bare.status === "stuck" || filled.status === "stuck") return "gold is stuck in the bare world";
  const writes = ({ gold }: Solution) => gold.solutions.flatMap((solution) => solution.writes);
  return isSame(writes(bare), writes(filled)) ? null : "filling changed the right answer";
}

/** How many ways there are through the choices of a gold: each is an option that fits, and no two may be best. */
function enumerated({ steps }: Solution): number {
  return steps.flatMap(({ choices }) => choices).reduce((ways, { options }) => ways * options.length, 1);
}

/** True if every wished region has a request of its own in the task, and the rest is as wished. */
function liesWithin(
  { requests, schedule, world }: Parameters,
  { cell }: Synthesized["gated"],
  domain: Domain,
): boolean {
  if (!isWithin(cell, { ...world, schedule }, domain)) return false;
  const left = [...cell.requests];
  return requests.every((region: Region) => {
    const i = left.findIndex((values) => requestMeets(values, region, domain));
    if (i >= 0) left.splice(i, 1);
    return i >= 0;
  });
}
