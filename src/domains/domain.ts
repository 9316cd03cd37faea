import type { z } from "zod";
import type { Json, JsonObject } from "../core/json.ts";
import type { Rng } from "../core/rng.ts";
import { plainTable, type Table, tableOf } from "../core/table.ts";
import type { CellDraw, Disturbance, Scenario, ScenarioWish } from "./scenario.ts";

/** A starting state as plain JSON: tables of records by id. */
export type World = Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;

/** A state being acted on: the same tables, sharing structure between versions. */
export type State = Readonly<Record<string, Table>>;

const states = new WeakMap<World, State>();

/** The state of a world, remembered by the world's identity: worlds never change, and neither do states. */
export function stateOf(world: World): State {
  const known = states.get(world);
  if (known !== undefined) return known;
  const tables = Object.entries(world).map(([name, records]) => [name, tableOf(records)] as const);
  const state: State = Object.fromEntries(tables);
  states.set(world, state);
  return state;
}

/** The plain JSON of a state. */
export function worldOf(state: State): World {
  return Object.fromEntries(Object.entries(state).map(([name, table]) => [name, plainTable(table)]));
}

/** A call of a domain's tool, its arguments already parsed. */
export interface Call {
  readonly name: string;
  readonly arguments: JsonObject;
}

/** What a tool says when it refuses a call; nothing has changed. An observation for the target, not a fault of ours. */
export class ToolError extends Error {
  override readonly name = "ToolError";
}

export interface Tool {
  readonly name: string;
  readonly description: string;
  /** `write` changes state, `transfer` ends the conversation, `generic` touches no record. */
  readonly effect: "read" | "write" | "generic" | "transfer";
  /** Where it takes references, its fields say so (`refers`). */
  readonly input: z.ZodType<JsonObject>;
  /** The form of what it answers, which says what can be taken from there (`refers`, `offers`). */
  readonly output: z.ZodType;
  /** Throws a ToolError before any change when it refuses. */
  run(state: State, args: JsonObject): { readonly state: State; readonly result: Json };
  /** The records that an answer shows in full, as `table/id`. */
  shows(args: JsonObject, result: Json): readonly string[];
  /** Reads whose answer a write's result also is, so that nothing is looked up twice. */
  echoes?(args: JsonObject, result: Json): readonly Call[];
}

export type Verdict =
  | { readonly verdict: "allowed" }
  | { readonly verdict: "forbidden"; readonly evidence: string }
  | { readonly verdict: "undecided"; readonly why: string };

/** All that a clause's check may look at. */
export interface ClauseContext {
  /** The state before the call. */
  readonly state: State;
  readonly call: Call;
  /** The other calls of the same message. */
  readonly beside: readonly Call[];
  /** The text of the same message. */
  readonly text: string;
  /** Who the user said to be, if that was said. */
  readonly identity: JsonObject | undefined;
  /** The requests that the user has stated so far. */
  readonly stated: readonly Request[];
  /** The offered calls to which the user has said yes. */
  readonly confirmed: readonly Call[];
  /** The writes that succeeded earlier in the conversation. */
  readonly writes: readonly Call[];
  /** Whether the assistant had said anything after its greeting, so that a question could have been asked. */
  readonly spoken: boolean;
}

/** One rule of a domain's policy. */
export interface Clause {
  readonly id: string;
  /** The section of the policy under which its text stands. */
  readonly section: string;
  readonly text: string;
  /** The tools whose calls it is about; empty means every call. */
  readonly tools: readonly string[];
  check(context: ClauseContext): Verdict;
}

/** One thing that a user wants. Its kind says which other members it has. */
export interface Request extends JsonObject {
  readonly kind: string;
}

/** What a lookup answered: the result, or that the tool refused. */
export type Answer = { readonly ok: true; readonly result: Json } | { readonly ok: false };

/** What messages and tool results have shown so far. */
export interface View {
  readonly identity: JsonObject;
  /** The newest answer to a read; undefined when it was not asked, or when a later write may have changed it. */
  lookup(call: Call): Answer | undefined;
  /** The writes that succeeded in this conversation. */
  readonly writes: readonly Call[];
}

/** Something to choose from; equal scores mean that the request's rule cannot tell two options apart. */
export interface Option {
  readonly label: string;
  readonly score: number;
}

/** How an agent decides. The reference agent does all of it right; a planted fault changes one of them. */
export interface Habits {
  /** True if the agent acts as though the clause did not exist. */
  overlooks(clause: string): boolean;
  /** The index of the option taken; options come best first. */
  choose(options: readonly Option[]): number;
}

export const soundHabits: Habits = { overlooks: () => false, choose: () => 0 };

/** The next step towards a request. Once an offer is confirmed, its calls are written one by one. */
export type Move =
  | { readonly move: "look"; readonly calls: readonly Call[] }
  | { readonly move: "offer"; readonly calls: readonly Call[] }
  | {
      readonly move: "refuse" | "handover";
      readonly clauses: readonly string[];
      /** The records that a well-founded refusal rests on, as `table/id`. */
      readonly restsOn: readonly string[];
      /** What the user would have got: a write that contains these arguments must not happen. */
      readonly forbids: readonly Call[];
    }
  /** There is no right way on: a lookup failed, or nothing fits. In a sound task this never happens. */
  | { readonly move: "stuck"; readonly why: string };

