import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at, canonical, type Json } from "../src/core/json.ts";
import { airline } from "../src/domains/airline/airline.ts";
import { sayOffer } from "../src/domains/dialogue.ts";
import type { Call } from "../src/domains/domain.ts";
import type { Grade } from "../src/tasks/grade.ts";
import { rehearseGold } from "../src/tasks/rehearsal.ts";
import { gradeTrajectory, rewardWeights } from "../src/tasks/reward.ts";
import type { Criterion, Task } from "../src/tasks/task.ts";
import type { Ending, Message } from "../src/tasks/trajectory.ts";
import { type Passed, sampleTask } from "./sampled.ts";

type Scored = Exclude<Grade, { status: "unscored" }>;

const say = (text: string): Message => ({ role: "assistant", text, calls: [] });
const hear = (text: string): Message => ({ role: "user", text });
const emit = (
  ...calls: readonly { readonly name: string; readonly arguments: string | object }[]
): Message => ({
  role: "assistant",
  text: "",
  calls: calls.map((call, i) => ({
    id: `call_${i}`,
    name: call.name,
    arguments: typeof call.arguments === "string" ? call.arguments : canonical(call.arguments),
  })),
});
const offered = (call: Call): readonly Message[] => [
  say(sayOffer([call])),
  hear("Yes, please go ahead."),
  emit(call),
];
const look = (reservation_id: string): Message =>
  emit({ name: "get_reservation_details", arguments: { reservation_id } });
const transfer = { name: "transfer_to_human_agents", arguments: { summary: "Over to you." } };

/** The grade of a conversation that opens with the user's instruction as message 0. */
function gradeAny(
  passed: Pick<Passed, "task" | "gold">,
  messages: readonly Message[],
  ending: Ending,
): Grade {
  const { task, gold } = passed;
  const usage = { inputTokens: 0, outputTokens: 0 };
  const trajectory = {
    messages: [hear(task.instruction), ...messages],
    ending,
    usage: { target: usage, user: usage },
  };
  return gradeTrajectory({ task, domain: airline, trajectory, gold, rubric: new Map() });
}

function gradeOf(
  passed: Pick<Passed, "task" | "gold">,
  messages: readonly Message[],
  ending: Ending = "user_done",
): Scored {
  const grade = gradeAny(passed, messages, ending);
  if (grade.status === "unscored") throw new Error(grade.why);
  return grade;
}

const judged = (passed: Passed, criterion: Criterion, messages: readonly Message[], ending?: Ending) =>
  gradeOf({ ...passed, task: { ...passed.task, criteria: [criterion] } }, messages, ending).findings[0];

/** The gold's two first writes; the first again where there is only one. */
function writesOf(passed: Passed): readonly [Call, Call] {
  const [first, second] = passed.gold?.solutions.flatMap((solution) => solution.writes) ?? [];
  if (first === undefined) throw new Error("gold writes nothing");
  return [first, second ?? first];
}
const idOf = (task: Task) => String(at(task.user.requests, "/0/request/reservation/id"));
const criterionOf = (task: Task, type: Criterion["type"]) => {
  const criterion = task.criteria.find((one) => one.type === type);
  if (criterion === undefined) throw new Error(`no criterion ${type}`);
  return criterion;
};

const cancelling = sampleTask("cancel", [
  { kind: "cancel", clause: "none", ground: "business", reference: "id" },
]);
const [cancelCall] = writesOf(cancelling);
const cancelled = [look(idOf(cancelling.task)), ...offered(cancelCall)];

describe("the final state", () => {
  const booking = { kind: "book", clause: "none", pays_with: "card" };
  const twice = sampleTask("two bookings", [booking, booking]);
  const [first, second] = writesOf(twice);

  test("is the same whichever of two bookings came first, though their ids are swapped", () => {
    expect(gradeOf(twice, [...offered(first), ...offered(second)]).status).toBe("passed");
    expect(gradeOf(twice, [...offered(second), ...offered(first)]).status).toBe("passed");
  });

  test.each([
    ["one booking is missing", [first]],
    ["a booking came twice", [first, first]],
    ["a third booking was made", [first, second, first]],
    [
      "a booking has another passenger",
      [first, { ...second, arguments: { ...second.arguments, insurance: "x" } }],
    ],
  ])("is another one when %s", (_, calls) => {
    const { status, findings } = gradeOf(twice, calls.flatMap(offered));
    expect(status).toBe("failed");
    expect(findings[0]).toMatchObject({ criterion: "final_state", status: "unmet" });
    expect(findings[0]?.why).toContain("the final state differs");
  });
});

