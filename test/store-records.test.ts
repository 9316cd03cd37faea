import { describe, expect, test } from "vitest";
import type { Hypothesis } from "../src/frontier/hypothesis.ts";
import type {
  Analysis,
  AnalysisNote,
  Harvested,
  Iteration,
  Mark,
  Simplification,
  Verification,
} from "../src/store/records.ts";
import type { Store } from "../src/store/store.ts";
import { refusal, storeFiles } from "./data/store-file.ts";
import {
  evaluation,
  failed,
  recordBasics,
  rollout,
  session,
  storedTask,
  task,
  unscored,
  when,
} from "./data/store-samples.ts";

const { opened, rows } = storeFiles();

const hypothesis: Hypothesis = {
  id: "h1",
  statement: "It drops the second bag.",
  where: { kind: "cancel", bags: { min: 2 } },
  behaviour: "outcome",
  by: "strategist",
};

describe("what goes in comes out", () => {
  test("sessions, newest first; an id is taken once", () => {
    const store = opened();
    const second = { ...session, id: "s2", worldActor: "openai:actor", window: { low: 0.125, high: 0.75 } };
    store.recordSession(session);
    store.recordSession(second);
    expect(store.session("s1")).toStrictEqual(session);
    expect(store.sessions()).toStrictEqual([second, session]);
    expect(store.sessions({ limit: 1, offset: 1 })).toStrictEqual([session]);
    expect(store.session("none")).toBeNull();
    expect(refusal(() => store.recordSession(session))).toMatchInlineSnapshot(
      `"There is a session "s1" already: go on with it, or choose another id."`,
    );
  });

  test("hypotheses, in the order proposed", () => {
    const store = opened();
    store.recordSession(session);
    const child: Hypothesis = { ...hypothesis, id: "a-child", parent: "h1", by: "server" };
    for (const each of [hypothesis, child, hypothesis]) store.recordHypothesis("s1", each);
    expect(store.hypotheses("s1")).toStrictEqual([hypothesis, child]);
    expect(store.hypothesis("s1", "a-child")).toStrictEqual(child);
    expect(store.hypothesis("s2", "h1")).toBeNull();
  });

  test("tasks, put together again around their world, which is kept once", () => {
    const store = opened();
    recordBasics(store);
    store.recordHypothesis("s1", hypothesis);
    const second = storedTask({
      key: "task-2",
      gold: null,
      origin: { by: "written", hypothesis: "h1" },
      hypothesis: "h1",
    });
    store.recordTask(second);
    store.recordTask({ ...second, createdAt: "later" });
    expect(store.task("task-1")).toStrictEqual(storedTask());
    expect(store.task("task-2", "s1")).toStrictEqual(second);
    expect(store.task("task-2", "s2")).toBeNull();
    expect(store.world(store.recordWorld(task.world))).toStrictEqual(task.world);
    expect(rows("SELECT count(*) AS n FROM worlds")).toEqual([{ n: 1 }]);
  });

  test("one task in two sessions has one text and two origins", () => {
    const store = opened();
    recordBasics(store);
    store.recordSession({ ...session, id: "s2" });
    const other = storedTask({
      session: "s2",
      origin: { by: "simplified", parent: "p", removed: "one bag" },
    });
    store.recordTask(other);
    expect(store.task("task-1")).toStrictEqual(storedTask());
    expect(store.task("task-1", "s2")).toStrictEqual(other);
    expect(rows("SELECT count(*) AS n FROM tasks")).toEqual([{ n: 1 }]);
  });

  test("evaluations get the session's next place and keep it", () => {
    const store = opened();
    recordBasics(store);
    const first = store.recordEvaluation(evaluation);
    const second = store.recordEvaluation({ ...evaluation, id: "e2", purpose: "fresh" });
    const again = store.recordEvaluation({ ...evaluation, n: 6, passed: 5, unscored: 0 });
    expect([first.seq, second.seq, again.seq]).toEqual([1, 2, 1]);
    expect(first).toStrictEqual({ ...evaluation, seq: 1 });
    expect(store.evaluations({ session: "s1" })).toStrictEqual([again, second]);
    expect(store.evaluations({ session: "s1", task: "none" })).toEqual([]);
    expect(store.evaluation("e2")).toStrictEqual(second);
  });

  test("what was screened: the newest so many, and older ones whose minimal form is confirmed", () => {
    const store = opened();
    recordBasics(store);
    const made = ["task-1", "task-2", "task-3", "task-4"];
    for (const key of [...made, "small"]) store.recordTask(storedTask({ key }));
    const screening = { ...evaluation, role: "target", purpose: "screening", n: 3, passed: 0 } as const;
    for (const key of made) store.recordEvaluation({ ...screening, id: `e ${key}`, task: key });
    store.recordEvaluation({ ...screening, id: "w", task: "task-1", purpose: "whole", n: 8, passed: 1 });
    for (const [key, status] of [
      ["task-1", "confirmed"],
      ["task-2", "cut"],
    ] as const) {
      const shrunk = { session: "s1", task: key, minimal: "small", steps: [], certificate: { status } };
      store.recordSimplification(shrunk);
    }
    const screened = store.screened({ session: "s1", limit: 2 });
    expect(screened.map((one) => [one.task, one.n, one.passed, one.minimal !== null])).toEqual([
      ["task-1", 11, 1, true],
      ["task-3", 3, 0, false],
      ["task-4", 3, 0, false],
    ]);
    expect(store.screened({ session: "s1", task: "task-2", limit: 1 }).map(({ minimal }) => minimal)).toEqual(
      [null],
    );
    expect(store.screened({ session: "s1", upTo: 1, limit: 9 }).map(({ n }) => n)).toEqual([3]);
  });

  test("verifications, simplifications, harvested tasks and iterations", () => {
    const store = opened();
    recordBasics(store);
    store.recordTask(storedTask({ key: "task-2" }));
    store.recordHypothesis("s1", hypothesis);
    store.recordEvaluation(evaluation);
    const verification: Verification = {
      session: "s1",
      task: "task-1",
      status: "kept",
      evaluation: "e1",
      simulatedOracle: true,
      confirmed: false,
      why: { passed: 4 },
    };
    store.recordVerification({ ...verification, status: "discarded", evaluation: null });
    store.recordVerification(verification);
    expect(store.verification("s1", "task-1")).toStrictEqual(verification);
    const simplification: Simplification = {
      session: "s1",
      task: "task-1",
      minimal: "task-2",
      steps: [{ n: 1 }],
      certificate: { about: "two passengers", kept: [] },
    };
    store.recordSimplification(simplification);
    expect(store.simplification("s1", "task-1")).toStrictEqual(simplification);
    const late: Harvested = {
      session: "s1",
      task: "task-1",
      hypothesis: "h1",
      order: 2,
      evidence: { rate: 0.2 },
    };
    const early: Harvested = { ...late, task: "task-2", hypothesis: null, order: 1 };
    for (const each of [late, early]) store.recordHarvested(each);
    expect(store.harvested("s1")).toStrictEqual([early, late]);
    store.startRun({ id: "r1", session: "s1", kind: "harvest", input: {}, owner: "a", heartbeatAt: when });
    const second: Iteration = {
      run: "r1",
      index: 1,
      hypothesis: "h1",
      task: "task-1",
      outcome: { kept: true },
    };
    const first: Iteration = { ...second, index: 0, hypothesis: null, task: null, outcome: "gate" };
    for (const each of [second, first, { ...first, outcome: "another" }]) store.recordIteration(each);
    expect(store.iterations("r1")).toStrictEqual([first, second]);
    expect(store.iterations("r1", { offset: 1 })).toStrictEqual([second]);
  });

  test("analyses, of which a task has one, in the order of the tasks", () => {
    const store = opened();
    recordBasics(store);
    store.recordTask(storedTask({ key: "another" }));
    const note: AnalysisNote = {
      key: "book: wrong_choice of flight_number (price)",
      mode: "wrong_choice",
      request: 0,
      count: 2,
      detail: 'made at message 8: flights/0/flight_number is "HAT1", expected "HAT2"',
      taken: "flights/HAT1",
      clause: null,
    };
    const first: Analysis = { session: "s1", task: "task-1", rollouts: 3, notes: [note] };
    const second: Analysis = { ...first, task: "another", notes: [] };
    for (const each of [second, { ...first, rollouts: 1 }, first]) store.recordAnalysis(each);
    expect(store.analysis("s1", "task-1")).toStrictEqual(first);
    expect(store.analysis("s2", "task-1")).toBeNull();
    expect(store.analyses("s1")).toStrictEqual([first, second]);
  });

  test("marks, of which the newest holds", () => {
    const store = opened();
    recordBasics(store);
    const first: Mark = { task: "task-1", mark: "suspect", note: "why?", createdAt: when };
    const second: Mark = { ...first, mark: "accept", note: "" };
    for (const each of [first, second]) store.recordMark(each);
    expect(store.marks("task-1")).toStrictEqual([first, second]);
    expect(store.tasks({ mark: "accept" })).toHaveLength(1);
    expect(store.tasks({ mark: "suspect" })).toHaveLength(0);
  });
});

