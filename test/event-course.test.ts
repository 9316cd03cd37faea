import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { at, differences, type Json } from "../src/core/json.ts";
import { stateOf, ToolError, worldOf } from "../src/domains/domain.ts";
import { openEnvironment, type RawCall, step } from "../src/domains/environment.ts";
import { type Event, interruption, patched } from "../src/domains/event.ts";
import { defineTool } from "../src/domains/tool.ts";

/** A shop as small as can be: a shelf that things are taken from while there are any. */
const shop = {
  tools: [
    defineTool({
      name: "take_things",
      description: "Take some things.",
      effect: "write",
      input: z.strictObject({ count: z.number().int().positive() }),
      output: z.number(),
      run: (state, { count }) => {
        const left = Number(state.shelves?.get("a")?.left ?? 0) - count;
        if (left < 0) throw new ToolError("There are not so many.");
        const shelves = state.shelves?.set("a", { left });
        return { state: shelves === undefined ? state : { ...state, shelves }, result: left };
      },
      shows: () => [],
    }),
    defineTool({
      name: "count_things",
      description: "Count the things.",
      effect: "read",
      input: z.strictObject({}),
      output: z.number(),
      run: (state) => ({ state, result: Number(state.shelves?.get("a")?.left ?? 0) }),
      shows: () => [],
    }),
  ],
};

const start = stateOf({ shelves: { a: { left: 5 } } });
const take = (count: number): RawCall => ({ name: "take_things", arguments: { count } });
const look: RawCall = { name: "count_things", arguments: {} };

const sale = (nth: number, left: number): Event => ({
  before: { tool: "take_things", nth },
  what: `somebody else buys: ${left} are left`,
  patches: [{ path: "/shelves/a/left", value: left }],
  interrupts: false,
});

const outage = (tool: string, nth: number): Event => ({
  before: { tool, nth },
  what: "the line goes dead",
  patches: [],
  interrupts: true,
});

/** Makes calls one after the other; every step on the way. */
function stepsOf(events: readonly Event[], calls: readonly RawCall[]) {
  let environment = openEnvironment(shop, start, { events });
  return calls.map((call) => {
    const taken = step(environment, call);
    environment = taken.environment;
    return taken;
  });
}

const leftIn = (environment: { readonly state: typeof start }) => environment.state.shelves?.get("a")?.left;

const anyCall = fc.oneof(
  fc.integer({ min: 1, max: 8 }).map(take),
  fc.constant(look),
  fc.constant<RawCall>({ name: "take_things", arguments: '{"count":' }),
  fc.constant<RawCall>({ name: "take_things", arguments: { count: "two" } }),
  fc.constant<RawCall>({ name: "steal_things", arguments: {} }),
);

describe("an event", () => {
  test("comes once, just before the n-th well-formed call of its tool, refused ones counted", () => {
    fc.assert(
      fc.property(fc.array(anyCall, { maxLength: 12 }), fc.integer({ min: 1, max: 6 }), (calls, nth) => {
        const taken = stepsOf([outage("take_things", nth)], calls);
        const counted = taken.filter((one) => "call" in one && one.call.name === "take_things");
        const interrupted = taken.filter((one) => one.text === interruption);
        expect(interrupted).toEqual(counted[nth - 1] === undefined ? [] : [counted[nth - 1]]);
      }),
    );
  });

  test("that interrupts a call has it refused and nothing done; the same call runs when it is made again", () => {
    const [first, second] = stepsOf([outage("take_things", 1)], [take(2), take(2)]);
    expect(first).toMatchObject({ status: "refused", text: interruption });
    expect(first && leftIn(first.environment)).toBe(5);
    expect(second).toMatchObject({ status: "ok", result: 3 });
  });

  test("changes the world before the call, and it stays changed though the call is then refused", () => {
    const taken = stepsOf([sale(2, 1)], [take(1), take(2), look, take(1)]);
    expect(taken.map(({ status }) => status)).toEqual(["ok", "refused", "ok", "ok"]);
    expect(taken[2]).toMatchObject({ result: 1 });
  });

  test("comes on one fork and not on another", () => {
    const environment = openEnvironment(shop, start, { events: [sale(1, 1)] });
    const [left, right] = [step(environment, take(2)), step(environment, look)];
    expect(left.status).toBe("refused");
    expect(right).toMatchObject({ status: "ok", result: 5 });
    expect(leftIn(environment)).toBe(5);
    expect(step(environment, take(2)).text).toBe(left.text);
    const happened = [environment, right.environment, left.environment].map(({ course }) => course?.happened);
    expect(happened).toEqual([[], [], [sale(1, 1)]]);
  });

  test("may come together with another, and both take effect", () => {
    const [first, second] = stepsOf([sale(1, 3), outage("take_things", 1)], [take(1), look]);
    expect(first?.text).toBe(interruption);
    expect(second).toMatchObject({ result: 3 });
  });

  test("that never comes leaves every step as it would be without it", () => {
    fc.assert(
      fc.property(fc.array(anyCall, { maxLength: 8 }), (calls) => {
        const told = (events: readonly Event[]) =>
          stepsOf(events, calls).map(({ status, text, environment }) => [status, text, leftIn(environment)]);
        expect(told([sale(9, 0), outage("count_things", 9)])).toEqual(told([]));
      }),
    );
  });
});

describe("a patch", () => {
  const record = { name: "A", sizes: [{ cm: 1 }, { cm: 2 }], by_day: { "1/2": { open: true } } };
  const state = stateOf({ shelves: { a: record } });
  const changed = (path: string, value: Json) => worldOf(patched(state, [{ path, value }]));

  test.each([
    ["/shelves/a/name", "B"],
    ["/shelves/a/sizes/1/cm", 3],
    ["/shelves/a/by_day/1~12/open", false],
    ["/shelves/a/colour", "red"],
  ])("sets %s alone", (path, value) => {
    const world = changed(path, value);
    expect(at(world, path)).toBe(value);
    expect(differences(worldOf(state), world).map((one) => one.path)).toEqual([path]);
    expect(worldOf(state)).toEqual({ shelves: { a: record } });
  });

  test.each([
    "/shelves/b/name",
    "/desks/a/name",
    "/__proto__/a/name",
    "/shelves/a/door/open",
    "/shelves/a/sizes/2",
    "/shelves/a/sizes/length",
    "/shelves/a/name/0",
  ])("of %s, which is not there, changes nothing", (path) => {
    expect(changed(path, 0)).toEqual(worldOf(state));
  });
});
