import { describe, expect, test } from "vitest";
import { type Fault, parseFaultFile } from "../src/agents/fault-file.ts";
import { createSimulated } from "../src/agents/simulated.ts";
import { airline } from "../src/domains/airline/airline.ts";
import type { Region } from "../src/domains/domain.ts";
import type { ChatModel } from "../src/models/chat.ts";
import type { Staged } from "../src/rollout/attempt.ts";
import { evaluate, hardWindow, ruleFor } from "../src/rollout/evaluate.ts";
import { type Reduction, reductionsOf } from "../src/simplify/reductions.ts";
import { modesOf, type Simplified, type SimplifyStep, simplify } from "../src/simplify/simplify.ts";
import { passGates } from "../src/tasks/gates.ts";
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
  readonly oracle?: ChatModel;
  readonly maxRollouts?: number;
}

const rule = ruleFor(hardWindow);

/** Simplifies a task that the target fails; every kept candidate must have been registered before. */
async function shrink(
  passed: Passed,
  { target, oracle = reference, maxRollouts = 500 }: Shrinking,
): Promise<Simplified & { readonly registered: readonly Staged[] }> {
  const { stage } = stageOf("simplify");
  const { signal } = new AbortController();
  const staged: Staged = { ...passed, key: taskKey(passed.task, airline) };
  const counts = await evaluate(
    { stage, staged, model: target, role: "target", from: 0, ahead: 4, signal },
    rule,
  );
  expect(counts).toMatchObject({ verdict: "inside", passed: 0 });
  const registered: Staged[] = [];
  const seen: SimplifyStep[] = [];
  const simplified = await simplify({
    ...{ stage, staged, target, oracle, rule, ahead: 4, maxRollouts, signal },
    modes: modesOf(staged, counts, stage),
    register: (gated) => {
      const candidate = { ...gated, key: taskKey(gated.task, airline) };
      registered.push(candidate);
      return candidate;
    },
    onStep: (step) => void seen.push(step),
  });
  expect(seen).toEqual(simplified.steps);
  return { ...simplified, registered };
}

const like = (region: Region): Region => ({ clause: "none", reference: "id", ...region });
const resultsOf = ({ steps }: Simplified, removes: RegExp) =>
  steps.filter((step) => removes.test(step.removes)).map(({ result }) => result);

const booking = (more: Region): Region =>
  like({ kind: "book", trip: "round_trip", pays_with: "card", stops: "direct", rule: "cheapest", ...more });

describe("the minimal form of a failure", () => {
  test("drops requests, noise, schedule and indirect words that have nothing to do with it", async () => {
    const full: Like = { noise: 1, distractors: 2, schedule: "late" };
    const regions = [
      like({ kind: "change_passengers" }),
      like({ kind: "add_bags" }),
      like({ kind: "cancel" }),
    ];
    const passed = sampleTask("three requests", regions, full);
    const shrunk = await shrink(passed, {
      target: targetWith({ when: { kind: "cancel" }, fault: "drop_request" }),
    });
    const { task } = shrunk.staged;
    expect(task.user.requests.map(({ request, form }) => [request.kind, form])).toEqual([["cancel", 0]]);
    expect(task.user.schedule).toBe("together");
    const sizes = (world: typeof task.world) =>
      Object.values(world).flatMap((table) => Object.keys(table)).length;
    expect(sizes(task.world)).toBeLessThanOrEqual(4);
    expect(resultsOf(shrunk, /^request \d \((change_passengers|add_bags)\)$/)).toEqual([
      "dropped",
      "dropped",
    ]);
    expect(resultsOf(shrunk, /^noise/)).toContain("dropped");
    expect(passGates(task, airline).status).toBe("passed");
    expect(shrunk.cut).toBe(false);
  });

  test("keeps exactly what the fault depends on: two passengers and the insurance", async () => {
    const when = { kind: "book", passengers: { min: 2 }, insurance: "yes" };
    const passed = sampleTask("a family", [
      booking({ passengers: 4, insurance: "yes", bags: 3, cabin: "business" }),
    ]);
    const shrunk = await shrink(passed, { target: targetWith({ when, fault: "transfer" }) });
    const request = shrunk.staged.task.user.requests[0]?.request;
    expect(request).toMatchObject({ insurance: true, bags: 0, return_date: null, cabin: "economy" });
    expect(request?.passengers).toHaveLength(2);
    expect(resultsOf(shrunk, /^one passenger/)).toEqual(["dropped", "dropped", "needed"]);
    expect(resultsOf(shrunk, /^the insurance/)).toEqual(["needed"]);
    expect(resultsOf(shrunk, /^one checked bag/)).toEqual(["dropped", "dropped", "dropped"]);
    expect(resultsOf(shrunk, /^the way back/)).toEqual(["dropped"]);
  });

  test("was registered before its first rollout, like every candidate that got so far", async () => {
    const passed = sampleTask("bags", [like({ kind: "add_bags", bags: 3 })], { noise: 1 });
    const shrunk = await shrink(passed, { target: targetWith({ when: {}, fault: "transfer" }) });
    const tried = shrunk.steps.flatMap(({ task }) => task ?? []);
    expect(shrunk.registered.map(({ key }) => key)).toEqual(tried);
    expect(tried).toContain(shrunk.staged.key);
    expect(shrunk.rollouts).toBe(shrunk.steps.reduce((sum, { n }) => sum + n, 0));
  });
});

