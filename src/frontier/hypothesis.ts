import { contentKey } from "../core/json.ts";
import type { AxisValues, Region } from "../domains/domain.ts";
import type { Proofs } from "./claims.ts";

/** A falsifiable claim about what a target can do. The loop tries to disprove it. */
export interface Hypothesis {
  /** Hash of statement, where, behaviour and claims; unique within a session. */
  readonly id: string;
  readonly statement: string;
  readonly where: Region;
  /**
   * Labels on axes that the domain does not have, as a strategist claims them of the tasks that are made for it. They
   * are counted by themselves and share no strength with anything, proved or not.
   */
  readonly claims?: AxisValues;
  /** What proves some of them, the same for a label throughout a session; nobody checks the others. */
  readonly proofs?: Proofs;
  /** A clause id, or "outcome": what the target would get wrong. */
  readonly behaviour: string;
  readonly parent?: string;
  readonly by: "strategist" | "server";
}

/** The id of a hypothesis: it names the claim, so that the same claim in one session is one hypothesis. */
export function hypothesisId(
  claim: Pick<Hypothesis, "statement" | "where" | "behaviour" | "claims">,
): string {
  const claims = claim.claims === undefined ? [] : [claim.claims];
  return `hyp_${contentKey([claim.statement, claim.where, claim.behaviour, ...claims]).slice(0, 16)}`;
}
