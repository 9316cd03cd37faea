import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at } from "../src/core/json.ts";
import { airline } from "../src/domains/airline/airline.ts";
import type { Call, Request, ScriptedRequest, World } from "../src/domains/domain.ts";
import { composeTask } from "../src/tasks/compose.ts";
import { passGates } from "../src/tasks/gates.ts";
import type { Rejection } from "../src/tasks/rejection.ts";
import type { Criterion, Task } from "../src/tasks/task.ts";
import { sampleAny, sampleTask } from "./sampled.ts";

const cancelling = sampleTask("cancel", [
  { kind: "cancel", clause: "none", ground: "business", reference: "id" },
]);
const refused = sampleTask("refuse", [{ kind: "cancel", clause: "cancel_eligibility", reference: "id" }]);
const flown = sampleTask("flown", [{ kind: "cancel", clause: "cancel_flown", reference: "id" }]);
const booking = sampleTask("book", [
  { kind: "book", clause: "none", rule: "cheapest", stops: "direct", trip: "one_way", pays_with: "card" },
]);

const idOf = (task: Task) => String(at(task.user.requests, "/0/request/reservation/id"));

/** The task with other parts; gold and what follows from it are made anew. */
function remade(task: Task, change: Partial<Task>): Task {
  const { criteria: _, ...parts } = task;
  return composeTask(airline, { ...parts, ...change }).task;
}

/** The first rejection of a task that must be rejected by one gate alone. */
function rejectionOf(task: Task): Rejection {
  const gated = passGates(task, airline);
  if (gated.status === "passed") throw new Error("the task passed every gate");
  const [first] = gated.rejections;
  if (first === undefined) throw new Error("rejected without a rejection");
  expect(new Set(gated.rejections.map(({ gate }) => gate))).toEqual(new Set([first.gate]));
  expect(first.repair.length).toBeGreaterThan(10);
  return first;
}

const withRequests = (task: Task, requests: readonly ScriptedRequest[]) =>
  remade(task, { user: { ...task.user, requests } });

const withRequest = (task: Task, change: Partial<Request>) =>
  withRequests(
    task,
    task.user.requests.map((one) => ({ ...one, request: { ...one.request, ...change } as Request })),
  );

/** The world with one record changed. */
function withRecord(world: World, place: readonly [string, string], change: object): World {
  const [table, id] = place;
  const records = world[table] ?? {};
  return { ...world, [table]: { ...records, [id]: { ...records[id], ...change } } } as World;
}

const certificate = (amount: number): Call => ({
  name: "send_certificate",
  arguments: { user_id: String(cancelling.task.user.identity.user_id), amount },
});

/** The booking's flights on its day, each at the same price in every cabin. */
function levelled(): World {
  const [origin, destination, date] = ["origin", "destination", "date"].map((member) =>
    at(booking.task.user.requests, `/0/request/${member}`),
  );
  const { flights = {} } = booking.task.world;
  const same = Object.values(flights).filter(
    (one) => one.origin === origin && one.destination === destination,
  );
  const [first] = same;
  if (first === undefined) throw new Error("there is nothing to book");
  const day = (first.dates as Record<string, object>)[String(date)] as object;
  const later = { scheduled_departure_time_est: "01:00:00", scheduled_arrival_time_est: "04:00:00" };
  const twin = { ...first, ...later, flight_number: "HAT998", dates: { [String(date)]: day } };
  return { ...booking.task.world, flights: { ...flights, HAT998: twin } } as World;
}

function turnedDown(clause: string, forbids: readonly Call[]): Criterion {
  const restsOn = [`reservations/${idOf(refused.task)}`];
  return { type: "refusal", about: "cancel", clauses: [clause], restsOn, forbids };
}

interface Broken {
  readonly gate: Rejection["gate"];
  readonly path: RegExp;
  readonly wrong: RegExp;
  readonly task: () => Task;
}

const { task } = cancelling;
const own = idOf(task);

