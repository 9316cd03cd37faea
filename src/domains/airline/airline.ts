import { z } from "zod";
import { readAsset } from "../../assets.ts";
import type { JsonObject } from "../../core/json.ts";
import { conversationAxes } from "../conversation.ts";
import { defineDomain, type State, type View, type World } from "../domain.ts";
import { refers } from "../reference.ts";
import { airlineAxes } from "./axes.ts";
import { airlineClauses } from "./clauses.ts";
import { disturbances } from "./disturbances.ts";
import { userCall, userId } from "./requests/lookups.ts";
import { airlineRequests } from "./requests.ts";
import { airlineSlips } from "./slips.ts";
import { airline as tablesOf, type User, worldSchema } from "./state.ts";
import { tau2Hash } from "./tau2-hash.ts";
import { airlineTools } from "./tools.ts";
import { checkWorld } from "./worlds/check.ts";
import { drawCell, objectionTo } from "./worlds/objections.ts";
import { sampleScenario } from "./worlds/scenario.ts";

const identitySchema = z.strictObject({
  user_id: refers(z.string().regex(/^\w+_\w+$/, "expected a user id such as mia_li_3668"), "user_id"),
});
/** An id has an underscore: "my user id is not at hand" gives none. */
const introduction = /\bmy user id is (\w+_\w+)/i;

/** The payment ids of all users, which a certificate sent during a rollout joins. */
function paymentIds(state: State): ReadonlySet<string> {
  return new Set(
    tablesOf(state)
      .users.records()
      .flatMap((user) => Object.keys(user.payment_methods)),
  );
}

function generatedIds(before: State, after: State): readonly (readonly string[])[] {
  const bookings = tablesOf(after)
    .reservations.ids()
    .filter((id) => !tablesOf(before).reservations.has(id));
  if (before.users === after.users) return [bookings, []];
  const known = paymentIds(before);
  return [bookings, [...paymentIds(after)].filter((id) => !known.has(id)).sort()];
}

function tripsHeld(view: View): Readonly<Record<string, number>> {
  const answer = view.lookup(userCall(userId(view)));
  if (answer?.ok !== true) return {};
  return { trips_held: Math.min(5, (answer.result as unknown as User).reservations.length) };
}

/** Flights, customers and reservations, with state and tools as in τ²-bench's airline. */
export const airline = defineDomain({
  name: "airline",
  version: "1",
  summary: "A service agent books, changes and cancels flight reservations and decides on compensation.",
  tables: ["flights", "users", "reservations"],
  worldSchema: worldSchema as unknown as z.ZodType<World>,
  tools: airlineTools,
  clauses: airlineClauses,
  policyTemplate: readAsset("prompts/airline/policy.md"),
  requests: airlineRequests,
  axes: [...airlineAxes, ...conversationAxes],
  identity: {
    schema: identitySchema as unknown as z.ZodType<JsonObject>,
    say: (identity) => `Hello, my user id is ${identity.user_id}.`,
    hear: (text) => {
      const id = introduction.exec(text)?.[1];
      return id === undefined ? null : { user_id: id };
    },
    known: (identity, state) => tablesOf(state).users.has(String(identity.user_id)),
  },
  worldCell: tripsHeld,
  checkWorld,
  drawCell,
  objectionTo,
  sampleScenario,
  generatedIds,
  tau2Hash,
  slips: airlineSlips,
  disturbances,
});
