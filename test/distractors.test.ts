import { describe, expect, test } from "vitest";
import { createRng } from "../src/core/rng.ts";
import { airline } from "../src/domains/airline/airline.ts";
import type { Region, World } from "../src/domains/domain.ts";
import type { Distractor, Scenario } from "../src/domains/scenario.ts";

/** Every distractor is gone through here by rules of the test's own: it must lose, and by one criterion alone. */

interface Day {
  readonly available_seats?: Readonly<Record<string, number>>;
  readonly prices?: Readonly<Record<string, number>>;
}

interface Flight {
  readonly origin: string;
  readonly destination: string;
  readonly scheduled_departure_time_est: string;
  readonly scheduled_arrival_time_est: string;
  readonly dates: Readonly<Record<string, Day>>;
}

interface Booking {
  readonly origin: string;
  readonly destination: string;
  readonly date: string;
  readonly stops: "direct" | "one_stop";
  readonly cabin: string;
  readonly passengers: readonly object[];
  readonly rule: { readonly by: string; readonly price?: number };
}

const flightsOf = (world: World, record: string): readonly Flight[] =>
  record
    .replace("flights/", "")
    .split("+")
    .map((number) => world.flights?.[number] as unknown as Flight);

const minutes = (clock: string) =>
  Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5)) + (clock.endsWith("+1") ? 1440 : 0);

/** The days on which the flights of a way run: the first one's, and for each the day that it has. */
const daysOf = (way: readonly Flight[]) => way.map(({ dates }) => Object.entries(dates)[0] as [string, Day]);

function scoreOf(way: readonly Flight[], { rule, cabin }: Booking): number {
  const days = daysOf(way);
  const first = way[0] as Flight;
  const last = way.at(-1) as Flight;
  const departs = minutes(first.scheduled_departure_time_est);
  if (rule.by === "earliest") return departs;
  const later = (Date.parse(days.at(-1)?.[0] ?? "") - Date.parse(days[0]?.[0] ?? "")) / 60_000;
  if (rule.by === "shortest") return later + minutes(last.scheduled_arrival_time_est) - departs;
  return days.reduce((sum, [, day]) => sum + (day.prices?.[cabin] ?? 0), 0);
}

/** The criteria by which a way is not what a booking asks for. */
function losesBy(way: readonly Flight[], right: readonly Flight[], wanted: Booking): readonly string[] {
  const days = daysOf(way);
  const seats = Math.min(...days.map(([, day]) => day.available_seats?.[wanted.cabin] ?? 0));
  const byRule = wanted.rule.by === "cheapest" || wanted.rule.by === "under" ? "price" : "minutes";
  return [
    ...(way[0]?.origin !== wanted.origin || way.at(-1)?.destination !== wanted.destination ? ["route"] : []),
    ...(days[0]?.[0] === wanted.date ? [] : ["date"]),
    ...((way.length === 1) === (wanted.stops === "direct") ? [] : ["stops"]),
    ...(seats >= wanted.passengers.length ? [] : ["seats"]),
    ...(scoreOf(way, wanted) > scoreOf(right, wanted) ? [byRule] : []),
  ];
}

const scenarios = (region: Region, count: number): readonly Scenario[] =>
  Array.from({ length: count }, (_, i) => {
    const wish = { requests: [region], noise: 0, distractors: 1 + (i % 6), nearness: (i % 3) as 0 | 1 | 2 };
    return airline.sampleScenario(wish, createRng(`distract ${JSON.stringify(region)} ${i}`));
  }).filter((scenario) => scenario !== null);

describe("a distractor of a booking", () => {
  test.each(["cheapest", "earliest", "shortest", "under"])(
    "loses by the one criterion that it is said to lose by (%s)",
    (rule) => {
      const region = { kind: "book", clause: "none", trip: "one_way", rule };
      const seen = new Set<string>();
      for (const { world, requests, distractors } of scenarios(region, 60)) {
        const wanted = requests[0]?.request as unknown as Booking;
        for (const one of distractors.filter(({ record }) => record.startsWith("flights/"))) {
          const found = losesBy(flightsOf(world, one.record), flightsOf(world, one.near), wanted);
          // A cabin that is sold out has no seats left; that another one has some is what tempts.
          const said = one.losesBy === "cabin" ? "seats" : one.losesBy;
          // Where it is another stop or day that tempts, the rule need not favour it: times are not alike.
          const beside =
            one.losesBy === "stops" ? found.filter((by) => by !== "minutes" && by !== "price") : found;
          expect([one, beside]).toEqual([one, [said]]);
          seen.add(one.losesBy);
        }
      }
      expect([...seen].sort()).toEqual(
        [
          "cabin",
          "date",
          rule === "cheapest" || rule === "under" ? "price" : "minutes",
          "seats",
          "stops",
        ].sort(),
      );
    },
  );

  test("loses by just as much as it is said to, in dollars, minutes or seats", () => {
    const region = { kind: "book", clause: "none", trip: "one_way", rule: "cheapest" };
    for (const { world, requests, distractors } of scenarios(region, 60)) {
      const wanted = requests[0]?.request as unknown as Booking;
      for (const { record, near, losesBy: by, by: amount } of distractors) {
        if (!record.startsWith("flights/")) continue;
        const [way, right] = [flightsOf(world, record), flightsOf(world, near)];
        if (by === "price") expect(scoreOf(way, wanted) - scoreOf(right, wanted)).toBe(amount);
        if (by === "seats") {
          const seats = Math.min(...daysOf(way).map(([, day]) => day.available_seats?.[wanted.cabin] ?? 0));
          expect(wanted.passengers.length - seats).toBe(amount);
        }
      }
    }
  });
});

