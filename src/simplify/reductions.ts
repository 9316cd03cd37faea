import { canonical, contentKey } from "../core/json.ts";
import { createRng } from "../core/rng.ts";
import { requestMeets } from "../domains/cell.ts";
import { requestKind } from "../domains/dialogue.ts";
import type { AxisValue, AxisValues, Domain, Region, Request, ScriptedRequest } from "../domains/domain.ts";
import type { Scenario } from "../domains/scenario.ts";
import { composeTask, type Parts } from "../tasks/compose.ts";
import { type Gated, passGates } from "../tasks/gates.ts";
import { isHeardAs } from "../tasks/instruction.ts";
import type { Task } from "../tasks/task.ts";
import { without } from "./extras.ts";
import { memoryOf, recall } from "./memory.ts";
import { type Part, type Piece, sentencesOf, type Whole } from "./pieces.ts";

/** A sound task, as the gates give it. */
export type Sound = Extract<Gated, { status: "passed" }>;

/** What is left of a task when pieces have gone, or why nothing sound is. */
export type Reduced = Sound | { readonly status: "unsound"; readonly why: string };

const unsound = (why: string): Reduced => ({ status: "unsound", why });

/**
 * The task without the pieces that are not kept, gated. The same pieces give the same task: where a world is made, its
 * stream of chance follows from the pieces alone. Criteria that were derived are derived again, and what a hypothesis
 * adds to them is added again; others stay as they are, and need their world.
 */
export function reduce(whole: Whole, pieces: readonly Piece[], kept: ReadonlySet<string>): Reduced {
  const gone = pieces.filter(({ id }) => !kept.has(id));
  if (gone.length === 0) return passOrWhy(passGates(whole.task, whole.domain));
  const requests = whole.wishes.flatMap((_, i) => (kept.has(`request ${i + 1}`) ? [i] : []));
  if (requests.length === 0) return unsound("nothing would be wanted any more");
  const isOpen = (i: number) =>
    kept.has(`request ${i + 1}/condition`) && !requests.includes(whole.wishes[i]?.after ?? -1);
  if (requests.some(isOpen)) return unsound("a request would wait for what is not asked for");
  const cut: Cut = { whole, gone: gone.map(({ part }) => part), requests, kept };
  return gone.some(({ part }) => part.part === "world") ? inNewWorld(cut) : inThisWorld(cut);
}

interface Cut {
  readonly whole: Whole;
  readonly gone: readonly Part[];
  /** The requests that are kept, by index. */
  readonly requests: readonly number[];
  readonly kept: ReadonlySet<string>;
}

const passOrWhy = (gated: Gated): Reduced => {
  if (gated.status === "passed") return gated;
  const [first] = gated.rejections;
  return unsound(`the task would fail the gate ${first?.gate}: ${first?.wrong}`);
};

const has = ({ gone }: Cut, part: Part["part"]): boolean => gone.some((one) => one.part === part);

/** The values that go from a request, each replaced by the simplest that is left on its axis. */
function simplerValues({ whole, gone }: Cut, request: number): AxisValues {
  const values: Record<string, AxisValue> = {};
  const axes = whole.domain.axes;
  for (const part of gone) {
    if (part.part !== "shared" && !(part.part === "value" && part.request === request)) continue;
    const order = axes.find(({ name }) => name === part.axis)?.values ?? [];
    const before = values[part.axis];
    if (before === undefined || order.indexOf(part.simpler) < order.indexOf(before))
      values[part.axis] = part.simpler;
  }
  return values;
}

function inThisWorld(cut: Cut): Reduced {
  const { whole, gone, requests } = cut;
  const { task } = whole;
  const smaller = new Map<number, ScriptedRequest>();
  for (const i of requests) {
    const one = smallerRequest(cut, i);
    if (one === null) return unsound("nothing smaller can be asked for in this world");
    smaller.set(i, one);
  }
  const records = gone.flatMap((part) => (part.part === "records" ? part.records : []));
  const events = task.events.filter(
    (_, index) => !gone.some((part) => part.part === "event" && part.index === index),
  );
  const world = records.length === 0 ? task.world : without(task.world, records);
  const user = { ...task.user, requests: scriptOf(cut, smaller) };
  return compose(cut, { world, events, user }, canonical(records.map(({ key }) => key)));
}

