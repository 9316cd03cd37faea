import { describe, expect, test } from "vitest";
import { errorMark } from "../src/agents/conversation.ts";
import { createSimulated } from "../src/agents/simulated.ts";
import type { Json } from "../src/core/json.ts";
import { createRng } from "../src/core/rng.ts";
import { addEvent } from "../src/dag/disturb.ts";
import type { EventKind } from "../src/dag/parameters.ts";
import { airline } from "../src/domains/airline/airline.ts";
import { confirmation, hearOffer, sayFailure } from "../src/domains/dialogue.ts";
import { type Call, type Domain, stateOf } from "../src/domains/domain.ts";
import { run } from "../src/domains/environment.ts";
import { interruption, patched } from "../src/domains/event.ts";
import { type ChatModel, noUsage } from "../src/models/chat.ts";
import { composeTask } from "../src/tasks/compose.ts";
import { passGates } from "../src/tasks/gates.ts";
import { idlers } from "../src/tasks/rehearsal.ts";
import { gradeTrajectory } from "../src/tasks/reward.ts";
import type { Task } from "../src/tasks/task.ts";
import {
  booking,
  calm,
  changing,
  interrupting,
  seatsGo,
  sold,
  sound,
  withEvents,
  writesOf,
} from "./eventful.ts";
import { cancelled, type Passed, play, reference, sampleAny, sampleTask } from "./sampled.ts";

/** The task with one event more; null where none works. */
function disturbed({ world, user }: Task, wanted: Exclude<EventKind, "none">, seed: string): Task | null {
  const parts = addEvent(airline, { world, user }, wanted, createRng(seed));
  return parts === null ? null : composeTask(airline, parts).task;
}

const moved = sound(
  sampleTask("events/move", [{ kind: "change_flights", clause: "none", reference: "id", alternatives: 3 }], {
    distractors: 3,
  }).task,
);

const early = sound(
  sampleTask("events/early", [{ ...booking, rule: "earliest", alternatives: 2 }], { distractors: 3 }).task,
);
const dearer = sound(withEvents(early.task, [changing(early, /price/)]));
const cutOff = sound(withEvents(calm.task, [interrupting("book_reservation")]));

const without = (value: Json, member: string) =>
  Object.fromEntries(Object.entries(value as object).filter(([key]) => key !== member));

