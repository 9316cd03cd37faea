import type { ScriptedRequest } from "../../domain.ts";
import { type Holding, plantHolding } from "./holdings.ts";
import { type Bed, scripted } from "./plot.ts";

/** Plants a reservation without insurance, which the user would like to have after all. */
export function plantAddInsurance(bed: Bed): {
  readonly scripted: ScriptedRequest;
  readonly holding: Holding;
} {
  const { rng } = bed;
  const holding = plantHolding(bed, { stage: "upcoming", recent: rng.chance(0.3) });
  return { scripted: scripted({ kind: "add_insurance", reservation: holding.ref }, rng), holding };
}
