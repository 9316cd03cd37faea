import { describe, expect, test } from "vitest";
import { type Fault, parseFaultFile } from "../src/agents/fault-file.ts";
import { createSimulated } from "../src/agents/simulated.ts";
import { airline } from "../src/domains/airline/airline.ts";
import type { Region } from "../src/domains/domain.ts";
import type { ChatModel } from "../src/models/chat.ts";
import type { Staged } from "../src/rollout/attempt.ts";
import { evaluate, hardWindow, ruleFor } from "../src/rollout/evaluate.ts";
import { type Simplified, simplify } from "../src/simplify/simplify.ts";
import { passGates } from "../src/tasks/gates.ts";
import { writeInstruction } from "../src/tasks/instruction.ts";
import { taskKey } from "../src/tasks/task.ts";
import { careless, type Like, type Passed, reference, sampleTask, stageOf } from "./sampled.ts";

type PlantedFault = Pick<Fault, "when"> & { readonly fault: string };

function targetWith(...faults: readonly PlantedFault[]): ChatModel {
  const content = {
    name: "planted",
    faults: faults.map((one, i) => ({ id: `f${i}`, probability: 1, ...one })),
  };
  return createSimulated(parseFaultFile(content, airline, "planted.json"), airline);
}

interface Shrinking {
  readonly target: ChatModel;
  readonly oracle?: ChatModel | null;
  readonly maxRollouts?: number;
  readonly blamed?: readonly number[];
  readonly on?: ReturnType<typeof stageOf>;
}

interface Shrunk extends Simplified {
  readonly registered: readonly Staged[];
  readonly left: readonly number[];
}

/** Simplifies a task that the target always fails. */
async function shrink(passed: Passed, shrinking: Shrinking): Promise<Shrunk> {
  const { target, oracle = reference, maxRollouts = 500, blamed = [], on = stageOf("simplify") } = shrinking;
  const { stage } = on;
  const { signal } = new AbortController();
  const staged: Staged = { ...passed, key: taskKey(passed.task, airline) };
  const counts = await evaluate(
    { stage, staged, model: target, role: "target", from: 0, ahead: 4, signal },
    ruleFor(hardWindow),
  );
  expect(counts).toMatchObject({ verdict: "inside", passed: 0 });
  const registered: Staged[] = [];
  const left: number[] = [];
  const simplified = await simplify({
    ...{ stage, staged, target, oracle, blamed, maxRollouts, signal },
    found: counts.rollouts,
    wholeFrom: 500,
    confirmFrom: 1_000,
    ahead: 4,
    register: (gated) => {
      const candidate = { ...gated, key: taskKey(gated.task, airline) };
      registered.push(candidate);
      return candidate;
    },
    onTry: (tried) => void left.push(tried.left),
    onCandidate: () => undefined,
  });
  const played = on.recorded.filter(({ slot }) => slot.role === "target").map(({ slot }) => slot.task);
  const known = new Set([staged.key, ...registered.map(({ key }) => key)]);
  expect(played.every((key) => known.has(key))).toBe(true);
  return { ...simplified, registered, left };
}

const like = (region: Region): Region => ({ clause: "none", reference: "id", ...region });
const booking = (more: Region): Region =>
  like({ kind: "book", trip: "round_trip", pays_with: "card", stops: "direct", rule: "cheapest", ...more });

const cellsOf = ({ staged }: Simplified) => {
  const gated = passGates(staged.task, airline);
  if (gated.status === "rejected") throw new Error(JSON.stringify(gated.rejections));
  return gated.cell.requests;
};
const resultOf = ({ steps }: Simplified, removes: RegExp) =>
  steps.filter((step) => removes.test(step.removes)).map(({ result }) => result);

const simplest = {
  ...{ trip: "one_way", rule: "cheapest", stops: "direct", cabin: "economy", bags: 0, payments: 1 },
  ...{ pays_with: "card", membership: "regular", reference: "id", verdict: "granted", clause: "none" },
};

const family = () =>
  sampleTask("a family", [booking({ passengers: 4, insurance: "yes", bags: 3, cabin: "business" })]);