const broken: readonly Broken[] = [
  {
    gate: "schema",
    path: /^\/user\/schedule$/,
    wrong: /expected one of/,
    task: () => ({ ...task, user: { ...task.user, schedule: "at noon" as "late" } }),
  },
  {
    gate: "schema",
    path: /^\/tools\/0$/,
    wrong: /expected one of/,
    task: () => ({ ...task, tools: ["fly_me"] }),
  },
  {
    gate: "consistency",
    path: /^\/world\/users/,
    wrong: /nobody_1/,
    task: () =>
      remade(task, { world: withRecord(task.world, ["reservations", own], { user_id: "nobody_1" }) }),
  },
  {
    gate: "identity",
    path: /^\/user\/identity$/,
    wrong: /names nobody in the world/,
    task: () => ({ ...task, user: { ...task.user, identity: { user_id: "nobody_1" } } }),
  },
  {
    gate: "criteria",
    path: /^\/criteria$/,
    wrong: /nothing to be reached/,
    task: () => ({ ...task, criteria: [{ type: "complies", clause: "confirm_before_write" }] }),
  },
  {
    gate: "criteria",
    path: /^\/criteria\/1\/clause$/,
    wrong: /no clause "be_nice"/,
    task: () => ({ ...task, criteria: [...task.criteria, { type: "complies", clause: "be_nice" }] }),
  },
  {
    gate: "criteria",
    path: /^\/criteria\/0\/writes\/0\/name$/,
    wrong: /no tool "fly_me"/,
    task: () => ({
      ...task,
      criteria: [{ type: "final_state", writes: [{ name: "fly_me", arguments: {} }] }],
    }),
  },
  {
    gate: "criteria",
    path: /^\/criteria\/0\/forbids\/0\/name$/,
    wrong: /no tool "fly_me"/,
    task: () => ({
      ...refused.task,
      criteria: [turnedDown("cancel_eligibility", [{ name: "fly_me", arguments: {} }])],
    }),
  },
  {
    gate: "criteria",
    path: /^\/criteria\/0$/,
    wrong: /gold ends no request of kind "cancel" as refused by cancel_eligibility/,
    task: () => ({ ...task, criteria: [turnedDown("cancel_eligibility", [])] }),
  },
  {
    gate: "criteria",
    path: /^\/criteria\/0$/,
    wrong: /as refused by cancel_flown/,
    task: () => ({ ...refused.task, criteria: [turnedDown("cancel_flown", [])] }),
  },
  {
    gate: "requests",
    path: /^\/user\/requests\/1$/,
    wrong: /same request stands in the task twice/,
    task: () => withRequests(task, [...task.user.requests, ...task.user.requests]),
  },
  {
    gate: "gold-runs",
    path: /^\/user\/requests\/0$/,
    wrong: /NOSUCH could not be found/,
    task: () => withRequest(task, { reservation: { id: "NOSUCH" } }),
  },
  {
    gate: "gold-reaches-criteria",
    path: /^\/criteria$/,
    wrong: /does not meet final_state/,
    task: () => ({ ...task, criteria: [{ type: "final_state", writes: [certificate(100)] }] }),
  },
  {
    gate: "gold-reaches-criteria",
    path: /^\/criteria$/,
    wrong: /does not meet assertion: .* expected "flown"/,
    task: () => ({
      ...task,
      criteria: [{ type: "assertion", path: `/reservations/${own}/status`, op: "equals", value: "flown" }],
    }),
  },
  {
    gate: "unique-answer",
    path: /^\/user\/requests\/0$/,
    wrong: /cannot tell .*HAT998.* apart|cannot tell HAT998/,
    task: () => remade(booking.task, { world: levelled() }),
  },
  {
    gate: "do-nothing",
    path: /^\/criteria$/,
    wrong: /doing nothing would pass/,
    task: () => ({
      ...refused.task,
      tools: refused.task.tools.filter((name) => name !== "transfer_to_human_agents"),
      criteria: [{ type: "communicated", kind: "text", value: "simulated agent" }],
    }),
  },
  {
    gate: "transfer-at-once",
    path: /^\/criteria$/,
    wrong: /handing over to a human at once would pass/,
    task: () => ({ ...flown.task, criteria: flown.task.criteria.map(withoutLookup) }),
  },
  {
    gate: "refuse-at-once",
    path: /^\/criteria$/,
    wrong: /declining everything without a lookup would pass/,
    task: () => ({
      ...refused.task,
      criteria: [{ type: "communicated", kind: "text", value: "the policy does not allow this" }],
    }),
  },
];

function withoutLookup(criterion: Criterion): Criterion {
  return criterion.type === "handover" ? { ...criterion, restsOn: [] } : criterion;
}

describe("a gate", () => {
  test.each(broken)(
    "$gate rejects what breaks it and nothing else, at $path",
    ({ gate, path, wrong, task }) => {
      const rejection = rejectionOf(task());
      expect(rejection.gate).toBe(gate);
      expect(rejection.path).toMatch(path);
      expect(rejection.wrong).toMatch(wrong);
    },
  );

  test("gold-runs rejects a fourth booking, for which the environment has no id", () => {
    const [scripted] = booking.task.user.requests as readonly [ScriptedRequest];
    const { passengers = [] } = scripted.request;
    const another = (i: number): ScriptedRequest => {
      const dob = `1970-01-0${i + 1}`;
      const own = (passengers as readonly object[]).map((person) => ({ ...person, dob }));
      return { ...scripted, request: { ...scripted.request, passengers: own } as unknown as Request };
    };
    const four = withRequests(booking.task, [0, 1, 2, 3].map(another));
    const gated = passGates(four, airline);
    if (gated.status === "passed") throw new Error("four bookings passed");
    expect(gated.rejections[0]).toMatchObject({
      gate: "gold-runs",
      path: "/user/requests/3",
      wrong: expect.stringContaining("No further reservation can be made"),
    });
  });

  test("generated-ids rejects more new records than can be compared", () => {
    const many = { ...airline, generatedIds: () => [["A", "B", "C", "D"]] };
    expect(passGates(task, many)).toMatchObject({
      status: "rejected",
      rejections: [{ gate: "generated-ids", path: "/user/requests", wrong: /^4 ids of one kind/ }].map(
        (one) => ({ ...one, wrong: expect.stringMatching(one.wrong) }),
      ),
    });
  });

  test("gold-complies rejects a task whose gold a clause forbids", () => {
    const strict = {
      ...airline,
      clauses: airline.clauses.map((clause) =>
        clause.id === "cancel_flown"
          ? { ...clause, check: () => ({ verdict: "forbidden", evidence: "no cancelling today" }) as const }
          : clause,
      ),
    };
    const gated = passGates(task, strict);
    expect(gated).toMatchObject({
      status: "rejected",
      rejections: [
        {
          gate: "gold-complies",
          path: /^\/messages\/\d+$/,
          wrong: /gold breaks cancel_flown: no cancelling/,
        },
      ].map(({ gate, path, wrong }) => ({
        gate,
        path: expect.stringMatching(path),
        wrong: expect.stringMatching(wrong),
      })),
    });
  });
});

describe("a sampled task", () => {
  test("passes every gate", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 8 }), (seed) => {
        const gated = sampleAny(`gates/${seed}`);
        expect(gated === "none" ? null : gated).toMatchObject({ status: "passed" });
      }),
      { numRuns: 60 },
    );
  });
});
