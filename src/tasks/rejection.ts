import type { idlers } from "./rehearsal.ts";

export type GateName =
  | "schema"
  | "consistency"
  | "identity"
  | "instruction"
  | "requests"
  | "events"
  | "criteria"
  | "gold-runs"
  | "gold-complies"
  | "gold-reaches-criteria"
  | "generated-ids"
  | "unique-answer"
  | "claims"
  | keyof typeof idlers;

/** Why a task costs nothing more: which gate it fails, where, and what would mend it. */
export interface Rejection {
  readonly gate: GateName;
  readonly path: string;
  readonly wrong: string;
  readonly repair: string;
}
