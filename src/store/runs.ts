import { z } from "zod";
import { InputError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import {
  type Iteration,
  type Page,
  type Run,
  type RunKind,
  type RunStatus,
  runKinds,
  runStatuses,
} from "./records.ts";
import { flagColumn, insertInto, jsonColumn, pageSlots, type Sql } from "./sql.ts";

/** A process that works on a run, at a time in ISO 8601 (UTC, with milliseconds). */
export interface Claim {
  readonly run: string;
  readonly owner: string;
  readonly now: string;
}

/** What an owner hears back: go on (or stop, if that was asked for), or leave it, somebody else has the run. */
export type Pulse =
  | { readonly status: "owned"; readonly cancelRequested: boolean }
  | { readonly status: "lost" };

/** Which runs to list; what is left out does not narrow the list. */
export interface RunFilter {
  readonly session?: string;
  readonly kind?: RunKind;
  readonly status?: RunStatus;
}

export interface Runs {
  /** Adds a run as running, with no progress yet. Throws an InputError if the id is taken. */
  startRun(run: Pick<Run, "id" | "session" | "kind" | "input" | "owner" | "heartbeatAt">): Run;
  /** Takes over an interrupted run; null when there is none to take, so of two processes one gets it. */
  claimRun(claim: Claim): Run | null;
  /** Shows that the owner lives, and how far the run is. An owner that was only slow gets its run back. */
  heartbeat(beat: Claim & { readonly progress: Json }): Pulse;
  /** Ends a run that this owner has; false when it has it no longer. */
  finishRun(
    end: Omit<Claim, "now"> & Pick<Run, "result"> & { readonly status: Exclude<RunStatus, "running"> },
  ): boolean;
  /** Asks the owner to stop; a run without one is cancelled at once. Gives the run as it is then. */
  cancelRun(id: string): Run | null;
  /**
   * Marks running runs whose heartbeat is over `staleMs` old as interrupted, or as cancelled where that was asked
   * for; gives their ids.
   */
  interruptStale(now: string, staleMs: number): readonly string[];
  run(id: string): Run | null;
  /** Newest first. */
  runs(filter: RunFilter & Page): readonly Run[];
  /** Keeps what is there if the run has an iteration of this index. */
  recordIteration(iteration: Iteration): void;
  /** By index. */
  iterations(run: string, page?: Page): readonly Iteration[];
}

const runRow: z.ZodType<Run> = z.object({
  id: z.string(),
  session: z.string(),
  kind: z.enum(runKinds),
  input: jsonColumn<Json>(),
  status: z.enum(runStatuses),
  owner: z.string(),
  heartbeatAt: z.string(),
  progress: jsonColumn<Json>(),
  result: jsonColumn<Json>(),
  cancelRequested: flagColumn,
});

const iterationRow: z.ZodType<Iteration> = z.object({
  run: z.string(),
  index: z.int(),
  hypothesis: z.string().nullable(),
  task: z.string().nullable(),
  outcome: jsonColumn<Json>(),
});

const columns = `id, session, kind, input, status, owner, heartbeat_at AS heartbeatAt, progress, result,
  cancel_requested AS cancelRequested`;

const inserted = [
  "id",
  "session",
  "kind",
  "input",
  "status",
  "owner",
  "heartbeat_at",
  "progress",
  "result",
  "cancel_requested",
];

function createIterations(sql: Sql): Pick<Runs, "recordIteration" | "iterations"> {
  const insert = sql.write(
    `${insertInto("iterations", ["run", "place", "hypothesis", "task", "outcome"])}
     ON CONFLICT (run, place) DO NOTHING`,
  );
  const all = sql.all(
    `SELECT run, place AS "index", hypothesis, task, outcome FROM iterations
     WHERE run = @run ORDER BY place LIMIT @limit OFFSET @offset`,
    iterationRow,
  );
  return {
    recordIteration: ({ run, index, hypothesis, task, outcome }) => {
      insert({ run, place: index, hypothesis, task, outcome: JSON.stringify(outcome) });
    },
    iterations: (run, page = {}) => all({ run, ...pageSlots(page) }),
  };
}

export function createRuns(sql: Sql): Runs {
  const insert = sql.one(
    `${insertInto("runs", inserted)} ON CONFLICT (id) DO NOTHING RETURNING ${columns}`,
    runRow,
  );
  const claim = sql.one(
    `UPDATE runs SET status = 'running', owner = @owner, heartbeat_at = @now, cancel_requested = 0
     WHERE id = @run AND status = 'interrupted' RETURNING ${columns}`,
    runRow,
  );
  const beat = sql.one(
    `UPDATE runs SET status = 'running', heartbeat_at = @now, progress = @progress
     WHERE id = @run AND owner = @owner AND status IN ('running', 'interrupted') RETURNING ${columns}`,
    runRow,
  );
  const finish = sql.write(
    `UPDATE runs SET status = @status, result = @result
     WHERE id = @run AND owner = @owner AND status IN ('running', 'interrupted')`,
  );
  const cancel = sql.write(
    `UPDATE runs SET cancel_requested = 1,
       status = CASE status WHEN 'interrupted' THEN 'cancelled' ELSE status END
     WHERE id = @id AND status IN ('running', 'interrupted')`,
  );
  const interrupt = sql.all(
    `UPDATE runs SET status = CASE cancel_requested WHEN 1 THEN 'cancelled' ELSE 'interrupted' END
     WHERE status = 'running' AND heartbeat_at < @oldest RETURNING id`,
    z.object({ id: z.string() }),
  );
  const one = sql.one(`SELECT ${columns} FROM runs WHERE id = @id`, runRow);
  const all = sql.all(
    `SELECT ${columns} FROM runs
     WHERE (@session IS NULL OR session = @session) AND (@kind IS NULL OR kind = @kind)
       AND (@status IS NULL OR status = @status)
     ORDER BY seq DESC LIMIT @limit OFFSET @offset`,
    runRow,
  );
  return {
    ...createIterations(sql),
    startRun: ({ id, session, kind, input, owner, heartbeatAt }) => {
      const run = insert({
        id,
        session,
        kind,
        input: JSON.stringify(input),
        status: "running",
        owner,
        heartbeat_at: heartbeatAt,
        progress: "null",
        result: "null",
        cancel_requested: 0,
      });
      if (run === null)
        throw new InputError(`There is a run "${id}" already: await it, or choose another id.`);
      return run;
    },
    claimRun: ({ run, owner, now }) => claim({ run, owner, now }),
    heartbeat: ({ run, owner, now, progress }) => {
      const row = beat({ run, owner, now, progress: JSON.stringify(progress) });
      return row === null ? { status: "lost" } : { status: "owned", cancelRequested: row.cancelRequested };
    },
    finishRun: ({ run, owner, status, result }) =>
      finish({ run, owner, status, result: JSON.stringify(result) }) > 0,
    cancelRun: (id) => {
      cancel({ id });
      return one({ id });
    },
    interruptStale: (now, staleMs) => {
      const oldest = new Date(Date.parse(now) - staleMs).toISOString();
      return interrupt({ oldest }).map(({ id }) => id);
    },
    run: (id) => one({ id }),
    runs: (filter) =>
      all({
        session: filter.session ?? null,
        kind: filter.kind ?? null,
        status: filter.status ?? null,
        ...pageSlots(filter),
      }),
  };
}
