import { pointerStep } from "../../../core/json.ts";
import type { World, WorldFault } from "../../domain.ts";
import { airlineWorld } from "../state.ts";
import { flightFaults } from "./check-flights.ts";
import { reservationFaults } from "./check-reservations.ts";
import { userFaults } from "./check-users.ts";

/**
 * Every fault of a world whose form is right, by JSON Pointer. Tolerated, because a coherent history explains them:
 * certificates that are no longer in the profile, bags that were free under an earlier membership, prices that
 * changed since the booking, and equal payment ids of different users.
 */
export function checkWorld(world: World): readonly WorldFault[] {
  const { flights, users, reservations } = airlineWorld(world);
  return [
    ...Object.entries(flights).flatMap(([id, flight]) =>
      flightFaults(`/flights/${pointerStep(id)}`, id, flight),
    ),
    ...Object.entries(users).flatMap(([id, user]) =>
      userFaults(`/users/${pointerStep(id)}`, id, { user, reservations }),
    ),
    ...Object.entries(reservations).flatMap(([id, reservation]) =>
      reservationFaults(`/reservations/${pointerStep(id)}`, id, { reservation, flights, users }),
    ),
  ];
}
