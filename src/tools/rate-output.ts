import { z } from "zod";

/** What an answer gives of a pass rate beside its counts. */
export const rateMembers = {
  pass_rate: z.number().nullable(),
  prior: z.unknown().describe("Beta counts"),
  posterior: z.unknown().describe("Beta counts, mean, chance of lying inside the window"),
  interval: z.unknown().describe("95 %, Wilson"),
  pass_at: z.unknown().describe("by k; null where there are fewer rollouts"),
  pass_hat: z.unknown(),
  learnability: z.number().describe("E[p(1 − p)]"),
  without_signal: z.number().describe("share of groups of 8 that all end alike"),
  verdict: z.enum(["inside", "outside", "undecided"]).describe("of the session's window"),
};

/** A pass rate in an answer that has several; run_target's members say what each is. */
export const rateSchema = z.looseObject({ n: z.number(), passed: z.number() });
