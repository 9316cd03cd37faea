import { z } from "zod";
import { contentKey } from "../core/json.ts";
import type { World } from "../domains/domain.ts";
import type { Gold, Origin, Task } from "../tasks/task.ts";
import {
  type Construction,
  type Mark,
  type MarkName,
  markNames,
  type Page,
  type StoredCell,
  type StoredTask,
} from "./records.ts";
import { flagColumn, insertInto, jsonColumn, pack, packedColumn, pageSlots, type Sql } from "./sql.ts";

/** Which tasks to list; what is left out does not narrow the list. */
export interface TaskFilter {
  readonly session?: string;
  readonly status?: "harvested" | "confirmed" | "kept" | "discarded" | "any";
  /** The newest mark. */
  readonly mark?: MarkName;
  /** Words of the instruction, as they stand there; ASCII letters match in both cases. */
  readonly text?: string;
  readonly hypothesis?: string;
}

/** A task in a list: what tells it from others, and how far it came. */
export interface ListedTask {
  readonly key: string;
  readonly session: string;
  readonly domain: string;
  readonly instruction: string;
  readonly origin: Origin;
  readonly cell: StoredCell;
  readonly hypothesis: string | null;
  readonly createdAt: string;
  readonly harvested: boolean;
  readonly verification: "kept" | "discarded" | null;
  readonly confirmed: boolean;
  /** The newest mark. */
  readonly mark: MarkName | null;
}

/** A task and where it lies. */
export type PlacedTask = Pick<StoredTask, "key" | "cell">;
export interface TaskCounts {
  readonly made: number;
  readonly kept: number;
  readonly discarded: number;
  readonly confirmed: number;
  readonly harvested: number;
}

export interface Tasks {
  /** Keeps what is there if the session has the task already. Its session and hypothesis must be recorded. */
  recordTask(stored: StoredTask): void;
  /** A task as a session knows it; without a session, as the first one that recorded it does. */
  task(key: string, session?: string): StoredTask | null;
  /** In the order they were recorded. */
  tasks(filter: TaskFilter & Page): readonly ListedTask[];
  countTasks(filter: TaskFilter): number;
  /** The session's newest tasks whose cell begins with a request of one of these kinds; at most `limit` of each kind. */
  tasksOfKinds(session: string, kinds: readonly string[], limit: number): readonly PlacedTask[];
  /** How far a session's tasks have come. */
  taskCounts(session: string): TaskCounts;
  /** Keeps a world under the hash of its content, and gives the hash. */
  recordWorld(world: World): string;
  world(hash: string): World | null;
  recordMark(mark: Mark): void;
  /** Oldest first; the last one holds. */
  marks(task: string): readonly Mark[];
}

type Body = Omit<Task, "domain" | "world" | "instruction">;

const storedRow = z
  .object({
    key: z.string(),
    session: z.string(),
    domain: z.string(),
    world: packedColumn<World>(),
    /** Tasks from before there were events have none. */
    body: jsonColumn<Omit<Body, "events"> & Partial<Pick<Body, "events">>>(),
    instruction: z.string(),
    gold: jsonColumn<Gold>().nullable(),
    construction: jsonColumn<Construction>().nullable(),
    origin: jsonColumn<Origin>(),
    cell: jsonColumn<StoredCell>(),
    hypothesis: z.string().nullable(),
    createdAt: z.string(),
  })
  .transform(
    ({ domain, world, body, instruction, ...beside }): StoredTask => ({
      ...beside,
      task: { domain, world, instruction, events: [], ...body },
    }),
  );

const listedRow: z.ZodType<ListedTask> = z.object({
  key: z.string(),
  session: z.string(),
  domain: z.string(),
  instruction: z.string(),
  origin: jsonColumn<Origin>(),
  cell: jsonColumn<StoredCell>(),
  hypothesis: z.string().nullable(),
  createdAt: z.string(),
  harvested: flagColumn,
  verification: z.enum(["kept", "discarded"]).nullable(),
  confirmed: flagColumn,
  mark: z.enum(markNames).nullable(),
});

const markRow: z.ZodType<Mark> = z.object({
  task: z.string(),
  mark: z.enum(markNames),
  note: z.string(),
  createdAt: z.string(),
});

const noTasks: TaskCounts = { made: 0, kept: 0, discarded: 0, confirmed: 0, harvested: 0 };

const countsRow: z.ZodType<TaskCounts> = z.object({
  made: z.int(),
  kept: z.int(),
  discarded: z.int(),
  confirmed: z.int(),
  harvested: z.int(),
});

const newestMark = "(SELECT mark FROM marks WHERE marks.task = own.task ORDER BY seq DESC LIMIT 1)";

const listed = `FROM session_tasks AS own
  JOIN tasks ON tasks.key = own.task
  LEFT JOIN harvested ON harvested.session = own.session AND harvested.task = own.task
  LEFT JOIN verifications AS checked ON checked.session = own.session AND checked.task = own.task
  WHERE (@session IS NULL OR own.session = @session)
    AND (@hypothesis IS NULL OR own.hypothesis = @hypothesis)
    AND (@text IS NULL OR instr(lower(tasks.instruction), lower(@text)) > 0)
    AND (@mark IS NULL OR ${newestMark} = @mark)
    AND CASE @status
      WHEN 'harvested' THEN harvested.task IS NOT NULL
      WHEN 'confirmed' THEN checked.confirmed = 1
      WHEN 'any' THEN TRUE
      ELSE checked.status = @status
    END`;