describe("a state assertion", () => {
  const { task } = cancelling;
  const path = `/reservations/${idOf(task)}`;
  const people = at(task.world, `${path}/passengers`) as readonly Json[];
  const bags = sampleTask("bags", [{ kind: "add_bags", clause: "none", reference: "id", bags: 2 }]);
  const bagsPath = `/reservations/${idOf(bags.task)}/total_baggages`;

  test.each([
    [{ path: `${path}/status`, op: "equals", value: "cancelled" }, "met"],
    [{ path: `${path}/status`, op: "equals", value: null }, "unmet"],
    [{ path: `${path}/nowhere`, op: "equals", value: null }, "unmet"],
    [{ path: `${path}/nowhere`, op: "absent" }, "met"],
    [{ path: `${path}/status`, op: "absent" }, "unmet"],
    [{ path: `${path}/passengers`, op: "count", value: people.length }, "met"],
    [{ path: `${path}/passengers`, op: "count", value: people.length + 1 }, "unmet"],
    [{ path: `${path}/passengers`, op: "contains", value: people[0] }, "met"],
    [{ path: `${path}/status`, op: "contains", value: "cancel" }, "met"],
    [{ path: `${path}/passengers`, op: "contains", value: { first_name: "Nobody" } }, "unmet"],
  ])("%o is %s", (assertion, status) => {
    const criterion = { type: "assertion", ...assertion } as Criterion;
    expect(judged(cancelling, criterion, cancelled)?.status).toBe(status);
  });

  test("on a delta compares with the world before", () => {
    const delta = (value: number): Criterion => ({ type: "assertion", path: bagsPath, op: "delta", value });
    const done = offered(writesOf(bags)[0]);
    expect(judged(bags, delta(2), done)?.status).toBe("met");
    expect(judged(bags, delta(0), done)).toMatchObject({
      status: "unmet",
      why: expect.stringContaining("expected a change by 0 from"),
    });
  });
});

describe("a value to be communicated", () => {
  test.each([
    ["number", 1628, "That comes to $1,628.00 in all.", "met"],
    ["number", 1628, "That comes to $16,280.", "unmet"],
    ["number", -50, "The balance moves by -50 dollars.", "met"],
    ["id", "HATHAT", "Your reservation is HATHAT.", "met"],
    ["id", "HATHAT", "Your reservation is HATHATX.", "unmet"],
    ["date", "2024-05-07", "You leave on 2024-05-07.", "met"],
    ["date", "2024-05-07", "You leave on May 7.", "met"],
    ["date", "2024-05-07", "You leave on May 17.", "unmet"],
    ["date", "2024-05-01", "You leave on May 15.", "unmet"],
    ["date", "2024-05-07", "You leave on the 17 May.", "unmet"],
    ["date", "2024-05-22", "You leave on the 22nd of May.", "met"],
    ["id", "HATHAT", "Not HATHATX but HATHAT.", "met"],
    ["text", "aisle seat", "An Aisle Seat it is.", "met"],
    ["text", "aisle seat", "A window seat it is.", "unmet"],
  ] as const)("%s %s against %o is %s", (kind, value, text, status) => {
    const criterion: Criterion = { type: "communicated", kind, value };
    expect(judged(cancelling, criterion, [say(text)])?.status).toBe(status);
  });

  test("is found among other words whatever its size, within its tolerance and not beyond", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e7 }), fc.nat(20), fc.nat(40), (value, tolerance, off) => {
        const criterion: Criterion = { type: "communicated", kind: "number", value, tolerance };
        const text = `In all $${(value + off).toLocaleString("en-US")} for it.`;
        expect(judged(cancelling, criterion, [say(text)])?.status).toBe(off <= tolerance ? "met" : "unmet");
      }),
      { numRuns: 100 },
    );
  });
});

describe("a refusal", () => {
  const refused = sampleTask("refuse", [{ kind: "cancel", clause: "cancel_eligibility", reference: "id" }]);
  const id = idOf(refused.task);
  const refusal = criterionOf(refused.task, "refusal");
  const no = say("I am sorry, that cannot be done.");
  const write: Call = { name: "cancel_reservation", arguments: { reservation_id: id } };

  test.each([
    ["it rests on a lookup", [look(id), no], "user_done", "met", "declined on the record"],
    ["nothing was looked up", [no], "user_done", "unmet", `rests on no lookup of reservations/${id}`],
    [
      "the write was done",
      [look(id), ...offered(write)],
      "user_done",
      "unmet",
      "cancel_eligibility rules it out",
    ],
    ["it went to a human", [look(id), no, emit(transfer)], "transferred", "unmet", "not handed to a human"],
    ["nobody spoke", [look(id)], "user_done", "unmet", "never told"],
  ] as const)("when %s", (_, messages, ending, status, why) => {
    const finding = judged(refused, refusal, messages, ending);
    expect(finding).toMatchObject({ status, why: expect.stringContaining(why) });
  });

  test("is no handover, and a handover is no refusal", () => {
    const flown = sampleTask("flown", [{ kind: "cancel", clause: "cancel_flown", reference: "id" }]);
    const handover = criterionOf(flown.task, "handover");
    const found = look(idOf(flown.task));
    expect(judged(flown, handover, [found, emit(transfer)], "transferred")?.status).toBe("met");
    expect(judged(flown, handover, [found, no])?.why).toContain("was to be handed to a human (cancel_flown)");
    expect(judged(flown, handover, [emit(transfer)], "transferred")?.why).toContain("no lookup");
    expect(gradeOf(flown, [found, emit(transfer)], "transferred").reward.transfer.value).toBe(1);
  });
});

