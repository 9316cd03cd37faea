import type { Clause } from "../../domain.ts";
import type { Cancel } from "../requests/schema.ts";
import { hasFlown } from "./changes.ts";
import {
  allowed,
  clause,
  compensated,
  forbidden,
  meantReservations,
  reservationOf,
  reservationTools,
  sameCall,
  undecided,
  unless,
  writeTools,
} from "./verdicts.ts";

const section = "conduct";

export const conductClauses: readonly Clause[] = [
  clause(
    {
      id: "confirm_before_write",
      section,
      tools: writeTools,
      text: "Before you book, change or cancel anything or send a certificate, tell the customer exactly what you are about to do and what it costs, and wait for a clear yes.",
    },
    ({ call, confirmed, spoken }) => {
      if (confirmed.some((offer) => sameCall(offer, call))) return allowed;
      if (!spoken) return forbidden("nothing had been said to the customer before this call");
      return undecided(
        "whether the customer's words were a yes to this very call cannot be read from a rule",
      );
    },
  ),
  clause(
    {
      id: "one_call_at_a_time",
      section,
      tools: [],
      text: "Make one tool call at a time and wait for its result before the next.",
    },
    ({ beside }) =>
      unless(
        beside.length === 0
          ? null
          : `${beside.length} more call(s) in the same message: ${beside.map((call) => call.name).join(", ")}`,
      ),
  ),
  clause(
    {
      id: "no_text_with_call",
      section,
      tools: [],
      text: "A message either calls a tool or speaks to the customer, never both.",
    },
    ({ text }) => unless(text.trim() === "" ? null : "the same message also speaks to the customer"),
  ),
  clause(
    {
      id: "own_reservations",
      section,
      tools: [...reservationTools, "send_certificate"],
      text: "Act only on reservations of the customer you are talking to. If a reservation belongs to somebody else, decline.",
    },
    (context) => {
      const { identity, call } = context;
      const about =
        call.name === "send_certificate" ? compensated(context) : [reservationOf(context) ?? []].flat();
      const [first] = about;
      if (first === undefined) return allowed;
      if (identity === undefined) return undecided("the customer has not said who they are");
      if (about.some((reservation) => reservation.user_id === identity.user_id)) return allowed;
      return forbidden(`reservation ${first.reservation_id} belongs to ${first.user_id}`);
    },
  ),
  clause(
    {
      id: "transfer_only_when_needed",
      section,
      tools: ["transfer_to_human_agents"],
      text: "Hand the conversation to a human agent only when this policy says so or the request lies outside everything you can do. What the policy forbids you decline yourself. A transfer ends the conversation: settle everything else first.",
    },
    (context) => {
      if (context.stated.length === 0) return undecided("the customer's words were not heard as requests");
      const calledFor = context.stated.some(
        (request) =>
          request.kind === "cancel" &&
          meantReservations(request as Cancel, context).some((reservation) =>
            reservation.flights.some((segment) => hasFlown(segment, context)),
          ),
      );
      return unless(calledFor ? null : "nothing that the customer asked for calls for a human");
    },
  ),
];
