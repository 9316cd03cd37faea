import type { Rng } from "../core/rng.ts";
import { isWithin, meets } from "../domains/cell.ts";
import type { AxisValue, AxisValues, Domain, Region } from "../domains/domain.ts";
import type { Composition } from "../frontier/compose.ts";
import { composeTask } from "../tasks/compose.ts";
import { type Gated, passGates } from "../tasks/gates.ts";
import type { Rejection } from "../tasks/rejection.ts";
import { type Schedule, schedules } from "../tasks/task.ts";

/** How full a sampled task is beyond what its region asks for. */
export interface Fullness {
  /** Records that have nothing to do with the requests: 0 none … 3 many. */
  readonly noise: number;
  /** Near-by alternatives to each right choice. */
  readonly distractors: number;
}

/** A sampled task, or why none was found; the rejections are those of the free gates on the way. */
export type Sampled =
  | {
      readonly status: "sampled";
      readonly gated: Extract<Gated, { status: "passed" }>;
      readonly seed: string;
      /** The cells of its requests in the order they come up. */
      readonly cells: readonly AxisValues[];
      readonly rejections: readonly Rejection[];
    }
  | { readonly status: "none"; readonly tries: number; readonly rejections: readonly Rejection[] };

/** Streams of chance tried before a region counts as empty. */
const tries = 40;

/** What a sampled task is to be: inside a region, and of a whole composition where there is one. */
export interface Wish {
  readonly where: Region;
  readonly composition?: Composition;
}

/** Samples a task inside a region: scenarios are drawn until one passes every gate and lies in it. */
export function sampleTask(
  domain: Domain,
  { where, composition }: Wish,
  { fullness, rng }: { fullness: Fullness; rng: Rng },
): Sampled {
  const rejections: Rejection[] = [];
  for (let i = 0; i < tries; i++) {
    const stream = rng.fork(`try-${i}`);
    const requests = composition?.requests ?? wishedRequests(where, domain, stream.fork("requests"));
    const world = composition === undefined ? {} : { world: composition.world };
    const scenario = domain.sampleScenario({ requests, ...world, ...fullness }, stream.fork("scenario"));
    if (scenario === null) continue;
    const schedule = composition?.schedule ?? pickSchedule(where, requests.length, stream.fork("schedule"));
    const user = { identity: scenario.identity, persona: "", schedule, requests: scenario.requests };
    const { task, solved } = composeTask(domain, { world: scenario.world, user });
    const cells = solved?.status === "solved" ? solved.cells : [];
    const gated = passGates(task, domain);
    if (gated.status === "rejected") rejections.push(...gated.rejections);
    else if (isWithin(gated.cell, where, domain))
      return { status: "sampled", gated, seed: stream.seed, cells, rejections };
  }
  return { status: "none", tries, rejections };
}

/** One request in the region, and as many others as the region's number of requests says. */
function wishedRequests(where: Region, domain: Domain, rng: Rng): readonly Region[] {
  const isRequestAxis = (name: string) => domain.axes.find((axis) => axis.name === name)?.scope === "request";
  const own = Object.fromEntries(Object.entries(where).filter(([name]) => isRequestAxis(name)));
  const counts = [1, 1, 1, 2, 2, 3].filter(
    (count) => where.requests === undefined || meets(count, where.requests),
  );
  const count = counts.length > 0 ? rng.pick(counts) : 4;
  const others = Array.from({ length: count - 1 }, (): Region => ({}));
  return rng.shuffle([own, ...others]);
}

function pickSchedule(where: Region, requests: number, rng: Rng): Schedule {
  const { schedule } = where;
  const allowed = schedules.filter((one: AxisValue) => schedule === undefined || meets(one, schedule));
  // With one request there is nothing to space out.
  return requests === 1 && allowed.includes("together")
    ? "together"
    : rng.pick(allowed.length > 0 ? allowed : schedules);
}
