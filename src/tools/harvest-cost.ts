import type { Workbench } from "./workbench.ts";

/** Harvested tasks per iteration to expect before a session has any of its own: the published yield. */
const publishedYield = 0.4;
/** Rollouts of a screening, a simplification, its gate and a fresh re-estimate to expect before a session has any of its own. */
const typical = {
  wg: { screening: 4, simplification: 60, gate: 8, fresh: 16 },
  dag: { screening: 4, simplification: 0, gate: 8, fresh: 16 },
} as const;
/** Tokens of one rollout to expect before any was run: the policy read over about twenty turns. */
const typicalTokens = 60_000;

/** What harvesting some more tasks will take of the target, and what that figure rests on. */
export interface ExpectedCost {
  readonly rollouts: number;
  readonly tokens: number;
  readonly basis: string;
}

/** Expects what the session's own harvest has taken so far, or typical figures where it has harvested nothing yet. */
export function expectedCost(
  { deps, session, target }: Workbench,
  tasks: number,
  strategy: keyof typeof typical,
): ExpectedCost {
  const { screening, simplification, gate, fresh } = typical[strategy];
  const { attempts, tokens } = deps.store.spent(session.id);
  const harvested = deps.store.countHarvested(session.id);
  const perRollout =
    attempts.target === 0 ? null : (tokens.target.inputTokens + tokens.target.outputTokens) / attempts.target;
  const tokensEach = target.simulated ? 0 : (perRollout ?? typicalTokens);
  const own = harvested > 0;
  const perTask = own
    ? attempts.target / harvested
    : screening / publishedYield + simplification + gate + fresh;
  const rollouts = Math.ceil(tasks * perTask);
  const basis = own
    ? `${perTask.toFixed(1)} rollouts for each of the ${harvested} tasks harvested so far`
    : `${screening} rollouts for each of ${(1 / publishedYield).toFixed(1)} candidates, ${simplification} to simplify, ${gate} at the gate, ${fresh} fresh`;
  return { rollouts, tokens: Math.ceil(rollouts * tokensEach), basis };
}