const needsFamily: PlantedFault = {
  when: { kind: "book", passengers: { min: 2 }, insurance: "yes" },
  fault: "transfer",
};

describe("the smallest form of a failure", () => {
  test("is without requests, noise, schedule and indirect words that have nothing to do with it", async () => {
    const full: Like = { noise: 1, distractors: 2, schedule: "late" };
    const regions = [
      like({ kind: "change_passengers" }),
      like({ kind: "add_bags" }),
      like({ kind: "cancel", reason: "health" }),
    ];
    const shrunk = await shrink(sampleTask("three requests", regions, full), {
      target: targetWith({ when: { kind: "cancel", reason: "health" }, fault: "drop_request" }),
    });
    const { task } = shrunk.staged;
    expect(task.user.requests.map(({ request, form }) => [request.kind, form])).toEqual([["cancel", 0]]);
    expect(task.user.schedule).toBe("together");
    const records = Object.values(task.world).flatMap((table) => Object.keys(table));
    expect(records.length).toBeLessThanOrEqual(4);
    expect(shrunk.certificate.status).toBe("confirmed");
    expect(shrunk.cut).toBe(false);
  });

  test("keeps exactly what the fault depends on, all else at its simplest", async () => {
    const shrunk = await shrink(family(), { target: targetWith(needsFamily) });
    expect(cellsOf(shrunk)).toEqual([
      expect.objectContaining({ ...simplest, passengers: 2, insurance: "yes" }),
    ]);
    expect(resultOf(shrunk, /^passengers/)).toEqual(["needed", "dropped", "dropped"]);
    expect(resultOf(shrunk, /^insurance/)).toEqual(["needed"]);
    expect(resultOf(shrunk, /^bags/)).toEqual(["dropped", "dropped", "dropped"]);
  });

  test("shows no clause that nothing in it can touch, and every one that turns a request down", async () => {
    const region = { kind: "add_insurance", clause: "insurance_only_at_booking", reference: "id" };
    const clause = "insurance_only_at_booking";
    const shrunk = await shrink(sampleTask("refused", [region]), {
      target: targetWith({ when: { clause }, fault: `ignore_clause:${clause}` }),
    });
    const { task } = shrunk.staged;
    expect(task.clauses).toContain(clause);
    expect(task.clauses).not.toContain("book_passenger_limit");
    expect(cellsOf(shrunk)).toEqual([expect.objectContaining({ kind: "add_insurance", clause })]);
  });

  test("is of the simplest kind too where the kind that it was found with cannot have all else as simple", async () => {
    const clause = "own_reservations";
    const shrunk = await shrink(sampleTask("strangers", [{ kind: "compensation", clause }]), {
      target: targetWith({ when: { clause }, fault: `ignore_clause:${clause}` }),
    });
    expect(cellsOf(shrunk)).toEqual([
      expect.objectContaining({ kind: "cancel", clause, membership: "regular" }),
    ]);
    expect(shrunk.certificate.needs?.where).toEqual({ clause });
  });

  test("keeps two requests where only together they fail, each of the simplest kind", async () => {
    const regions = [
      booking({ passengers: 3 }),
      like({ kind: "add_bags" }),
      like({ kind: "change_passengers" }),
    ];
    const shrunk = await shrink(sampleTask("together", regions), {
      target: targetWith({ when: { requests: { min: 2 } }, fault: "transfer" }),
    });
    expect(cellsOf(shrunk).map(({ kind }) => kind)).toEqual(["cancel", "cancel"]);
    // That two reservations are held comes with two cancellations: nothing shows that they are needed.
    expect(shrunk.certificate.needs?.where).toEqual({ requests: { min: 2 } });
  });

  test("is in a world of its own that keeps no more of a world's value than the failure needs", async () => {
    const region = { kind: "change_cabin", pays_with: "gift_card", passengers: 2, clause: "none" };
    const wish: Like = { noise: 1, world: { trips_held: 4 } };
    const shrunk = await shrink(sampleTask("frequent", [region], wish), {
      target: targetWith({ when: { kind: "change_cabin", trips_held: { min: 3 } }, fault: "stop_early" }),
    });
    expect(shrunk.certificate.needs?.where).toEqual({ kind: "change_cabin", trips_held: { min: 3 } });
    expect(cellsOf(shrunk)).toEqual([expect.objectContaining({ passengers: 1, pays_with: "card" })]);
    expect(resultOf(shrunk, /^trips_held/)).toEqual(["needed", "needed", "dropped"]);
  });

  test("leaves out what an author said beside the wishes", async () => {
    const { task, gold } = sampleTask("authored", [like({ kind: "cancel", reason: "health" })]);
    const instruction = `${writeInstruction(task.user, airline)} My cat is called Mira. She sleeps all day.`;
    const gated = passGates({ ...task, instruction }, airline);
    if (gated.status === "rejected") throw new Error("the authored task is rejected");
    const shrunk = await shrink(gated, {
      target: targetWith({ when: { reason: "health" }, fault: "drop_request" }),
    });
    expect(gold).not.toBeNull();
    expect(shrunk.staged.task.instruction).toBe(writeInstruction(shrunk.staged.task.user, airline));
    expect(shrunk.certificate.removed).toContain("the author's own words");
  });

  test("is found soon, since its rollouts say which request is to blame, whatever the caller says", async () => {
    const regions = [
      like({ kind: "cancel", reason: "health" }),
      like({ kind: "add_bags" }),
      like({ kind: "add_bags" }),
    ];
    const passed = sampleTask("blamed", regions, { noise: 1, distractors: 1 });
    const target = targetWith({ when: { reason: "health" }, fault: "drop_request" });
    const untold = await shrink(passed, { target });
    expect(untold.rollouts).toBeLessThanOrEqual(20);
    for (const blamed of [[0], [1, 2]]) {
      const { staged, rollouts } = await shrink(passed, { target, blamed });
      expect({ key: staged.key, rollouts }).toEqual({ key: untold.staged.key, rollouts: untold.rollouts });
    }
  });

  test("keeps a clause that a hypothesis added to what decides it", async () => {
    const passed = family();
    const complies = { type: "complies", clause: "book_free_bags" } as const;
    const judged = passGates({ ...passed.task, criteria: [...passed.task.criteria, complies] }, airline);
    if (judged.status === "rejected") throw new Error("the judged task is rejected");
    const shrunk = await shrink(judged, { target: targetWith(needsFamily) });
    expect(shrunk.staged.task.criteria).toContainEqual(complies);
    expect(shrunk.staged.task.clauses).toContain("book_free_bags");
    expect(cellsOf(shrunk)).toEqual([
      expect.objectContaining({ ...simplest, passengers: 2, insurance: "yes" }),
    ]);
  });
});

