import type { ScriptedRequest } from "../../domain.ts";
import type { ChangeCabin } from "../requests/schema.ts";
import { cabins } from "../state.ts";
import { addCard } from "./draft.ts";
import { type Holding, paidEach, plantHolding, priceToday } from "./holdings.ts";
import { type Bed, plantPayment, refTo, scripted } from "./plot.ts";
import { makeRoom } from "./ways.ts";

/** Plants a reservation with seats left in the cabin to which it is to move. */
export function plantChangeCabin(bed: Bed): {
  readonly scripted: ScriptedRequest;
  readonly holding: Holding;
} {
  const { plot, shape, rng } = bed;
  const stage = shape.clause === "cabin_flown" ? "flown" : "upcoming";
  const holding = plantHolding(bed, { stage, recent: rng.chance(0.15) && stage === "upcoming" });
  const count = holding.reservation.passengers.length;
  makeRoom([...holding.outbound, ...holding.back], count, rng);
  const cabin = rng.pick(cabins.filter((other) => other !== shape.cabin));
  const cost = (priceToday(holding, cabin) - paidEach(holding)) * count;
  const payment = plantPayment(bed, cost);
  const request: ChangeCabin = { kind: "change_cabin", reservation: holding.ref, cabin, payment };
  if (shape.clause !== "change_payment") return { scripted: scripted(request, rng), holding };
  const card = refTo(bed, addCard(plot.user, rng), "largest" in payment);
  return { scripted: scripted(request, rng, scripted({ ...request, payment: card }, rng)), holding };
}
