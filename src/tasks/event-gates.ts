import { anyOf, InputError } from "../core/errors.ts";
import { at, isSame, pointerSteps, refuseHostileKeys } from "../core/json.ts";
import { type Call, type Domain, type State, stateOf, worldOf } from "../domains/domain.ts";
import { act, openEnvironment, run } from "../domains/environment.ts";
import { type Event, interruption, type Patch, patched } from "../domains/event.ts";
import type { Rejection } from "./rejection.ts";
import type { Gold, Task } from "./task.ts";

type Fault = Omit<Rejection, "gate">;

/** Events must name tools and places that are there, do something, and leave a world that is still consistent. */
export function eventsGate(task: Task, domain: Domain): readonly Rejection[] {
  const found: Fault[] = [];
  let state = stateOf(task.world);
  for (const [i, event] of task.events.entries()) {
    const own = [
      ...formFaults(event, task),
      ...event.patches.flatMap((patch, j) => patchFaults(patch, state, j)),
    ];
    const after = own.length > 0 ? state : patched(state, event.patches);
    const faults = own.length > 0 ? own : worldFaults(after, state, domain);
    found.push(...faults.map((fault) => ({ ...fault, path: `/events/${i}${fault.path}` })));
    state = after;
  }
  return found.slice(0, 10).map((fault) => ({ gate: "events", ...fault }));
}

function formFaults({ before, patches, interrupts }: Event, { tools }: Task): readonly Fault[] {
  const known = tools.includes(before.tool);
  return [
    ...(known
      ? []
      : [
          {
            path: "/before/tool",
            wrong: `the task has no tool ${JSON.stringify(before.tool)}`,
            repair: `name one of ${anyOf(tools)}`,
          },
        ]),
    ...(interrupts || patches.length > 0
      ? []
      : [{ path: "", wrong: "nothing happens", repair: "let it interrupt the call, or give it a patch" }]),
  ];
}

function patchFaults({ path, value }: Patch, state: State, index: number): readonly Fault[] {
  const here = `/patches/${index}`;
  const [table, id, ...steps] = path.startsWith("/") ? pointerSteps(path) : [];
  const hostile = hostileKey({ path: Object.fromEntries(steps.map((step) => [step, null])), value });
  if (hostile !== null)
    return [{ path: here, wrong: hostile, repair: "name and set fields of the domain only" }];
  const record = table !== undefined && Object.hasOwn(state, table) ? state[table]?.get(id ?? "") : undefined;
  if (steps.length === 0 || record === undefined) {
    return [
      {
        path: `${here}/path`,
        wrong: `${JSON.stringify(path)} is no place in a record of the world`,
        repair: "give /table/id/field… of a record that is there",
      },
    ];
  }
  const after = at(worldOf(patched(state, [{ path, value }])), path);
  if (after !== undefined && isSame(after, value)) return [];
  return [
    {
      path: `${here}/path`,
      wrong: `${JSON.stringify(path)} leads nowhere`,
      repair: "set a field of something that is there",
    },
  ];
}

/** What is wrong with the keys of a foreign value; null if nothing. */
function hostileKey(value: object): string | null {
  try {
    refuseHostileKeys(value, "the patch");
    return null;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}

function worldFaults(after: State, before: State, domain: Domain): readonly Fault[] {
  if (after === before) return [];
  const world = worldOf(after);
  const [issue] = domain.worldSchema.safeParse(world).error?.issues ?? [];
  if (issue !== undefined) {
    const place = issue.path.map(String).join("/");
    const repair = "set a value of the form that the field has";
    return [{ path: "/patches", wrong: `after it, /${place} does not fit: ${issue.message}`, repair }];
  }
  return domain
    .checkWorld(world)
    .slice(0, 3)
    .map(({ path, wrong, repair }) => ({ path: "/patches", wrong: `after it, ${path}: ${wrong}`, repair }));
}

/** A gold call that fails of itself. */
export interface BrokenCall {
  readonly index: number;
  readonly call: Call;
  readonly text: string;
}

/**
 * The gold calls that do not run although no event gets in their way. A refusal is an event's doing if the call runs
 * where the same calls took effect and nothing else happened.
 */
export function brokenCalls(task: Task, { calls }: Gold, domain: Domain): readonly BrokenCall[] {
  const broken: BrokenCall[] = [];
  let environment = openEnvironment(domain, stateOf(task.world), { events: task.events });
  let calm = environment.state;
  for (const [index, call] of calls.entries()) {
    const acted = act(environment, call);
    environment = acted.environment;
    if (acted.status !== "ok" && acted.text === interruption) continue;
    const undisturbed = run(domain, calm, call);
    if (acted.status === "ok") calm = undisturbed.state;
    else if (undisturbed.status !== "ok") broken.push({ index, call, text: acted.text });
  }
  return broken;
}