describe("the certificate", () => {
  test("says of every piece that stays how often the target passes without it, and of both ends the rate", async () => {
    const { certificate, rollouts, steps, staged } = await shrink(family(), {
      target: targetWith(needsFamily),
    });
    const needed = certificate.kept.filter(({ why }) => why === "needed");
    expect(needed.map(({ what }) => what)).toEqual([
      "kind book of request 1 (book)",
      "passengers 2 of request 1 (book)",
      "insurance yes of request 1 (book)",
    ]);
    for (const { without } of needed) expect(without.n - without.failed).toBeGreaterThanOrEqual(2);
    expect(certificate.removed.length + certificate.kept.length).toBe(steps.length);
    expect(certificate.before).toMatchObject({ n: 5, failed: 5 });
    expect(certificate.after.failed).toBe(certificate.after.n);
    expect(certificate.after.interval.low).toBeGreaterThan(0.4);
    expect(certificate.tokens.after).toBeLessThan(certificate.tokens.before);
    expect(certificate.rollouts).toEqual({ target: rollouts, oracle: 2 });
    expect(certificate.about.match(/\.(?= |$)/g)).toHaveLength(2);
    expect(certificate.about).toContain("passengers 2");
    expect(certificate.needs).toEqual({
      where: { kind: "book", passengers: { min: 2 }, insurance: "yes" },
      shows: "book: transferred",
      perhaps: [],
      request: expect.objectContaining({ ...simplest, passengers: 2 }),
    });
    expect(passGates(staged.task, airline).status).toBe("passed");
  });

  test("counts the oracle's rollouts, and none where the gold is proof by construction", async () => {
    const { certificate } = await shrink(family(), { target: targetWith(needsFamily), oracle: null });
    expect(certificate.status).toBe("confirmed");
    expect(certificate.rollouts.oracle).toBe(0);
  });
});

