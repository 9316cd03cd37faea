import { type Habits, ToolError, type View } from "../../domain.ts";
import { listSlot, type Slot, slot, spoken } from "../../phrase.ts";
import { defineRequest, nextMove, type Planning } from "../../planning.ts";
import type { Reservation } from "../state.ts";
import { sameReservation } from "./agreement.ts";
import { hold } from "./held.ts";
import { reservationCell } from "./lookups.ts";
import { type ChangePassengers, changePassengersSchema } from "./schema.ts";
import { nameSlot, personSlot, reservationSlot } from "./slots.ts";

type Change = ChangePassengers["change"];
type Swap = Extract<Change, { replace: unknown }>["replace"][number];

const swapSlot: Slot = slot<Swap>(
  `put ${personSlot.pattern} in the place of ${nameSlot.pattern}`,
  (swap) => `put ${personSlot.say(swap.to)} in the place of ${nameSlot.say(swap.from)}`,
  (text) => {
    const [to = "", from = ""] = text.slice("put ".length).split(" in the place of ");
    return { from: nameSlot.hear(from), to: personSlot.hear(to) } as unknown as Swap;
  },
);

const swapsSlot = listSlot(swapSlot, " and ");

const changeSlot = slot<Change>(
  `(?:${swapsSlot.pattern}|add ${personSlot.pattern} as one more passenger|take ${nameSlot.pattern} off the booking)`,
  (change) => {
    if ("replace" in change) return swapsSlot.say(change.replace);
    if ("add" in change) return `add ${personSlot.say(change.add)} as one more passenger`;
    return `take ${nameSlot.say(change.remove)} off the booking`;
  },
  (text) => {
    if (text.startsWith("put ")) return { replace: swapsSlot.hear(text) } as unknown as Change;
    if (text.startsWith("add ")) {
      return {
        add: personSlot.hear(text.slice(4).replace(" as one more passenger", "")),
      } as unknown as Change;
    }
    return { remove: nameSlot.hear(text.slice(5).replace(" off the booking", "")) } as unknown as Change;
  },
);

const speech = spoken(
  "change_passengers",
  [
    "The names on {reservation} must change: please {change}.",
    "Could you {change}? It is about {reservation}.",
    "There is a mistake in {reservation}. To mend it, {change}.",
    "Passenger list of {reservation}: {change}.",
    "This is embarrassing: I did not think hard enough about who travels on {reservation}. Would you be so kind as to {change}?",
    "You would not believe how often our group has changed its mind. What we have agreed on by now is that you should {change}, and all that on {reservation}.",
  ],
  { reservation: reservationSlot, change: changeSlot },
);

const sameName = (a: Swap["from"], b: Swap["from"]) =>
  a.first_name === b.first_name && a.last_name === b.last_name;

function* plan(request: ChangePassengers, view: View, habits: Habits): Planning {
  const held = yield* hold(request.reservation, { view, habits, tool: "update_reservation_passengers" });
  const refused = held.refusal({ passengers_count_fixed: !("replace" in request.change) });
  if (refused !== null) return refused;
  const passengers = changed(held.reservation, request.change);
  return { move: "offer", calls: [held.write({ passengers })] };
}

function changed(reservation: Reservation, change: Change): Reservation["passengers"] {
  const { passengers } = reservation;
  if ("add" in change) return [...passengers, change.add];
  if ("remove" in change) return passengers.filter((person) => !sameName(person, change.remove));
  for (const { from } of change.replace) {
    if (!passengers.some((person) => sameName(person, from))) {
      throw new ToolError(`${from.first_name} ${from.last_name} is not on the reservation.`);
    }
  }
  return passengers.map((person) => change.replace.find(({ from }) => sameName(person, from))?.to ?? person);
}

/** Putting other people on a reservation; how many they are cannot change. */
export const changePassengers = defineRequest<ChangePassengers>({
  ...speech,
  summary: "Replace passengers of a reservation by others; adding or removing one is refused.",
  schema: changePassengersSchema,
  writes: ["update_reservation_passengers"],
  weighs: ["reservation"],
  handsOver: false,
  next: (request, view, habits) => nextMove(plan(request, view, habits), view),
  objection: (request, call) =>
    call.name === "update_reservation_passengers"
      ? sameReservation(request.reservation, call)
      : "I asked for other passengers",
  smaller: (request) => {
    const { change } = request;
    if (!("replace" in change) || change.replace.length < 2) return [];
    return [
      {
        removes: "one replacement",
        request: { ...request, change: { replace: change.replace.slice(0, -1) } },
      },
    ];
  },
  cell: (request, view) => reservationCell(request.reservation, view),
});