describe("a distractor of a reservation", () => {
  const decoys = (region: Region) =>
    scenarios(region, 80).flatMap(({ world, identity, distractors }) =>
      distractors
        .filter(({ record }) => record.startsWith("reservations/"))
        .map((one) => ({ one, world, user: String(identity.user_id) })),
    );

  interface Held {
    readonly user_id: string;
    readonly origin: string;
    readonly destination: string;
    readonly status?: string;
  }

  const heldOf = (world: World, record: string) =>
    world.reservations?.[record.replace("reservations/", "")] as unknown as Held;

  /** The ways in which it is not the reservation that the user means by its route. */
  const differs = (held: Held, right: Held, user: string) => [
    ...(held.user_id === user ? [] : ["owner"]),
    ...(held.origin === right.origin && held.destination === right.destination ? [] : ["route"]),
    ...(held.status === "cancelled" ? ["status"] : []),
  ];

  test("that is described by its route loses by owner, route or status alone; a nearly equal id loses by its id", () => {
    const seen = new Set<string>();
    const region = { kind: "change_cabin", clause: "none", reference: "described" };
    for (const { one, world, user } of decoys(region)) {
      seen.add(one.losesBy);
      const id = (text: string) => text.replace("reservations/", "");
      if (one.losesBy === "id") {
        expect(id(one.record)).not.toBe(id(one.near));
        continue;
      }
      const found = differs(heldOf(world, one.record), heldOf(world, one.near), user);
      expect([one, found.filter((by) => by !== "status" || one.losesBy !== "owner")]).toEqual([
        one,
        [one.losesBy],
      ]);
    }
    expect([...seen].sort()).toEqual(["id", "owner", "route", "status"]);
  });

  test("never leaves two reservations that a description could mean", () => {
    const isOne = ({ world, identity, requests }: Scenario) => {
      const wanted: unknown = requests[0]?.request;
      const { reservation } = wanted as { readonly reservation: Held };
      const fits = Object.values(world.reservations ?? {}).filter((held) => {
        const one = held as unknown as Held;
        return (
          one.user_id === identity.user_id &&
          one.origin === reservation.origin &&
          one.destination === reservation.destination &&
          one.status !== "cancelled"
        );
      });
      return fits.length === 1;
    };
    const all = scenarios({ kind: "add_bags", clause: "none", reference: "described" }, 80);
    expect(all.length).toBeGreaterThan(60);
    expect(all.filter((scenario) => !isOne(scenario))).toEqual([]);
  });
});

test("a distractor among payments is off by its digits or by some dollars", () => {
  interface Method {
    readonly source: string;
    readonly amount?: number;
    readonly last_four?: string;
  }
  const methodOf = (world: World, record: string) => {
    const [, user = "", id = ""] = record.split("/");
    const owner: unknown = world.users?.[user];
    return (owner as { readonly payment_methods: Record<string, Method> }).payment_methods[id] as Method;
  };
  const all: readonly (readonly [World, Distractor])[] = scenarios(
    { kind: "book", clause: "none" },
    60,
  ).flatMap(({ world, distractors }) =>
    distractors.filter(({ record }) => record.startsWith("users/")).map((one) => [world, one] as const),
  );
  expect(all.length).toBeGreaterThan(60);
  for (const [world, { record, near, losesBy: by, by: amount }] of all) {
    const [method, right] = [methodOf(world, record), methodOf(world, near)];
    expect(method.source).toBe(right.source);
    if (by === "amount") expect((right.amount ?? 0) - (method.amount ?? 0)).toBe(amount);
    else expect([by, method.last_four === right.last_four]).toEqual(["digits", false]);
  }
});
