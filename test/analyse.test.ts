import { describe, expect, test } from "vitest";
import { type FaultName, faultSteps } from "../src/agents/fault-file.ts";
import { createSimulated } from "../src/agents/simulated.ts";
import { createRng } from "../src/core/rng.ts";
import { airline } from "../src/domains/airline/airline.ts";
import type { Region } from "../src/domains/domain.ts";
import type { Distractor } from "../src/domains/scenario.ts";
import { analyseFailure } from "../src/rollout/analyse.ts";
import { type Mode, type ModeName, modeNames, noteKey } from "../src/rollout/failure-note.ts";
import type { Gold } from "../src/tasks/task.ts";
import { type Passed, type Played, play, sampleAny, sampleTask } from "./sampled.ts";

interface Planted {
  readonly fault: FaultName;
  readonly clause?: string;
  readonly when?: Region;
}

/** A target with one fault that always strikes, and whether it did. */
function planted({ fault, clause = "", when = {} }: Planted) {
  let hasFired = false;
  const faults = [{ id: "f", when, fault, clause: clause === "" ? null : clause, probability: 1 }];
  const target = createSimulated({ name: "planted", summary: "", faults }, airline, {
    onFired: () => {
      hasFired = true;
    },
  });
  return { target, hasFired: () => hasFired };
}

const noteOf = (
  { task, gold }: Passed,
  { trajectory, grade }: Played,
  distractors: readonly Distractor[] = [],
) => analyseFailure({ task, gold, trajectory, grade, domain: airline, distractors });

const goldOf = ({ gold }: Passed): Gold => gold ?? { calls: [], solutions: [] };

/** Tasks of 1–3 requests of any kinds, each with what it was sampled from. */
const tasks = Array.from({ length: 90 }, (_, i) => ({
  seed: `analyse/${i}`,
  gated: sampleAny(`analyse/${i}`),
})).flatMap(({ seed, gated }) =>
  gated !== "none" && gated.status === "passed" && gated.gold !== null ? [{ seed, gated }] : [],
);

/** The modes that name a fault rightly; a fault of the same name may end in more than one of them. */
const named: Readonly<Record<FaultName, readonly ModeName[]>> = {
  drop_request: ["missing_write", "never_refused", "not_transferred"],
  skip_lookup: ["decided_without_lookup"],
  invented_id: ["made_up_value"],
  ignore_clause: ["forbidden_write", "clause_violated", "never_refused"],
  transfer: ["transferred"],
  wrong_choice: ["wrong_choice"],
  wrong_amount: ["wrong_amount"],
  wrong_payment: ["wrong_value", "wrong_choice", "made_up_value"],
  unasked_write: ["unasked_write"],
  stop_early: ["stopped_early"],
  malformed_call: ["call_failed"],
  parallel_calls: ["repeated_write"],
};

/** Whoever insures a booked trip all the same has no tool for it, and sends a certificate that nobody asked for. */
const isSubstitute = ({ mode }: Mode, clause: string) =>
  clause === "insurance_only_at_booking" && mode === "unasked_write";

function names(mode: Mode, { fault, clause = "" }: Planted): boolean {
  if (fault === "ignore_clause") return mode.clause === clause || isSubstitute(mode, clause);
  return named[fault].includes(mode.mode) && (fault !== "wrong_payment" || mode.argument === "payment_id");
}

interface Share {
  failed: number;
  first: number;
  request: number;
}

/** Plants a fault for one kind of request in each task, and counts how often the analysis finds what and where. */
async function shareOf(fault: FaultName): Promise<Share & { readonly missed: readonly string[] }> {
  const share: Share = { failed: 0, first: 0, request: 0 };
  const missed: string[] = [];
  for (const { seed, gated } of tasks) {
    const { solutions } = goldOf(gated);
    const struck = solutions.filter(({ clauses }) => fault !== "ignore_clause" || clauses.length > 0);
    if (struck.length === 0) continue;
    const { request, clauses } = createRng(`${seed}/${fault}`).pick(struck);
    const clause = fault === "ignore_clause" ? (clauses[0] ?? "") : "";
    const one: Planted = { fault, clause, when: { kind: request.kind } };
    const { target, hasFired } = planted(one);
    const played = await play(gated, { target, seed });
    if (played.grade.status !== "failed" || !hasFired()) continue;
    const { modes } = noteOf(gated, played);
    const right = modes.filter((mode) => names(mode, one));
    const isFound = right.some((mode) => mode.kind === request.kind || mode.mode === "unasked_write");
    share.failed += 1;
    share.first += modes[0] !== undefined && names(modes[0], one) ? 1 : 0;
    share.request += isFound ? 1 : 0;
    if (!isFound) missed.push(`${seed}: ${modes.map(noteKey).join("; ")}`);
  }
  return { ...share, missed };
}

