import { z } from "zod";
import type { Table } from "../../core/table.ts";
import type { State, World } from "../domain.ts";

/** The domain's fixed clock: local time, no zone. */
export const now = "2024-05-15T15:00:00";
export const today = "2024-05-15";

export const cabins = ["basic_economy", "economy", "business"] as const;
export type Cabin = (typeof cabins)[number];
export const memberships = ["regular", "silver", "gold"] as const;
export type Membership = (typeof memberships)[number];

const dateText = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "expected a date YYYY-MM-DD");
const clockText = z
  .string()
  .regex(/^\d{2}:\d{2}:\d{2}(\+1)?$/, "expected a time HH:MM:SS, with +1 for the next day");
const airport = z.string().regex(/^[A-Z]{3}$/, "expected an airport code of three capital letters");
const perCabin = z.strictObject({
  basic_economy: z.number().int().nonnegative(),
  economy: z.number().int().nonnegative(),
  business: z.number().int().nonnegative(),
});

/** Ids and names are said to whoever reads a world: neither may hold a sentence. */
const idText = z
  .string()
  .regex(/^\w{1,60}$/, "expected an id of letters, digits and underscores, at most 60");
const nameText = z
  .string()
  .regex(
    /^\p{L}[\p{L} '’-]{0,39}$/u,
    "expected a name of letters, spaces, hyphens and apostrophes, at most 40 characters",
  );

export const flightDateSchema = z.discriminatedUnion("status", [
  z.strictObject({ status: z.literal("available"), available_seats: perCabin, prices: perCabin }),
  z.strictObject({
    status: z.literal("landed"),
    actual_departure_time_est: z.string(),
    actual_arrival_time_est: z.string(),
  }),
  z.strictObject({ status: z.literal("cancelled") }),
  z.strictObject({
    status: z.enum(["delayed", "on time"]),
    estimated_departure_time_est: z.string(),
    estimated_arrival_time_est: z.string(),
  }),
  z.strictObject({
    status: z.literal("flying"),
    actual_departure_time_est: z.string(),
    estimated_arrival_time_est: z.string(),
  }),
]);

export const flightSchema = z.strictObject({
  flight_number: idText,
  origin: airport,
  destination: airport,
  scheduled_departure_time_est: clockText,
  scheduled_arrival_time_est: clockText,
  dates: z.record(dateText, flightDateSchema),
});

export const personSchema = z.strictObject({ first_name: nameText, last_name: nameText, dob: dateText });

export const paymentMethodSchema = z.discriminatedUnion("source", [
  z.strictObject({
    source: z.literal("credit_card"),
    id: idText,
    brand: z.string(),
    last_four: z.string(),
  }),
  z.strictObject({ source: z.literal("gift_card"), id: idText, amount: z.number().nonnegative() }),
  z.strictObject({ source: z.literal("certificate"), id: idText, amount: z.number().nonnegative() }),
]);

export const userSchema = z.strictObject({
  user_id: idText,
  name: z.strictObject({ first_name: nameText, last_name: nameText }),
  address: z.strictObject({
    address1: z.string(),
    address2: z.string().nullish(),
    city: z.string(),
    country: z.string(),
    state: z.string(),
    zip: z.string(),
  }),
  email: z.string(),
  dob: dateText,
  payment_methods: z.record(idText, paymentMethodSchema),
  saved_passengers: z.array(personSchema),
  membership: z.enum(memberships),
  reservations: z.array(idText),
});

export const segmentSchema = z.strictObject({
  flight_number: idText,
  origin: airport,
  destination: airport,
  date: dateText,
  price: z.number().int().nonnegative(),
});

export const reservationSchema = z.strictObject({
  reservation_id: idText,
  user_id: idText,
  origin: airport,
  destination: airport,
  flight_type: z.enum(["round_trip", "one_way"]),
  cabin: z.enum(cabins),
  flights: z.array(segmentSchema),
  passengers: z.array(personSchema),
  payment_history: z.array(z.strictObject({ payment_id: idText, amount: z.number().int() })),
  created_at: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/, "expected a time YYYY-MM-DDTHH:MM:SS"),
  total_baggages: z.number().int().nonnegative(),
  nonfree_baggages: z.number().int().nonnegative(),
  insurance: z.enum(["yes", "no"]),
  status: z.literal("cancelled").nullish(),
});

export const worldSchema = z.strictObject({
  flights: z.record(idText, flightSchema),
  users: z.record(idText, userSchema),
  reservations: z.record(idText, reservationSchema),
});

export type FlightDate = z.infer<typeof flightDateSchema>;
export type Flight = z.infer<typeof flightSchema>;
export type Person = z.infer<typeof personSchema>;
export type PaymentMethod = z.infer<typeof paymentMethodSchema>;
export type User = z.infer<typeof userSchema>;
export type Segment = z.infer<typeof segmentSchema>;
export type Reservation = z.infer<typeof reservationSchema>;
export type AirlineWorld = z.infer<typeof worldSchema>;

/** The airline's tables, each with its own record type. */
export interface AirlineState {
  readonly flights: Table<Flight>;
  readonly users: Table<User>;
  readonly reservations: Table<Reservation>;
}

/** A state of this domain with its record types; the world schema has vouched for them. */
export function airline(state: State): AirlineState {
  return state as unknown as AirlineState;
}

/** A world of this domain with its record types. */
export function airlineWorld(world: World): AirlineWorld {
  return world as unknown as AirlineWorld;
}

/** Checked bags that each passenger may take free of charge. */
export const freeBags: Readonly<Record<Membership, Readonly<Record<Cabin, number>>>> = {
  regular: { basic_economy: 0, economy: 1, business: 2 },
  silver: { basic_economy: 1, economy: 2, business: 3 },
  gold: { basic_economy: 2, economy: 3, business: 4 },
};

export const bagPrice = 50;
export const insurancePrice = 30;
