import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRng } from "../src/core/rng.ts";
import { airline } from "../src/domains/airline/airline.ts";
import { hearRequests } from "../src/domains/dialogue.ts";
import { domains } from "../src/domains/index.ts";
import { piecesOf } from "../src/simplify/pieces.ts";
import { reduce } from "../src/simplify/reductions.ts";
import { wholeOf } from "../src/simplify/wishes.ts";
import { composeTask } from "../src/tasks/compose.ts";
import { passGates } from "../src/tasks/gates.ts";
import { everyRequest, isHeardAs, writeInstruction } from "../src/tasks/instruction.ts";
import { leaksOf } from "../src/tasks/leaks.ts";
import { personas } from "../src/tasks/personas.ts";
import { rehearseGold } from "../src/tasks/rehearsal.ts";
import { type Schedule, schedules, type Task, type UserScript } from "../src/tasks/task.ts";
import { wordUser } from "../src/tasks/wording.ts";
import { cancelled, type Passed, play, reference, sampleAny, sampleTask } from "./sampled.ts";

const word = (user: UserScript, seed: string) => wordUser(user, airline, createRng(seed));
const seed = fc.string({ minLength: 1, maxLength: 12 });

/** Holds a law on sampled tasks of every kind. */
function onSampled(law: (sample: Passed, seed: string) => void, numRuns = 120): void {
  fc.assert(
    fc.property(seed, (one) => {
      const sample = sampleAny(one);
      fc.pre(sample !== "none" && sample.status === "passed");
      law(sample as Passed, one);
    }),
    { numRuns },
  );
}

/** The user with every request, and what is wanted instead, in one form. */
function inForm(user: UserScript, form: number): UserScript {
  const formed = (one: UserScript["requests"][number]): UserScript["requests"][number] =>
    one.otherwise === undefined ? { ...one, form } : { ...one, form, otherwise: formed(one.otherwise) };
  return { ...user, requests: user.requests.map(formed) };
}

describe("a persona", () => {
  test("is one sentence for whoever plays the user, and there are at least twelve", () => {
    expect(new Set(personas.map(({ persona }) => persona)).size).toBeGreaterThanOrEqual(12);
    for (const { persona } of personas) expect(persona).toMatch(/^You [^.]+\.$/);
  });

  test.each(domains)("has asides in which $name hears nobody and nothing", (domain) => {
    for (const aside of personas.flatMap(({ asides }) => asides)) {
      expect(hearRequests(aside, domain)).toEqual([]);
      expect(domain.identity.hear(aside)).toBeNull();
      expect(aside).not.toMatch(/\d/);
    }
  });
});

describe("a worded instruction", () => {
  test("is heard as the identity and the requests with all that is wanted instead, in order", () => {
    onSampled(({ task }, one) => {
      const { user, instruction } = word(task.user, one);
      expect(airline.identity.hear(instruction)).toEqual(task.user.identity);
      expect(hearRequests(instruction, airline)).toEqual(
        task.user.requests.flatMap(everyRequest).map(({ request }) => request),
      );
      expect(isHeardAs(instruction, user, airline)).toBe(true);
    });
  });

  test("is heard so in every form of every kind, at every schedule", () => {
    for (const { kind, forms } of airline.requests) {
      expect(forms).toBe(6);
      const { user } = sampleTask(`forms/${kind}`, [{ kind }, cancelled]).task;
      const several = Array.from({ length: forms }, (_, form) => inForm(user, form));
      for (const [form, formed] of several.entries()) {
        for (const schedule of schedules) {
          const { instruction } = word({ ...formed, schedule }, `${kind}/${form}`);
          expect(isHeardAs(instruction, user, airline), instruction).toBe(true);
        }
      }
      expect(new Set(several.map((one) => word(one, kind).instruction)).size).toBe(forms);
    }
  });

  test("gives away nothing that gold finds out", () => {
    onSampled(({ task, gold }, one) => {
      if (gold === null) throw new Error("a sampled task has a gold");
      const { user, instruction } = word(task.user, one);
      for (const text of [instruction, writeInstruction(user, airline)]) {
        expect(leaksOf(text, { domain: airline, user, gold })).toEqual([]);
      }
    });
  });

  test("is the same for the same seed, and one task can have thousands", () => {
    const { user } = sampleTask("many", [cancelled]).task;
    const all = Array.from({ length: 4000 }, (_, i) => word(user, String(i)).instruction);
    expect(word(user, "7").instruction).toBe(all[7]);
    expect(new Set(all).size).toBeGreaterThan(1000);
  });

  test("says in other words each time when things come up and what is wanted instead", () => {
    const instead = sampleTask("instead", [{ kind: "book", clause: "book_one_certificate" }, cancelled]).task;
    const count = (schedule: Schedule) =>
      new Set(
        Array.from({ length: 500 }, (_, i) => word({ ...instead.user, schedule }, String(i)).instruction),
      ).size;
    for (const schedule of schedules) expect(count(schedule)).toBeGreaterThan(450);
  });

  test("reads as a person speaks", () => {
    const reservation = { id: "ABC123" };
    const requests: UserScript["requests"] = [
      {
        request: { kind: "change_cabin", reservation, cabin: "business", payment: { id: "certificate_1" } },
        form: 4,
        otherwise: {
          request: { kind: "change_cabin", reservation, cabin: "business", payment: { card: "4412" } },
          form: 5,
        },
      },
      {
        request: { kind: "cancel", reservation: { origin: "SFO", destination: "JFK" }, reason: "health" },
        form: 1,
      },
    ];
    const user = { identity: { user_id: "mia_li_3668" }, persona: "", schedule: "late" as const, requests };
    expect(word(user, "spoken").instruction).toMatchInlineSnapshot(
      `"Hello, my user id is mia_li_3668. I trust that this message finds you well. Nearly all of it comes in my first message; one thing has to wait. My knees and I have talked it over, and we both want business class on reservation ABC123. Just put any difference on certificate_1, would you? Failing that, and only then: I hate to reopen something that was settled, but would it be a lot of work to have reservation ABC123 in business class from now on? If that makes a difference in price, my card ending in 4412 is the one to use. The last thing waits until all the others are settled. I can no longer use my trip from SFO to JFK and want it cancelled; I have fallen ill. That is all."`,
    );
  });
});

