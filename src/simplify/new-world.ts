import { canonical, contentKey } from "../core/json.ts";
import { createRng } from "../core/rng.ts";
import type { AxisValue, AxisValues, Domain, Region, ScriptedRequest } from "../domains/domain.ts";
import type { Scenario } from "../domains/scenario.ts";
import { type Cut, has, simplerValues } from "./cut.ts";
import { memoryOf, recall } from "./memory.ts";

/** Worlds that are made anew for what is left of a task. */

/** Streams of chance tried for a world of a cell; the sampler starts anew many times on each. */
export const worldTries = 2;
/** What is nearly right in a world that is made anew, for each right choice. */
const nearby = 2;

/** The values on world axes that a world made anew is to have still. */
export function worldLeft({ whole, gone }: Cut): AxisValues {
  const { world, domain } = whole;
  const left = domain.axes
    .filter(({ scope, isShared }) => scope === "world" && isShared !== true)
    .map((axis): readonly [string, AxisValue | undefined] => {
      const simpler = gone.flatMap((part) =>
        part.part === "around" && part.axis === axis.name ? [part.simpler] : [],
      );
      const order: readonly AxisValue[] = axis.values;
      const [lowest = world[axis.name]] = simpler.toSorted((a, b) => order.indexOf(a) - order.indexOf(b));
      // What has no piece is free to be anything.
      const isLeft = lowest !== undefined && order.indexOf(lowest) > order.indexOf(axis.simplest);
      return [axis.name, isLeft ? lowest : undefined];
    });
  return Object.fromEntries(left.filter((one): one is [string, AxisValue] => one[1] !== undefined));
}

/** A world made for cells, under a name that says what it was made for. */
interface Made {
  readonly name: string;
  readonly scenario: Scenario | null;
}

/** A try at a world for cells, the same whatever else goes: its stream of chance follows from them and the task. */
export function worldFor(
  cut: Cut,
  { requests: regions, world: around }: { readonly requests: readonly Region[]; readonly world: AxisValues },
  n: number,
): Made {
  const { whole } = cut;
  const distractors = has(cut, "near") ? 0 : nearby;
  const name = canonical([regions, around, distractors, n]);
  const scenario = recall(memoryOf(whole).worlds, name, () => {
    const wish = {
      requests: regions,
      noise: 0,
      distractors,
      world: { ...simplestWorld(whole.domain, n), ...around },
    };
    return whole.domain.sampleScenario(wish, createRng(`${contentKey(whole.task.world)}/${name}`));
  });
  return { name, scenario };
}

/** The world axes at their simplest where that can be had: half of the tries ask for it. */
const simplestWorld = (domain: Domain, n: number): Region =>
  n >= worldTries / 2
    ? {}
    : Object.fromEntries(
        domain.axes.filter(({ scope }) => scope === "world").map(({ name, simplest }) => [name, simplest]),
      );

/** A request keeps its form where it is still of its kind. */
export function formOf(cut: Cut, i: number | undefined, { request }: ScriptedRequest): number {
  const before = i === undefined ? undefined : cut.whole.wishes[i]?.scripted;
  return has(cut, "wording") || before?.request.kind !== request.kind ? 0 : before.form;
}

/** The cell that a request is left with, as a region: values that its kind does not have are left out. */
export function regionOf(cut: Cut, i: number): Region {
  const { domain, wishes } = cut.whole;
  const before = wishes[i]?.cell ?? {};
  const cell: AxisValues = { ...before, ...simplerValues(cut, i) };
  const kind = cell.kind as string;
  // What a refusal left unseen, or a kind did not have, is there to be chosen: the simplest.
  const changed = kind !== before.kind || cell.clause !== before.clause;
  return Object.fromEntries(
    domain.axes.flatMap((axis) => {
      const applies = axis.kinds.length === 0 || axis.kinds.includes(kind);
      // A verdict follows from the clause.
      if (axis.scope !== "request" || axis.name === "verdict" || !applies) return [];
      const value = cell[axis.name] ?? (changed ? axis.simplest : undefined);
      return value === undefined ? [] : [[axis.name, value] as const];
    }),
  );
}
