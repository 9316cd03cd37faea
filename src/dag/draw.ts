import { type Composition, drawSeldom, type Filling } from "../frontier/compose.ts";
import { fillingAxes, type Parameters } from "./parameters.ts";

/** Whole parameters drawn so that they fill the space. */

/** Parameters of a composition: how its world is filled follows what came up least so far. */
export function fillParameters(composition: Composition, on: Filling): Parameters {
  return {
    ...composition,
    noise: drawSeldom("noise", fillingAxes.noise, on),
    distractors: drawSeldom("distractors", fillingAxes.distractors, on),
    nearness: drawSeldom("nearness", fillingAxes.nearness, on),
    // Most worlds stand still: not every form of export can tell what happens on the way.
    events: on.rng.chance(0.75) ? "none" : drawSeldom("events", fillingAxes.events, on),
    detours: drawSeldom("detours", fillingAxes.detours, on),
  };
}