const filterSlots = ({ session, status, mark, text, hypothesis }: TaskFilter) => ({
  session: session ?? null,
  status: status ?? "any",
  mark: mark ?? null,
  text: text ?? null,
  hypothesis: hypothesis ?? null,
});

const storedTask = `SELECT tasks.key, own.session, tasks.domain, worlds.world, tasks.body, tasks.instruction,
    own.gold, own.construction, own.origin, own.cell, own.hypothesis, own.created_at AS createdAt
  FROM session_tasks AS own
  JOIN tasks ON tasks.key = own.task
  JOIN worlds ON worlds.hash = tasks.world
  WHERE own.task = @key AND (@session IS NULL OR own.session = @session)
  ORDER BY own.seq LIMIT 1`;

/** The statements about worlds, each kept once by its content. */
function createWorlds(sql: Sql): Pick<Tasks, "recordWorld" | "world"> {
  const has = sql.one("SELECT 1 FROM worlds WHERE hash = @hash", z.unknown());
  const insert = sql.write(`${insertInto("worlds", ["hash", "world"])} ON CONFLICT (hash) DO NOTHING`);
  const one = sql.one(
    "SELECT world FROM worlds WHERE hash = @hash",
    z.object({ world: packedColumn<World>() }).transform(({ world }) => world),
  );
  return {
    recordWorld: (world) => {
      const hash = contentKey(world);
      if (has({ hash }) === null) insert({ hash, world: pack(world) });
      return hash;
    },
    world: (hash) => one({ hash }),
  };
}

export function createTasks(sql: Sql): Tasks {
  const worlds = createWorlds(sql);
  const insertTask = sql.write(
    `${insertInto("tasks", ["key", "domain", "world", "instruction", "body"])} ON CONFLICT (key) DO NOTHING`,
  );
  const insertOwn = sql.write(
    `${insertInto("session_tasks", ["session", "task", "gold", "construction", "origin", "cell", "hypothesis", "created_at"])}
     ON CONFLICT (session, task) DO NOTHING`,
  );
  const oneTask = sql.one(storedTask, storedRow);
  const allTasks = sql.all(
    `SELECT tasks.key, own.session, tasks.domain, tasks.instruction, own.origin, own.cell, own.hypothesis,
       own.created_at AS createdAt, harvested.task IS NOT NULL AS harvested, checked.status AS verification,
       coalesce(checked.confirmed, 0) AS confirmed, ${newestMark} AS mark
     ${listed} ORDER BY own.seq LIMIT @limit OFFSET @offset`,
    listedRow,
  );
  const count = sql.one(
    `SELECT count(*) AS n ${listed}`,
    z.object({ n: z.int() }).transform(({ n }) => n),
  );
  const ofKind = sql.all(
    `SELECT task AS key, cell FROM session_tasks WHERE session = @session AND first_kind = @kind
     ORDER BY seq DESC LIMIT @limit`,
    z.object({ key: z.string(), cell: jsonColumn<StoredCell>() }),
  );
  const counts = sql.one(
    `SELECT (SELECT count(*) FROM session_tasks WHERE session = @session) AS made,
       count(*) FILTER (WHERE status = 'kept') AS kept, count(*) FILTER (WHERE status = 'discarded') AS discarded,
       count(*) FILTER (WHERE status IN ('kept', 'discarded') AND confirmed = 1) AS confirmed,
       (SELECT count(*) FROM harvested WHERE session = @session) AS harvested
     FROM verifications WHERE session = @session`,
    countsRow,
  );
  const insertMark = sql.write(insertInto("marks", ["task", "mark", "note", "created_at"]));
  const allMarks = sql.all(
    "SELECT task, mark, note, created_at AS createdAt FROM marks WHERE task = @task ORDER BY seq",
    markRow,
  );
  return {
    ...worlds,
    recordTask: ({ key, session, task, gold, construction, origin, cell, hypothesis, createdAt }) => {
      const { domain, world, instruction, ...body } = task;
      const hash = worlds.recordWorld(world);
      sql.atomically(() => {
        insertTask({ key, domain, world: hash, instruction, body: JSON.stringify(body) });
        insertOwn({
          session,
          task: key,
          gold: gold === null ? null : JSON.stringify(gold),
          construction: construction === null ? null : JSON.stringify(construction),
          origin: JSON.stringify(origin),
          cell: JSON.stringify(cell),
          hypothesis,
          created_at: createdAt,
        });
      });
    },
    task: (key, session) => oneTask({ key, session: session ?? null }),
    tasks: (filter) => allTasks({ ...filterSlots(filter), ...pageSlots(filter) }),
    countTasks: (filter) => count(filterSlots(filter)) ?? 0,
    tasksOfKinds: (session, kinds, limit) =>
      [...new Set(kinds)].flatMap((kind) => ofKind({ session, kind, limit })),
    taskCounts: (session) => counts({ session }) ?? noTasks,
    recordMark: ({ task, mark, note, createdAt }) => {
      insertMark({ task, mark, note, created_at: createdAt });
    },
    marks: (task) => allMarks({ task }),
  };
}
