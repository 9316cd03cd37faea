import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { canonical, contentKey, type JsonObject } from "../src/core/json.ts";
import { pythonJson } from "../src/core/python-json.ts";
import { plainTable, recordHash, tableOf } from "../src/core/table.ts";
import { type State, stateOf, ToolError } from "../src/domains/domain.ts";
import { contentHash, openEnvironment, replay, run, step } from "../src/domains/environment.ts";
import { defineTool } from "../src/domains/tool.ts";

const add = (state: State, id: string, by: number): State => {
  const counters = state.counters ?? tableOf({});
  return { ...state, counters: counters.set(id, { count: Number(counters.get(id)?.count ?? 0) + by }) };
};

/** A domain as small as can be: named counters that go up by at most 9. */
const counting = {
  tools: [
    defineTool({
      name: "add_count",
      description: "Raise a counter.",
      effect: "write",
      input: z.strictObject({ id: z.string(), by: z.number().int() }),
      output: z.unknown(),
      run: (state, { id, by }) => {
        if (by > 9) throw new ToolError("A counter goes up by 9 at the most.");
        const next = add(state, id, by);
        return { state: next, result: next.counters?.get(id) ?? null };
      },
      shows: ({ id }) => [`counters/${id}`],
    }),
    defineTool({
      name: "list_counts",
      description: "Name the counters.",
      effect: "read",
      input: z.strictObject({}),
      output: z.array(z.string()),
      run: (state) => ({ state, result: state.counters?.ids() ?? [] }),
      shows: () => [],
    }),
    defineTool({
      name: "break_down",
      description: "Has a fault of its own.",
      effect: "read",
      input: z.strictObject({}),
      output: z.unknown(),
      run: () => {
        throw new Error("a fault of ours");
      },
      shows: () => [],
    }),
  ],
};

const start = stateOf({ counters: { a: { count: 1 } } });
const environment = openEnvironment(counting, start);
const raise = (id: string, by: number) => ({ name: "add_count", arguments: { id, by } });

describe("a step", () => {
  test("runs a call from raw text and answers with the result's JSON", () => {
    const taken = step(environment, { name: "add_count", arguments: '{"id":"a","by":2}' });
    expect(taken).toMatchObject({
      status: "ok",
      text: '{"count":3}',
      result: { count: 3 },
      call: raise("a", 2),
    });
    expect(taken.environment.state.counters?.get("a")).toEqual({ count: 3 });
  });

  test("leaves the environment it starts from as it was, so that keeping it is a fork", () => {
    const [left, right] = [step(environment, raise("a", 1)), step(environment, raise("b", 5))];
    expect(plainTable(environment.state.counters ?? tableOf({}))).toEqual({ a: { count: 1 } });
    expect(left.environment.state.counters?.ids()).toEqual(["a"]);
    expect(right.environment.state.counters?.ids()).toEqual(["a", "b"]);
  });

  test("takes empty arguments for none", () => {
    expect(step(environment, { name: "list_counts", arguments: "" })).toMatchObject({
      status: "ok",
      text: '["a"]',
    });
  });

  test("a refused call is an observation, not an error, and changes nothing", () => {
    const taken = step(environment, raise("a", 10));
    expect(taken).toMatchObject({ status: "refused", text: "A counter goes up by 9 at the most." });
    expect(taken.environment).toBe(environment);
  });

  test("an unknown tool is an observation that names the known ones", () => {
    const taken = step(environment, { name: "toString", arguments: "not even JSON" });
    expect(taken.status).toBe("unknown_tool");
    expect(taken.text).toBe('There is no tool "toString": expected add_count, list_counts or break_down.');
  });

  test("a tool outside the allowed ones is unknown", () => {
    const restricted = openEnvironment(counting, start, { allowed: ["list_counts"] });
    expect(step(restricted, raise("a", 1)).status).toBe("unknown_tool");
    expect(step(restricted, { name: "list_counts", arguments: "{}" }).status).toBe("ok");
  });

  test.each([
    ["text that is not JSON", "{id: 1}"],
    ["a list", "[1]"],
    ["null", "null"],
    ["an argument of the wrong type", '{"id":"a","by":"2"}'],
    ["a fraction for a whole number", '{"id":"a","by":1.5}'],
    ["a missing argument", '{"id":"a"}'],
    ["an argument too many", '{"id":"a","by":1,"now":true}'],
    ["a hostile key", '{"id":"a","by":1,"__proto__":{"admin":true}}'],
    ["a hostile key further down", '{"id":"a","by":{"constructor":1}}'],
    ["very deep nesting", `{"id":${"[".repeat(40_000)}${"]".repeat(40_000)}}`],
    ["very long text", `{"id":"${"a".repeat(200_000)}","by":1}`],
  ])("%s is malformed: one short sentence, and nothing changes", (_, text) => {
    const taken = step(environment, { name: "add_count", arguments: text });
    expect(taken.status).toBe("malformed");
    expect(taken.text).toMatch(/^The arguments of add_count do not fit: .+; correct them and call again\.$/);
    expect(taken.text.length).toBeLessThan(500);
    expect(taken.environment).toBe(environment);
  });

  test("whatever the text, a step gives an observation", () => {
    const text = fc.oneof(fc.string(), fc.json());
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom("add_count", "list_counts"), fc.string()), text, (name, raw) => {
        expect(["ok", "refused", "unknown_tool", "malformed"]).toContain(
          step(environment, { name, arguments: raw }).status,
        );
      }),
    );
  });

  test("a fault of our own is thrown, not shown to the target", () => {
    expect(() => step(environment, { name: "break_down", arguments: {} })).toThrow("a fault of ours");
  });
});

