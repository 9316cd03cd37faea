import { InputError, unknownName } from "../core/errors.ts";
import type { Domain } from "../domains/domain.ts";
import type { Rollout } from "../rollout/rollout.ts";
import type { Run, Session, StoredTask } from "../store/records.ts";
import type { Deps } from "./tool.ts";

/** What a verb's argument names, found or refused (InputError) with a word on where the right name stands. */

export function namedSession(deps: Deps, id: string): Session {
  const session = deps.store.session(id);
  if (session !== null) return session;
  const known = deps.store.sessions({ limit: 10 }).map((other) => other.id);
  if (known.length > 0) throw unknownName("session", id, known);
  throw new InputError(`Unknown session "${id}", and there is none yet: start one with start_session.`);
}

/** The name of the domain that is meant where none is named: the first that there is. */
export const defaultDomain = ({ domains }: Pick<Deps, "domains">) => domains[0]?.name ?? "";

export function namedDomain(deps: Deps, name: string): Domain {
  const domain = deps.domains.find((known) => known.name === name);
  if (domain !== undefined) return domain;
  throw unknownName(
    "domain",
    name,
    deps.domains.map((known) => known.name),
  );
}

/** A task as a session knows it, or as the first session that recorded it does. */
export function namedTask(deps: Deps, key: string, session?: string): StoredTask {
  if (session !== undefined) namedSession(deps, session);
  const task = deps.store.task(key, session);
  if (task !== null) return task;
  const where = session === undefined ? "" : ` in the session "${session}"`;
  throw new InputError(`Unknown task "${key}"${where}: find_tasks lists the keys of the tasks there are.`);
}

export function namedRollout(deps: Deps, id: string): Rollout {
  const rollout = deps.store.rollout(id);
  if (rollout !== null) return rollout;
  throw new InputError(`Unknown rollout "${id}": show_task lists the ids of a task's rollouts.`);
}

export function namedRun(deps: Deps, id: string): Run {
  const run = deps.store.run(id);
  if (run !== null) return run;
  throw new InputError(`Unknown run "${id}": session_summary lists a session's runs.`);
}
