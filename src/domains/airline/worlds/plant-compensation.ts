import type { ScriptedRequest } from "../../domain.ts";
import { type Holding, plantHolding, type Stage } from "./holdings.ts";
import { type Bed, scripted } from "./plot.ts";
import type { Shape } from "./shapes.ts";

function stageOf({ shape, rng }: Bed): Stage {
  if (shape.clause !== "compensation_facts") {
    return shape.event === "cancelled" ? "cancelled_today" : "delayed_today";
  }
  const other = shape.event === "cancelled" ? "delayed_today" : "cancelled_today";
  return rng.pick(["upcoming", "on_time_today", other] as const);
}

/**
 * Plants a reservation with a flight cancelled or delayed today, or with none of which that is true. With a
 * companion, the cancellation that makes a delay count, two requests come of it: first that one.
 */
export function plantCompensation(
  bed: Bed,
  companion: Shape | undefined,
): { readonly requests: readonly ScriptedRequest[]; readonly holding: Holding } {
  const { shape, rng } = bed;
  const holding = plantHolding(bed, { stage: stageOf(bed), recent: companion?.ground === "recent" });
  const { reservation_id: id, origin, destination } = holding.reservation;
  const request = { kind: "compensation", reservation: holding.ref, event: shape.event };
  const asked = scripted(request, rng);
  if (companion === undefined) return { requests: [asked], holding };
  const reservation = companion.reference === "id" ? { id } : { origin, destination };
  const first = scripted({ kind: "cancel", reservation, reason: companion.reason }, rng);
  return { requests: [first, asked], holding };
}
