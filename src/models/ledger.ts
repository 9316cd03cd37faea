import { BudgetError, type ChatModel, noUsage, type Usage } from "./chat.ts";
import { type Role, roles } from "./config.ts";

/** Tokens by role. */
export type UsageByRole = Readonly<Record<Role, Usage>>;

/** Where the tokens of a session are kept count of: what it says is what every process has spent. */
export interface TokenAccount {
  charge(role: Role, usage: Usage): void;
  spent(): Readonly<Partial<UsageByRole>>;
}

/** The tokens of a session as they are used. */
export interface Ledger {
  readonly limitTokens: number;
  charge(role: Role, usage: Usage): void;
  /** Tokens left, never below 0. */
  left(): number;
}

/** Both usages together. */
export function addUsage(a: Usage, b: Usage): Usage {
  return { inputTokens: a.inputTokens + b.inputTokens, outputTokens: a.outputTokens + b.outputTokens };
}

/** Tokens in and out of all roles. */
export function totalTokens(spent: Readonly<Partial<UsageByRole>>): number {
  return roles.reduce((sum, role) => {
    const { inputTokens, outputTokens } = spent[role] ?? noUsage;
    return sum + inputTokens + outputTokens;
  }, 0);
}

/** Creates a ledger on an account. */
export function createLedger(limitTokens: number, account: TokenAccount): Ledger {
  return {
    limitTokens,
    charge: account.charge,
    left: () => Math.max(0, limitTokens - totalTokens(account.spent())),
  };
}

/**
 * A model whose answers are charged to a role, and which refuses (BudgetError) once the limit is spent. Calls in
 * flight when the limit is reached still end, so it can be overrun by as many answers as run at once.
 */
export function metered(model: ChatModel, role: Role, ledger: Ledger): ChatModel {
  return {
    ...model,
    complete: async (request) => {
      if (ledger.left() === 0) {
        throw new BudgetError(
          `The session's ${ledger.limitTokens} tokens are spent: start_session with a larger budget_tokens to ask the ${role} again.`,
        );
      }
      const answer = await model.complete(request);
      ledger.charge(role, answer.usage);
      return answer;
    },
  };
}
