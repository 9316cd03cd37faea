import { z } from "zod";
import { claimsOf, type TaskClaims } from "../frontier/claims.ts";
import type { StoredTask } from "../store/records.ts";
import type { Deps } from "./tool.ts";

/** What a task is claimed to be, as an answer tells it: `proved` where an assertion holds of it, else merely claimed. */
export const claimsOutput = {
  claims: z.record(z.string(), z.unknown()).optional().describe("labels claimed of it"),
  proved: z.record(z.string(), z.unknown()).optional().describe("by label, the assertion that holds of it"),
};

export const claimsAnswer = ({ claims, proved }: TaskClaims) => ({
  claims: { ...claims },
  proved: { ...proved },
});

/** What is claimed of a stored task by the hypothesis that it was made for; null for nothing. */
export function claimsOfTask({ store }: Pick<Deps, "store">, stored: StoredTask | null): TaskClaims | null {
  if (stored === null || stored.hypothesis === null) return null;
  return claimsOf(store.hypothesis(stored.session, stored.hypothesis), stored.task, stored.origin);
}
