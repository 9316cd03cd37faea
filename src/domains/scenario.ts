import type { JsonObject } from "../core/json.ts";
import type { AxisValues, Region, ScriptedRequest, World } from "./domain.ts";
import type { Patch } from "./event.ts";

/** What a domain is asked for when it samples, and what it gives. */

/** A sampled starting point of a task. */
export interface Scenario {
  readonly world: World;
  /** The world before it was filled: just what the requests need. */
  readonly bare: World;
  readonly identity: JsonObject;
  readonly requests: readonly ScriptedRequest[];
  /** What the world was filled with to be mistaken for something right. */
  readonly distractors: readonly Distractor[];
}

/** A record that is nearly right, and loses to the right one by exactly one criterion. */
export interface Distractor {
  /** `table/id`, with the part after a further slash where it is one part of a record. */
  readonly record: string;
  /** The right one, named alike. */
  readonly near: string;
  /** The criterion: price, minutes, seats, cabin, date, stops, id, owner, status … */
  readonly losesBy: string;
  /** By how much, in the criterion's own unit (dollars, minutes, seats, days); null where it has none. */
  readonly by: number | null;
}

/** What a sampled scenario should be like: one region per request, and how full its world is. */
export interface ScenarioWish {
  readonly requests: readonly Region[];
  /** Records that have nothing to do with the requests, in a world of everyday size: 0 none … 3 many. */
  readonly noise: number;
  /** Near-by alternatives to each right choice. */
  readonly distractors: number;
  /** How near they are: 0 clearly off, 1 close, 2 by the least there is (a dollar, a minute, a seat); 2 if absent. */
  readonly nearness?: Nearness;
  /** Conditions on the world axes. */
  readonly world?: Region;
}

export type Nearness = 0 | 1 | 2;

/** A drawn request cell, or the clause or constraint that is in the way. */
export type CellDraw =
  | { readonly status: "drawn"; readonly cell: AxisValues }
  | { readonly status: "impossible"; readonly why: string };

/** One change of the world that gets in the way of a write. */
export interface Disturbance {
  /** In words: "the last seat on HAT123 goes". */
  readonly what: string;
  readonly patches: readonly Patch[];
}
