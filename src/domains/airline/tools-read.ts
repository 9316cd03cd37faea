import { z } from "zod";
import type { Json } from "../../core/json.ts";
import type { Tool } from "../domain.ts";
import { refers } from "../reference.ts";
import { defineTool } from "../tool.ts";
import {
  airportsAnswer,
  connectionsAnswer,
  directFlightsAnswer,
  foundReservationAnswer,
  statusAnswer,
  userAnswer,
} from "./answers.ts";
import { calculate } from "./calculate.ts";
import { flightDateOf, flightOf, reservationOf, shownReservation, shownUser, userOf } from "./records.ts";
import { airports, searchDirect, searchOneStop } from "./search.ts";
import { airline } from "./state.ts";

const airport = refers(z.string(), "airport");

const tripInput = z.strictObject({
  origin: airport.describe("Airport code of the start, three letters such as SEA"),
  destination: airport.describe("Airport code of the end, three letters such as BOS"),
  date: refers(z.string(), "date").describe("Day of departure, YYYY-MM-DD"),
});

function flightsIn(result: Json): readonly string[] {
  const legs = (result as readonly (Json | readonly Json[])[]).flat() as unknown as readonly {
    readonly flight_number: string;
  }[];
  return [...new Set(legs.map((leg) => `flights/${leg.flight_number}`))];
}

const getUserDetails = defineTool({
  name: "get_user_details",
  description:
    "Look up a user's profile: address, membership, payment methods, saved passengers, reservation ids.",
  effect: "read",
  input: z.strictObject({
    user_id: refers(z.string(), "user_id").describe("The user's id, such as ana_silva_1234"),
  }),
  output: userAnswer,
  run: (state, { user_id }) => ({ state, result: shownUser(userOf(state, user_id)) }),
  shows: ({ user_id }) => [`users/${user_id}`],
});

const getReservationDetails = defineTool({
  name: "get_reservation_details",
  description: "Look up a reservation: flights, passengers, cabin, bags, insurance, payments and status.",
  effect: "read",
  input: z.strictObject({
    reservation_id: refers(z.string(), "reservation_id").describe(
      "The reservation's id, six letters or digits",
    ),
  }),
  output: foundReservationAnswer,
  run: (state, { reservation_id }) => ({
    state,
    result: shownReservation(reservationOf(state, reservation_id)),
  }),
  shows: ({ reservation_id }) => [`reservations/${reservation_id}`],
});

const listAllAirports = defineTool({
  name: "list_all_airports",
  description: "List every airport served, with its code and city.",
  effect: "read",
  input: z.strictObject({}),
  output: airportsAnswer,
  run: (state) => ({ state, result: airports }),
  shows: () => [],
});

const searchDirectFlight = defineTool({
  name: "search_direct_flight",
  description:
    "Find the flights without a stop between two airports on a day, with free seats and prices by cabin.",
  effect: "read",
  input: tripInput,
  output: directFlightsAnswer,
  run: (state, trip) => ({ state, result: searchDirect(airline(state).flights, trip) }),
  shows: (_, result) => flightsIn(result),
});

const searchOnestopFlight = defineTool({
  name: "search_onestop_flight",
  description:
    "Find the connections with exactly one stop between two airports on a day, as pairs of flights.",
  effect: "read",
  input: tripInput,
  output: connectionsAnswer,
  run: (state, trip) => ({ state, result: searchOneStop(airline(state).flights, trip) }),
  shows: (_, result) => flightsIn(result),
});

const getFlightStatus = defineTool({
  name: "get_flight_status",
  description:
    "Look up how a flight stands on a day: available, on time, delayed, flying, landed or cancelled.",
  effect: "read",
  input: z.strictObject({
    flight_number: refers(z.string(), "booked_flight").describe("The flight's number, such as HAT123"),
    date: refers(z.string(), "booked_date").describe("Day of departure, YYYY-MM-DD"),
  }),
  output: statusAnswer,
  run: (state, { flight_number, date }) => ({
    state,
    result: flightDateOf(flightOf(state, flight_number), date).status,
  }),
  shows: ({ flight_number }) => [`flights/${flight_number}`],
});

const calculateTool = defineTool({
  name: "calculate",
  description: "Work out an arithmetic expression; the answer is rounded to two decimals.",
  effect: "generic",
  input: z.strictObject({
    expression: z.string().describe("Numbers joined by + - * / and parentheses, such as 3 * (120 + 45)"),
  }),
  output: z.string(),
  run: (state, { expression }) => ({ state, result: calculate(expression) }),
  shows: () => [],
});

const transferToHumanAgents = defineTool({
  name: "transfer_to_human_agents",
  description:
    "Hand the user over to a human agent. Only for what the policy leaves to humans; it ends your part.",
  effect: "transfer",
  input: z.strictObject({ summary: z.string().describe("What the user wants, in a sentence or two") }),
  output: z.string(),
  run: (state) => ({ state, result: "Transfer successful" }),
  shows: () => [],
});

/** The tools that change nothing. */
export const readTools: readonly Tool[] = [
  getUserDetails,
  getReservationDetails,
  listAllAirports,
  searchDirectFlight,
  searchOnestopFlight,
  getFlightStatus,
  calculateTool,
  transferToHumanAgents,
];
