import { contentKey } from "../core/json.ts";
import type { Region } from "../domains/domain.ts";

/** A falsifiable claim about what a target can do. The loop tries to disprove it. */
export interface Hypothesis {
  /** Hash of statement, where and behaviour; unique within a session. */
  readonly id: string;
  readonly statement: string;
  readonly where: Region;
  /** A clause id, or "outcome": what the target would get wrong. */
  readonly behaviour: string;
  readonly parent?: string;
  readonly by: "strategist" | "server";
}

/** The id of a hypothesis: it names the claim, so that the same claim in one session is one hypothesis. */
export function hypothesisId(claim: Pick<Hypothesis, "statement" | "where" | "behaviour">): string {
  return `hyp_${contentKey([claim.statement, claim.where, claim.behaviour]).slice(0, 16)}`;
}