describe("gold is solved through its events", () => {
  test("a lookup that timed out is asked again, and nothing else changes", () => {
    const { gold } = sound(withEvents(calm.task, [interrupting("search_direct_flight")]));
    const at = calm.gold.calls.findIndex(({ name }) => name === "search_direct_flight");
    expect(gold.calls).toEqual(calm.gold.calls.toSpliced(at, 0, calm.gold.calls[at] as Call));
    expect(gold.solutions).toEqual(calm.gold.solutions);
  });

  test("a write that timed out is sent again, and takes effect once", () => {
    expect(cutOff.gold.calls).toEqual([...calm.gold.calls, ...writesOf(calm.gold)]);
    expect(writesOf(cutOff.gold)).toEqual(writesOf(calm.gold));
  });

  test("after the seats are gone it looks everything up again and takes the next best flight", () => {
    const [first] = writesOf(calm.gold);
    const [second] = writesOf(sold.gold);
    expect(second?.arguments.flights).not.toEqual(first?.arguments.flights);
    const lookups = calm.gold.calls.slice(0, -1);
    expect(sold.gold.calls).toEqual([...calm.gold.calls, ...lookups, second]);
  });

  test("after a rise in price it books the earliest flight all the same, at the new price", () => {
    const [first] = writesOf(early.gold);
    const [second] = writesOf(dearer.gold);
    expect(second?.arguments.payment_methods).not.toEqual(first?.arguments.payment_methods);
    expect(without(second?.arguments ?? {}, "payment_methods")).toEqual(
      without(first?.arguments ?? {}, "payment_methods"),
    );
  });

  test("a change of flights goes another way when the seats on the new one go", () => {
    const { gold } = sound(withEvents(moved.task, [changing(moved, /seats/)]));
    expect(writesOf(gold)).toHaveLength(1);
    expect(writesOf(gold)).not.toEqual(writesOf(moved.gold));
    expect(gold.calls.filter(({ name }) => name === "update_reservation_flights")).toHaveLength(2);
  });

  test("a hand-over that timed out is made again", async () => {
    const flown = sampleTask("flown", [{ kind: "cancel", clause: "cancel_flown", reference: "id" }]);
    const late = sound(withEvents(flown.task, [interrupting("transfer_to_human_agents")]));
    expect(late.gold.calls).toHaveLength((flown.gold?.calls.length ?? 0) + 1);
    const { grade, trajectory } = await play(late);
    expect([grade.status, trajectory.ending]).toEqual(["passed", "transferred"]);
  });

  test("two events in one task are met one after the other", async () => {
    const both = sound(withEvents(calm.task, [seatsGo, interrupting("search_direct_flight", 2)]));
    expect(both.gold.calls).toHaveLength(sold.gold.calls.length + 1);
    expect((await play(both)).grade).toMatchObject({ status: "passed", reward: { total: 1 } });
  });

  test("where nothing else is left it is stuck, the task is rejected, and the reference agent says so once", async () => {
    const alone = sampleTask("events/alone", [booking]).task;
    const [write] = writesOf(sound(alone).gold) as [Call];
    const [{ date }] = write.arguments.flights as unknown as [{ date: string }];
    const flying = Object.entries(alone.world.flights ?? {}).filter(
      ([, { dates }]) => date in (dates as object),
    );
    const patches = flying.map(([number]) => ({
      path: `/flights/${number}/dates/${date}/available_seats/${write.arguments.cabin}`,
      value: 0,
    }));
    const before = { tool: write.name, nth: 1 };
    const task = withEvents(alone, [{ before, what: "every seat goes", patches, interrupts: false }]);
    expect(passGates(task, airline)).toMatchObject({ rejections: [{ gate: "gold-runs" }] });
    const { trajectory } = await play({ task, gold: null });
    const writes = trajectory.messages.filter((one) => one.role === "tool" && one.name === write.name);
    expect([writes.length, trajectory.ending]).toEqual([1, "user_done"]);
  });
});

test("an agent that comes to the refused plan again gives up, and does not send it twice", async () => {
  const fault = { id: "f", when: {}, fault: "wrong_amount" as const, clause: null, probability: 1 };
  const target = createSimulated({ name: "sloppy", summary: "", faults: [fault] }, airline);
  const { grade, trajectory } = await play(calm, { target });
  const answers = trajectory.messages.flatMap((one) => (one.role === "tool" ? [one] : []));
  expect(answers.filter(({ name }) => name === "book_reservation")).toHaveLength(1);
  expect(answers.filter(({ name }) => name === "get_user_details")).toHaveLength(2);
  expect([grade.status, trajectory.ending]).toEqual(["failed", "user_done"]);
});

/** Event tasks over many kinds; a change where one is to be had, but for every fourth try. */
function manyTasks(count: number): readonly Passed[] {
  const tasks: Passed[] = [];
  for (let i = 0; tasks.length < count; i++) {
    const gated = sampleAny(`events/${i}`);
    if (gated === "none" || gated.status === "rejected") continue;
    const wanted = i % 4 === 0 ? "interruption" : "change";
    const task = disturbed(gated.task, wanted, `events/${i}`);
    if (task !== null) tasks.push(sound(task));
  }
  return tasks;
}

/** The reference agent, but that it gives up the moment a call does not run. */
const quitter = (isLost: (text: string) => boolean): ChatModel => ({
  ...reference,
  complete: async (prompt) => {
    const lost = prompt.messages.some(
      ({ role, text }) => role === "tool" && text.startsWith(errorMark) && isLost(text),
    );
    if (!lost) return reference.complete(prompt);
    return { text: sayFailure("The system says no."), calls: [], usage: noUsage };
  },
});

