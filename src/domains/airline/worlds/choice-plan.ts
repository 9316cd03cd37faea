import type { Rule } from "../requests/schema.ts";
import type { WayPlan } from "./ways.ts";

/** A choice to be planted: what is searched for, how many options fit, and by which rule one is right. */
export interface ChoicePlan extends Pick<WayPlan, "origin" | "destination" | "date" | "stops" | "cabin"> {
  readonly seats: number;
  /** The smallest party for which the same answer must be right, if it is smaller than `seats`. */
  readonly fewest?: number;
  readonly options: number;
  readonly by: Rule["by"];
  /** The price per seat below which exactly one option must lie; drawn if absent. */
  readonly limit?: number;
}

/** What an option is by each of the rules. */
export interface Merits {
  readonly departs: number;
  readonly lasts: number;
  readonly price: number;
}