describe("a user's aside", () => {
  const plain = sampleTask("aside", [cancelled]);
  const { user } = plain.task;
  const worded = Array.from({ length: 40 }, (_, i) => word(user, String(i)));

  test("is there for most, fits the persona and stands in the instruction", () => {
    const silent = worded.filter((one) => one.user.aside === undefined);
    expect(silent.length).toBeGreaterThan(0);
    expect(silent.length).toBeLessThan(20);
    for (const { user: one, instruction } of worded) {
      const own = personas.find(({ persona }) => persona === one.persona);
      if (one.aside === undefined) expect(one).not.toHaveProperty("aside");
      else expect(own?.asides).toContain(one.aside);
      expect(instruction.includes(one.aside ?? "")).toBe(true);
    }
  });

  test("belongs to a persona: a user who has one already keeps it and gets none", () => {
    const curt = { ...user, persona: "You are curt." };
    expect(word(curt, "0").user).toEqual(curt);
  });

  const aside = "I only have a minute before a meeting.";
  const talking: Task = composeTask(airline, { ...plain.task, user: { ...user, aside } }).task;

  test("opens the conversation once, after the identity, and changes nothing else", async () => {
    const played = await play({ ...plain, task: talking }, { target: reference });
    const said = played.trajectory.messages.flatMap((one) => (one.role === "user" ? [one.text] : []));
    expect(said[0]?.startsWith(`${airline.identity.say(user.identity)} ${aside} `)).toBe(true);
    expect(said.filter((text) => text.includes(aside))).toHaveLength(1);
    expect(played.grade.status).toBe("passed");
    if (plain.gold === null) throw new Error("a sampled task has a gold");
    expect(rehearseGold(talking, plain.gold, airline).messages[1]).toMatchObject({ text: said[0] });
  });

  test("goes with the persona when the task is made smaller", () => {
    const gated = passGates(talking, airline);
    if (gated.status === "rejected" || gated.gold === null) throw new Error(JSON.stringify(gated));
    const whole = wholeOf({ task: talking, gold: gated.gold }, airline, new Set());
    if (whole === null) throw new Error("it has no gold");
    const pieces = piecesOf(whole);
    const kept = new Set(pieces.flatMap(({ id }) => (id === "persona" ? [] : [id])));
    expect(pieces.length - kept.size).toBe(1);
    expect(reduce(whole, pieces, kept)).toMatchObject({ status: "passed", task: { user } });
  });

  test("that says who somebody is or what they want does not pass the gates", () => {
    const [request] = user.requests;
    const wants = airline.requests.find(({ kind }) => kind === "cancel")?.say(request?.request as never, 3);
    for (const bad of ["", "By the way, my user id is eve_li_1.", `Hm. ${wants}`]) {
      const gated = passGates({ ...talking, user: { ...user, aside: bad } }, airline);
      expect(gated).toMatchObject({ status: "rejected", rejections: [{ path: "/user/aside" }] });
    }
  });
});

describe("what a text gives away", () => {
  const sample = sampleTask("leaks", [
    { kind: "book", clause: "none", pays_with: "card", passengers: 3, payments: 1, cabin: "business" },
  ]);
  const { user } = sample.task;
  const [write] = sample.gold?.solutions[0]?.writes ?? [];
  const args = write?.arguments as {
    readonly flights: readonly { readonly flight_number: string }[];
    readonly payment_methods: readonly { readonly amount: number }[];
  };
  const number = args.flights[0]?.flight_number ?? "";
  const amount = args.payment_methods[0]?.amount ?? 0;
  const { instruction } = word(user, "leaks");
  const leaks = (text: string) => {
    if (sample.gold === null) throw new Error("a sampled task has a gold");
    return leaksOf(text, { domain: airline, user, gold: sample.gold });
  };

  test("are ids and amounts that only a lookup can tell, however they are written", () => {
    expect(amount).toBeGreaterThan(999);
    const grouped = amount.toLocaleString("en-US");
    for (const text of [`${amount}`, `$${grouped}.`, `${amount}.00 dollars`, `(${grouped})`]) {
      expect(leaks(`${instruction} It should be ${text}`)).toEqual([String(amount)]);
    }
    expect(leaks(`I saw ${number.toLowerCase()}, for ${amount}.`)).toEqual([number, String(amount)]);
  });

  test("are not parts of other words, values from fixed lists, or what the user knows anyway", () => {
    for (const text of [
      `${instruction} ${writeInstruction(user, airline)}`,
      `X${number} ${number}7 ${amount}5 5${amount} ${amount}-05-01 12:${amount}`,
      "basic_economy economy business one_way round_trip yes no 1 2 3",
    ]) {
      expect(leaks(text)).toEqual([]);
    }
  });
});
