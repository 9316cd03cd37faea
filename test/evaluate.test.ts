import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { airline } from "../src/domains/airline/airline.ts";
import { BudgetError, type ChatModel, ModelError } from "../src/models/chat.ts";
import { attempt, type Staged } from "../src/rollout/attempt.ts";
import {
  type Counts,
  evaluate,
  gateVerdict,
  hardWindow,
  passGate,
  reestimate,
  ruleFor,
  teachableWindow,
} from "../src/rollout/evaluate.ts";
import { verify } from "../src/rollout/verify.ts";
import { taskKey } from "../src/tasks/task.ts";
import { cancelled, careless, reference, sampleTask, stageOf } from "./sampled.ts";

const cancelling = sampleTask("cancel", [cancelled]);
const staged: Staged = { ...cancelling, key: taskKey(cancelling.task, airline) };
const { signal } = new AbortController();
const slot = { staged, role: "target", index: 0, signal } as const;

describe("an attempt", () => {
  test("is run once: the same slot comes from the record", async () => {
    const { stage, recorded } = stageOf("1");
    const first = await attempt(stage, { ...slot, model: reference });
    const again = await attempt(stage, { ...slot, model: reference });
    expect(first?.grade.status).toBe("passed");
    expect(again).toBe(first);
    expect(recorded).toHaveLength(1);
    await attempt(stage, { ...slot, model: reference, index: 1 });
    await attempt(stage, { ...slot, model: careless(0) });
    expect(new Set(recorded.map(({ id }) => id)).size).toBe(3);
  });

  test("that broke is repeated at the same index with the same seed, and stays unscored after three", async () => {
    const { stage, recorded } = stageOf("1");
    const seeds: string[] = [];
    const failing = (times: number): ChatModel => ({
      ...reference,
      complete: async (request) => {
        if (request.messages.length === 3) seeds.push(request.seed);
        if (seeds.length <= times) throw new ModelError("down");
        return reference.complete(request);
      },
    });
    expect((await attempt(stage, { ...slot, model: failing(1) }))?.grade.status).toBe("passed");
    expect(recorded.map(({ grade, slot: { index } }) => [grade.status, index])).toEqual([
      ["unscored", 0],
      ["passed", 0],
    ]);
    expect(new Set(seeds).size).toBe(1);
    const given = await attempt(stage, { ...slot, index: 1, model: failing(99) });
    expect(given?.grade).toMatchObject({ status: "unscored", blame: "endpoint" });
    expect(recorded).toHaveLength(5);
  });

  test("that breaks as the tokens end is cut: not repeated, not recorded, and the next does not start", async () => {
    let calls = 0;
    const model: ChatModel = {
      ...reference,
      complete: async () => {
        calls += 1;
        throw new BudgetError("spent");
      },
    };
    let taken = 0;
    const { stage, recorded } = stageOf("1", {
      take: () => ++taken > 0,
      tokensLeft: () => (calls === 0 ? 1 : 0),
    });
    const on = { staged, role: "target", from: 0, signal, stage, model, ahead: 1 } as const;
    expect(await evaluate(on, ruleFor(hardWindow))).toMatchObject({ n: 0, unscored: 0, cut: true });
    expect(await verify({ stage, staged, oracle: model, signal })).toMatchObject({ n: 0, cut: true });
    expect([calls, taken, recorded]).toEqual([1, 1, []]);
  });

  test("does not start without budget, nor after a cancellation", async () => {
    const broke = stageOf("1", { take: () => false });
    expect(await attempt(broke.stage, { ...slot, model: reference })).toBeNull();
    const aborted = AbortSignal.abort();
    const { stage, recorded } = stageOf("1");
    expect(await attempt(stage, { ...slot, model: reference, signal: aborted })).toBeNull();
    expect([...recorded, ...broke.recorded]).toEqual([]);
  });
});