describe("a step", () => {
  test("says what the piece showed: how often the target passed without it, or which gate it failed", async () => {
    const when = { kind: "book", bags: { min: 1 } };
    const passed = sampleTask("one stop", [
      booking({ stops: "one_stop", bags: 1, passengers: 1, trip: "one_way" }),
    ]);
    const shrunk = await shrink(passed, { target: targetWith({ when, fault: "transfer" }) });
    const step = (removes: RegExp) => shrunk.steps.find((one) => removes.test(one.removes));
    const needed = step(/^one checked bag/);
    expect(needed).toMatchObject({ result: "needed", passed: needed?.n });
    expect(needed?.why).toBe(`without it the target passes ${needed?.n} of ${needed?.n}`);
    expect(step(/^the stop on the way/)).toMatchObject({
      result: "unsound",
      why: expect.stringMatching(/^without it the task fails the gate gold-runs: No flight from/),
      task: null,
      n: 0,
    });
  });

  test("that slips onto another failure is not taken", async () => {
    const target = targetWith(
      { when: { kind: "book", passengers: { min: 2 } }, fault: "stop_early" },
      { when: { kind: "book", passengers: 1 }, fault: "transfer" },
    );
    const passed = sampleTask("slips", [booking({ passengers: 2 })]);
    const shrunk = await shrink(passed, { target });
    expect(shrunk.staged.task.user.requests[0]?.request.passengers).toHaveLength(2);
    const [step] = shrunk.steps.filter(({ removes }) => removes.startsWith("one passenger"));
    expect(step).toMatchObject({ result: "slipped", passed: 0 });
    expect(step?.why).toContain("failing otherwise: transferred");
  });

  test("that the oracle does not solve is undecided, and nothing is dropped for it", async () => {
    const passed = sampleTask("oracle", [like({ kind: "add_bags", bags: 3 })], { noise: 1 });
    const shrunk = await shrink(passed, {
      target: targetWith({ when: {}, fault: "transfer" }),
      oracle: careless(1),
    });
    const played = shrunk.steps.filter(({ n }) => n > 0).map(({ result }) => result);
    expect(new Set(played)).toEqual(new Set(["undecided"]));
    expect(shrunk.staged.task).toEqual(passed.task);
  });
});

test("a clause that a hypothesis adds to the criteria does not keep any piece from being dropped", () => {
  const passed = sampleTask("clause", [booking({ passengers: 3, bags: 2 }), like({ kind: "cancel" })], {
    noise: 1,
  });
  const complies = { type: "complies", clause: "book_free_bags" } as const;
  if (passed.gold === null) throw new Error("The sampled task has no gold.");
  const plain = { task: passed.task, gold: passed.gold, domain: airline };
  const judged = { ...plain, task: { ...passed.task, criteria: [...passed.task.criteria, complies] } };
  const sound = ({ removes, task }: Reduction) => [removes, passGates(task, airline).status];
  const reductions = reductionsOf(judged);
  expect(reductions.map(sound)).toEqual(reductionsOf(plain).map(sound));
  for (const { task } of reductions) expect(task.criteria).toContainEqual(complies);
});

describe("the budget", () => {
  test.each([1, 6, 12])(
    "of %i rollouts ends the search within one step more, and that is said",
    async (maxRollouts) => {
      const passed = sampleTask("budget", [like({ kind: "cancel" }), like({ kind: "add_bags", bags: 3 })], {
        noise: 1,
      });
      const shrunk = await shrink(passed, {
        target: targetWith({ when: {}, fault: "transfer" }),
        maxRollouts,
      });
      expect(shrunk.cut).toBe(true);
      const last = shrunk.steps.at(-1)?.n ?? 0;
      expect(shrunk.rollouts - last).toBeLessThan(maxRollouts);
      expect(shrunk.rollouts).toBeLessThanOrEqual(maxRollouts + rule.cap);
    },
  );
});
