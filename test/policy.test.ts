import { describe, expect, test } from "vitest";
import { airline } from "../src/domains/airline/airline.ts";
import type { Reservation, User } from "../src/domains/airline/state.ts";
import {
  type Call,
  type ClauseContext,
  type Request,
  stateOf,
  type Verdict,
  type World,
} from "../src/domains/domain.ts";
import { renderPolicy } from "../src/domains/policy.ts";

const everyId = airline.clauses.map((clause) => clause.id);

describe("the policy that a target reads", () => {
  test("holds the text of every clause that is shown exactly once", () => {
    const policy = renderPolicy(airline, everyId);
    for (const { text } of airline.clauses) expect(policy.split(text)).toHaveLength(2);
  });

  test.each(airline.clauses)("does not hold $id when it is hidden, and all others all the same", (hidden) => {
    const policy = renderPolicy(
      airline,
      everyId.filter((id) => id !== hidden.id),
    );
    const held = airline.clauses.filter(({ text }) => policy.includes(text)).map((clause) => clause.id);
    expect(held).toEqual(everyId.filter((id) => id !== hidden.id));
  });
});

const per = (basic_economy: number, economy: number, business: number) => ({
  basic_economy,
  economy,
  business,
});
const open = { status: "available", available_seats: per(9, 9, 9), prices: per(50, 100, 200) };
const flight = (flight_number: string, way: string, dates: object = { "2024-05-20": open }) => ({
  flight_number,
  origin: way.slice(0, 3),
  destination: way.slice(4),
  scheduled_departure_time_est: "09:00:00",
  scheduled_arrival_time_est: "11:00:00",
  dates,
});
const person = (first_name: string) => ({ first_name, last_name: "Lee", dob: "1990-01-01" });
const six = ["Ada", "Ben", "Cleo", "Dan", "Eve", "Finn"].map(person);
const methods = {
  credit_card_1: { source: "credit_card", id: "credit_card_1", brand: "visa", last_four: "0001" },
  credit_card_2: { source: "credit_card", id: "credit_card_2", brand: "visa", last_four: "0002" },
  certificate_1: { source: "certificate", id: "certificate_1", amount: 100 },
  certificate_2: { source: "certificate", id: "certificate_2", amount: 100 },
  ...Object.fromEntries(
    [1, 2, 3, 4].map((n) => [`gift_card_${n}`, { source: "gift_card", id: `gift_card_${n}`, amount: 90 }]),
  ),
};
const user = (user_id: string, more: Partial<User> = {}) =>
  ({ user_id, membership: "regular", payment_methods: methods, reservations: [], ...more }) as object;
const reservation = (reservation_id: string, more: Partial<Reservation> = {}) =>
  ({
    reservation_id,
    user_id: "mia",
    origin: "SFO",
    destination: "JFK",
    flight_type: "one_way",
    cabin: "economy",
    flights: [{ flight_number: "HAT001", origin: "SFO", destination: "JFK", date: "2024-05-20", price: 100 }],
    passengers: [person("Ada")],
    payment_history: [],
    created_at: "2024-05-01T10:00:00",
    total_baggages: 1,
    nonfree_baggages: 0,
    insurance: "no",
    ...more,
  }) as object;
const on = (date: string) => [
  { flight_number: "HAT001", origin: "SFO", destination: "JFK", date, price: 100 },
];

const world = {
  flights: {
    HAT001: flight("HAT001", "SFO-JFK", {
      "2024-05-20": open,
      "2024-05-10": { status: "landed" },
      "2024-05-15": { status: "flying" },
      "2024-05-21": { status: "cancelled" },
      "2024-05-14": { status: "delayed" },
    }),
    HAT002: flight("HAT002", "SFO-JFK"),
    HAT003: flight("HAT003", "SFO-LAX"),
  },
  users: {
    mia: user("mia", { reservations: ["PLAIN", "BASIC", "LANDED", "FLYING", "STRUCK"] }),
    sam: user("sam", { membership: "silver", reservations: ["SILVER", "LATE"] }),
  },
  reservations: {
    PLAIN: reservation("PLAIN"),
    BASIC: reservation("BASIC", { cabin: "basic_economy" }),
    LANDED: reservation("LANDED", { flights: on("2024-05-10") }),
    FLYING: reservation("FLYING", { flights: on("2024-05-15") }),
    STRUCK: reservation("STRUCK", { flights: on("2024-05-21") }),
    FRESH: reservation("FRESH", { created_at: "2024-05-15T09:00:00" }),
    BUSINESS: reservation("BUSINESS", { cabin: "business" }),
    INSURED: reservation("INSURED", { insurance: "yes" }),
    SILVER: reservation("SILVER", { user_id: "sam", flights: on("2024-05-21"), passengers: six.slice(0, 2) }),
    LATE: reservation("LATE", { user_id: "sam", flights: on("2024-05-14") }),
  },
} as unknown as World;

