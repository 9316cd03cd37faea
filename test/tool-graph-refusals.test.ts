import { describe, expect, test } from "vitest";
import { z } from "zod";
import { InputError } from "../src/core/errors.ts";
import type { JsonObject } from "../src/core/json.ts";
import { checkGraph, reachOf } from "../src/dag/check-graph.ts";
import { mermaidOf } from "../src/dag/mermaid.ts";
import { type Graphed, type GraphedRequest, requestGraph, toolGraph } from "../src/dag/tool-graph.ts";
import type { Request, Tool } from "../src/domains/domain.ts";
import { alwaysIn, fieldsOf, offers, refers } from "../src/domains/reference.ts";
import { expectSentence } from "./served.ts";

/** Made-up domains whose tools never run: a graph knows only what schemas say. */

const text = (...references: readonly string[]) => refers(z.string(), ...references);

function tool(name: string, effect: Tool["effect"], of: { input: z.ZodRawShape; output?: z.ZodType }): Tool {
  return {
    name,
    effect,
    description: "",
    input: z.strictObject(of.input) as unknown as z.ZodType<JsonObject>,
    output: of.output ?? z.null(),
    run: (state) => ({ state, result: null }),
    shows: () => [],
  };
}

const lend: GraphedRequest = {
  kind: "lend",
  schema: z.strictObject({ kind: z.literal("lend"), topic: text("topic") }) as unknown as z.ZodType<Request>,
  writes: ["lend_book"],
  weighs: ["fines"],
  handsOver: false,
};

const findBooks = tool("find_books", "read", {
  input: { topic: text("topic") },
  output: offers(z.array(z.strictObject({ isbn: text("isbn"), title: z.string() })), "book"),
});
const showReader = tool("show_reader", "read", {
  input: { card: text("card") },
  output: refers(z.strictObject({ owes: z.number() }), "fines"),
});
const lendBook = tool("lend_book", "write", { input: { card: text("card"), isbn: text("isbn") } });

/** A library in which everything joins up, but for the change. */
const library = (change: Partial<Graphed> = {}): Graphed => ({
  name: "library",
  identity: { schema: z.strictObject({ card: text("card") }) as unknown as z.ZodType<JsonObject> },
  tools: [lendBook, findBooks, showReader],
  requests: [lend],
  ...change,
});

/** The sentence by which a domain is refused. */
function refusal(domain: Graphed): string {
  try {
    checkGraph(domain);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    expectSentence((error as Error).message);
    return (error as Error).message;
  }
  throw new Error("the domain was not refused");
}

