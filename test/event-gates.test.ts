import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { airline } from "../src/domains/airline/airline.ts";
import type { Event } from "../src/domains/event.ts";
import { piecesOf } from "../src/simplify/pieces.ts";
import { reduce } from "../src/simplify/reductions.ts";
import { wholeOf } from "../src/simplify/wishes.ts";
import { passGates } from "../src/tasks/gates.ts";
import type { Rejection } from "../src/tasks/rejection.ts";
import { taskKey } from "../src/tasks/task.ts";
import { storeFiles } from "./data/store-file.ts";
import { recordBasics, storedTask } from "./data/store-samples.ts";
import { calm, interrupting, seatsGo, sold } from "./eventful.ts";
import { cancelled, sampleTask } from "./sampled.ts";

describe("a key", () => {
  test("of a task without events is what it was before there were any", () => {
    const { task } = sampleTask("events/pinned", [cancelled]);
    const key = "86f9f2088e7810e3370096702a3c377ca9a285038c477e2c26fa506d46e18768";
    expect(taskKey(task, airline)).toBe(key);
    expect(taskKey({ ...task, events: [interrupting("get_user_details")] }, airline)).not.toBe(key);
  });
});

describe("the store", () => {
  const { opened, path } = storeFiles();

  test("reads a task from before there were events as one without, and gives events back", () => {
    const store = opened();
    recordBasics(store);
    const raw = new Database(path());
    raw.prepare("UPDATE tasks SET body = json_remove(body, '$.events')").run();
    expect(raw.prepare("SELECT body FROM tasks").get()).not.toMatchObject({
      body: expect.stringContaining("events"),
    });
    raw.close();
    expect(store.task("task-1")).toStrictEqual(storedTask());
    const sample = storedTask({ key: "task-2" });
    const eventful = { ...sample, task: { ...sample.task, events: [seatsGo] } };
    store.recordTask(eventful);
    expect(store.task("task-2")).toStrictEqual(eventful);
  });
});

describe("pieces of a task", () => {
  test("each event is one, and stays when any other goes in the same world", () => {
    const { task, gold } = sold;
    const whole = wholeOf({ task, gold }, airline, new Set());
    if (whole === null) throw new Error("it has no gold");
    const pieces = piecesOf(whole);
    const without = (gone: string) => {
      const kept = new Set(pieces.flatMap(({ id }) => (id === gone ? [] : [id])));
      const reduced = reduce(whole, pieces, kept);
      return reduced.status === "passed" ? [reduced.task] : [];
    };
    const [event] = pieces.filter(({ part }) => part.part === "event");
    expect(event?.what).toBe("the event before call 1 of book_reservation");
    expect(without("event 1")).toEqual([calm.task]);
    const others = pieces
      .filter(({ id }) => id !== "event 1" && id !== "world")
      .flatMap(({ id }) => without(id));
    expect(others.length).toBeGreaterThan(1);
    for (const other of others) expect(other.events).toEqual([seatsGo]);
  });
});

const [flightPath] = seatsGo.patches.map(({ path }) => path) as [string];
const seats = (change: Partial<Event["patches"][number]>): Event => ({
  ...seatsGo,
  patches: [{ path: flightPath, value: 0, ...change }],
});

describe("an event that cannot be is rejected", () => {
  const bad: readonly (readonly [string, Event, string, RegExp])[] = [
    ["a tool that is not there", interrupting("fly_me"), "/events/0/before/tool", /no tool "fly_me"/],
    ["nothing that happens", { ...seatsGo, patches: [] }, "/events/0", /nothing happens/],
    ["a table that is not there", seats({ path: "/planes/A/x" }), "/events/0/patches/0/path", /no place/],
    [
      "a record that is not there",
      seats({ path: "/flights/HAT0/x" }),
      "/events/0/patches/0/path",
      /no place/,
    ],
    ["a whole record", seats({ path: "/flights/HAT0" }), "/events/0/patches/0/path", /no place/],
    [
      "a path that leads nowhere",
      seats({ path: `${flightPath}/x/y` }),
      "/events/0/patches/0/path",
      /leads nowhere/,
    ],
    ["a hostile step", seats({ path: `${flightPath}/__proto__` }), "/events/0/patches/0", /"__proto__"/],
    [
      "a hostile value",
      seats({ value: JSON.parse('{"constructor":1}') }),
      "/events/0/patches/0",
      /"constructor"/,
    ],
    ["a value of the wrong form", seats({ value: "none" }), "/events/0/patches", /does not fit/],
  ];

  test.each(bad)("%s", (_, event, path, wrong) => {
    const gated = passGates({ ...calm.task, events: [event] }, airline);
    const [first] = gated.status === "rejected" ? gated.rejections : [];
    expect(first).toMatchObject({ gate: "events", path } satisfies Partial<Rejection>);
    expect(first?.wrong).toMatch(wrong);
    expect(first?.repair.length).toBeGreaterThan(10);
  });
});
