import type { ScriptedRequest } from "../../domain.ts";
import { type Holding, plantHolding, type Stage } from "./holdings.ts";
import { type Bed, scripted } from "./plot.ts";

function stageOf({ shape, rng }: Bed): Stage {
  if (shape.clause === "cancel_flown") return "flown";
  if (shape.ground === "airline_cancelled") return "cancelled_today";
  const wouldBeToday = shape.reason === "airline_cancelled" || rng.chance(0.15);
  if (!wouldBeToday || rng.chance(0.3)) return "upcoming";
  return rng.pick(["on_time_today", "delayed_today"]);
}

/** Plants a reservation to be cancelled: with exactly the ground that the shape names, flown, or a stranger's. */
export function plantCancel(bed: Bed): { readonly scripted: ScriptedRequest; readonly holding: Holding } {
  const { shape, rng } = bed;
  const holding = plantHolding(bed, { stage: stageOf(bed), recent: shape.ground === "recent" });
  const request = { kind: "cancel", reservation: holding.ref, reason: shape.reason };
  return { scripted: scripted(request, rng), holding };
}