test("tasks are found by status, words, hypothesis, mark and page", () => {
  const store = opened();
  recordBasics(store);
  store.recordHypothesis("s1", hypothesis);
  store.recordTask(
    storedTask({ key: "task-2", hypothesis: "h1", task: { ...task, instruction: "Book a_seat" } }),
  );
  store.recordTask(storedTask({ key: "task-3" }));
  const verified = { session: "s1", evaluation: null, simulatedOracle: false, why: null } as const;
  store.recordVerification({ ...verified, task: "task-2", status: "kept", confirmed: true });
  store.recordVerification({ ...verified, task: "task-3", status: "discarded", confirmed: false });
  store.recordHarvested({ session: "s1", task: "task-2", hypothesis: "h1", order: 0, evidence: null });
  const keys = (filter: Parameters<Store["tasks"]>[0]) => {
    const found = store.tasks(filter).map(({ key }) => key);
    if (filter.limit === undefined) expect(store.countTasks(filter)).toBe(found.length);
    return found;
  };
  expect(keys({})).toEqual(["task-1", "task-2", "task-3"]);
  expect(keys({ session: "s1", status: "any", limit: 1, offset: 1 })).toEqual(["task-2"]);
  expect(keys({ session: "s2" })).toEqual([]);
  for (const status of ["harvested", "confirmed", "kept"] as const)
    expect(keys({ status })).toEqual(["task-2"]);
  expect(keys({ status: "discarded" })).toEqual(["task-3"]);
  expect(keys({ text: "BOOK A_" })).toEqual(["task-2"]);
  expect(keys({ text: "%" })).toEqual(["task-1", "task-3"]);
  expect(keys({ hypothesis: "h1" })).toEqual(["task-2"]);
  expect(keys({ mark: "accept" })).toEqual([]);
  expect(store.tasks({ status: "kept" })).toMatchObject([
    { key: "task-2", harvested: true, verification: "kept", confirmed: true, mark: null, hypothesis: "h1" },
  ]);
});

