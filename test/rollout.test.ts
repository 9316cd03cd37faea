import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contentKey } from "../src/core/json.ts";
import { airline } from "../src/domains/airline/airline.ts";
import {
  confirmation,
  farewell,
  hearRequests,
  notUnderstood,
  sayExactly,
  sayOffer,
  sayRefusal,
} from "../src/domains/dialogue.ts";
import {
  BudgetError,
  type ChatAnswer,
  type ChatMessage,
  type ChatModel,
  ModelError,
  noUsage,
} from "../src/models/chat.ts";
import { attempt, type Staged } from "../src/rollout/attempt.ts";
import { type Counts, evaluate, hardWindow, reestimate, ruleFor } from "../src/rollout/evaluate.ts";
import { verify } from "../src/rollout/verify.ts";
import { taskKey } from "../src/tasks/task.ts";
import { careless, type Passed, type Played, play, reference, sampleTask, stageOf } from "./sampled.ts";

/** A target that answers by a plain function of how often it has been asked. */
function puppet(answer: (turn: number, messages: readonly ChatMessage[]) => Partial<ChatAnswer>): ChatModel {
  let turn = 0;
  return {
    spec: "sim:puppet",
    simulated: true,
    fingerprint: "puppet",
    complete: async ({ messages }) => ({ text: "", calls: [], usage: noUsage, ...answer(turn++, messages) }),
  };
}

const says = (...texts: readonly string[]) => puppet((turn) => ({ text: texts[turn] ?? "Hm." }));
const calling = (name: string, count = 1) =>
  puppet((turn) => ({
    calls: Array.from({ length: count }, (_, i) => ({ id: `${turn}/${i}`, name, arguments: "{}" })),
  }));

const userTexts = ({ trajectory }: Played) =>
  trajectory.messages.flatMap((message) => (message.role === "user" ? [message.text] : []));

/** The requests that come up for the first time in each of the user's messages, by kind; silent ones left out. */
function firstSaid(played: Played): readonly (readonly string[])[] {
  const known = new Set<string>();
  const fresh = userTexts(played).map((text) =>
    hearRequests(text, airline).flatMap((request) => {
      const key = contentKey(request);
      if (known.has(key)) return [];
      known.add(key);
      return [request.kind];
    }),
  );
  return fresh.filter((kinds) => kinds.length > 0);
}

const granted = (kind: string) => ({ kind, clause: "none", reference: "id" });
const cancelled = { ...granted("cancel"), ground: "business" };
const cancelling = sampleTask("cancel", [cancelled]);
const idOf = ({ task }: Passed) => (task.user.requests[0]?.request.reservation ?? {}) as { id: string };
const offerOf = (reservation_id: string) =>
  sayOffer([{ name: "cancel_reservation", arguments: { reservation_id } }]);

describe("the scripted user", () => {
  const three = [granted("change_passengers"), cancelled, granted("add_bags")];

  test.each([
    ["together", [3]],
    ["one_by_one", [1, 1, 1]],
    ["late", [2, 1]],
  ] as const)("brings up three requests %s", async (schedule, sizes) => {
    const played = await play(sampleTask("schedules", three, { schedule }));
    expect(firstSaid(played).map((kinds) => kinds.length)).toEqual(sizes);
    expect(played.grade.status).toBe("passed");
    expect(userTexts(played).at(-1)).toBe(farewell);
  });

  test("says what is wanted instead as soon as something is refused, before a transfer can end it all", async () => {
    const regions = [
      { kind: "book", clause: "book_one_certificate" },
      { kind: "cancel", clause: "cancel_flown" },
    ];
    const played = await play(sampleTask("instead", regions));
    expect(firstSaid(played)).toEqual([["book", "cancel"], ["book"]]);
    expect(played.trajectory.ending).toBe("transferred");
    expect(played.grade.status).toBe("passed");
  });

  test("corrects an offer of something else, and says yes to the right one", async () => {
    const { id } = idOf(cancelling);
    const [, wrong, right] = userTexts(
      await play(cancelling, { target: says(offerOf("ZZZZZZ"), offerOf(id)) }),
    );
    expect(wrong).toContain(`No, that is not what I asked for: it is about another reservation than ${id}.`);
    expect(hearRequests(wrong ?? "", airline)).toEqual([cancelling.task.user.requests[0]?.request]);
    expect(right).toBe(confirmation);
  });

  test("answers anything but an offer with all that it knows, six times, and then ends", async () => {
    const played = await play(cancelling, { target: says() });
    const [opening = "", ...rest] = userTexts(played);
    expect(rest).toEqual([...Array(6).fill(sayExactly(opening)), farewell]);
    expect(played.trajectory.ending).toBe("user_done");
    expect(played.grade.status).toBe("failed");
  });

  test("takes a refusal for an answer", async () => {
    const played = await play(cancelling, { target: says(sayRefusal(["cancel_eligibility"], airline)) });
    expect(userTexts(played)).toHaveLength(2);
    expect(played.trajectory.ending).toBe("user_done");
  });
});

describe("a rollout", () => {
  test("ends at the limit of turns, and at the limit of errors", async () => {
    const reading = calling("list_all_airports");
    const turns = await play(cancelling, { target: reading, limits: { turns: 5, errors: 3 } });
    expect(turns.trajectory.ending).toBe("turn_limit");
    expect(turns.trajectory.messages.filter(({ role }) => role === "tool")).toHaveLength(5);
    const errors = await play(cancelling, { target: calling("fly_me"), limits: { turns: 5, errors: 3 } });
    expect(errors.trajectory.ending).toBe("error_limit");
    expect(errors.trajectory.messages.filter(({ role }) => role === "tool")).toHaveLength(3);
  });

  test("runs parallel calls one after the other and records each with its own answer", async () => {
    const { trajectory } = await play(cancelling, {
      target: calling("list_all_airports", 2),
      limits: { turns: 1, errors: 3 },
    });
    expect(trajectory.messages.slice(2)).toMatchObject([
      { role: "assistant", calls: [{ id: "0/0" }, { id: "0/1" }] },
      { role: "tool", callId: "0/0", status: "ok" },
      { role: "tool", callId: "0/1", status: "ok" },
    ]);
  });

  test("is cancelled by its signal and then unscored", async () => {
    const controller = new AbortController();
    const target = puppet((turn) => {
      if (turn === 1) controller.abort();
      return { text: "Hm." };
    });
    const played = await play(cancelling, { target, signal: controller.signal });
    expect(played.trajectory.ending).toBe("cancelled");
    expect(played.grade.status).toBe("unscored");
  });

  test("that breaks says whose fault it was", async () => {
    const down = puppet(() => {
      throw new ModelError("the endpoint is down");
    });
    expect((await play(cancelling, { target: down })).broken).toEqual({
      blame: "endpoint",
      why: "the endpoint is down",
    });
    expect((await play(cancelling, { target: says(notUnderstood) })).broken?.blame).toBe("target");
  });

  test("is the same again for the same seed", async () => {
    const target = careless(0.5);
    const runs = await Promise.all(
      ["a", "a", "b", "c", "d", "e"].map((seed) => play(cancelling, { target, seed })),
    );
    const endings = runs.map(({ trajectory }) => trajectory.ending);
    expect(runs[0]?.trajectory).toEqual(runs[1]?.trajectory);
    expect(new Set(endings).size).toBe(2);
  });
});

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
