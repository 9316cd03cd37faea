import { z } from "zod";
import type { Region } from "../domains/domain.ts";

const value = z.union([z.string(), z.number()]);

/** A region as an argument: axis → value, list of values, or bounds. */
export const regionSchema = z.record(
  z.string(),
  z.union([
    value,
    z.array(value).min(1),
    z.strictObject({ min: z.number().exactOptional(), max: z.number().exactOptional() }),
  ]),
) as unknown as z.ZodType<Region>;
