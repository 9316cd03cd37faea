import type { ScriptedRequest } from "../../domain.ts";
import type { AddBags } from "../requests/schema.ts";
import { bagPrice, freeBags } from "../state.ts";
import { addCard } from "./draft.ts";
import { type Holding, plantHolding } from "./holdings.ts";
import { type Bed, plantPayment, refTo, scripted } from "./plot.ts";

/** Plants a reservation to which bags are to be added, or from which they are to be taken. */
export function plantAddBags(bed: Bed): { readonly scripted: ScriptedRequest; readonly holding: Holding } {
  const { plot, shape, rng } = bed;
  const count = shape.bags < 4 ? shape.bags : rng.int(4, 5);
  const fewer = shape.clause === "bags_only_added";
  const held = fewer ? { bags: count + rng.int(0, 2) } : {};
  const holding = plantHolding(bed, { stage: "upcoming", recent: rng.chance(0.15), ...held });
  const { total_baggages, nonfree_baggages, passengers, cabin } = holding.reservation;
  const bags = fewer ? -count : count;
  const free = freeBags[plot.user.membership][cabin] * passengers.length;
  const due = bagPrice * Math.max(0, total_baggages + bags - free - nonfree_baggages);
  const payment = plantPayment(bed, due);
  const request: AddBags = { kind: "add_bags", reservation: holding.ref, bags, payment };
  if (shape.clause !== "change_payment") return { scripted: scripted(request, rng), holding };
  const card = refTo(bed, addCard(plot.user, rng), "largest" in payment);
  return { scripted: scripted(request, rng, scripted({ ...request, payment: card }, rng)), holding };
}