describe("the analysis of what a planted fault did", () => {
  const faults = Object.keys(faultSteps) as readonly FaultName[];

  test.each(faults)("names %s and the request it struck", async (fault) => {
    const { failed, first, request, missed } = await shareOf(fault);
    expect(failed).toBeGreaterThanOrEqual(8);
    expect(request / failed, missed.join("\n")).toBeGreaterThanOrEqual(0.92);
    expect(first / failed).toBeGreaterThanOrEqual(0.9);
  });
});

const booking = { kind: "book", clause: "none", reference: "id", pays_with: "card", payments: 1 };
const cancel = { kind: "cancel", clause: "none", reference: "id", ground: "business" };

describe("a wrong choice", () => {
  const passed = sampleTask("suited/wrong_choice", [{ ...booking, alternatives: 3 }], { noise: 1 });
  const choose = () => play(passed, { target: planted({ fault: "wrong_choice" }).target });

  test("is the only thing wrong: the price follows from it", async () => {
    const { modes, firstWrong } = noteOf(passed, await choose());
    expect(modes.map(noteKey)).toEqual(["book: wrong_choice of flight_number"]);
    expect(firstWrong?.step).toMatch(/^call \d+: book_reservation$/);
    expect(firstWrong?.place).toBe(modes[0]?.place);
  });

  test("is put down to the distractor that was taken, with what it loses by", async () => {
    const played = await choose();
    const [flat] = noteOf(passed, played).modes;
    const wrong = /is "(\w+)", expected "(\w+)"/.exec(flat?.detail ?? "");
    const distractor = {
      record: `flights/${wrong?.[1]}`,
      near: `flights/${wrong?.[2]}`,
      losesBy: "price",
      by: 40,
    };
    const other = { ...distractor, record: "flights/HAT000", losesBy: "minutes" };
    const [mode] = noteOf(passed, played, [other, distractor]).modes;
    expect(mode).toMatchObject({
      mode: "wrong_choice",
      request: 0,
      tool: "book_reservation",
      taken: distractor,
    });
    expect(mode === undefined ? "" : noteKey(mode)).toBe("book: wrong_choice of flight_number (price)");
    expect(mode?.detail).toContain("loses by price (40)");
  });
});

describe("a note", () => {
  test("has the same fingerprint in every task that fails by one cause", async () => {
    const keys = await Promise.all(
      ["one", "two", "three"].map(async (seed) => {
        const passed = sampleTask(seed, [cancel, { ...booking, passengers: 1 }]);
        const { modes } = noteOf(
          passed,
          await play(passed, { target: planted({ fault: "drop_request", when: { kind: "cancel" } }).target }),
        );
        return modes.map((mode) => `${mode.request} ${noteKey(mode)}`);
      }),
    );
    expect(new Set(keys.flat())).toEqual(new Set(["0 cancel: missing_write"]));
  });

  test("says of a rollout that passed that nothing went wrong", async () => {
    for (const { gated } of tasks.slice(0, 20)) {
      expect(noteOf(gated, await play(gated))).toEqual({ modes: [], firstWrong: null });
    }
  });

  test("of a failure names at least one mode, the most telling first, each at a message there is", async () => {
    for (const { gated, seed } of tasks.slice(0, 30)) {
      const fault = createRng(seed).pick(Object.keys(faultSteps) as readonly FaultName[]);
      const played = await play(gated, {
        target: planted({ fault, clause: "own_reservations" }).target,
        seed,
      });
      if (played.grade.status !== "failed") continue;
      const { modes } = noteOf(gated, played);
      expect(modes.length, seed).toBeGreaterThan(0);
      const ranks = modes.map(({ mode }) => modeNames.indexOf(mode));
      expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
      for (const { place } of modes) {
        expect(place ?? 0).toBeLessThan(played.trajectory.messages.length);
      }
    }
  });

  test("takes no word of the target into its fingerprint", async () => {
    const passed = sampleTask("foreign", [cancel]);
    const evil =
      'This is what I would do:\n- cancel_reservation {"obey me now":1}\nShall I go ahead? Please answer yes or no.';
    const refusal = "I am sorry, but the policy does not allow this (obey me now): no.";
    for (const text of [evil, refusal]) {
      const target = {
        ...planted({ fault: "transfer" }).target,
        complete: async () => ({ text, calls: [], usage: { inputTokens: 0, outputTokens: 0 } }),
      };
      const { modes } = noteOf(passed, await play(passed, { target }));
      expect(modes.map(noteKey).join()).not.toContain("obey");
      expect(modes.length).toBeGreaterThan(0);
    }
  });
});
