import { type ChatModel, ModelError, noUsage, type Usage } from "./chat.ts";
import { type Role, roles } from "./config.ts";

/** Tokens by role. */
export type UsageByRole = Readonly<Record<Role, Usage>>;

/** The tokens of a session as they are used. */
export interface Ledger {
  readonly limitTokens: number;
  charge(role: Role, usage: Usage): void;
  /** Tokens left, never below 0. */
  left(): number;
  spent(): UsageByRole;
}

/** Both usages together. */
export function addUsage(a: Usage, b: Usage): Usage {
  return { inputTokens: a.inputTokens + b.inputTokens, outputTokens: a.outputTokens + b.outputTokens };
}

/** Creates a ledger; `spent` is what an earlier process of the same session has used. */
export function createLedger(options: {
  readonly limitTokens: number;
  readonly spent?: Partial<UsageByRole>;
}): Ledger {
  const { limitTokens } = options;
  const used = new Map<Role, Usage>(roles.map((role) => [role, options.spent?.[role] ?? noUsage]));
  const total = () =>
    [...used.values()].reduce((sum, usage) => sum + usage.inputTokens + usage.outputTokens, 0);
  return {
    limitTokens,
    charge: (role, usage) => {
      used.set(role, addUsage(used.get(role) ?? noUsage, usage));
    },
    left: () => Math.max(0, limitTokens - total()),
    spent: () => Object.fromEntries(used) as UsageByRole,
  };
}

/**
 * A model whose answers are charged to a role, and which refuses (ModelError) once the limit is spent. Calls in
 * flight when the limit is reached still end, so it can be overrun by as many answers as run at once.
 */
export function metered(model: ChatModel, role: Role, ledger: Ledger): ChatModel {
  return {
    ...model,
    complete: async (request) => {
      if (ledger.left() === 0) {
        throw new ModelError(
          `The session's ${ledger.limitTokens} tokens are spent: raise its token budget to ask the ${role} again.`,
        );
      }
      const answer = await model.complete(request);
      ledger.charge(role, answer.usage);
      return answer;
    },
  };
}
