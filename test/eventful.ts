import { airline } from "../src/domains/airline/airline.ts";
import { type Region, stateOf } from "../src/domains/domain.ts";
import type { Event } from "../src/domains/event.ts";
import { composeTask } from "../src/tasks/compose.ts";
import { passGates } from "../src/tasks/gates.ts";
import type { Gold, Task } from "../src/tasks/task.ts";
import { type Passed, sampleTask } from "./sampled.ts";

/** The task with these events, its criteria made anew. */
export function withEvents({ world, user }: Task, events: readonly Event[]): Task {
  return composeTask(airline, { world, user, events }).task;
}

/** A task that must pass the gates, with a gold. */
export function sound(task: Task): Passed & { readonly gold: Gold } {
  const gated = passGates(task, airline);
  if (gated.status === "rejected") throw new Error(JSON.stringify(gated.rejections));
  if (gated.gold === null) throw new Error("The task has no gold.");
  return { ...gated, gold: gated.gold };
}

export const booking: Region = {
  ...{ kind: "book", clause: "none", rule: "cheapest", stops: "direct", trip: "one_way" },
  ...{ pays_with: "card", payments: 1 },
};
/** A booking with some flights to choose from, and nothing that happens. */
export const calm = sound(
  sampleTask("events/book", [{ ...booking, alternatives: 3 }], { distractors: 3 }).task,
);
/** The writes of gold that take effect. */
export const writesOf = ({ solutions }: Gold) => solutions.flatMap(({ writes }) => writes);

/** The event of a disturbance of gold's write whose words fit, at its first call. */
export function changing({ task, gold }: typeof calm, words: RegExp): Event {
  const [write] = writesOf(gold);
  if (write === undefined) throw new Error("The gold writes nothing.");
  const found = airline.disturbances(write, stateOf(task.world)).find(({ what }) => words.test(what));
  if (found === undefined) throw new Error(`Nothing like ${words} disturbs it.`);
  return { ...found, before: { tool: write.name, nth: 1 }, interrupts: false };
}

/** The n-th call of a tool times out. */
export const interrupting = (tool: string, nth = 1): Event => ({
  before: { tool, nth },
  what: `${tool} times out`,
  patches: [],
  interrupts: true,
});

/** The seats on the best flight go just before it is booked. */
export const seatsGo = changing(calm, /seats/);
export const sold = sound(withEvents(calm.task, [seatsGo]));
