import { z } from "zod";
import type { AxisValues, Region } from "../domains/domain.ts";
import type { Hypothesis } from "../frontier/hypothesis.ts";
import { type Tally, tallyNames } from "../frontier/tally.ts";
import { jsonColumn } from "./sql.ts";

export const hypothesisColumns =
  'hypotheses.id, statement, hypotheses.region AS "where", behaviour, parent, proposed_by AS "by", claims';

export const hypothesisRow = z
  .object({
    id: z.string(),
    statement: z.string(),
    where: jsonColumn<Region>(),
    behaviour: z.string(),
    parent: z.string().nullable(),
    by: z.enum(["strategist", "server"]),
    claims: jsonColumn<AxisValues>().nullable(),
  })
  .transform(
    ({ parent, claims, ...rest }): Hypothesis => ({
      ...rest,
      ...(parent === null ? {} : { parent }),
      ...(claims === null ? {} : { claims }),
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