describe("a domain made up of a few schemas", () => {
  test("is accepted when everything joins up, and drawn", () => {
    checkGraph(library());
    expect(mermaidOf(requestGraph(lend, library()))).toMatchInlineSnapshot(`
      "flowchart LR
        words_(["the user's words"])
        find_books("find_books"):::read
        show_reader("show_reader"):::read
        choice_book{"which book?"}:::choice
        decision_{{"decide"}}
        lend_book[["lend_book"]]:::write
        words_ -->|topic| find_books
        words_ -->|card| show_reader
        words_ -->|card| lend_book
        find_books -->|isbn| choice_book
        show_reader -.->|fines| decision_
        choice_book -->|isbn| lend_book
        decision_ ==> lend_book
        classDef read fill:#e0f2fe,stroke:#0369a1,color:#082f49
        classDef choice fill:#fef9c3,stroke:#a16207,color:#422006
        classDef write fill:#fee2e2,stroke:#b91c1c,color:#450a0a"
    `);
  });

  test("is refused for a cycle, with the tools on it", () => {
    const findAuthor = tool("find_author", "read", { input: { isbn: text("isbn") }, output: text("author") });
    const listWorks = tool("list_works", "read", {
      input: { author: text("author") },
      output: z.array(text("isbn")),
    });
    const said = refusal(library({ tools: [lendBook, findBooks, showReader, findAuthor, listWorks] }));
    expect(said).toContain("there is a cycle: find_author → list_works → find_author");
  });

  test("is refused for a read that takes what it gives", () => {
    const echo = tool("show_book", "read", {
      input: { isbn: text("isbn") },
      output: z.strictObject({ isbn: text("isbn") }),
    });
    expect(refusal(library({ tools: [lendBook, findBooks, showReader, echo] }))).toContain(
      "there is a cycle: show_book → show_book",
    );
  });

  test("is refused for a write that takes what another one gives and the other way round", () => {
    const reserve = tool("reserve_book", "write", { input: { loan: text("loan") }, output: text("slip") });
    const renew = tool("renew_loan", "write", { input: { slip: text("slip") }, output: text("loan") });
    const extend = { ...lend, kind: "extend", writes: ["reserve_book", "renew_loan"] };
    const domain = library({
      tools: [lendBook, findBooks, showReader, reserve, renew],
      requests: [lend, extend],
    });
    expect(refusal(domain)).toContain("there is a cycle: reserve_book → renew_loan → reserve_book");
  });

  test("is refused for an input that nothing feeds, nested or not, with tool, path and reference", () => {
    const shelve = tool("lend_book", "write", {
      input: {
        isbn: text("isbn"),
        route: z.array(z.strictObject({ shelf: text("shelf", "stack") })),
        branch: text("branch"),
      },
    });
    const said = refusal(library({ tools: [shelve, findBooks, showReader] }));
    expect(said).toContain(
      'the input "route[].shelf" of "lend_book" is fed by nothing that gives "shelf" or "stack"',
    );
    expect(said).toContain('the input "branch" of "lend_book" is fed by nothing that gives "branch"');
    expect(said).not.toContain('"isbn"');
  });

  test("may have an input unfed that can be left out", () => {
    const lendTo = tool("lend_book", "write", {
      input: { isbn: text("isbn"), branch: text("branch").optional(), desk: text("desk").nullable() },
    });
    expect(() => checkGraph(library({ tools: [lendTo, findBooks, showReader] }))).not.toThrow();
  });

  test("is refused for a fact that is weighed and that no lookup tells", () => {
    const domain = library({ tools: [lendBook, findBooks] });
    expect(refusal(domain)).toContain('"fines", which "lend" weighs, is told by no lookup');
    // What the user says, or a write answers, was not looked up.
    const payFines = tool("lend_book", "write", { input: { isbn: text("isbn") }, output: text("fines") });
    expect(refusal(library({ tools: [payFines, findBooks] }))).toContain('"fines", which "lend" weighs');
  });

  test("is refused for a fact whose lookup waits for what only another request says", () => {
    const showFines = tool("show_fines", "read", { input: { pin: text("pin") }, output: text("fines") });
    const log = z.strictObject({ kind: z.literal("log"), pin: text("pin") }) as unknown as z.ZodType<Request>;
    const logging: GraphedRequest = { ...lend, kind: "log", schema: log, writes: [], weighs: [] };
    const domain = library({ tools: [lendBook, findBooks, showFines], requests: [lend, logging] });
    expect(refusal(domain)).toContain('"fines", which "lend" weighs, cannot be looked up by it');
  });

  test("is refused for a write by which no request takes effect", () => {
    const burn = tool("burn_book", "write", { input: { isbn: text("isbn") } });
    expect(refusal(library({ tools: [lendBook, findBooks, showReader, burn] }))).toContain(
      'the write "burn_book" cannot be reached: no request takes effect by it',
    );
  });

  test("is refused for a write whose reads wait for what only another request says", () => {
    const browse: GraphedRequest = {
      ...lend,
      kind: "browse",
      schema: z.strictObject({ kind: z.literal("browse") }) as unknown as z.ZodType<Request>,
      weighs: [],
    };
    expect(refusal(library({ requests: [lend, browse] }))).toContain(
      'the write "lend_book" cannot be reached by "browse": its input "isbn" waits for "isbn"',
    );
  });

  test("is refused for a request whose write is missing or only reads", () => {
    const wrong = { ...lend, writes: ["sell_book", "find_books"] };
    const said = refusal(library({ requests: [wrong] }));
    expect(said).toContain('"sell_book", by which "lend" takes effect, is no write');
    expect(said).toContain('"find_books", by which "lend" takes effect, is no write');
  });
});