/** The kept wishes as a script again, each under the one that it waits for. */
function scriptOf(cut: Cut, smaller: ReadonlyMap<number, ScriptedRequest>): readonly ScriptedRequest[] {
  const { whole, kept, requests } = cut;
  const waitsFor = (i: number) =>
    kept.has(`request ${i + 1}/condition`) ? (whole.wishes[i]?.after ?? null) : null;
  const build = (i: number): ScriptedRequest => {
    const own = smaller.get(i) as ScriptedRequest;
    const next = requests.find((other) => waitsFor(other) === i);
    return next === undefined ? own : { ...own, otherwise: build(next) };
  };
  return worded(
    cut,
    requests.filter((i) => waitsFor(i) === null).map((i) => build(i)),
  );
}

/** A request of this world at simpler values, by steps that its kind knows; null where they do not lead there. */
function smallerRequest(cut: Cut, i: number): ScriptedRequest | null {
  const { whole } = cut;
  const scripted = whole.wishes[i]?.scripted;
  if (scripted === undefined) return null;
  const wanted = simplerValues(cut, i);
  if (Object.keys(wanted).length === 0) return scripted;
  const { requests } = memoryOf(whole);
  const request = recall(requests, canonical([i, wanted]), () => stepDown(scripted.request, wanted, whole));
  return request === null ? null : { ...scripted, request };
}

/** Steps that a walk to a smaller request takes at most. */
const mostSteps = 200;

/** The first request on the way down that stands at the wanted values and has lost nothing else that words show. */
function stepDown(from: Request, wanted: AxisValues, { domain }: Whole): Request | null {
  const kind = requestKind(from, domain);
  const shown = { identity: {}, writes: [], lookup: () => undefined };
  const goal = { ...kind.cell(from, shown), ...wanted };
  const seen = new Set<string>();
  const open: Request[] = [from];
  for (let next = open.shift(); next !== undefined && seen.size < mostSteps; next = open.shift()) {
    if (seen.has(canonical(next))) continue;
    seen.add(canonical(next));
    const values: AxisValues = kind.cell(next, shown);
    if (Object.entries(goal).every(([axis, value]) => values[axis] === value)) return next;
    open.push(...kind.smaller(next).map(({ request }) => request));
  }
  return null;
}

const worded = (cut: Cut, requests: readonly ScriptedRequest[]): readonly ScriptedRequest[] =>
  has(cut, "wording") ? requests.map(inFirstForm) : requests;

function inFirstForm({ otherwise, ...scripted }: ScriptedRequest): ScriptedRequest {
  return { ...scripted, form: 0, ...(otherwise === undefined ? {} : { otherwise: inFirstForm(otherwise) }) };
}

/** Streams of chance tried for a world of a cell; the sampler starts anew many times on each. */
const worldTries = 2;
/** What is nearly right in a world that is made anew, for each right choice. */
const nearby = 2;

/** The same requests, at what is left of their values, in a world made for them: it holds what they need. */
function inNewWorld(cut: Cut): Reduced {
  const { whole, requests, kept } = cut;
  const { task, domain, wishes } = whole;
  if (!memoryOf(whole).isDerived) return unsound("what decides it belongs to this very world");
  if (requests.some((i) => kept.has(`request ${i + 1}/condition`)))
    return unsound("what waits for a refusal belongs to this very world");
  const regions = requests.map((i) => regionOf(cut, i));
  if (domain.objectionTo({ requests: regions }) !== null) return unsound("no world can have what is left");
  const around = worldLeft(cut);
  for (let n = 0; n < worldTries; n++) {
    const { name, scenario } = worldFor(cut, { requests: regions, world: around }, n);
    if (scenario === null || scenario.requests.length > wishes.length) continue;
    const scripted = scenario.requests.map(({ otherwise: _, ...one }, k) => ({
      ...one,
      form: formOf(cut, scenario.requests.length === requests.length ? requests[k] : undefined, one),
    }));
    const user = { ...task.user, identity: scenario.identity, requests: scripted };
    const reduced = compose(cut, { world: scenario.world, events: [], user }, name);
    if (reduced.status === "unsound") continue;
    const { cell } = reduced;
    if (Object.entries(around).some(([axis, value]) => cell.world[axis] !== value)) continue;
    if (regions.every((region) => cell.requests.some((values) => requestMeets(values, region, domain))))
      return reduced;
  }
  return unsound("no world was found for what is left");
}

