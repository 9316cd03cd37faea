import type { RequestKind } from "../domain.ts";
import { addBags } from "./requests/add-bags.ts";
import { addInsurance } from "./requests/add-insurance.ts";
import { book } from "./requests/book.ts";
import { cancel } from "./requests/cancel.ts";
import { changeCabin } from "./requests/change-cabin.ts";
import { changeFlights } from "./requests/change-flights.ts";
import { changePassengers } from "./requests/change-passengers.ts";
import { compensation } from "./requests/compensation.ts";

/** Everything that an airline's customer can want here, the forbidden variants included. */
export const airlineRequests: readonly RequestKind[] = [
  book,
  cancel,
  changeFlights,
  changeCabin,
  changePassengers,
  addBags,
  addInsurance,
  compensation,
];
