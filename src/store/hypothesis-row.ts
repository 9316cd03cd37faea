import { z } from "zod";
import type { Region } from "../domains/domain.ts";
import type { Hypothesis } from "../frontier/hypothesis.ts";
import { jsonColumn } from "./sql.ts";

export const hypothesisRow = z
  .object({
    id: z.string(),
    statement: z.string(),
    where: jsonColumn<Region>(),
    behaviour: z.string(),
    parent: z.string().nullable(),
    by: z.enum(["strategist", "server"]),
  })
  .transform(({ parent, ...rest }): Hypothesis => ({ ...rest, ...(parent === null ? {} : { parent }) }));

/** A hypothesis's columns, named as its members. */
export const hypothesisColumns = `id, statement, region AS "where", behaviour, parent, proposed_by AS "by"`;
