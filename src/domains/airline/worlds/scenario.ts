import { isObject } from "../../../core/json.ts";
import type { Rng } from "../../../core/rng.ts";
import { tableOf } from "../../../core/table.ts";
import type { ScriptedRequest } from "../../domain.ts";
import type { Scenario, ScenarioWish } from "../../scenario.ts";
import { addHoldingDecoys, addOtherTrip, addPaymentDecoys } from "./decoys.ts";
import { emptyDraft, shuffledWorld } from "./draft.ts";
import { fill } from "./fill.ts";
import type { Holding } from "./holdings.ts";
import { airportCodes } from "./places.ts";
import { plantAddBags } from "./plant-add-bags.ts";
import { plantAddInsurance } from "./plant-add-insurance.ts";
import { plantBook } from "./plant-book.ts";
import { plantCancel } from "./plant-cancel.ts";
import { plantChangeCabin } from "./plant-change-cabin.ts";
import { plantChangeFlights } from "./plant-change-flights.ts";
import { plantChangePassengers } from "./plant-change-passengers.ts";
import { plantCompensation } from "./plant-compensation.ts";
import { type Bed, createPlot, largestHold, mayHoldMore, type Plot } from "./plot.ts";
import type { Kind, Shape } from "./shapes.ts";
import { drawWished, meets, type Wished } from "./wishes.ts";

/** How often the sampler starts anew when chance has led it into a corner. */
const attempts = 25;

/** The environment can make so many bookings, and so many certificates, in one conversation. */
const mostGenerated = 3;

const noiseSizes = [
  { users: 0, reservations: 0, flights: 0, days: 0 },
  { users: 3, reservations: 5, flights: 6, days: 4 },
  { users: 12, reservations: 25, flights: 25, days: 8 },
  { users: 40, reservations: 100, flights: 80, days: 20 },
] as const;

type Planter = (bed: Bed) => { readonly scripted: ScriptedRequest; readonly holding?: Holding };

const planters: { readonly [K in Exclude<Kind, "compensation">]: Planter } = {
  book: (bed) => ({ scripted: plantBook(bed) }),
  cancel: plantCancel,
  change_flights: plantChangeFlights,
  change_cabin: plantChangeCabin,
  change_passengers: plantChangePassengers,
  add_bags: plantAddBags,
  add_insurance: plantAddInsurance,
};

function plant(plot: Plot, { shape, companion }: Wished, rng: Rng): readonly ScriptedRequest[] {
  const bed = { plot, shape, rng };
  if (shape.kind === "compensation") {
    const { requests, holding } = plantCompensation(bed, companion);
    const described = companion?.reference === "described" || shape.reference === "described";
    addHoldingDecoys(described ? { ...bed, shape: { ...shape, reference: "described" } } : bed, holding);
    return requests;
  }
  const { scripted, holding } = planters[shape.kind](bed);
  if (holding !== undefined) addHoldingDecoys(bed, holding);
  return [scripted];
}

/** True if every reservation that a request names by its route is the user's only one on it. */
function routesHold(plot: Plot, requests: readonly ScriptedRequest[]): boolean {
  const own = plot.user.reservations.map((id) => plot.draft.reservations[id]);
  return requests.every(({ request: { reservation } }) => {
    if (!isObject(reservation) || "id" in reservation) return true;
    const { origin, destination } = reservation;
    const fits = own.filter((one) => one?.origin === origin && one?.destination === destination);
    return fits.filter((one) => one?.status !== "cancelled").length === 1;
  });
}

/** True if the 20 airports, and the ids that the environment can make, are enough for all requests. */
function hasRoom(shapes: readonly Shape[]): boolean {
  const airports = shapes.reduce((sum, { clause }) => sum + (clause === "change_route_fixed" ? 3 : 2), 0);
  const bookings = shapes.filter((shape) => shape.kind === "book").length;
  const certificates = shapes.filter((shape) => shape.kind === "compensation").length;
  return airports <= airportCodes.length && bookings <= mostGenerated && certificates <= mostGenerated;
}

function addNoise(plot: Plot, noise: number, rng: Rng): void {
  const level = Math.max(0, Math.min(noiseSizes.length - 1, Math.round(noise)));
  if (level === 0) return;
  for (let i = rng.int(0, level); i > 0 && mayHoldMore(plot); i--) addOtherTrip(plot, rng);
  const { days, ...size } = noiseSizes[level] ?? noiseSizes[0];
  // Between airports that no request uses, noise can change no search that a request needs.
  fill(plot.draft, size, { airports: plot.free, days, rng: rng.fork("fill") });
}

/** How many trips the profile is to hold, from the least to the most; 5 stands for five or more. */
function tripsWished({ world = {} }: ScenarioWish): readonly [number, number] {
  const { trips_held: wanted } = world;
  if (wanted === undefined) return [0, Number.POSITIVE_INFINITY];
  const allowed = [0, 1, 2, 3, 4, 5].filter((count) => meets(wanted, count));
  const most = Math.max(...allowed);
  return [Math.min(...allowed), most === 5 ? Number.POSITIVE_INFINITY : most];
}

/** Fills a world in which everything runs: with rivals and decoys, and as many trips as the profile is to hold. */
function fillWorld(plot: Plot, least: number, rng: Rng): void {
  for (const [i, add] of plot.fillings.entries()) add(rng.fork(`filling ${i}`));
  addPaymentDecoys(plot, rng.fork("payments"));
  const trips = rng.fork("trips");
  while (plot.user.reservations.length < least) {
    const before = plot.user.reservations.length;
    addOtherTrip(plot, trips);
    if (plot.user.reservations.length === before) return;
  }
}

function attempt(wish: ScenarioWish, rng: Rng): Scenario | null {
  const wished = drawWished(wish.requests, rng.fork("shapes"));
  if (wished === null || !hasRoom(wished.map(({ shape }) => shape))) return null;
  const draft = emptyDraft();
  const membership = wished[0]?.shape.membership ?? "regular";
  const { distractors, nearness = 2 } = wish;
  const [least, mostTrips] = tripsWished(wish);
  const plot = createPlot(draft, { membership, distractors, nearness, mostTrips }, rng.fork("plot"));
  const requests = wished.flatMap((one, i) => plant(plot, one, rng.fork(`request ${i}`)));
  // What fails already is not worth filling, and noise disturbs nothing: the order saves most of the time.
  if (plot.user.reservations.length > mostTrips || !largestHold(plot)) return null;
  const bare = shuffledWorld(draft, rng.fork("bare"));
  fillWorld(plot, least, rng.fork("filling"));
  if (plot.user.reservations.length < least || !routesHold(plot, requests) || !largestHold(plot)) return null;
  const flights = tableOf(draft.flights);
  if (!plot.guarantees.every((holds) => holds(flights))) return null;
  addNoise(plot, wish.noise, rng.fork("noise"));
  return {
    world: shuffledWorld(draft, rng.fork("order")),
    bare,
    identity: { user_id: plot.user.user_id },
    requests,
    distractors: plot.planted,
  };
}

/**
 * A world and the requests of one user in it that meet a wish, with decoys and noise as wished; every right answer
 * is the only one. A granted compensation for a delay brings the cancellation that it needs with it. A handover
 * comes last. Null if the wish cannot be met, or if chance found no way.
 */
export function sampleScenario(wish: ScenarioWish, rng: Rng): Scenario | null {
  for (let i = 0; i < attempts; i++) {
    const scenario = attempt(wish, rng.fork(`attempt ${i}`));
    if (scenario !== null) return scenario;
  }
  return null;
}