describe("rollouts", () => {
  test("a scored rollout is found by its slot and never replaced", () => {
    const store = opened();
    recordBasics(store);
    const scored = rollout();
    store.record(scored);
    store.record({ ...scored, grade: unscored });
    store.record(rollout({}, failed));
    expect(store.find(scored.slot)).toStrictEqual(scored);
    expect(store.rollout(scored.id)).toStrictEqual(scored);
    const { model, user, limits } = scored.slot.settings;
    expect(store.find({ ...scored.slot, settings: { limits, user, model } })).toStrictEqual(scored);
    expect(store.find({ ...scored.slot, settings: { limits, user, model: "other" } })).toBeNull();
    expect(store.find({ ...scored.slot, index: 1 })).toBeNull();
  });

  test("an unscored rollout is kept, not found, and gives way to a scored one", () => {
    const store = opened();
    recordBasics(store);
    const broken = rollout({}, unscored);
    for (const each of [broken, broken]) store.record(each);
    expect(store.find(broken.slot)).toBeNull();
    expect(store.rollout(broken.id)).toStrictEqual(broken);
    expect(store.spent("s1")).toMatchObject({ rollouts: { target: 1 }, attempts: { target: 2 } });
    store.record(rollout());
    expect(store.find(broken.slot)).toStrictEqual(rollout());
    store.record(rollout());
    expect(store.spent("s1")).toMatchObject({
      rollouts: { target: 1 },
      attempts: { target: 4 },
      tokens: { target: { inputTokens: 400, outputTokens: 40 } },
    });
  });

  test("are listed by index and counted with their tokens", () => {
    const store = opened();
    recordBasics(store);
    const [third, first, broken] = [
      rollout({ index: 10 }),
      rollout({ index: 2 }),
      rollout({ index: 3 }, unscored),
    ];
    const oracle = rollout({ role: "oracle" });
    for (const each of [third, first, broken, oracle]) store.record(each);
    expect(store.rollouts({ task: "task-1" })).toStrictEqual([oracle, first, broken, third]);
    expect(store.rollouts({ task: "task-1", role: "target", limit: 1, offset: 1 })).toStrictEqual([broken]);
    expect(store.rollouts({ session: "s1", status: "unscored" })).toStrictEqual([broken]);
    expect(store.rollouts({ session: "s2", task: "task-1" })).toEqual([]);
    expect(store.countRollouts({ session: "s1" })).toBe(4);
    expect(store.countRollouts({ task: "task-1", role: "target", status: "passed" })).toBe(2);
    expect(store.spent("s1")).toStrictEqual({
      rollouts: { target: 3, oracle: 1 },
      attempts: { target: 3, oracle: 1 },
      tokens: {
        target: { inputTokens: 300, outputTokens: 30 },
        oracle: { inputTokens: 100, outputTokens: 10 },
        user: { inputTokens: 28, outputTokens: 12 },
      },
    });
    expect(store.spent("none").rollouts).toEqual({ target: 0, oracle: 0 });
  });
});
