import type { Clause } from "../domain.ts";
import { bookingClauses } from "./clauses/booking.ts";
import { changeClauses } from "./clauses/changes.ts";
import { conductClauses } from "./clauses/conduct.ts";
import { leavingClauses } from "./clauses/leaving.ts";

/** The airline's policy, rule by rule; the policy that a target reads is rendered from these texts. */
export const airlineClauses: readonly Clause[] = [
  ...conductClauses,
  ...bookingClauses,
  ...changeClauses,
  ...leavingClauses,
];
