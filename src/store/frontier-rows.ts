import { z } from "zod";
import type { AxisValues, Region } from "../domains/domain.ts";
import type { Proofs } from "../frontier/claims.ts";
import type { Hypothesis } from "../frontier/hypothesis.ts";
import { type Tally, tallyNames } from "../frontier/tally.ts";
import { jsonColumn } from "./sql.ts";

/** CROSS JOIN, since another order would go through all that a session has claimed for each of its hypotheses. */
export const hypothesisColumns = `hypotheses.id, statement, hypotheses.region AS "where", behaviour, parent,
  proposed_by AS "by", claims, CASE WHEN claims IS NOT NULL THEN (
    SELECT json_group_object(held.axis, json(held.proof)) FROM json_each(claims) AS told
    CROSS JOIN claimed_values AS held ON held.session = hypotheses.session AND held.axis = told.key
      AND held.value = claims -> told.fullkey AND held.proof IS NOT NULL
  ) END AS proofs`;

export const hypothesisRow = z
  .object({
    id: z.string(),
    statement: z.string(),
    where: jsonColumn<Region>(),
    behaviour: z.string(),
    parent: z.string().nullable(),
    by: z.enum(["strategist", "server"]),
    claims: jsonColumn<AxisValues>().nullable(),
    proofs: jsonColumn<Proofs>().nullable(),
  })
  .transform(
    ({ parent, claims, proofs, ...rest }): Hypothesis => ({
      ...rest,
      ...(parent === null ? {} : { parent }),
      ...(claims === null ? {} : { claims }),
      ...(proofs === null || Object.keys(proofs).length === 0 ? {} : { proofs }),
    }),
  );

export const tallyShape = {
  tasks: z.int(),
  rollouts: z.int(),
  failed: z.int(),
  passing: z.int(),
  confirmed: z.int(),
  disproving: z.int(),
};

export const tallyRow: z.ZodType<Tally> = z.object(tallyShape);

export const tallyColumns = tallyNames.join(", ");
