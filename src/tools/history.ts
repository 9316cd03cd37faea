import { canonical } from "../core/json.ts";
import { priorFor } from "../frontier/posterior.ts";
import { settingsOf } from "../rollout/attempt.ts";
import { noPrior, type Prior, type StoredTask } from "../store/records.ts";
import { evaluationId, type Workbench } from "./workbench.ts";

/** What a session already knows of the cells that a task's requests lie in. */

/** Request cells that are looked at: the newest so many of a kind. */
const neighbourCells = 400;

/**
 * The prior of a task's pass rate by the history of its cells. What was screened before keeps the prior that it had,
 * so that what was learned since does not change its verdict. Of a task with several requests the one counts that is
 * expected to pass least often, since the task passes only where each of them does. Nothing is borrowed from the task
 * itself, nor from rollouts under other settings of the target.
 */
export function priorOf(bench: Workbench, stored: StoredTask): Prior {
  const { store } = bench.deps;
  const about = { staged: stored, model: bench.target, role: "target", purpose: "screening" } as const;
  const before = store.evaluation(evaluationId(bench, about, 0));
  if (before !== null && before.n > 0) return before.prior;
  const last = store.lastScreening(bench.session.id);
  const settings = canonical(settingsOf(bench.stage, bench.target));
  if (last === null || canonical(last.settings) !== settings) return noPrior;
  const own = store
    .evaluations({ session: bench.session.id, task: stored.key })
    .find(({ role, purpose, n }) => role === "target" && purpose === "screening" && n > 0);
  const upTo = (own?.seq ?? Number.MAX_SAFE_INTEGER) - 1;
  const priors = stored.cell.requests.map((cell) => priorIn(bench, cell, upTo));
  const mean = ({ alpha, beta }: Prior) => alpha / (alpha + beta);
  return priors.toSorted((a, b) => mean(a) - mean(b))[0] ?? noPrior;
}

function priorIn(
  { deps, session, domain }: Workbench,
  cell: StoredTask["cell"]["requests"][number],
  upTo: number,
): Prior {
  const kind = String(cell.kind ?? "");
  const known = deps.store.frontier.askedCells({ session: session.id, kind, upTo, limit: neighbourCells });
  return { ...priorFor(cell, known, domain.axes), rollouts: known.reduce((sum, { n }) => sum + n, 0) };
}

/** The prior in words. */
export function priorText({ alpha, beta, rollouts }: Prior): string {
  const counts = `Beta(${alpha.toFixed(2)}, ${beta.toFixed(2)})`;
  if (rollouts === 0) return `prior ${counts}, nothing borrowed`;
  if (rollouts === null) return `prior ${counts} by the history of the vein that the harvest followed`;
  const borrowed = (alpha + beta - 2).toFixed(2);
  return `prior ${counts}: ${borrowed} pseudo-rollouts borrowed from ${rollouts} of its cell's neighbours`;
}