describe("a replay", () => {
  test("goes on after a call that fails, and reports it by its index", () => {
    const calls = [raise("a", 1), raise("a", 99), { name: "fly", arguments: {} }, raise("b", 2)];
    const { state, failures } = replay(counting, start, calls);
    expect(failures.map(({ index, status }) => [index, status])).toEqual([
      [1, "refused"],
      [2, "unknown_tool"],
    ]);
    expect(plainTable(state.counters ?? tableOf({}))).toEqual({ a: { count: 2 }, b: { count: 2 } });
  });

  test("ends where the same calls, run one by one, end", () => {
    const call = fc
      .tuple(fc.constantFrom("a", "b", "c"), fc.integer({ min: -5, max: 12 }))
      .map(([id, by]) => raise(id, by));
    fc.assert(
      fc.property(fc.array(call), (calls) => {
        const end = calls.reduce((state, one) => run(counting, state, one).state, start);
        expect(contentHash(replay(counting, start, calls).state)).toBe(contentHash(end));
      }),
    );
  });
});

describe("a content hash", () => {
  const records = fc.dictionary(
    fc.string({ maxLength: 4 }),
    fc.record({ count: fc.integer(), tags: fc.array(fc.string()) }),
  );

  test("does not depend on the order of writes", () => {
    fc.assert(
      fc.property(records, (plain) => {
        const built = Object.entries(plain)
          .reverse()
          .reduce((table, [id, record]) => table.set(id, record), tableOf<JsonObject>({}));
        expect(contentHash({ things: built })).toBe(contentHash(stateOf({ things: plain })));
      }),
    );
  });

  test("comes back when a record is set and set back, or added and deleted", () => {
    const changed = add(start, "a", 1);
    expect(contentHash(changed)).not.toBe(contentHash(start));
    expect(contentHash(add(changed, "a", -1))).toBe(contentHash(start));
    const added = start.counters?.set("z", { count: 0 }).delete("z");
    expect(added?.hash()).toBe(start.counters?.hash());
  });

  test("differs when the same records stand in another table", () => {
    expect(contentHash(stateOf({ x: { a: { n: 1 } }, y: {} }))).not.toBe(
      contentHash(stateOf({ x: {}, y: { a: { n: 1 } } })),
    );
  });

  test("of a record is the hash of its canonical text", () => {
    const record = fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<JsonObject>;
    fc.assert(
      fc.property(record, (value) => {
        expect(recordHash(value)).toBe(contentKey(value));
      }),
    );
    expect(recordHash({ b: undefined, a: { d: undefined, c: { e: undefined } } })).toBe(
      contentKey({ a: { c: {} } }),
    );
  });
});

describe("a table", () => {
  const change = fc.tuple(
    fc.constantFrom("set", "delete"),
    fc.constantFrom("a", "b", "c", "__proto__", "toString"),
    fc.integer(),
  );

  test("behaves as a map does, and old versions stay as they were", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
        const model = new Map<string, { n: number }>();
        let table = tableOf<{ n: number }>({});
        for (const [kind, id, n] of changes) {
          const before = table;
          const shown = canonical(before.records());
          table = kind === "set" ? table.set(id, { n }) : table.delete(id);
          if (kind === "set") model.set(id, { n });
          else model.delete(id);
          expect(canonical(before.records())).toBe(shown);
        }
        expect(table.ids()).toEqual([...model.keys()]);
        expect(table.records()).toEqual([...model.values()]);
        expect(table.size).toBe(model.size);
      }),
    );
  });
});

describe("Python's JSON", () => {
  test.each([
    [
      { b: 1, a: [true, null, "é\u007f😀\n"] },
      '{"a": [true, null, "\\u00e9\\u007f\\ud83d\\ude00\\n"], "b": 1}',
    ],
    [{ amount: 360, list: [360] }, '{"amount": 360.0, "list": [360]}'],
    [{ amount: 1e16 }, '{"amount": 1e+16}'],
    [{ amount: 0.00001 }, '{"amount": 1e-05}'],
    [{ amount: 1.5e-7 }, '{"amount": 1.5e-07}'],
    [{ amount: 123456789012345.6 }, '{"amount": 123456789012345.6}'],
  ])("writes %j as json.dumps does", (value, text) => {
    expect(pythonJson(value, new Set(["amount"]))).toBe(text);
  });
});
