import { z } from "zod";
import { canonical } from "../core/json.ts";
import type { Usage } from "../models/chat.ts";
import type { RecordRollout, Rollout, RolloutSlot, Settings } from "../rollout/rollout.ts";
import type { Grade } from "../tasks/grade.ts";
import type { Trajectory } from "../tasks/trajectory.ts";
import type { Page } from "./records.ts";
import { flag, flagColumn, insertInto, jsonColumn, pack, packedColumn, pageSlots, type Sql } from "./sql.ts";

/** Which rollouts to list; what is left out does not narrow the list. */
export interface RolloutFilter {
  readonly session?: string;
  readonly task?: string;
  readonly role?: RolloutSlot["role"];
  readonly status?: Grade["status"];
}

/** What a session's rollouts on record have used up. */
export interface Spent {
  /** Rollouts on record by role, scored or not; a slot that was tried again counts once. */
  readonly rollouts: Readonly<Record<RolloutSlot["role"], number>>;
  /** The same, every try counted. */
  readonly attempts: Readonly<Record<RolloutSlot["role"], number>>;
  /** Tokens of every try, by who used them. */
  readonly tokens: Readonly<Record<RolloutSlot["role"] | "user", Usage>>;
}

/**
 * `find` gives the scored rollout of a slot. `record` is durable when it returns: the rollout survives a killed
 * process. A rollout replaces an unscored one of the same id and never a scored one; each time it is recorded counts
 * as a try.
 */
export interface Rollouts extends RecordRollout {
  rollout(id: string): Rollout | null;
  /** By session, task, role, settings and index. */
  rollouts(filter: RolloutFilter & Page): readonly Rollout[];
  countRollouts(filter: RolloutFilter): number;
  spent(session: string): Spent;
}

const roleColumn = z.enum(["target", "oracle"]);

/** Whose work a row is about, and on which task: of one rollout as of an evaluation of many. */
export const workColumns = {
  id: z.string(),
  session: z.string(),
  task: z.string(),
  role: roleColumn,
  settings: jsonColumn<Settings>(),
  simulated: flagColumn,
};

const rolloutRow = z
  .object({
    ...workColumns,
    index: z.int(),
    trajectory: packedColumn<Trajectory>(),
    grade: jsonColumn<Grade>(),
  })
  .transform(
    ({ id, simulated, trajectory, grade, ...slot }): Rollout => ({ id, slot, simulated, trajectory, grade }),
  );

const spentRow = z.object({
  role: roleColumn,
  rollouts: z.int(),
  attempts: z.int(),
  modelInput: z.int(),
  modelOutput: z.int(),
  userInput: z.int(),
  userOutput: z.int(),
});

const columns = `id, session, task, role, settings, place AS "index", simulated, trajectory, grade`;

const inserted = [
  "id",
  "session",
  "task",
  "role",
  "settings",
  "place",
  "simulated",
  "status",
  "attempts",
  "model_input",
  "model_output",
  "user_input",
  "user_output",
  "grade",
  "trajectory",
];

const unlessScored = (column: string) =>
  `${column} = CASE status WHEN 'unscored' THEN excluded.${column} ELSE rollouts.${column} END`;

/** Tries and tokens add up over a slot's rollouts; the rest is the newest one's until one is scored. */
const replaceUnscored = `ON CONFLICT (id) DO UPDATE SET
    attempts = attempts + 1,
    model_input = model_input + excluded.model_input,
    model_output = model_output + excluded.model_output,
    user_input = user_input + excluded.user_input,
    user_output = user_output + excluded.user_output,
    ${["simulated", "status", "grade", "trajectory"].map(unlessScored).join(",\n    ")}`;

/** Two texts, so that a task's rollouts are found by index however many there are in all. */
const ofTask = "task = @task AND (@session IS NULL OR session = @session)";
const ofSession = "(@session IS NULL OR session = @session)";
const narrowed = "(@role IS NULL OR role = @role) AND (@status IS NULL OR status = @status)";

const filterSlots = ({ session, task, role, status }: RolloutFilter) => ({
  session: session ?? null,
  task: task ?? null,
  role: role ?? null,
  status: status ?? null,
});

