/** A session's two limits, or what was spent of them: rollouts of the target, and tokens of all models. */
export interface Budget {
  readonly rollouts: number;
  readonly tokens: number;
}

/** 200 rollouts; tokens for about 100,000 in each, which a long conversation with a long policy can reach. */
export const defaultBudget: Budget = { rollouts: 200, tokens: 20_000_000 };

export const nothingSpent: Budget = { rollouts: 0, tokens: 0 };

/** What was spent, with something more spent. */
export function spend(spent: Budget, more: Partial<Budget>): Budget {
  return { rollouts: spent.rollouts + (more.rollouts ?? 0), tokens: spent.tokens + (more.tokens ?? 0) };
}

/** What is left of the limits, never below 0. */
export function budgetLeft(limit: Budget, spent: Budget): Budget {
  return {
    rollouts: Math.max(0, limit.rollouts - spent.rollouts),
    tokens: Math.max(0, limit.tokens - spent.tokens),
  };
}
