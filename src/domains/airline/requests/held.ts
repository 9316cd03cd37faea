import type { JsonObject } from "../../../core/json.ts";
import type { Call, Habits, Move, View } from "../../domain.ts";
import type { Planning } from "../../planning.ts";
import type { Reservation } from "../state.ts";
import { findReservation, userId } from "./lookups.ts";
import type { ReservationRef } from "./schema.ts";

/** A reservation that a request is about, and how the request is turned down or carried out. */
export interface Held {
  readonly reservation: Reservation;
  readonly owner: string;
  /** The records that a decision about it rests on. */
  readonly record: string;
  /** The refusal by the first clause that applies and is not overlooked; null if there is none. */
  refusal(applies: Readonly<Record<string, boolean>>, alsoRestsOn?: readonly string[]): Move | null;
  /** The request's write on this reservation. */
  write(args?: JsonObject): Call;
}

export interface Holding {
  readonly view: View;
  readonly habits: Habits;
  /** The tool by which the request takes effect. */
  readonly tool: string;
  /** What must not happen if it is refused; by default any write of the tool on the reservation. */
  readonly forbids?: readonly Call[];
}

/** Finds the reservation that a request is about. */
export function* hold(ref: ReservationRef, { view, habits, tool, forbids }: Holding): Planning<Held> {
  const owner = userId(view);
  const reservation: Reservation = yield* findReservation(ref, owner);
  const write = (args: JsonObject = {}): Call => ({
    name: tool,
    arguments: { reservation_id: reservation.reservation_id, ...args },
  });
  const record = `reservations/${reservation.reservation_id}`;
  return {
    reservation,
    owner,
    record,
    write,
    refusal: (applies, alsoRestsOn = []) => {
      const all = { own_reservations: reservation.user_id !== owner, ...applies };
      const clause = Object.entries(all).find(([id, holds]) => holds && !habits.overlooks(id))?.[0];
      if (clause === undefined) return null;
      const restsOn = clause === "own_reservations" ? [record] : [record, ...alsoRestsOn];
      return { move: "refuse", clauses: [clause], restsOn, forbids: forbids ?? [write()] };
    },
  };
}
