import { expect, test } from "vitest";
import { evaluation, recordBasics, storedTask } from "./data/store-samples.ts";
import { atDesk, type Desk, textOf } from "./desk.ts";

const screened = { ...evaluation, role: "target", purpose: "screening", from: 0 } as const;

async function proposed({ call }: Desk, args: object = {}): Promise<string> {
  const answer = await call("propose_hypothesis", {
    ...{ session_id: "s1", statement: "It stays calm when a customer shouts.", where: { kind: "cancel" } },
    ...args,
  });
  return answer.isError === true
    ? textOf(answer)
    : (answer.structuredContent as { hypothesis_id: string }).hypothesis_id;
}

test("a claimed label is counted for its hypothesis's tasks alone, apart from the axes, and shares nothing", () =>
  atDesk(async (desk) => {
    const { store } = desk.deps;
    recordBasics(store);
    const hypothesis = await proposed(desk, { claims: { tone: "angry" } });
    store.recordTask(storedTask({ key: "task-2", hypothesis }));
    for (const [id, task, passed] of [
      ["e-1", "task-1", 5],
      ["e-2", "task-2", 1],
    ] as const)
      store.recordEvaluation({ ...screened, id, task, n: 5, passed });
    const shown = (await desk.call("show_frontier", { session_id: "s1" })).structuredContent as {
      claimed: readonly object[];
      kinds: readonly { region: object }[];
      hypotheses: readonly object[];
    };
    expect(shown.claimed).toMatchObject([
      { region: { tone: "angry" }, tasks: 1, rollouts: 5, failed: 4, shared: null, hypotheses: [hypothesis] },
    ]);
    expect(shown.kinds.find(({ region }) => "kind" in region && region.kind === "cancel")).toMatchObject({
      ...{ tasks: 2, rollouts: 10, failed: 4, hypotheses: [hypothesis] },
    });
    expect(shown.hypotheses).toMatchObject([{ hypothesis_id: hypothesis, claims: { tone: "angry" } }]);
  }));

test.each([
  [{ claims: { cabin: "economy" } }, "is an axis of the domain"],
  [{ claims: { "Tone!": "angry" } }, "small letters"],
  [{ claims: {} }, "Expected 1 to 4 claims, 0 came"],
])("the claims of %j are refused in one sentence", (args, sentence) =>
  atDesk(async (desk) => {
    recordBasics(desk.deps.store);
    expect(await proposed(desk, args)).toContain(sentence);
    expect(desk.deps.store.hypotheses("s1")).toEqual([]);
  }),
);

test("a session that found nothing says what it can vouch for", () =>
  atDesk(async ({ call, deps: { store } }) => {
    recordBasics(store);
    for (let i = 2; i < 60; i++) {
      const key = `task-${i}`;
      store.recordTask(storedTask({ key }));
      store.recordEvaluation({ ...screened, id: key, task: key, n: 5, passed: 5 });
    }
    const { harvest } = (await call("session_summary", { session_id: "s1" })).structuredContent as {
      harvest: { sentence: string };
    };
    expect(harvest.sentence).toMatchInlineSnapshot(
      `"Nothing found: 0 of 58 screened tasks failed in any rollout, so that with 95 % confidence at most 5.0 % of the tasks that would be drawn alike do (Clopper–Pearson); asked were 1 of 8 kinds and 0 of 240 regions of one axis value."`,
    );
  }));

test("any region can be asked for, and one that was never asked says so beside what its neighbours show", () =>
  atDesk(async ({ call, deps: { store } }) => {
    recordBasics(store);
    store.recordEvaluation({ ...screened, id: "e-1", n: 5, passed: 0 });
    const { asked } = (await call("show_frontier", { session_id: "s1", where: { kind: "cancel", bags: 3 } }))
      .structuredContent as { asked: object };
    expect(asked).toMatchObject({ status: "never asked", tasks: 0, rollouts: 0, modes: [] });
    expect(asked).toHaveProperty("shared.borrowed_rollouts", 3.536);
  }));

test("a failure that takes two requests is shown with both of them, and a cell of its own by itself", () =>
  atDesk(async ({ call, deps: { store } }) => {
    recordBasics(store);
    const [cancel, bags] = [
      { kind: "cancel", bags: 2 },
      { kind: "add_bags", bags: 1 },
    ];
    const around = { conversation: { schedule: "together" }, world: { noise: 0 } };
    const confirmed = { status: "kept", evaluation: null, simulatedOracle: true, confirmed: true } as const;
    for (const [task, requests] of [
      ["both", [cancel, bags]],
      ["one", [{ kind: "book", bags: 0 }]],
    ] as const) {
      store.recordTask(storedTask({ key: task, cell: { ...around, requests } }));
      store.recordEvaluation({ ...screened, id: task, task, n: 5, passed: 0 });
      const why = { modes: [`fails ${task}`], broken: [], why: "" };
      store.recordVerification({ session: "s1", task, ...confirmed, why });
    }
    const answer = await call("show_frontier", { session_id: "s1" });
    const { cells } = answer.structuredContent as {
      cells: readonly { region: object; smallest_requests?: object }[];
    };
    const requestsOf = (kind: string) =>
      cells.find(({ region }) => "kind" in region && region.kind === kind)?.smallest_requests;
    expect(requestsOf("cancel")).toEqual(requestsOf("add_bags"));
    expect(requestsOf("cancel")).toEqual(expect.arrayContaining([cancel, bags]));
    expect(requestsOf("book")).toBeUndefined();
    const form = "- breaking, 5/5 failed, smallest form";
    const told = textOf(answer)
      .split("\n")
      .filter((line) => line.startsWith(`${form} both of 2 requests: `));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(
      /kind=cancel, bags=2 beside kind=add_bags, bags=1$|kind=add_bags, bags=1 beside kind=cancel, bags=2$/,
    );
    expect(textOf(answer)).toContain(`${form} one: kind=book, bags=0`);
  }));

test("a harvest of one mode is called collapsing, with how many modes its limit takes", () =>
  atDesk(async ({ call, deps: { store } }) => {
    recordBasics(store);
    for (let order = 0; order < 8; order++) {
      const task = `kept-${order}`;
      store.recordTask(storedTask({ key: task }));
      const evidence = { original: task, modes: ["cancel: omitted"] };
      store.recordHarvested({ session: "s1", task, hypothesis: null, order, evidence });
    }
    const summed = textOf(await call("session_summary", { session_id: "s1" }));
    expect(summed).toContain(
      'Collapsing onto one vein: 100 % of 8 harvested tasks of 1 mode are "cancel: omitted", over the limit of 25 %, which takes 4 modes at least to keep;',
    );
    expect(summed).toContain("Asked least: kinds");
  }));