describe("a reward", () => {
  test("is full, part by part, for what gold does", () => {
    const { task, gold } = cancelling;
    if (gold === null) throw new Error("the task has no gold");
    const trajectory = rehearseGold(task, gold, airline);
    const grade = gradeTrajectory({ task, domain: airline, trajectory, gold, rubric: new Map() });
    expect(grade).toMatchObject({ status: "passed", clauses: [], reward: { total: 1 } });
    expect(Object.values(rewardWeights).reduce<number>((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
  });

  test("counts unknown tools and malformed arguments by their places, and they change nothing", () => {
    const odd = [
      emit({ name: "fly_me", arguments: "{}" }),
      emit({ name: cancelCall.name, arguments: '{"res' }),
    ];
    const { status, reward } = gradeOf(cancelling, [...odd, ...cancelled]);
    expect(status).toBe("passed");
    expect(reward.format).toEqual({ value: 0.5, why: "2 of 4 calls were not well formed", places: [1, 2] });
  });

  test("takes parallel calls, words beside a call and an unasked write from compliance, with clause and place", () => {
    const parallel = emit(cancelCall, { name: "get_user_details", arguments: cancelling.task.user.identity });
    const { reward, clauses } = gradeOf(cancelling, [parallel]);
    expect(reward.compliance).toMatchObject({ value: 0, places: [1, 1] });
    expect(reward.compliance.why).toContain("confirm_before_write (message 1): nothing had been said");
    expect(clauses.map(({ clause }) => clause)).toEqual(["confirm_before_write", "one_call_at_a_time"]);
    const chatty = { ...look(idOf(cancelling.task)), text: "One moment." };
    expect(gradeOf(cancelling, [chatty]).reward.compliance).toMatchObject({ value: 0.5, places: [1] });
  });

  test("does not penalise what cannot be decided", () => {
    const free = [
      say("I would cancel it at no cost. Is that all right?"),
      hear("Fine by me."),
      emit(cancelCall),
    ];
    const { status, clauses, reward } = gradeOf(cancelling, [look(idOf(cancelling.task)), ...free]);
    expect(status).toBe("passed");
    expect(clauses).toMatchObject([{ clause: "confirm_before_write", verdict: "undecided" }]);
    expect(reward.compliance.value).toBe(1);
  });

  test("measures efficiency against the gold's length", () => {
    const needed = cancelling.gold?.calls.length ?? 0;
    const again = Array.from({ length: needed }, () => look(idOf(cancelling.task)));
    const { efficiency } = gradeOf(cancelling, [...again, ...again.slice(1), ...offered(cancelCall)]).reward;
    expect(efficiency).toMatchObject({ value: 0.5, why: `${2 * needed} calls, the gold takes ${needed}` });
  });

  test("punishes a transfer that nothing called for, in outcome and in a part of its own", () => {
    const { status, reward } = gradeOf(cancelling, [emit(transfer)], "transferred");
    expect(status).toBe("failed");
    expect(reward.transfer).toMatchObject({ value: 0, places: [1] });
    expect(reward.outcome.why).toContain("the final state differs");
  });

  test("has no outcome when a limit ended it, even with the work done", () => {
    const { status, reward } = gradeOf(cancelling, cancelled, "turn_limit");
    expect(status).toBe("failed");
    expect(reward.outcome).toMatchObject({ value: 0, why: "it ran into the turn limit" });
  });

  test("fails a criterion of compliance by the clause that was broken, and by no other", () => {
    const criterion = (clause: string): Criterion => ({ type: "complies", clause });
    expect(judged(cancelling, criterion("confirm_before_write"), [emit(cancelCall)])).toMatchObject({
      status: "unmet",
      place: 1,
    });
    expect(judged(cancelling, criterion("one_call_at_a_time"), [emit(cancelCall)])?.status).toBe("met");
  });
});

describe("a rollout that cannot be graded", () => {
  test("is unscored and never failed: broken, cancelled, or with nobody to judge its rubric", () => {
    expect(gradeAny(cancelling, [], "broken").status).toBe("unscored");
    expect(gradeAny(cancelling, cancelled, "cancelled").status).toBe("unscored");
    const rubric = { ...cancelling.task, criteria: [{ type: "rubric", objective: "Be kind." }] as const };
    expect(gradeAny({ ...cancelling, task: rubric }, [], "user_done")).toMatchObject({
      status: "unscored",
      blame: "judge",
    });
  });
});
