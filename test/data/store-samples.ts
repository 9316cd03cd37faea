import { contentKey } from "../../src/core/json.ts";
import type { Rollout, RolloutSlot } from "../../src/rollout/rollout.ts";
import type { Evaluation, Session, StoredTask } from "../../src/store/records.ts";
import type { Store } from "../../src/store/store.ts";
import type { Grade } from "../../src/tasks/grade.ts";
import type { Task } from "../../src/tasks/task.ts";

export const when = "2025-01-02T03:04:05.000Z";

export const session: Session = {
  id: "s1",
  domain: "airline",
  target: "sim:careless",
  oracle: "sim:reference",
  user: "scripted",
  window: { low: 0, high: 0.33 },
  budget: { rollouts: 400, tokens: 1_000_000 },
  seed: "7",
  allowSimulatedOracle: true,
  concurrency: 4,
  createdAt: when,
};

export const task: Task = {
  domain: "airline",
  world: {
    users: { mia_1: { name: "Mia", paid: 12.5 } },
    reservations: { A1: { user: "mia_1", bags: [1, 2] } },
  },
  user: {
    identity: { user_id: "mia_1" },
    persona: "Brief.",
    schedule: "together",
    requests: [{ request: { kind: "cancel", id: "A1" }, form: 0 }],
  },
  instruction: "Cancel reservation A1 for Mia – façade 100%.",
  clauses: ["cancel.reason"],
  tools: ["cancel_reservation"],
  events: [],
  criteria: [{ type: "final_state", writes: [{ name: "cancel_reservation", arguments: { id: "A1" } }] }],
};

export function storedTask(change: Partial<StoredTask> = {}): StoredTask {
  return {
    key: "task-1",
    session: "s1",
    task,
    gold: { calls: [{ name: "cancel_reservation", arguments: { id: "A1" } }], solutions: [] },
    construction: null,
    origin: { by: "sampled", seed: "7/0" },
    cell: {
      conversation: { schedule: "together" },
      world: { noise: 0 },
      requests: [{ kind: "cancel", bags: 2 }],
    },
    hypothesis: null,
    createdAt: when,
    ...change,
  };
}

const part = { value: 1, why: "right", places: [0] };

const scored = {
  findings: [{ criterion: "final_state", status: "met", why: "equal", place: 1 }],
  clauses: [],
  checks: 0,
  reward: { outcome: part, format: part, efficiency: part, compliance: part, transfer: part, total: 1 },
} as const;

export const passed: Grade = { status: "passed", ...scored };
export const failed: Grade = { status: "failed", ...scored };

export const unscored: Grade = { status: "unscored", blame: "endpoint", why: "the endpoint was down" };

export function rollout(change: Partial<RolloutSlot> = {}, grade: Grade = passed): Rollout {
  const settings = { model: "sim:careless", user: "scripted", limits: { turns: 60, errors: 10 } };
  const slot: RolloutSlot = { session: "s1", task: "task-1", role: "target", settings, index: 0, ...change };
  return {
    id: contentKey(slot),
    slot,
    simulated: true,
    trajectory: {
      messages: [
        { role: "user", text: `Cancel A1, please: ${"très ".repeat(200)}` },
        {
          role: "assistant",
          text: "",
          calls: [{ id: "c1", name: "cancel_reservation", arguments: '{"id":"A1"}' }],
        },
        {
          role: "tool",
          callId: "c1",
          name: "cancel_reservation",
          text: '{"status":"cancelled"}',
          status: "ok",
        },
      ],
      ending: grade.status === "unscored" ? "broken" : "user_done",
      usage: { target: { inputTokens: 100, outputTokens: 10 }, user: { inputTokens: 7, outputTokens: 3 } },
    },
    grade,
  };
}

export const evaluation: Omit<Evaluation, "seq"> = {
  id: "e1",
  session: "s1",
  task: "task-1",
  role: "oracle",
  settings: rollout().slot.settings,
  simulated: true,
  purpose: "oracle",
  from: 3,
  n: 5,
  passed: 4,
  unscored: 1,
  prior: { alpha: 1.5, beta: 2.25, rollouts: 40 },
  verdict: "inside",
};

/** Records the sample session and task, which every rollout stands on. */
export function recordBasics(store: Store): void {
  store.recordSession(session);
  store.recordTask(storedTask());
}
