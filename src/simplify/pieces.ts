import { canonical } from "../core/json.ts";
import { requestKind } from "../domains/dialogue.ts";
import type { Axis, AxisValue, AxisValues, Domain, ScriptedRequest } from "../domains/domain.ts";
import { writeInstruction } from "../tasks/instruction.ts";
import type { Gold, Task } from "../tasks/task.ts";
import type { Element } from "./elements.ts";
import { extrasOf, type Place } from "./extras.ts";

/** What is made smaller: a sound task with requests, and what is known of its failure. */
export interface Whole {
  readonly task: Task;
  readonly gold: Gold;
  readonly domain: Domain;
  readonly wishes: readonly Wish[];
  /** Its values on the world axes. */
  readonly world: AxisValues;
  /** The wishes that the failure is blamed on, by index; empty if nobody knows. */
  readonly blamed: ReadonlySet<number>;
}

/** One thing that comes up in a task, in the order in which things do. */
export interface Wish {
  /** Without what is wanted instead, where that comes up. */
  readonly scripted: ScriptedRequest;
  readonly cell: AxisValues;
  /** The index of the wish in whose place it stands once that is refused; null if it stands by itself. */
  readonly after: number | null;
}

/** What a piece is, and so what is done when it goes. */
export type Part =
  /** Guarantee: the others are wanted as before, in their order. */
  | { readonly part: "request"; readonly request: number }
  /** Guarantee: the request is wanted all the same, and not only once another is refused. */
  | { readonly part: "condition"; readonly request: number }
  /**
   * Guarantee: the request stands at the next simpler value of the axis, all its other values being as before; in this
   * world if a smaller request will do, else in a world made for the cell.
   */
  | ({ readonly part: "value"; readonly request: number } & OnAxis)
  /** The same of a value that the whole conversation or world has. */
  | ({ readonly part: "shared" } & OnAxis)
  /** The same of a value on a world axis, in a world made for it: a world that is made anew has what is left of it. */
  | ({ readonly part: "around" } & OnAxis)
  /** Guarantee: the same cell in a world made for it, which holds nothing more. */
  | { readonly part: "world" }
  /** Guarantee: nothing that gold sees is there to be mistaken for what is right, in this world or one made anew. */
  | { readonly part: "near" }
  /** Guarantee: nothing that is left names the records, and what led to them is mended. */
  | { readonly part: "records"; readonly records: readonly Place[] }
  /** Guarantee: the world stands still there. */
  | { readonly part: "event"; readonly index: number }
  /** Guarantee: everything is said at once. */
  | { readonly part: "schedule" }
  /** Guarantee: every request is said in the first form of its kind. */
  | { readonly part: "wording" }
  /** Guarantee: no small talk, no manner. */
  | { readonly part: "persona" }
  /** Guarantee: every clause that a call of the gold can break, or that turns a request down, is still shown. */
  | { readonly part: "policy" }
  /** Guarantee: the house's own words for the same user, heard as the same requests. */
  | { readonly part: "words" }
  /** Guarantee: what is left of the text is still heard as the same user and requests. */
  | { readonly part: "sentence"; readonly index: number };

/** A value, and what stands in its place once it goes. */
interface OnAxis {
  readonly axis: string;
  readonly value: AxisValue;
  readonly simpler: AxisValue;
}

/** An element of a task. */
export interface Piece extends Element {
  readonly part: Part;
  /** What it is, in words: "request 2 (cancel)". */
  readonly what: string;
}

/** About what a text costs a reader, in tokens: four characters each. */
export const tokensOf = (text: string): number => Math.ceil(text.length / 4);

/** Chances that a failure needs a piece, before anything was tried. */
const priors = {
  blamed: 0.8,
  unknown: 0.5,
  bystander: 0.06,
  value: 0.08,
  further: 0.04,
  around: 0.04,
  near: 0.1,
} as const;

/** The pieces of a task. */
export function piecesOf(whole: Whole): readonly Piece[] {
  return [
    ...whole.wishes.flatMap((wish, i) => requestPieces(wish, i, whole)),
    ...sharedPieces(whole),
    ...worldPieces(whole),
    ...wordPieces(whole),
  ];
}

function requestPieces(
  { scripted, cell, after }: Wish,
  i: number,
  { domain, blamed }: Whole,
): readonly Piece[] {
  const { request, form } = scripted;
  const id = `request ${i + 1}`;
  const own: Piece = {
    id,
    what: `${id} (${request.kind})`,
    cost: tokensOf(requestKind(request, domain).say(request, form)),
    isApart: true,
    prior: blamed.has(i) ? priors.blamed : blamed.size === 0 ? priors.unknown : priors.bystander,
    part: { part: "request", request: i },
  };
  const condition: Piece = {
    id: `${id}/condition`,
    what: `that ${id} is wanted only once request ${(after ?? 0) + 1} is refused`,
    cost: 1,
    parent: id,
    prior: priors.around,
    part: { part: "condition", request: i },
  };
  return [own, ...(after === null ? [] : [condition]), ...valuePieces(i, cell, domain)];
}

