import { canonical, isObject, type Json, pointerSteps } from "../core/json.ts";
import type { Domain, World } from "../domains/domain.ts";
import { solve } from "../tasks/gold.ts";
import { rehearseGold } from "../tasks/rehearsal.ts";
import type { Gold, Task } from "../tasks/task.ts";
import { traceTrajectory } from "../tasks/trace.ts";

/** What tells the records that a task could do without from those that it needs. */
interface Extra {
  readonly task: Task;
  readonly gold: Gold;
  readonly domain: Domain;
}

/** Records that can go together. */
export interface Records {
  /** "noise (12 records)", "distractor flights/HAT001". */
  readonly name: string;
  readonly records: readonly Place[];
}

/** Records are told one by one up to this many; beyond it only together. */
const singly = 12;

/**
 * The records that a world holds beyond need. Noise: every record that following ids from what gold names or sees
 * does not lead to. What only a list leads to can go without leaving a gap: bystanders, which gold does not see (other
 * reservations of the user), and distractors, which it sees (a distractor has done its work if nothing changes).
 */
export function extrasOf(on: Extra): readonly Records[] {
  const { task, gold, domain } = on;
  const trace = traceTrajectory(task, rehearseGold(task, gold, domain), domain);
  const text = canonical([gold.solutions, task.user, task.criteria]);
  const changing = recordsChanged(task);
  const named = recordsOf(task.world).filter(
    ({ id, key }) => text.includes(JSON.stringify(id)) || changing.has(key),
  );
  const seen = new Set([...trace.shown, ...temptations(on)]);
  const shown = recordsOf(task.world).filter(({ key }) => seen.has(key));
  const reachable = closure(task.world, [...named, ...shown], textsIn);
  const needed = closure(task.world, named, textsOutsideLists);
  const noise = recordsOf(task.world).filter(({ key }) => !reachable.has(key));
  const spare = recordsOf(task.world).filter(({ key }) => reachable.has(key) && !needed.has(key));
  return [
    ...(noise.length > 0 ? [{ name: `noise (${noise.length} records)`, records: noise }] : []),
    ...grouped(
      "bystander",
      spare.filter(({ key }) => !seen.has(key)),
    ),
    ...grouped(
      "distractor",
      spare.filter(({ key }) => seen.has(key)),
    ),
  ];
}

function grouped(name: string, records: readonly Place[]): readonly Records[] {
  if (records.length > singly) return [{ name: `${name}s (${records.length} records)`, records }];
  return records.map((record) => ({ name: `${name} ${record.key}`, records: [record] }));
}

/** The records that events change, as `table/id`. */
function recordsChanged({ events }: Task): ReadonlySet<string> {
  const paths = events.flatMap(({ patches }) => patches.map(({ path }) => pointerSteps(path)));
  return new Set(paths.map(([table, id]) => `${table}/${id}`));
}

/**
 * The records that the way around the refusals shows: an agent that does what it should decline looks at them, and
 * without them it would stop for want of them, not for its better judgement.
 */
function temptations({ task, gold, domain }: Extra): readonly string[] {
  const overlooked = new Set(gold.solutions.flatMap((solution) => solution.clauses));
  if (overlooked.size === 0) return [];
  const tempted = solve(domain, { ...task, overlooks: (clause) => overlooked.has(clause) });
  if (tempted.status === "stuck") return [];
  return [...traceTrajectory(task, rehearseGold(task, tempted.gold, domain), domain).shown];
}

/** A record of a world. */
export interface Place {
  readonly table: string;
  readonly id: string;
  /** `table/id`. */
  readonly key: string;
}

function recordsOf(world: World): readonly Place[] {
  return Object.entries(world).flatMap(([table, records]) =>
    Object.keys(records).map((id) => ({ table, id, key: `${table}/${id}` })),
  );
}

/** The records that some records lead to: one leads to another if the other's id is among its links. */
function closure(
  world: World,
  from: readonly Place[],
  linksOf: (record: Json) => Iterable<string>,
): ReadonlySet<string> {
  const byId = new Map(recordsOf(world).map((place) => [place.id, place]));
  const kept = new Set(from.map(({ key }) => key));
  const open = [...from];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    for (const value of linksOf(world[place.table]?.[place.id] ?? null)) {
      const next = byId.get(value);
      if (next === undefined || kept.has(next.key)) continue;
      kept.add(next.key);
      open.push(next);
    }
  }
  return kept;
}

function* textsIn(value: Json): Generator<string> {
  if (typeof value === "string") yield value;
  else if (Array.isArray(value)) for (const item of value) yield* textsIn(item as Json);
  else if (isObject(value)) for (const item of Object.values(value)) yield* textsIn(item);
}

/** The texts in a value that are no items of a list: an id among them cannot be taken out without a gap. */
function* textsOutsideLists(value: Json): Generator<string> {
  if (typeof value === "string") yield value;
  else if (Array.isArray(value)) {
    for (const item of value) if (typeof item !== "string") yield* textsOutsideLists(item as Json);
  } else if (isObject(value)) for (const item of Object.values(value)) yield* textsOutsideLists(item);
}

/** A world without some records, their ids taken out of every list that names them. */
export function without(world: World, gone: readonly Place[]): World {
  const ids = new Set(gone.map(({ id }) => id));
  const keys = new Set(gone.map(({ key }) => key));
  const clean = (value: Json): Json => {
    if (Array.isArray(value))
      return value.filter((item) => !ids.has(item as string)).map((item) => clean(item as Json));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, clean(item)]));
  };
  return Object.fromEntries(
    Object.entries(world).map(([table, records]) => [
      table,
      Object.fromEntries(
        Object.entries(records).flatMap(([id, record]) =>
          keys.has(`${table}/${id}`) ? [] : [[id, clean(record) as typeof record]],
        ),
      ),
    ]),
  );
}