describe("a task with an event", () => {
  test("is passed by the reference agent every time, with the full reward, and by no idler", async () => {
    const tasks = manyTasks(60);
    const kinds = new Set(
      tasks.flatMap(({ gold }) => gold?.solutions.map(({ request }) => request.kind) ?? []),
    );
    expect(kinds.size).toBeGreaterThanOrEqual(6);
    expect(tasks.filter(({ task }) => task.events[0]?.interrupts === false).length).toBeGreaterThan(20);
    for (const [i, passed] of tasks.entries()) {
      const { grade } = await play(passed, { seed: `${i}` });
      expect(grade, JSON.stringify(passed.task.events)).toMatchObject({
        status: "passed",
        reward: { total: 1 },
      });
      for (const idle of Object.values(idlers)) {
        const trajectory = idle(passed.task, airline);
        const on = { task: passed.task, domain: airline, trajectory, gold: null, rubric: new Map() };
        expect(gradeTrajectory(on).status).toBe("failed");
      }
    }
  });

  test("has the user say yes to the changed offer, and once only to a call that timed out", async () => {
    const offersIn = async (passed: Passed) => {
      const { messages } = (await play(passed)).trajectory;
      const texts = messages.flatMap((message) => (message.role === "tool" ? [] : [message]));
      const offered = texts.flatMap(({ role, text }) =>
        role === "assistant" ? (hearOffer(text) ?? []) : [],
      );
      const yes = texts.filter(({ role, text }) => role === "user" && text === confirmation).length;
      return { offered, yes };
    };
    expect(await offersIn(sold)).toEqual({
      offered: [...writesOf(calm.gold), ...writesOf(sold.gold)],
      yes: 2,
    });
    expect(await offersIn(cutOff)).toEqual({ offered: writesOf(calm.gold), yes: 1 });
  });

  test("fails whoever gives up when the write is refused, or when a call times out", async () => {
    const refused = await play(sold, { target: quitter((text) => !text.includes(interruption)) });
    const timedOut = await play(cutOff, { target: quitter((text) => text.includes(interruption)) });
    expect([refused.grade.status, timedOut.grade.status]).toEqual(["failed", "failed"]);
  });

  test("does not hold against anybody what never came about", async () => {
    const [flight] = Object.keys(calm.task.world.flights ?? {});
    const [date] = Object.keys((calm.task.world.flights?.[flight ?? ""]?.dates ?? {}) as object);
    const patches = [{ path: `/flights/${flight}/dates/${date}`, value: { status: "cancelled" } }];
    const before = { tool: "get_user_details", nth: 9 };
    const never = { before, what: "one more flight is cancelled", patches, interrupts: false };
    const { grade } = await play(sound(withEvents(calm.task, [never])));
    expect(grade.status).toBe("passed");
  });
});

describe("an event is added", () => {
  test("the same way from the same seed, and another way from another", () => {
    const events = (seed: string) => disturbed(calm.task, "interruption", seed)?.events;
    expect(events("a")).toEqual(events("a"));
    const all = new Set(Array.from({ length: 20 }, (_, i) => JSON.stringify(events(`${i}`))));
    expect(all.size).toBeGreaterThan(1);
  });

  test("to no task that no change gets in the way of", () => {
    const cancelling = sampleTask("cancel", [cancelled]);
    expect(disturbed(cancelling.task, "change", "a")).toBeNull();
    expect(disturbed(cancelling.task, "interruption", "a")).not.toBeNull();
  });

  test("by disturbances, each of which makes the tool refuse a call that would run", () => {
    for (const { task, gold } of [calm, moved]) {
      const state = stateOf(task.world);
      const [write] = writesOf(gold) as [Call];
      const found = airline.disturbances(write, state);
      expect(found.length).toBeGreaterThan(0);
      expect(run(airline, state, write).status).toBe("ok");
      for (const { what, patches } of found) {
        expect(run(airline, patched(state, patches), write).status, what).toBe("refused");
      }
    }
  });

  test("to whatever domain says what can get in the way", () => {
    const still: Domain = { ...airline, disturbances: () => [] };
    expect(
      addEvent(still, { world: calm.task.world, user: calm.task.user }, "change", createRng("a")),
    ).toBeNull();
  });
});
