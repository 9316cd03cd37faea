import { z } from "zod";

const figures = z.record(z.string(), z.number().nullable());

/** What an answer gives of a pass rate beside its counts. */
export const rateMembers = {
  pass_rate: z.number().nullable(),
  prior: figures.describe("Beta counts"),
  posterior: figures.describe("Beta counts, mean, chance of lying inside the window"),
  interval: figures.describe("95 %, Wilson"),
  pass_at: figures.describe("by k; null where there are fewer rollouts"),
  pass_hat: figures,
  learnability: z.number().describe("E[p(1 − p)]"),
  without_signal: z.number().describe("share of groups of 8 that all end alike"),
  verdict: z.enum(["inside", "outside", "undecided"]).describe("of the session's window"),
};

/** A pass rate in an answer that has several; run_target's members say what each is. */
export const rateSchema = z.looseObject({ n: z.number(), passed: z.number(), verdict: rateMembers.verdict });