describe("an evaluation", () => {
  const rule = ruleFor(hardWindow);
  const on = { staged, role: "target" as const, from: 0, signal };
  const figures = ({ n, passed, verdict, rollouts }: Counts) => ({
    ...{ n, passed, verdict },
    indices: rollouts.map((rollout) => rollout.slot.index),
  });

  test("counts in index order: the same however many run side by side, and none is wasted", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1000), fc.constantFrom(0, 0.3, 0.6, 0.9), async (seed, probability) => {
        const model = careless(probability);
        const alone = await evaluate({ ...on, model, stage: stageOf(`${seed}`).stage, ahead: 1 }, rule);
        const { stage, recorded } = stageOf(`${seed}`);
        const ahead = await evaluate({ ...on, model, stage, ahead: 8 }, rule);
        expect(figures(ahead)).toEqual(figures(alone));
        expect(figures(alone).indices).toEqual(alone.rollouts.map((_, i) => i));
        expect(recorded).toHaveLength(ahead.n);
      }),
      { numRuns: 15 },
    );
  });

  test("stops as soon as it is sure", async () => {
    const { stage, recorded } = stageOf("1");
    const counts = await evaluate({ ...on, model: careless(1), stage, ahead: 8 }, rule);
    expect(counts).toMatchObject({ passed: 0, verdict: "inside", unscored: 0, cut: false });
    expect(counts.n).toBeLessThan(8);
    expect(recorded).toHaveLength(counts.n);
    const sound = await evaluate({ ...on, model: reference, stage, ahead: 1 }, rule);
    expect(sound).toMatchObject({ verdict: "outside", passed: sound.n });
    expect(sound.n).toBeLessThan(4);
  });

  test("gives up at the third unscored index, however many run side by side", async () => {
    const model: ChatModel = {
      ...careless(0.6),
      complete: async (request) => {
        if (Number.parseInt(request.seed.slice(0, 1), 16) < 8) throw new ModelError("down");
        return careless(0.6).complete(request);
      },
    };
    for (const seed of ["1", "2", "3", "4", "5"]) {
      const [alone, ahead] = await Promise.all(
        [1, 8].map((ahead) => evaluate({ ...on, model, stage: stageOf(seed).stage, ahead }, rule)),
      );
      expect(ahead).toEqual(alone);
      expect(ahead?.unscored).toBeLessThanOrEqual(3);
    }
  });

  test("is cut when the budget ends, and says so", async () => {
    let left = 2;
    const { stage } = stageOf("1", { take: () => left-- > 0 });
    const counts = await evaluate({ ...on, model: careless(1), stage, ahead: 1 }, rule);
    expect(counts).toMatchObject({ n: 2, cut: true, verdict: "undecided" });
  });

  test("at a gate ends once the rest can change nothing, and has as many again where it misses narrowly", async () => {
    const windows = fc.constantFrom(hardWindow, teachableWindow);
    await fc.assert(
      fc.asyncProperty(fc.nat(1000), fc.constantFrom(0.3, 0.6, 0.9, 1), windows, async (seed, p, window) => {
        const { stage } = stageOf(`gate ${seed}`);
        const at = { ...on, model: careless(p), stage, ahead: 2 };
        const [first, both] = [await reestimate(at, 8, window), await reestimate(at, 16, window)];
        const gate = await passGate(at, { rollouts: 8, least: 4 }, window);
        const of = gate.n > 8 ? 16 : 8;
        const [fewest, most] = [gate.passed / of, (gate.passed + of - gate.n) / of];
        if (gate.verdict === "inside") {
          expect(of === 16 ? both.verdict : first.verdict).toBe("inside");
          expect([fewest >= window.low, most <= window.high, gate.n >= 4]).toEqual([true, true, true]);
        } else {
          expect(first.verdict).toBe("outside");
          expect(both.verdict === "inside" && gate.n > 12).toBe(false);
        }
        const whole = await passGate(at, { rollouts: 8, least: 8 }, window);
        expect(whole.verdict).toBe(gate.verdict);
        expect(gate.verdict !== "inside" || whole.n === Math.max(8, gate.n)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  test.each([
    [2, 8, "inside"],
    [0, 6, "inside"],
    [3, 3, "outside"],
    [3, 7, "undecided"],
    [4, 7, "outside"],
    [3, 8, "undecided"],
    [5, 16, "inside"],
    [6, 15, "outside"],
    [4, 15, "inside"],
  ] as const)("at a gate of 8 with %i of %i passed is %s the window of at most .33", (passed, n, verdict) => {
    expect(gateVerdict({ passed, n }, { rollouts: 8, least: 1 }, hardWindow)).toBe(verdict);
  });

  test("for a report runs a fixed number, from an index of its own", async () => {
    const { stage } = stageOf("1");
    const fresh = { ...on, from: 100, stage, ahead: 4 };
    const counts = await reestimate({ ...fresh, model: careless(1) }, 6, hardWindow);
    expect(figures(counts)).toMatchObject({ n: 6, passed: 0, indices: [100, 101, 102, 103, 104, 105] });
    const mixed = await reestimate({ ...fresh, model: careless(0.5) }, 20, hardWindow);
    expect(mixed.passed % 20).not.toBe(0);
  });
});

describe("an oracle", () => {
  test.each([
    ["kept", 2, reference],
    ["discarded", 2, careless(1)],
  ] as const)("has a task %s after %i rollouts of one outcome", async (verdict, n, oracle) => {
    const counts = await verify({ stage: stageOf("1").stage, staged, oracle, signal });
    expect(counts).toMatchObject({ verdict, n });
  });

  test("of two minds runs on to its second pass or failure", async () => {
    const { stage } = stageOf("mixed");
    const counts = await verify({ stage, staged, oracle: careless(0.5), signal });
    const last = counts.rollouts.at(-1)?.grade.status;
    expect(counts.verdict).toBe(last === "passed" ? "kept" : "discarded");
    expect(Math.max(counts.passed, counts.n - counts.passed)).toBe(2);
  });
});