/** A request's values that are not the simplest, one piece for each step of an ordered axis. */
function valuePieces(i: number, cell: AxisValues, domain: Domain): readonly Piece[] {
  const id = `request ${i + 1}`;
  const kind = domain.axes.find((axis) => axis.name === "kind");
  const isKind = kind !== undefined && cell.kind !== kind.simplest;
  // A verdict follows from the clause.
  const own = domain.axes.filter(
    (axis) => axis.scope === "request" && axis.isShared !== true && axis.name !== "verdict",
  );
  return own.flatMap((axis) => {
    const parent = isKind && axis.name !== "kind" && axis.kinds.length > 0 ? `${id}/kind=${cell.kind}` : id;
    return steps(axis, cell[axis.name]).map(
      ({ value, simpler, above }): Piece => ({
        id: `${id}/${axis.name}=${value}`,
        what: `${axis.name} ${value} of ${id} (${cell.kind})`,
        cost: 1,
        parent: above === null ? parent : `${id}/${axis.name}=${above}`,
        prior: axis.name === "kind" ? priors.unknown : above === null ? priors.value : priors.further,
        part: { part: "value", request: i, axis: axis.name, value, simpler },
        // Another kind of request may well fail for a reason of its own.
        ...(axis.name === "kind" ? { isReplaced: true } : {}),
      }),
    );
  });
}

interface StepDown {
  readonly value: AxisValue;
  readonly simpler: AxisValue;
  /** The step that takes this one along. */
  readonly above: AxisValue | null;
}

/** From the simplest value up: one step for each number on the way, one in all where there is no order. */
function steps({ values, simplest }: Axis, value: AxisValue | undefined): readonly StepDown[] {
  if (value === undefined || value === simplest) return [];
  if (!values.every((one) => typeof one === "number")) return [{ value, simpler: simplest, above: null }];
  const order: readonly AxisValue[] = values;
  const way = order.slice(order.indexOf(simplest) + 1, order.indexOf(value) + 1);
  return way.map((one, k) => ({ value: one, simpler: way[k - 1] ?? simplest, above: way[k - 1] ?? null }));
}

/** What all requests, or the world, have in common. */
function sharedPieces({ wishes, domain }: Whole): readonly Piece[] {
  const first = wishes[0]?.cell;
  if (first === undefined) return [];
  return domain.axes
    .filter((axis) => axis.isShared === true)
    .flatMap((axis) =>
      steps(axis, first[axis.name]).map(
        ({ value, simpler }): Piece => ({
          id: `${axis.name}=${value}`,
          what: `${axis.name} ${value}`,
          cost: 1,
          prior: priors.value,
          part: { part: "shared", axis: axis.name, value, simpler },
        }),
      ),
    );
}

/** Values that the world has by itself. */
function aroundPieces({ world, domain }: Whole): readonly Piece[] {
  return domain.axes
    .filter(({ scope, isShared }) => scope === "world" && isShared !== true)
    .flatMap((axis) =>
      steps(axis, world[axis.name]).map(
        ({ value, simpler, above }): Piece => ({
          id: `${axis.name}=${value}`,
          what: `${axis.name} ${value}`,
          cost: 1,
          ...(above === null ? {} : { parent: `${axis.name}=${above}` }),
          prior: priors.around,
          part: { part: "around", axis: axis.name, value, simpler },
        }),
      ),
    );
}

function worldPieces(whole: Whole): readonly Piece[] {
  const { task } = whole;
  const around = aroundPieces(whole);
  // A simpler value is had in another world only.
  const above = around.at(-1)?.id;
  const world: Piece = {
    id: "world",
    what: "the very records of this world",
    cost: tokensOf(canonical(task.world)),
    isApart: true,
    ...(above === undefined ? {} : { parent: above }),
    prior: priors.around,
    part: { part: "world" },
  };
  const near: Piece = {
    id: "near",
    what: "what is nearly right in this world",
    cost: 1,
    prior: priors.near,
    part: { part: "near" },
  };
  const extras = extrasOf(whole).map(
    ({ name, records }): Piece => ({
      id: name,
      what: name,
      cost: tokensOf(canonical(records.map(({ table, id }) => task.world[table]?.[id] ?? null))),
      parent: name.startsWith("distractor") ? "near" : "world",
      prior: priors.around,
      part: { part: "records", records },
    }),
  );
  const events = task.events.map(
    (event, index): Piece => ({
      id: `event ${index + 1}`,
      what: `the event before call ${event.before.nth} of ${event.before.tool}`,
      cost: tokensOf(event.what),
      parent: "world",
      prior: priors.around,
      part: { part: "event", index },
    }),
  );
  return [...around, world, near, ...extras, ...events];
}

function wordPieces({ task, domain }: Whole): readonly Piece[] {
  const { user, instruction } = task;
  const one = (
    part: Extract<Part["part"], "schedule" | "wording" | "persona" | "policy" | "words">,
    what: string,
    cost = 1,
  ): Piece => ({
    id: part,
    what,
    cost,
    prior: priors.around,
    part: { part },
  });
  const isAuthored = instruction !== writeInstruction(user, domain);
  const sentences = isAuthored ? sentencesOf(instruction) : [];
  return [
    ...(user.schedule === "together" ? [] : [one("schedule", `the schedule "${user.schedule}"`)]),
    ...(user.requests.some(({ form }) => form !== 0) ? [one("wording", "the indirect wording")] : []),
    ...(user.persona === "" && user.aside === undefined
      ? []
      : [one("persona", "the persona", tokensOf(`${user.persona}${user.aside ?? ""}`))]),
    one("policy", "the clauses that no request touches"),
    ...(isAuthored ? [one("words", "the author's own words", tokensOf(instruction))] : []),
    ...sentences.map(
      (text, index): Piece => ({
        id: `sentence ${index + 1}`,
        what: `sentence ${index + 1} of the author's words`,
        cost: tokensOf(text),
        parent: "words",
        prior: priors.around,
        part: { part: "sentence", index },
      }),
    ),
  ];
}

/** The sentences of a text, each with the space that follows it: joined they are the text. */
export const sentencesOf = (text: string): readonly string[] =>
  text.match(/[^.!?\n]*[.!?\n]+\s*|[^.!?\n]+$/g) ?? [];
