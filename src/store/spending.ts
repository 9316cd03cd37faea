import { z } from "zod";
import type { Usage } from "../models/chat.ts";
import { type Role, roles } from "../models/config.ts";
import type { RolloutSlot } from "../rollout/rollout.ts";
import type { Sql } from "./sql.ts";

/** What a session has spent, counted as it is spent and by all processes alike. */
export interface Spending {
  /** Rollouts that were begun, by the role under test. */
  readonly begun: Readonly<Record<RolloutSlot["role"], number>>;
  readonly tokens: Readonly<Partial<Record<Role, Usage>>>;
}

export interface Purse {
  /** Counts a rollout as begun, unless `limit` are already: then false, and nothing changes. Atomic between processes. */
  takeRollout(on: {
    readonly session: string;
    readonly role: RolloutSlot["role"];
    readonly limit: number;
  }): boolean;
  /** Adds tokens that a role has used. */
  chargeTokens(session: string, role: Role, usage: Usage): void;
  spending(session: string): Spending;
}

const row = z.object({ role: z.enum(roles), begun: z.int(), input: z.int(), output: z.int() });

export function createPurse(sql: Sql): Purse {
  const take = sql.write(
    `INSERT INTO spending (session, role, begun, input, output) SELECT @session, @role, 1, 0, 0 WHERE @limit > 0
     ON CONFLICT (session, role) DO UPDATE SET begun = begun + 1 WHERE begun < @limit`,
  );
  const charge = sql.write(
    `INSERT INTO spending (session, role, begun, input, output) VALUES (@session, @role, 0, @input, @output)
     ON CONFLICT (session, role) DO UPDATE SET input = input + excluded.input, output = output + excluded.output`,
  );
  const all = sql.all("SELECT role, begun, input, output FROM spending WHERE session = @session", row);
  return {
    takeRollout: ({ session, role, limit }) => take({ session, role, limit }) > 0,
    chargeTokens: (session, role, { inputTokens, outputTokens }) => {
      if (inputTokens + outputTokens > 0) charge({ session, role, input: inputTokens, output: outputTokens });
    },
    spending: (session) => {
      const rows = all({ session });
      const begun = (role: RolloutSlot["role"]) => rows.find((one) => one.role === role)?.begun ?? 0;
      return {
        begun: { target: begun("target"), oracle: begun("oracle") },
        tokens: Object.fromEntries(
          rows.map(({ role, input, output }) => [role, { inputTokens: input, outputTokens: output }]),
        ),
      };
    },
  };
}
