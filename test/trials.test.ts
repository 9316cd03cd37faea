import { expect, test } from "vitest";
import { airline } from "../src/domains/airline/airline.ts";
import { veinsIn } from "../src/frontier/worked.ts";
import type { Store } from "../src/store/store.ts";
import { openStore } from "../src/store/store.ts";
import { trialsOf } from "../src/tools/construct.ts";
import { evaluation, recordBasics, session, storedTask } from "./data/store-samples.ts";
import { depsOn, inFolder } from "./desk.ts";

const cellOf = (kind: string, passengers: number) => ({
  conversation: { requests: 1, schedule: "together" },
  world: {},
  requests: [{ kind, cabin: "economy", passengers }],
});

/** A task that was screened and failed, in a way of its own where one is given. */
function screen(store: Store, key: string, { session: of = "s1", way = "", kind = "book" } = {}): void {
  const about = { session: of, task: key };
  store.recordTask(storedTask({ key, session: of, cell: cellOf(kind, key.length % 4), hypothesis: null }));
  store.recordEvaluation({
    ...evaluation,
    ...about,
    id: `${of} ${key}`,
    role: "target",
    purpose: "screening",
    n: 8,
    passed: 1,
  });
  if (way !== "") note(store, about, way);
}

function note(store: Store, about: { readonly session: string; readonly task: string }, way: string): void {
  const cause = { mode: "wrong_value" as const, detail: "", taken: null, clause: null };
  const seen = { ...cause, key: way, request: 0, count: 7 };
  store.recordAnalysis({ ...about, rollouts: 7, notes: [seen] });
}

const withTwo = (run: (server: Store, other: Store, folder: string) => void) =>
  inFolder(async (folder) => {
    const [server, other] = [openStore(`${folder}/f.db`), openStore(`${folder}/f.db`)];
    recordBasics(server);
    server.recordSession({ ...session, id: "s2" });
    run(server, other, folder);
    server.close();
    other.close();
  });

/** What is tried, and the veins in it, as a process with this store has it. */
function look(store: Store, folder: string, { id = "s1", domain = airline } = {}) {
  const own = store.session(id) ?? session;
  const trials = trialsOf({ deps: depsOn(store, folder), session: own });
  return { trials, veins: veinsIn(trials, domain) };
}

test("what another process records of a task is looked at next, and nothing else is read anew", () =>
  withTwo((server, other, folder) => {
    for (const key of ["a", "bb", "ccc"]) screen(server, key);
    const before = look(server, folder);
    expect(before.veins).toEqual([]);
    note(other, { session: "s1", task: "bb" }, "book: value of cabin");
    const after = look(server, folder);
    expect(after.trials.map((one, i) => one === before.trials[i])).toEqual([true, false, true]);
    expect(after.veins.map(({ mode }) => mode)).toEqual(["book: wrong cabin"]);
    screen(other, "dddd", { way: "book: value of insurance" });
    const more = look(server, folder);
    expect(more.veins.map(({ mode }) => mode)).toEqual(["book: wrong cabin", "book: wrong insurance"]);
    expect(look(server, folder).veins).toBe(more.veins);
  }));

test("what is remembered is what a process that knows nothing yet would find", () =>
  withTwo((server, other, folder) => {
    for (let i = 1; i < 9; i++) {
      const kind = i % 2 === 0 ? "book" : "cancel";
      screen(i % 2 === 0 ? server : other, `t${"x".repeat(i)}`, { kind, way: `${kind}: value of ${i % 3}` });
      const fresh = openStore(`${folder}/f.db`);
      // What is remembered is so of a domain.
      expect(look(server, folder)).toEqual(look(fresh, folder, { domain: { ...airline } }));
      fresh.close();
    }
    expect(look(server, folder).veins.length).toBeGreaterThan(2);
  }));

test("one session's tasks are none of another's, though they are the same tasks", () =>
  withTwo((server, _, folder) => {
    screen(server, "a", { way: "book: value of cabin" });
    screen(server, "a", { session: "s2", way: "book: value of insurance" });
    for (let i = 0; i < 2; i++) {
      expect(look(server, folder, { id: "s1" }).veins.map(({ mode }) => mode)).toEqual(["book: wrong cabin"]);
      expect(look(server, folder, { id: "s2" }).veins.map(({ mode }) => mode)).toEqual([
        "book: wrong insurance",
      ]);
    }
  }));
