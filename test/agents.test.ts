import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { faultSteps, parseFaultFile } from "../src/agents/fault-file.ts";
import { createSimulated, type Scorer } from "../src/agents/simulated.ts";
import type { Json } from "../src/core/json.ts";
import { airline } from "../src/domains/airline/airline.ts";
import { rulesOf } from "../src/domains/airline/worlds/kind-rules.ts";
import { kinds } from "../src/domains/airline/worlds/shapes.ts";
import type { Region } from "../src/domains/domain.ts";
import { type Passed, play, sampleAny, sampleTask } from "./sampled.ts";

interface Planted {
  readonly fault: string;
  readonly when?: Region;
  readonly probability?: number;
}

function fileOf({ fault, when = {}, probability = 1 }: Planted) {
  return { name: "planted", faults: [{ id: "f", when, fault, probability }] };
}

const targetOf = (planted: Planted, scorer: Scorer = {}) =>
  createSimulated(parseFaultFile(fileOf(planted), airline, "planted.json"), airline, scorer);

describe("the reference agent", () => {
  test("passes at least 99 % of sampled tasks that pass the gates, with the full reward", async () => {
    const count = 300;
    const failed: string[] = [];
    for (let i = 0; i < count; i++) {
      const gated = sampleAny(`agents/${i}`);
      if (gated === "none" || gated.status === "rejected") continue;
      const { grade } = await play(gated, { seed: `${i}` });
      if (grade.status !== "passed" || grade.reward.total < 1) failed.push(`agents/${i}`);
    }
    expect(failed.length, failed.join(", ")).toBeLessThanOrEqual(0.01 * count);
  });
});

const granted = (kind: string, more: Region = {}): Region => ({
  kind,
  clause: "none",
  reference: "id",
  ...more,
});
const booking = granted("book", { pays_with: "card", payments: 1 });
const cancel = granted("cancel", { ground: "business" });

/** Each kind of fault with a task that it must fail. */
const suited: readonly (readonly [fault: string, region: Region])[] = [
  ["drop_request", cancel],
  ["skip_lookup", booking],
  ["invented_id", cancel],
  ["ignore_clause:cancel_eligibility", { kind: "cancel", clause: "cancel_eligibility" }],
  ["transfer", cancel],
  ["wrong_choice", { ...booking, alternatives: 3 }],
  ["wrong_amount", booking],
  ["wrong_payment", booking],
  ["unasked_write", cancel],
  ["stop_early", cancel],
  ["malformed_call", cancel],
  ["parallel_calls", cancel],
];

describe("a planted fault", () => {
  test("is tried in each of its kinds", () => {
    const tried = suited.map(([fault]) => fault.split(":")[0]);
    expect(new Set(tried)).toEqual(new Set(Object.keys(faultSteps)));
  });

  test.each(suited)("%s alone fails a task that suits it", async (fault, region) => {
    const fired: string[] = [];
    const target = targetOf({ fault }, { onFired: (one) => fired.push(one.fault) });
    const passed = sampleTask(`suited/${fault}`, [region], { noise: 1 });
    const { grade } = await play(passed, { target });
    expect(grade.status).toBe("failed");
    expect(new Set(fired)).toEqual(new Set(["f"]));
    expect((await play(passed)).grade.status).toBe("passed");
  });

  test.each(suited)("%s changes nothing where its condition does not hold", async (fault) => {
    const elsewhere = targetOf({ fault, when: { kind: "add_bags" } });
    for (const [, region] of suited) {
      const passed = sampleTask("outside", [region, granted("change_passengers")]);
      const { trajectory } = await play(passed, { target: elsewhere });
      expect(trajectory).toEqual((await play(passed)).trajectory);
    }
  });

  const idle: readonly (readonly [fault: string, region: Region])[] = [
    ["wrong_amount", cancel],
    ["wrong_payment", cancel],
    ["ignore_clause:cancel_flown", { kind: "cancel", clause: "cancel_eligibility" }],
    ["ignore_clause:cancel_eligibility", cancel],
    ["ignore_clause:bags_charged", cancel],
    ["transfer", { kind: "cancel", clause: "cancel_flown" }],
  ];

  test.each(idle)("%s is not told of where it changes nothing", async (fault, region) => {
    const fired: string[] = [];
    const target = targetOf({ fault }, { onFired: (one) => fired.push(one.fault) });
    const passed = sampleTask(`idle/${fault}`, [region]);
    const { trajectory } = await play(passed, { target });
    expect(trajectory).toEqual((await play(passed)).trajectory);
    expect(fired).toEqual([]);
  });

  test("is told of only where its own clause stands in the way", async () => {
    const fired = new Set<string>();
    const clauses = ["cancel_eligibility", "cancel_flown"];
    const faults = clauses.map((clause) => ({
      id: clause,
      when: {},
      fault: `ignore_clause:${clause}`,
      probability: 1,
    }));
    const file = parseFaultFile({ name: "planted", faults }, airline, "planted.json");
    const target = createSimulated(file, airline, { onFired: (one) => fired.add(one.fault) });
    await play(sampleTask("both", [{ kind: "cancel", clause: "cancel_eligibility" }]), { target });
    expect([...fired]).toEqual(["cancel_eligibility"]);
  });

  test("strikes only the request that meets its condition, and leaves the others done", async () => {
    const target = targetOf({ fault: "drop_request", when: { kind: "cancel" } });
    const passed = sampleTask("one of two", [cancel, granted("change_passengers")]);
    const { trajectory } = await play(passed, { target });
    const written = trajectory.messages.flatMap((message) => (message.role === "tool" ? [message.name] : []));
    expect(written).toContain("update_reservation_passengers");
    expect(written).not.toContain("cancel_reservation");
  });

  test("draws once for a seed and a request, and about as often as it says", async () => {
    const passed = sampleTask("draws", [cancel]);
    const endings = async (probability: number) => {
      const target = targetOf({ fault: "transfer", probability });
      const runs = Array.from({ length: 60 }, (_, i) => play(passed, { target, seed: `draw ${i}` }));
      return (await Promise.all(runs)).map(({ trajectory }) => trajectory.ending);
    };
    const half = await endings(0.5);
    expect(await endings(0.5)).toEqual(half);
    const struck = half.filter((ending) => ending === "transferred").length;
    expect(struck).toBeGreaterThan(15);
    expect(struck).toBeLessThan(45);
    expect(new Set(await endings(0))).toEqual(new Set(["user_done"]));
  });
});

