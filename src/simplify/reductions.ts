import { canonical, isObject, type Json, pointerSteps } from "../core/json.ts";
import { requestKind } from "../domains/dialogue.ts";
import type { Domain, ScriptedRequest, World } from "../domains/domain.ts";
import { composeTask, criteriaOf, type Parts } from "../tasks/compose.ts";
import { solve } from "../tasks/gold.ts";
import { rehearseGold } from "../tasks/rehearsal.ts";
import type { Gold, Task } from "../tasks/task.ts";
import { traceTrajectory } from "../tasks/trace.ts";

/** One named way to make a task smaller. Whether it is still a sound task that still fails is for others to find out. */
export interface Reduction {
  /** What is taken away, in words. */
  readonly removes: string;
  readonly task: Task;
}

interface Reducing {
  readonly task: Task;
  readonly gold: Gold;
  readonly domain: Domain;
}

/** Every reduction of a task, the largest first. Criteria that were derived are derived again; others stay as they are. */
export function reductionsOf(on: Reducing): readonly Reduction[] {
  return [
    ...fewerRequests(on),
    ...fewerEvents(on),
    ...lessWorld(on),
    ...smallerRequests(on),
    ...plainerWords(on),
  ];
}

/**
 * The task made again from changed parts; its words follow from the parts. What a hypothesis about a clause adds to
 * derived criteria is added again.
 */
function remake(
  { task, gold, domain }: Reducing,
  change: Partial<Pick<Parts, "world" | "user" | "events">>,
): Task {
  const added = task.criteria.filter(({ type }) => type === "complies");
  const own = task.criteria.filter(({ type }) => type !== "complies");
  const { world, user, clauses, tools, events } = { ...task, ...change };
  const parts: Parts = { world, user, clauses, tools, events };
  if (canonical(own) !== canonical(criteriaOf(gold)))
    return composeTask(domain, { ...parts, criteria: task.criteria }).task;
  const made = composeTask(domain, parts).task;
  return { ...made, criteria: [...made.criteria, ...added] };
}

const withRequests = (on: Reducing, requests: readonly ScriptedRequest[]) =>
  remake(on, { user: { ...on.task.user, requests } });

/** Drops one request, or what is wanted instead of it. */
function fewerRequests(on: Reducing): readonly Reduction[] {
  const { requests } = on.task.user;
  const dropped =
    requests.length < 2
      ? []
      : requests.map((scripted, i) => ({
          removes: `request ${i + 1} (${scripted.request.kind})`,
          task: withRequests(on, requests.toSpliced(i, 1)),
        }));
  const alternatives = requests.flatMap((scripted, i) => {
    const { otherwise, ...plain } = scripted;
    if (otherwise === undefined) return [];
    return [
      {
        removes: `what is wanted instead of request ${i + 1}`,
        task: withRequests(on, requests.with(i, plain)),
      },
    ];
  });
  return [...dropped, ...alternatives];
}

/** Drops one event, so that the world stands still there. */
function fewerEvents(on: Reducing): readonly Reduction[] {
  const { events } = on.task;
  return events.map(({ before }, i) => ({
    removes: `the event before call ${before.nth} of ${before.tool}`,
    task: remake(on, { events: events.toSpliced(i, 1) }),
  }));
}

/** Every member that a request's kind knows how to make smaller. */
function smallerRequests(on: Reducing): readonly Reduction[] {
  const { requests } = on.task.user;
  return requests.flatMap((scripted, i) =>
    requestKind(scripted.request, on.domain)
      .smaller(scripted.request)
      .map(({ removes, request }) => ({
        removes: `${removes} of request ${i + 1}`,
        task: withRequests(on, requests.with(i, { ...scripted, request })),
      })),
  );
}

/** Says everything in the first form, at once and without small talk. */
function plainerWords(on: Reducing): readonly Reduction[] {
  const { user } = on.task;
  const reductions: Reduction[] = [];
  if (user.schedule !== "together") {
    reductions.push({
      removes: `the schedule "${user.schedule}"`,
      task: remake(on, { user: { ...user, schedule: "together" } }),
    });
  }
  if (user.requests.some((scripted) => scripted.form !== 0)) {
    const plain = user.requests.map((scripted) => ({ ...scripted, form: 0 }));
    reductions.push({ removes: "the indirect wording", task: withRequests(on, plain) });
  }
  const { aside, ...silent } = user;
  if (user.persona !== "" || aside !== undefined)
    reductions.push({ removes: "the persona", task: remake(on, { user: { ...silent, persona: "" } }) });
  return reductions;
}

/** Records one by one are tried up to this many; beyond it only together. */
const singly = 12;

/**
 * Less world. Noise goes first: every record that following ids from what gold names or sees does not lead to. What
 * only a list leads to can go without leaving a gap: bystanders, which gold does not see (other reservations of the
 * user), and distractors, which it sees (a distractor has done its work if nothing changes). Each goes together, then
 * one by one.
 */
function lessWorld(on: Reducing): readonly Reduction[] {
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
  const drop = (records: readonly Place[], removes: string): Reduction => ({
    removes,
    task: remake(on, { world: without(task.world, records) }),
  });
  const dropGroup = (name: string, records: readonly Place[]): readonly Reduction[] => [
    ...(records.length > 1 ? [drop(records, `${name}s (${records.length} records)`)] : []),
    ...(records.length <= singly ? records.map((record) => drop([record], `${name} ${record.key}`)) : []),
  ];
  return [
    ...(noise.length > 0 ? [drop(noise, `noise (${noise.length} records)`)] : []),
    ...dropGroup(
      "bystander",
      spare.filter(({ key }) => !seen.has(key)),
    ),
    ...dropGroup(
      "distractor",
      spare.filter(({ key }) => seen.has(key)),
    ),
  ];
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
function temptations({ task, gold, domain }: Reducing): readonly string[] {
  const overlooked = new Set(gold.solutions.flatMap((solution) => solution.clauses));
  if (overlooked.size === 0) return [];
  const tempted = solve(domain, { ...task, overlooks: (clause) => overlooked.has(clause) });
  if (tempted.status === "stuck") return [];
  return [...traceTrajectory(task, rehearseGold(task, tempted.gold, domain), domain).shown];
}

interface Place {
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
function without(world: World, gone: readonly Place[]): World {
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