const call = (name: string, args: object): Call => ({ name, arguments: args as Call["arguments"] });
const booking = (more: object = {}) =>
  call("book_reservation", {
    user_id: "mia",
    destination: "JFK",
    cabin: "economy",
    passengers: six.slice(0, 1),
    payment_methods: [{ payment_id: "credit_card_1", amount: 100 }],
    total_baggages: 1,
    nonfree_baggages: 0,
    insurance: "no",
    ...more,
  });
const paid = (...ids: readonly string[]) =>
  booking({ payment_methods: ids.map((payment_id) => ({ payment_id, amount: 50 })) });
const cancelling = (reservation_id: string) => call("cancel_reservation", { reservation_id });
const moving = (reservation_id: string, more: object = {}) =>
  call("update_reservation_flights", {
    reservation_id,
    cabin: "economy",
    flights: [{ flight_number: "HAT002", date: "2024-05-20" }],
    payment_id: "credit_card_1",
    ...more,
  });
const bagging = (total_baggages: number, nonfree_baggages: number) =>
  call("update_reservation_baggages", {
    reservation_id: "PLAIN",
    total_baggages,
    nonfree_baggages,
    payment_id: "gift_card_1",
  });
const naming = (count: number) =>
  call("update_reservation_passengers", { reservation_id: "PLAIN", passengers: six.slice(0, count) });
const sending = (user_id: string, amount: number) => call("send_certificate", { user_id, amount });
const wants = (kind: string, id: string, more: object = {}): readonly Request[] => [
  { kind, reservation: { id }, ...more },
];

type Case = readonly [clause: string, verdict: Verdict["verdict"], Call, Partial<ClauseContext>?];

const transfer = call("transfer_to_human_agents", { summary: "" });
const reason = (why: string, id: string) => ({ stated: wants("cancel", id, { reason: why }) });
const asked = (id: string) => ({ stated: wants("compensation", id) });
const insured = (insurance: boolean) => ({ stated: [{ kind: "book", destination: "JFK", insurance }] });