describe("a candidate does not count", () => {
  test("that fails in the same way, but for a reason of the simpler kind of request that stands in its place", async () => {
    const target = targetWith(
      { when: { kind: "book", insurance: "yes", requests: { min: 2 } }, fault: "drop_request" },
      { when: { kind: "cancel", requests: { min: 2 } }, fault: "drop_request" },
    );
    const regions = [booking({ insurance: "yes", passengers: 2 }), like({ kind: "change_passengers" })];
    const shrunk = await shrink(sampleTask("another kind", regions), { target });
    expect(cellsOf(shrunk)).toContainEqual(
      expect.objectContaining({ ...simplest, kind: "book", insurance: "yes" }),
    );
    expect(shrunk.certificate.needs?.where).toEqual({ kind: "book", insurance: "yes", requests: { min: 2 } });
    expect(resultOf(shrunk, /^kind book/)).toEqual(["slipped"]);
    expect(shrunk.slips.length).toBeGreaterThan(0);
  });

  test("that fails in another way: it is a find of its own", async () => {
    const target = targetWith(
      { when: { kind: "book", passengers: { min: 2 } }, fault: "stop_early" },
      { when: { kind: "book", passengers: 1 }, fault: "transfer" },
    );
    const shrunk = await shrink(sampleTask("slipped", [booking({ passengers: 2 })]), { target });
    expect(cellsOf(shrunk)).toEqual([expect.objectContaining({ passengers: 2 })]);
    expect(resultOf(shrunk, /^passengers 2/)).toEqual(["slipped"]);
    expect(shrunk.slips.length).toBeGreaterThan(0);
    for (const { staged, rollouts } of shrunk.slips) {
      expect(passGates(staged.task, airline).status).toBe("passed");
      expect(rollouts.filter(({ grade }) => grade.status === "failed").length).toBeGreaterThanOrEqual(2);
    }
  });

  test("that the oracle does not solve: the whole is given back", async () => {
    const passed = sampleTask("oracle", [like({ kind: "add_bags", bags: 3 })], { noise: 1 });
    const shrunk = await shrink(passed, {
      target: targetWith({ when: {}, fault: "transfer" }),
      oracle: careless(1),
    });
    expect(shrunk.certificate.status).toBe("unconfirmed");
    expect(shrunk.staged.task).toEqual(passed.task);
  });
});

describe("the budget", () => {
  test.each([1, 6, 12])(
    "of %i rollouts ends the search, and the same search goes on from there",
    async (maxRollouts) => {
      const passed = family();
      const target = targetWith(needsFamily);
      const on = stageOf("resumed");
      const cut = await shrink(passed, { target, maxRollouts, on });
      expect(cut).toMatchObject({ cut: true, rollouts: maxRollouts, certificate: { status: "cut" } });
      const spent = on.recorded.length;
      const resumed = await shrink(passed, { target, on });
      const whole = await shrink(passed, { target, on: stageOf("resumed") });
      expect(resumed.staged).toEqual(whole.staged);
      expect(resumed.certificate).toEqual(whole.certificate);
      expect(on.recorded.length - spent).toBeLessThan(whole.rollouts + 2);
    },
  );

  test("is told on the way: pieces left, ever fewer in the end", async () => {
    const { left, steps, certificate } = await shrink(family(), { target: targetWith(needsFamily) });
    expect(Math.max(...left)).toBeLessThanOrEqual(steps.length);
    expect(left.at(-1)).toBe(certificate.kept.length);
  });
});