const turnedDown = kinds.flatMap((kind) => rulesOf[kind].clauses.map((clause) => ({ kind, clause })));

/** Rules that the airline's tools keep by themselves: whoever overlooks them is stopped there. */
const keptByTools = [
  "book book_profile_payments",
  "change_cabin cabin_flown",
  "change_passengers passengers_count_fixed",
  // Nobody can pay for a stranger's reservation, nor with a certificate for a change.
  ...["change_flights", "change_cabin", "add_bags"].flatMap((kind) => [
    `${kind} own_reservations`,
    `${kind} change_payment`,
  ]),
];

/** Values that leave the clause as the only one in the way. */
const alone: Readonly<Record<string, Region>> = {
  cancel_flown: { ground: ["business", "insured"] },
  compensation_membership: { event: "cancelled" },
  compensation_facts: { event: "cancelled" },
  change_route_fixed: { pays_with: "card" },
};

describe("an agent that ignores a clause", () => {
  const hasWay = (one: string) => one !== "add_insurance own_reservations" && !keptByTools.includes(one);
  const cases = turnedDown.filter(({ kind, clause }) => hasWay(`${kind} ${clause}`));

  test.each(cases)("fails a $kind that $clause turns down", async ({ kind, clause }) => {
    const passed = sampleTask(`ignored/${kind}/${clause}`, [{ kind, clause, ...alone[clause] }]);
    const { grade } = await play(passed, { target: targetOf({ fault: `ignore_clause:${clause}` }) });
    expect(grade.status).toBe("failed");
  });
});

const badFiles: readonly (readonly [what: string, content: Json, sentence: RegExp])[] = [
  [
    "an unknown fault",
    fileOf({ fault: "sing" }) as Json,
    /Unknown fault in bad.json "sing": expected drop_request/,
  ],
  [
    "an unknown clause",
    fileOf({ fault: "ignore_clause:be_nice" }) as Json,
    /Unknown clause after ignore_clause in bad.json "be_nice": expected confirm_before_write/,
  ],
  [
    "a clause that is missing",
    fileOf({ fault: "ignore_clause" }) as Json,
    /Unknown clause after ignore_clause/,
  ],
  [
    "an unknown axis",
    fileOf({ fault: "transfer", when: { mood: "bad" } }) as Json,
    /Unknown axis of airline "mood": expected kind/,
  ],
  [
    "an unknown value",
    fileOf({ fault: "transfer", when: { cabin: "first" } }) as Json,
    /Unknown value of the axis cabin "first": expected economy, basic_economy or business/,
  ],
  [
    "a range on an axis without numbers",
    fileOf({ fault: "transfer", when: { cabin: { min: 1 } } }) as Json,
    /The axis cabin has no numbers/,
  ],
  [
    "a range that runs backwards",
    fileOf({ fault: "transfer", when: { passengers: { min: 4, max: 2 } } }) as Json,
    /No value of the axis passengers lies in/,
  ],
  [
    "a range outside its axis",
    fileOf({ fault: "transfer", when: { passengers: { min: 99 } } }) as Json,
    /No value of the axis passengers lies in .*: its values are 1, 2, 3, 4, 5/,
  ],
  [
    "an axis that its step cannot see yet",
    fileOf({ fault: "drop_request", when: { membership: "gold" } }) as Json,
    /wraps the step "hear" but depends on membership, which is seen only after a lookup/,
  ],
  [
    "one id twice",
    { name: "twins", faults: [1, 2].map(() => fileOf({ fault: "transfer" }).faults[0] as Json) },
    /has the id "f" twice/,
  ],
  [
    "a probability above 1",
    fileOf({ fault: "transfer", probability: 2 }) as Json,
    /wrong form at \/faults\/0\/probability/,
  ],
  ["no list of faults", { name: "odd" }, /wrong form at \/faults/],
];

describe("a fault file", () => {
  test.each(badFiles)("with %s is refused with one clear sentence", (_, content, sentence) => {
    const read = () => parseFaultFile(content, airline, "bad.json");
    expect(read).toThrow(sentence);
    expect(read).toThrow(/^[^\n]{20,1000}[.]$/);
  });
});

describe("what planted faults do", () => {
  test("is the same whatever else was asked of the model before", async () => {
    const passed: Passed = sampleTask("stateless", [cancel, booking], { schedule: "one_by_one" });
    await fc.assert(
      fc.asyncProperty(fc.nat(50), fc.constantFrom(...suited), async (seed, [fault]) => {
        const target = targetOf({ fault, probability: 0.5 });
        const first = await play(passed, { target, seed: `${seed}` });
        await play(passed, { target, seed: `${seed + 1}` });
        const again = await play(passed, { target, seed: `${seed}` });
        expect(again.trajectory).toEqual(first.trajectory);
      }),
      { numRuns: 20 },
    );
  });
});