const cases: readonly Case[] = [
  ["confirm_before_write", "allowed", cancelling("PLAIN"), { confirmed: [cancelling("PLAIN")] }],
  ["confirm_before_write", "forbidden", cancelling("PLAIN"), { spoken: false }],
  ["confirm_before_write", "undecided", cancelling("PLAIN"), { confirmed: [cancelling("BASIC")] }],
  ["one_call_at_a_time", "allowed", cancelling("PLAIN")],
  ["one_call_at_a_time", "forbidden", cancelling("PLAIN"), { beside: [transfer] }],
  ["no_text_with_call", "allowed", cancelling("PLAIN"), { text: " \n" }],
  ["no_text_with_call", "forbidden", cancelling("PLAIN"), { text: "One moment." }],
  ["own_reservations", "allowed", cancelling("PLAIN")],
  ["own_reservations", "forbidden", cancelling("SILVER")],
  ["own_reservations", "undecided", cancelling("SILVER"), { identity: undefined }],
  ["own_reservations", "forbidden", sending("mia", 200), asked("SILVER")],
  ["own_reservations", "allowed", sending("mia", 100), asked("STRUCK")],
  ["transfer_only_when_needed", "undecided", transfer],
  ["book_passenger_limit", "allowed", booking({ passengers: six.slice(0, 5) })],
  ["book_passenger_limit", "forbidden", booking({ passengers: six })],
  ["book_one_certificate", "allowed", paid("certificate_1", "credit_card_1")],
  ["book_one_certificate", "forbidden", paid("certificate_1", "certificate_2")],
  ["book_one_credit_card", "allowed", paid("gift_card_1", "credit_card_1")],
  ["book_one_credit_card", "forbidden", paid("credit_card_1", "credit_card_2")],
  ["book_three_gift_cards", "allowed", paid("gift_card_1", "gift_card_2", "gift_card_3")],
  ["book_three_gift_cards", "forbidden", paid("gift_card_1", "gift_card_2", "gift_card_3", "gift_card_4")],
  ["book_profile_payments", "allowed", paid("gift_card_1")],
  ["book_profile_payments", "forbidden", paid("gift_card_9")],
  ["book_free_bags", "allowed", booking({ total_baggages: 3, nonfree_baggages: 2 })],
  ["book_free_bags", "forbidden", booking({ total_baggages: 3, nonfree_baggages: 1 })],
  ["book_free_bags", "forbidden", booking({ total_baggages: 1, nonfree_baggages: 1 })],
  ["book_insurance_price", "allowed", booking({ insurance: "yes" }), insured(true)],
  ["book_insurance_price", "forbidden", booking({ insurance: "yes" }), insured(false)],
  ["change_basic_economy", "allowed", moving("PLAIN")],
  ["change_basic_economy", "forbidden", moving("BASIC")],
  ["change_basic_economy", "allowed", moving("BASIC", { flights: on("2024-05-20") })],
  ["change_route_fixed", "allowed", moving("PLAIN")],
  [
    "change_route_fixed",
    "forbidden",
    moving("PLAIN", { flights: [{ flight_number: "HAT003", date: "2024-05-20" }] }),
  ],
  ["change_payment", "allowed", bagging(2, 1)],
  ["change_payment", "forbidden", moving("PLAIN", { payment_id: "certificate_1" })],
  ["cabin_flown", "allowed", moving("PLAIN", { cabin: "business" })],
  ["cabin_flown", "allowed", moving("LANDED")],
  ["cabin_flown", "forbidden", moving("LANDED", { cabin: "business" })],
  ["bags_only_added", "allowed", bagging(1, 0)],
  ["bags_only_added", "forbidden", bagging(0, 0)],
  ["bags_charged", "allowed", bagging(2, 1)],
  ["bags_charged", "forbidden", bagging(2, 0)],
  ["passengers_count_fixed", "allowed", naming(1)],
  ["passengers_count_fixed", "forbidden", naming(2)],
  ["cancel_flown", "allowed", cancelling("PLAIN")],
  ["cancel_flown", "forbidden", cancelling("LANDED")],
  ["cancel_flown", "forbidden", cancelling("FLYING")],
  ["cancel_eligibility", "allowed", cancelling("FRESH")],
  ["cancel_eligibility", "allowed", cancelling("BUSINESS")],
  ["cancel_eligibility", "allowed", cancelling("STRUCK")],
  ["cancel_eligibility", "allowed", cancelling("INSURED"), reason("health", "INSURED")],
  ["cancel_eligibility", "forbidden", cancelling("INSURED"), reason("change_of_plan", "INSURED")],
  ["cancel_eligibility", "undecided", cancelling("INSURED"), reason("health", "PLAIN")],
  ["cancel_eligibility", "forbidden", cancelling("PLAIN"), reason("health", "PLAIN")],
  ["compensation_on_request", "allowed", sending("sam", 200), asked("SILVER")],
  ["compensation_on_request", "forbidden", sending("sam", 200), reason("health", "SILVER")],
  ["compensation_on_request", "undecided", sending("sam", 200)],
  ["compensation_membership", "allowed", sending("sam", 200), asked("SILVER")],
  ["compensation_membership", "forbidden", sending("mia", 100), asked("STRUCK")],
  ["compensation_facts", "allowed", sending("sam", 200), asked("SILVER")],
  ["compensation_facts", "forbidden", sending("sam", 100), asked("SILVER")],
  ["compensation_facts", "forbidden", sending("sam", 50), asked("LATE")],
  ["compensation_facts", "allowed", sending("sam", 50), { ...asked("LATE"), writes: [moving("LATE")] }],
];

/** Clauses that say something without a call of their own by which it could be broken. */
const withoutCheck = ["insurance_only_at_booking", "compensation_delay_needs_change"];

describe("a clause's check", () => {
  const state = stateOf(world);
  const rows = cases.map(([id, verdict, made, change = {}]) => ({ id, verdict, made, change }));

  test.each(rows)("$id: $verdict for $made", ({ id, verdict, made, change }) => {
    const clause = airline.clauses.find((one) => one.id === id);
    if (clause === undefined) throw new Error(`no clause ${id}`);
    expect(clause.tools.length === 0 || clause.tools.includes(made.name)).toBe(true);
    const quiet = {
      beside: [],
      text: "",
      identity: { user_id: "mia" },
      stated: [],
      confirmed: [],
      writes: [],
    };
    const found = clause.check({ ...quiet, spoken: true, state, call: made, ...change });
    expect(found.verdict).toBe(verdict);
  });

  test.each(everyId)("%s is shown allowing and forbidding, where it can decide", (id) => {
    const shown = new Set(cases.filter(([clause]) => clause === id).map(([, verdict]) => verdict));
    const undecidable = [...withoutCheck, "transfer_only_when_needed"].includes(id);
    expect([shown.has("allowed"), shown.has("forbidden")]).toEqual([!undecidable, !undecidable]);
  });
});
