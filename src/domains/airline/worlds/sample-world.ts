import type { Rng } from "../../../core/rng.ts";
import type { World } from "../../domain.ts";
import { emptyDraft, shuffledWorld } from "./draft.ts";
import { fill, type WorldSize } from "./fill.ts";
import { airportCodes } from "./places.ts";

/** The most records of a sampled world: flight numbers have three digits. */
const mostFlights = 900;

/**
 * A coherent world of a given size: a month of flights, near-by alternatives among them, users of all memberships
 * and their bookings in every state. Without users or flights there are no reservations.
 */
export function sampleWorld(size: WorldSize, rng: Rng): World {
  const draft = emptyDraft();
  const flights = Math.min(size.flights, mostFlights);
  fill(draft, { ...size, flights }, { airports: airportCodes, days: 30, rng: rng.fork("fill") });
  return shuffledWorld(draft, rng.fork("order"));
}