export type AxisValue = string | number;

/** Values on some axes. */
export type AxisValues = Readonly<Record<string, AxisValue>>;

/** One smaller version of a request. */
export interface Smaller {
  /** What was taken away, in words: "one passenger less". */
  readonly removes: string;
  readonly request: Request;
}

/** One kind of request: everything that anybody wants to know of it. */
export interface RequestKind {
  readonly kind: string;
  readonly summary: string;
  readonly schema: z.ZodType<Request>;
  /** How many ways there are to say it; forms are 0 … forms − 1. */
  readonly forms: number;
  /** The write tools by which it takes effect. */
  readonly writes: readonly string[];
  /** References that must have been looked up before it is decided, though no argument of a write need name them. */
  readonly weighs: readonly string[];
  /** True if the policy can have it end in the hands of a human. */
  readonly handsOver: boolean;
  say(request: Request, form: number): string;
  /** Every request of this kind in a text, with its place. */
  hear(text: string): readonly { readonly at: number; readonly request: Request }[];
  next(request: Request, view: View, habits: Habits): Move;
  /** What the user who made the request would object to in an offered call; null if nothing. */
  objection(request: Request, call: Call): string | null;
  smaller(request: Request): readonly Smaller[];
  /** The request's values on the request axes, as far as words and lookups have shown them. */
  cell(request: Request, view: View): AxisValues;
}

/** One parameter of a domain. */
export interface Axis {
  readonly name: string;
  readonly meaning: string;
  /** Ordered from simple to hard where there is an order. */
  readonly values: readonly AxisValue[];
  readonly simplest: AxisValue;
  readonly scope: "request" | "conversation" | "world";
  /** The request kinds it applies to; empty means all. */
  readonly kinds: readonly string[];
  /** The kinds for which it can be seen only after a lookup; for all others the request's words show it. */
  readonly afterLookup: readonly string[];
  /** True for a request axis whose value is the user's: all requests of one conversation have the same. */
  readonly isShared?: true;
}

/** A condition on one axis. */
export type Condition = AxisValue | readonly AxisValue[] | { readonly min?: number; readonly max?: number };

/** A partial cell: one request meets all request-scope conditions, and the other conditions hold. */
export type Region = Readonly<Record<string, Condition>>;

/** A request as the scripted user makes it: in which form, and what is wanted instead if it is refused. */
export interface ScriptedRequest {
  readonly request: Request;
  readonly form: number;
  readonly otherwise?: ScriptedRequest;
}

/** One fault of a world from anywhere. */
export interface WorldFault {
  readonly path: string;
  readonly wrong: string;
  /** What would be right. */
  readonly repair: string;
}

/** A kind of world, whole. Shared code asks a domain for properties and never asks which domain it has. */
export interface Domain {
  readonly name: string;
  /** Changes whenever the same task would be graded or read otherwise. */
  readonly version: string;
  readonly summary: string;
  readonly tables: readonly string[];
  readonly worldSchema: z.ZodType<World>;
  readonly tools: readonly Tool[];
  readonly clauses: readonly Clause[];
  /** The policy's text; its slots, one a section, take the clause texts. */
  readonly policyTemplate: string;
  readonly requests: readonly RequestKind[];
  readonly axes: readonly Axis[];
  readonly identity: {
    readonly schema: z.ZodType<JsonObject>;
    say(identity: JsonObject): string;
    hear(text: string): JsonObject | null;
    /** True if the identity names somebody who is in the world. */
    known(identity: JsonObject, state: State): boolean;
  };
  /** Values on the world axes, as far as lookups have shown them. */
  worldCell(view: View): AxisValues;
  /** Every fault of a world whose form is right: references, dates, seats, money, ids. */
  checkWorld(world: World): readonly WorldFault[];
  /** A request's values on the request axes, drawn within a region without a world; or why there can be none. */
  drawCell(region: Region, rng: Rng): CellDraw;
  /** Why no scenario can meet a wish, in one sentence that names the clause or constraint; null if one may. */
  objectionTo(wish: Pick<ScenarioWish, "requests" | "world">): string | null;
  /** A scenario that meets a wish, or null if this stream of chance found none. */
  sampleScenario(wish: ScenarioWish, rng: Rng): Scenario | null;
  /** The ids made since the first state, in groups of a kind, oldest first. */
  generatedIds(before: State, after: State): readonly (readonly string[])[];
  /** The hash that τ²-bench gives the same state; absent where it has no such domain. */
  tau2Hash?(state: State): string;
  readonly slips: Slips;
  /** What could change just before a write so that its tool refuses it; each of them by itself does. */
  disturbances(write: Call, state: State): readonly Disturbance[];
}

/** Domain-specific ways of getting a call wrong, used by planted faults; null when there is none for this call. */
export interface Slips {
  /** A made-up answer to a lookup that an agent skipped. */
  guess(call: Call): Json | null;
  wrongAmount(call: Call): Call | null;
  wrongPayment(call: Call, view: View): Call | null;
  inventedId(call: Call): Call | null;
  unaskedWrite(view: View): Call | null;
}

/** Declares a domain; gives it back unchanged. */
export function defineDomain(domain: Domain): Domain {
  return domain;
}
