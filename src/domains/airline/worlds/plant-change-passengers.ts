import type { ScriptedRequest } from "../../domain.ts";
import type { ChangePassengers } from "../requests/schema.ts";
import type { Person } from "../state.ts";
import { type Holding, plantHolding } from "./holdings.ts";
import { people } from "./people.ts";
import { type Bed, scripted } from "./plot.ts";

const nameOf = ({ first_name, last_name }: Person) => ({ first_name, last_name });

function changeOf(bed: Bed, passengers: readonly Person[]): ChangePassengers["change"] {
  const { shape, rng } = bed;
  const [first, second] = people(2, passengers, rng);
  const leaving = rng.sample(passengers, 2);
  const from = leaving[0];
  if (from === undefined || first === undefined || second === undefined) {
    throw new RangeError("changeOf: expected a reservation with passengers, got none");
  }
  if (shape.clause === "passengers_count_fixed") {
    return passengers.length > 1 && rng.chance(0.5) ? { remove: nameOf(from) } : { add: first };
  }
  const swap = { from: nameOf(from), to: first };
  const other = leaving[1];
  if (other === undefined || rng.chance(0.6)) return { replace: [swap] };
  return { replace: [swap, { from: nameOf(other), to: second }] };
}

/** Plants a reservation on which other people are to travel, or more or fewer of them. */
export function plantChangePassengers(bed: Bed): {
  readonly scripted: ScriptedRequest;
  readonly holding: Holding;
} {
  const { rng } = bed;
  const holding = plantHolding(bed, { stage: "upcoming", recent: rng.chance(0.15) });
  const change = changeOf(bed, holding.reservation.passengers);
  const request: ChangePassengers = { kind: "change_passengers", reservation: holding.ref, change };
  return { scripted: scripted(request, rng), holding };
}