describe("a graph", () => {
  test("has a choice between a read that offers options and a write, and none before a read", () => {
    const rate = tool("rate_book", "read", { input: { isbn: text("isbn") }, output: z.number() });
    const { edges } = toolGraph([findBooks, rate, lendBook]);
    const ends = edges.map(({ from, to, reference, output, input }) => [from, to, reference, output, input]);
    expect(ends).toEqual([
      ["find_books", "rate_book", "isbn", "[].isbn", "isbn"],
      ["find_books", "choice:book", "isbn", "[].isbn", null],
      ["choice:book", "lend_book", "isbn", null, "isbn"],
    ]);
  });

  test("of a request leaves out reads that only give what the user always says", () => {
    const suggest = tool("suggest_topic", "read", { input: {}, output: text("topic") });
    const domain = library({ tools: [lendBook, findBooks, showReader, suggest] });
    const ids = (request: GraphedRequest) => requestGraph(request, domain).nodes.map(({ id }) => id);
    expect(ids(lend)).not.toContain("suggest_topic");
    const schema = z.strictObject({ kind: z.literal("lend"), topic: text("topic").optional() });
    expect(ids({ ...lend, schema: schema as unknown as z.ZodType<Request> })).toContain("suggest_topic");
  });

  test("ends in a hand-over only where a request may be handed over", () => {
    const call = tool("call_librarian", "transfer", { input: {} });
    const domain = library({ tools: [lendBook, findBooks, showReader, call] });
    const reached = (request: GraphedRequest) => [...reachOf(requestGraph(request, domain)).tools];
    expect(reached(lend)).not.toContain("call_librarian");
    expect(reached({ ...lend, handsOver: true })).toContain("call_librarian");
  });
});

describe("the references of a schema", () => {
  const nested = z.strictObject({
    list: offers(z.array(refers(z.strictObject({ a: text("a") }), "item")), "item"),
    keys: z.record(text("key"), z.strictObject({ b: text("b") })).optional(),
    either: z.union([z.strictObject({ c: text("c", "both") }), z.strictObject({ d: text("both") })]),
    pair: z.tuple([text("first"), z.number()]),
    maybe: text("m").nullable(),
    some: z.array(text("s")).min(1),
  });

  test("are found wherever they stand", () => {
    expect(
      fieldsOf(refers(nested, "whole")).map(({ path, references, offered, required }) =>
        [path, references.join("+"), offered, required].join(" "),
      ),
    ).toMatchInlineSnapshot(`
      [
        "$ whole  true",
        "list[] item item true",
        "list[].a a item true",
        "keys.~ key  false",
        "keys.*.b b  false",
        "either.c c+both  false",
        "either.d both  false",
        "pair[] first  true",
        "maybe m  false",
        "some[] s  true",
      ]
    `);
  });

  test("are always there only where no value goes without them", () => {
    expect([...alwaysIn(nested)].sort()).toEqual(["both", "first", "s"]);
  });

  test("stay with the copy that was marked", () => {
    const plain = z.string().describe("An id");
    const marked = refers(plain, "id");
    expect(fieldsOf(plain)).toEqual([]);
    expect(marked.description).toBe("An id");
    expect(fieldsOf(marked.describe("Another"))).toHaveLength(1);
    expect(z.toJSONSchema(marked)).toEqual(z.toJSONSchema(plain));
  });
});
