import { join } from "node:path";
import type { CallNode, Walk } from "../src/dag/walk.ts";
import { airline } from "../src/domains/airline/airline.ts";
import type { Call } from "../src/domains/domain.ts";
import type { Construction, Session } from "../src/store/records.ts";
import { type Task, taskKey } from "../src/tasks/task.ts";
import { evaluation, session, when } from "./data/store-samples.ts";
import { atDesk, type Desk } from "./desk.ts";
import { type Passed, sampleTask } from "./sampled.ts";

const qwen: Session = { ...session, target: "sim:qwen-like" };

/** A task with its gold as it lies in a harvest. */
export interface Kept extends Pick<Passed, "gold" | "cell"> {
  readonly task: Task;
  readonly construction?: Construction;
  /** The fresh rollouts that passed, of 16; null if there were none. */
  readonly fresh?: number | null;
}

/** Puts tasks into a session's harvest, in this order, and gives their keys. */
function keep({ deps: { store } }: Desk, kept: readonly Kept[]): readonly string[] {
  store.recordSession(qwen);
  return kept.map(({ task, gold, cell, construction = null, fresh = 4 }, order) => {
    const key = taskKey(task, airline);
    const beside = { construction, origin: { by: "sampled", seed: "1" } as const, cell, hypothesis: null };
    store.recordTask({ key, session: qwen.id, task, gold, ...beside, createdAt: when });
    const evidence = { original: key, modes: [] };
    store.recordHarvested({ session: qwen.id, task: key, hypothesis: null, order, evidence });
    const counts = { n: 16, passed: fresh ?? 0, unscored: 0 };
    const measured = { ...evaluation, id: `e${order}`, task: key, role: "target", purpose: "fresh" } as const;
    if (fresh !== null) store.recordEvaluation({ ...measured, ...counts });
    return key;
  });
}

/** A harvest of sampled tasks at a desk. */
export const withHarvest = (
  kept: readonly Kept[],
  run: (desk: Desk, keys: readonly string[]) => Promise<void>,
) => atDesk((desk) => run(desk, keep(desk, kept)));

/** A file of an export to the folder that is named after the session. */
export const fileIn = ({ deps }: Desk, name: string) => join(deps.exportDir, qwen.id, name);

/** The calls of a golden trajectory, in order. */
export const callsOf = ({ walks, nodes }: Walk): readonly Call[] =>
  walks
    .flatMap((walk) => walk.nodes.map((name) => nodes[name]))
    .filter((node): node is CallNode => node?.type === "tool")
    .map((node) => ({ name: node.tool_id, arguments: node.arguments }));

const refused = { kind: "cancel", clause: "cancel_eligibility", reference: "id" };
/** Two flights are booked, each chosen from two. */
export const grantedTask = sampleTask("1", [{ kind: "book", trip: "round_trip" }], { distractors: 2 });
/** A cancellation that is refused, and then a change that is granted. */
export const mixedTask = sampleTask("2", [refused, { kind: "change_flights", verdict: "granted" }]);
/** A cancellation that is refused. */
export const refusedTask = sampleTask("3", [refused]);
