import type { Region } from "../domains/domain.ts";

/** A falsifiable claim about what a target can do. The loop tries to disprove it. */
export interface Hypothesis {
  /** Hash of statement, where and behaviour within its session. */
  readonly id: string;
  readonly statement: string;
  readonly where: Region;
  /** A clause id, or "outcome": what the target would get wrong. */
  readonly behaviour: string;
  readonly parent?: string;
  readonly by: "strategist" | "server";
}
