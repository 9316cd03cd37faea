import type { ScriptedRequest } from "../../domain.ts";
import type { ChangeFlights } from "../requests/schema.ts";
import { may } from "./calendar.ts";
import { plantChoice } from "./choices.ts";
import { addCard } from "./draft.ts";
import { type Holding, plantHolding } from "./holdings.ts";
import { type Bed, plantPayment, refTo, scripted, takeAirport } from "./plot.ts";

/** Another day for a leg, such that the trip's parts stay in order. */
function newDay(bed: Bed, holding: Holding, leg: ChangeFlights["leg"]): number {
  const [low, high] = holding.backDay === 0 ? [17, 28] : leg === "outbound" ? [17, 22] : [24, 28];
  const present = leg === "outbound" ? holding.outDay : holding.backDay;
  const all = Array.from({ length: high - low + 1 }, (_, i) => low + i);
  return bed.rng.pick(all.filter((day) => day !== present));
}

/** Plants a reservation and the flights on another date, to which one of its legs is to move. */
export function plantChangeFlights(bed: Bed): {
  readonly scripted: ScriptedRequest;
  readonly holding: Holding;
} {
  const { plot, shape, rng } = bed;
  const holding = plantHolding(bed, { stage: "upcoming", recent: false });
  const { origin, destination, passengers } = holding.reservation;
  const elsewhere = shape.clause === "change_route_fixed" ? takeAirport(plot) : null;
  const leg =
    holding.backDay > 0 && elsewhere === null ? rng.pick(["outbound", "return"] as const) : "outbound";
  const plan = {
    ...(leg === "outbound" ? { origin, destination } : { origin: destination, destination: origin }),
    date: may(newDay(bed, holding, leg)),
    stops: shape.stops,
    cabin: shape.cabin,
    seats: passengers.length,
    options: shape.alternatives < 4 ? shape.alternatives : rng.int(4, 5),
    by: shape.rule,
  };
  const choice = plantChoice(plot, plan, rng);
  if (elsewhere !== null) {
    const limit = choice.rule.by === "under" ? { limit: choice.rule.price } : {};
    plantChoice(plot, { ...plan, destination: elsewhere, ...limit }, rng);
  }
  const moved = leg === "outbound" ? holding.outbound : holding.back;
  const paid = moved.reduce((sum, { price }) => sum + price, 0);
  const request: ChangeFlights = {
    kind: "change_flights",
    reservation: holding.ref,
    leg,
    date: plan.date,
    stops: plan.stops,
    rule: choice.rule,
    destination: elsewhere,
    payment: plantPayment(bed, (choice.price - paid) * passengers.length),
  };
  return { scripted: withOtherwise(bed, request), holding };
}

function withOtherwise(bed: Bed, request: ChangeFlights): ScriptedRequest {
  const { plot, shape, rng } = bed;
  if (shape.clause === "change_route_fixed") {
    return scripted(request, rng, scripted({ ...request, destination: null }, rng));
  }
  if (shape.clause !== "change_payment") return scripted(request, rng);
  const payment = refTo(bed, addCard(plot.user, rng), "largest" in request.payment);
  return scripted(request, rng, scripted({ ...request, payment }, rng));
}