/** A world made for cells, under a name that says what it was made for. */
interface Made {
  readonly name: string;
  readonly scenario: Scenario | null;
}

/** The values on world axes that a world made anew is to have still. */
function worldLeft({ whole, gone }: Cut): AxisValues {
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

/** A try at a world for cells, the same whatever else goes: its stream of chance follows from them and the task. */
function worldFor(
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
function formOf(cut: Cut, i: number | undefined, { request }: ScriptedRequest): number {
  const before = i === undefined ? undefined : cut.whole.wishes[i]?.scripted;
  return has(cut, "wording") || before?.request.kind !== request.kind ? 0 : before.form;
}

/** The cell that a request is left with, as a region: values that its kind does not have are left out. */
function regionOf(cut: Cut, i: number): Region {
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

/** The task of changed parts with what goes from its words, gated; worlds of one name are the same. */
function compose(cut: Cut, change: Pick<Parts, "world" | "user" | "events">, worldName: string): Reduced {
  const { whole } = cut;
  const { aside, ...silent } = change.user;
  const quiet = has(cut, "persona") ? { ...silent, persona: "" } : change.user;
  const user = has(cut, "schedule") ? { ...quiet, schedule: "together" as const } : quiet;
  const words = wordsOf(cut, user);
  if (words.status === "misheard") return unsound("what is left of the words says something else");
  const name = canonical([worldName, user, change.events, words, has(cut, "policy")]);
  return passOrWhy(recall(memoryOf(whole).tasks, name, () => gate(cut, { ...change, user }, words.text)));
}

function gate(cut: Cut, change: Pick<Parts, "world" | "user" | "events">, words: string | null): Gated {
  const { task, domain } = cut.whole;
  const added = task.criteria.filter(({ type }) => type === "complies");
  const { isDerived } = memoryOf(cut.whole);
  const parts: Parts = {
    ...{ ...change, clauses: task.clauses, tools: task.tools },
    ...(isDerived ? {} : { criteria: task.criteria }),
    ...(words === null ? {} : { instruction: words }),
  };
  const { task: made, solved } = composeTask(domain, parts);
  const judged = isDerived ? { ...made, criteria: [...made.criteria, ...added] } : made;
  const gold = solved?.status === "solved" ? solved.gold : null;
  const clauses = has(cut, "policy") ? touched({ task: judged, gold }, domain) : judged.clauses;
  return passGates({ ...judged, clauses }, domain);
}

type Words = { readonly status: "misheard" } | { readonly status: "heard"; readonly text: string | null };

/** An author's words while they fit: what the user wants is unchanged, and what is left of them says just that. */
function wordsOf(cut: Cut, user: Task["user"]): Words {
  const { whole, kept, gone } = cut;
  const { task, domain } = whole;
  if (!kept.has("words")) return { status: "heard", text: null };
  if (canonical(user.requests) !== canonical(task.user.requests)) return { status: "misheard" };
  const dropped = new Set(gone.flatMap((part) => (part.part === "sentence" ? [part.index] : [])));
  if (dropped.size === 0) return { status: "heard", text: task.instruction };
  const text = sentencesOf(task.instruction)
    .filter((_, index) => !dropped.has(index))
    .join("")
    .trim();
  return isHeardAs(text, user, domain) ? { status: "heard", text } : { status: "misheard" };
}

/** The clauses that a call of the gold can break, that turn a request down, or that a criterion names. */
function touched({ task, gold }: Pick<Sound, "task" | "gold">, domain: Domain): readonly string[] {
  const solutions = gold?.solutions ?? [];
  const named = new Set([
    ...solutions.flatMap(({ clauses }) => clauses),
    ...task.criteria.flatMap((criterion) => (criterion.type === "complies" ? [criterion.clause] : [])),
  ]);
  const tools = new Set([
    ...solutions.flatMap(({ request }) => requestKind(request, domain).writes),
    ...(gold?.calls ?? []).map(({ name }) => name),
  ]);
  return domain.clauses
    .filter(
      ({ id, tools: about }) => named.has(id) || about.length === 0 || about.some((tool) => tools.has(tool)),
    )
    .map(({ id }) => id)
    .filter((id) => task.clauses.includes(id));
}