function createList(sql: Sql): Pick<Rollouts, "rollouts" | "countRollouts"> {
  const list = (where: string) =>
    sql.all(
      `SELECT ${columns} FROM rollouts WHERE ${where} AND ${narrowed}
       ORDER BY session, task, role, settings, place LIMIT @limit OFFSET @offset`,
      rolloutRow,
    );
  const count = (where: string) =>
    sql.one(
      `SELECT count(*) AS n FROM rollouts WHERE ${where} AND ${narrowed}`,
      z.object({ n: z.int() }).transform(({ n }) => n),
    );
  const [listOfTask, listOfSession] = [list(ofTask), list(ofSession)];
  const countOfTask = count(ofTask);
  // Counted as they are recorded: with a million rollouts nobody goes through them.
  const countOfSession = sql.one(
    `SELECT coalesce(sum(rollouts), 0) AS n FROM graded WHERE ${ofSession} AND ${narrowed}`,
    z.object({ n: z.int() }).transform(({ n }) => n),
  );
  return {
    rollouts: (filter) => {
      const slots = { ...filterSlots(filter), ...pageSlots(filter) };
      return filter.task === undefined ? listOfSession(slots) : listOfTask(slots);
    },
    countRollouts: (filter) => {
      const slots = filterSlots(filter);
      return (filter.task === undefined ? countOfSession(slots) : countOfTask(slots)) ?? 0;
    },
  };
}

function createSpent(sql: Sql): Rollouts["spent"] {
  const byRole = sql.all(
    `SELECT role, count(*) AS rollouts, sum(attempts) AS attempts, sum(model_input) AS modelInput,
       sum(model_output) AS modelOutput, sum(user_input) AS userInput, sum(user_output) AS userOutput
     FROM rollouts WHERE session = @session GROUP BY role`,
    spentRow,
  );
  return (session) => {
    const rows = byRole({ session });
    const of = (role: RolloutSlot["role"]) => rows.find((row) => row.role === role);
    const tokens = (role: RolloutSlot["role"]): Usage => ({
      inputTokens: of(role)?.modelInput ?? 0,
      outputTokens: of(role)?.modelOutput ?? 0,
    });
    return {
      rollouts: { target: of("target")?.rollouts ?? 0, oracle: of("oracle")?.rollouts ?? 0 },
      attempts: { target: of("target")?.attempts ?? 0, oracle: of("oracle")?.attempts ?? 0 },
      tokens: {
        target: tokens("target"),
        oracle: tokens("oracle"),
        user: {
          inputTokens: rows.reduce((sum, row) => sum + row.userInput, 0),
          outputTokens: rows.reduce((sum, row) => sum + row.userOutput, 0),
        },
      },
    };
  };
}

export function createRollouts(sql: Sql): Rollouts {
  const insert = sql.write(`${insertInto("rollouts", inserted)} ${replaceUnscored}`);
  const one = sql.one(`SELECT ${columns} FROM rollouts WHERE id = @id`, rolloutRow);
  const scored = sql.one(
    `SELECT ${columns} FROM rollouts
     WHERE session = @session AND task = @task AND role = @role AND settings = @settings AND place = @place
       AND status <> 'unscored'`,
    rolloutRow,
  );
  return {
    ...createList(sql),
    find: ({ session, task, role, settings, index }) =>
      scored({ session, task, role, settings: canonical(settings), place: index }),
    record: ({ id, slot, simulated, trajectory, grade }) => {
      insert({
        id,
        session: slot.session,
        task: slot.task,
        role: slot.role,
        settings: canonical(slot.settings),
        place: slot.index,
        simulated: flag(simulated),
        status: grade.status,
        attempts: 1,
        model_input: trajectory.usage.target.inputTokens,
        model_output: trajectory.usage.target.outputTokens,
        user_input: trajectory.usage.user.inputTokens,
        user_output: trajectory.usage.user.outputTokens,
        grade: JSON.stringify(grade),
        trajectory: pack(trajectory),
      });
    },
    rollout: (id) => one({ id }),
    spent: createSpent(sql),
  };
}
