import { z } from "zod";
import type { AxisValues } from "../domains/domain.ts";
import type { Hypothesis } from "../frontier/hypothesis.ts";
import type { StateAssertion } from "../tasks/assertion.ts";
import { jsonColumn, type Sql } from "./sql.ts";

/** What proves the labels that were claimed in a session: settled by the first hypothesis that claims one. */
export interface ClaimProofs {
  /** By axis, the assertion that a value is held to, or null where it is claimed and nothing proves it; values that nobody has claimed are not in it. */
  claimProofs(session: string, claims: AxisValues): ReadonlyMap<string, StateAssertion | null>;
}

export function createClaimProofs(sql: Sql): ClaimProofs {
  const held = sql.all(
    `SELECT told.key AS axis, proof FROM json_each(@claims) AS told
     CROSS JOIN claimed_values AS held
       ON held.session = @session AND held.axis = told.key AND held.value = @claims -> told.fullkey`,
    z.object({ axis: z.string(), proof: jsonColumn<StateAssertion>().nullable() }),
  );
  return {
    claimProofs: (session, claims) =>
      new Map(held({ session, claims: JSON.stringify(claims) }).map(({ axis, proof }) => [axis, proof])),
  };
}

/** Settles what proves the labels that a hypothesis claims; one that was claimed before stays as it is. */
export function createClaiming(sql: Sql): (session: string, hypothesis: Hypothesis) => void {
  const insert = sql.write(
    `INSERT INTO claimed_values (session, axis, value, proof)
     SELECT @session, told.key, @claims -> told.fullkey, @proofs -> told.fullkey
     FROM json_each(@claims) AS told WHERE true ON CONFLICT DO NOTHING`,
  );
  return (session, { claims, proofs = {} }) => {
    if (claims === undefined) return;
    insert({ session, claims: JSON.stringify(claims), proofs: JSON.stringify(proofs) });
  };
}
