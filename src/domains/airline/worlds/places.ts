import { airports } from "../search.ts";

/** The codes of all airports that the airline flies to. */
export const airportCodes: readonly string[] = airports.map((airport) => airport.iata);
