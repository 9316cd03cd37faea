import { isSame } from "../core/json.ts";
import type { Rng } from "../core/rng.ts";
import { isWithin, requestMeets } from "../domains/cell.ts";
import type { AxisValues, Domain, Region } from "../domains/domain.ts";
import type { Distractor } from "../domains/scenario.ts";
import { composeTask, type Parts } from "../tasks/compose.ts";
import { type Gated, passGates } from "../tasks/gates.ts";
import { type Solved, solve, solveOnce } from "../tasks/gold.ts";
import type { Rejection } from "../tasks/rejection.ts";
import { wordUser } from "../tasks/wording.ts";
import { addEvent } from "./disturb.ts";
import { goldenWalk } from "./golden-walk.ts";
import type { Parameters } from "./parameters.ts";
import type { Walk } from "./walk.ts";

/** Calls of a golden trajectory at most. */
export const mostCalls = 16;
/** Streams of chance tried before parameters are given up on, and how often one reason may come up in a row. */
const [mostTries, mostAlike] = [12, 2];

/** A task that is solvable by construction, with what shows it. */
export interface Synthesized {
  readonly gated: Extract<Gated, { status: "passed" }>;
  readonly walk: Walk;
  readonly distractors: readonly Distractor[];
  /** The cells of its requests in the order they come up. */
  readonly cells: readonly AxisValues[];
  /** Options that were compared in all choices, the right ones included; 0 where nothing is to be chosen. */
  readonly enumerated: number;
  /** The parameters as they were met: no event where none left gold a way, and as many detours as there was room for. */
  readonly parameters: Parameters;
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
  // How long gold is follows from the parameters: another draw changes little.
  const isStuck = () =>
    reasons.at(-1) === tooLong ||
    (reasons.length >= mostAlike && new Set(reasons.slice(-mostAlike)).size === 1);
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
  const calm = solveOnce(domain, still);
  if (calm.status === "stuck") return failed("gold is stuck in the filled world");
  if (calm.gold.calls.length > mostCalls) return failed(tooLong);
  const drift = driftFrom(solve(domain, { world: scenario.bare, user }), calm);
  if (drift !== null) return failed(drift);
  const { events } = parameters;
  // Under an event gold takes another way than in a world that stands still, which is the one that must not move.
  const parts = (events === "none" ? null : addEvent(domain, still, events, rng.fork("events"))) ?? still;
  const { task, solved } = composeTask(domain, parts);
  if (solved?.status !== "solved" || solved.gold.calls.length > mostCalls) return failed(tooLong);
  const gated = passGates(task, domain);
  if (gated.status === "rejected") return failed(`the gate ${gated.rejections[0]?.gate}`, gated.rejections);
  if (!liesWithin(parameters, calm, domain)) return failed("the world made lies outside the parameters");
  const detours = Math.min(parameters.detours, mostCalls - solved.gold.calls.length);
  const walk = goldenWalk({ domain, task, steps: solved.steps, way: { detours } }, rng.fork("walk"));
  return {
    status: "made",
    made: {
      gated,
      walk,
      distractors: scenario.distractors,
      cells: solved.cells,
      enumerated: enumerated(solved),
      parameters: {
        ...parameters,
        events: parts === still ? "none" : events,
        detours: Object.values(walk.nodes).filter(isDetour).length,
      },
      seed: rng.seed,
    },
  };
}

const isDetour = (node: Walk["nodes"][string]) => node.type === "tool" && node.role === "detour";

type Solution = Extract<Solved, { status: "solved" }>;

const tooLong = `gold takes more than ${mostCalls} calls, the most that a golden trajectory has`;

/**
 * What filling has done to the answer; null if nothing: no two options may be best, and what gold writes must be what
 * it wrote in the bare world.
 */
function driftFrom(bare: Solved, filled: Solution): string | null {
  if (filled.ties.length > 0) return "filling left two answers equally right";
  if (bare.status === "stuck") return "gold is stuck in the bare world";
  const writes = ({ gold }: Solution) => gold.solutions.flatMap((solution) => solution.writes);
  return isSame(writes(bare), writes(filled)) ? null : "filling changed the right answer";
}

/** How many options gold's choices had: each was compared, and no two may be best. */
function enumerated({ steps }: Solution): number {
  return steps.flatMap(({ choices }) => choices).reduce((sum, { options }) => sum + options.length, 0);
}

/** True if every wished region has a request of its own in the task, and the rest is as wished. */
function liesWithin({ requests, schedule, world }: Parameters, { cell }: Solution, domain: Domain): boolean {
  if (!isWithin(cell, { ...world, schedule }, domain)) return false;
  const left = [...cell.requests];
  return requests.every((region: Region) => {
    const i = left.findIndex((values) => requestMeets(values, region, domain));
    if (i >= 0) left.splice(i, 1);
    return i >= 0;
  });
}
