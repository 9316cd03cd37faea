import { z } from "zod";
import { refers } from "../../reference.ts";
import { cabins } from "../state.ts";

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "expected a date YYYY-MM-DD");
/** A day of travel: to search on, and to fly on if what is found has no date of its own. */
const date = refers(day, "date", "flight_date");
const airport = refers(
  z.string().regex(/^[A-Z]{3}$/, "expected an airport code of three capital letters"),
  "airport",
);
const cabin = refers(z.enum(cabins), "cabin");
const id = z.string().regex(/^\w+$/, "expected an id of letters, digits and underscores");
const name = z.string().regex(/^[A-Za-z'-]+$/, "expected one name of letters");

export const person = refers(z.strictObject({ first_name: name, last_name: name, dob: day }), "passenger");

/** A reservation by its id, or by its route, to be found among the user's own. */
export const reservationRef = z.union([
  z.strictObject({ id: refers(id, "reservation_id") }),
  z.strictObject({ origin: airport, destination: airport }),
]);
export type ReservationRef = z.infer<typeof reservationRef>;

const paymentId = z
  .string()
  .regex(
    /^(credit_card|gift_card|certificate)_\w+$/,
    "expected a payment id that begins with credit_card_, gift_card_ or certificate_",
  );

/** A payment method by its id, or as its owner would name it, to be found in the profile. */
export const paymentRef = z.union([
  z.strictObject({ id: refers(paymentId, "payment_id") }),
  z.strictObject({ card: z.string().regex(/^\d{4}$/, "expected the last four digits of a card") }),
  z.strictObject({ largest: z.enum(["gift_card", "certificate"]) }),
]);
export type PaymentRef = z.infer<typeof paymentRef>;

/** Which of the flights found is wanted; `under` asks for the only one below a price in dollars per passenger. */
export const rule = z.union([
  z.strictObject({ by: z.enum(["cheapest", "shortest", "earliest"]) }),
  z.strictObject({ by: z.literal("under"), price: z.number().int().positive() }),
]);
export type Rule = z.infer<typeof rule>;

export const bookSchema = z.strictObject({
  kind: z.literal("book"),
  origin: airport,
  destination: airport,
  date,
  /** Null for a one-way trip. */
  return_date: date.nullable(),
  stops: z.enum(["direct", "one_stop"]),
  rule,
  cabin,
  passengers: z.array(person).min(1),
  /** Checked bags of all passengers together. */
  bags: z.number().int().nonnegative(),
  insurance: z.boolean(),
  /** In the order in which they are used up; the last one pays what is left. */
  payments: z.array(paymentRef).min(1),
});
export type Book = z.infer<typeof bookSchema>;

export const cancelReasons = ["change_of_plan", "airline_cancelled", "health", "weather"] as const;

export const cancelSchema = z.strictObject({
  kind: z.literal("cancel"),
  reservation: reservationRef,
  reason: z.enum(cancelReasons),
});
export type Cancel = z.infer<typeof cancelSchema>;

export const changeFlightsSchema = z.strictObject({
  kind: z.literal("change_flights"),
  reservation: reservationRef,
  /** Which part of the trip moves; a one-way trip has only its outbound part. */
  leg: z.enum(["outbound", "return"]),
  date,
  stops: z.enum(["direct", "one_stop"]),
  rule,
  /** Another destination for the leg, which the policy refuses; null to keep the route. */
  destination: airport.nullable(),
  payment: paymentRef,
});
export type ChangeFlights = z.infer<typeof changeFlightsSchema>;

export const changeCabinSchema = z.strictObject({
  kind: z.literal("change_cabin"),
  reservation: reservationRef,
  cabin,
  payment: paymentRef,
});
export type ChangeCabin = z.infer<typeof changeCabinSchema>;

export const changePassengersSchema = z.strictObject({
  kind: z.literal("change_passengers"),
  reservation: reservationRef,
  /** `replace` puts `to` in the place of the passenger named `from`; `add` and `remove` change the count. */
  change: z.union([
    z.strictObject({
      replace: z
        .array(z.strictObject({ from: z.strictObject({ first_name: name, last_name: name }), to: person }))
        .min(1),
    }),
    z.strictObject({ add: person }),
    z.strictObject({ remove: z.strictObject({ first_name: name, last_name: name }) }),
  ]),
});
export type ChangePassengers = z.infer<typeof changePassengersSchema>;

export const addBagsSchema = z.strictObject({
  kind: z.literal("add_bags"),
  reservation: reservationRef,
  /** Checked bags more than now; fewer than now if negative, which the policy refuses. */
  bags: z
    .number()
    .int()
    .refine((n) => n !== 0, "expected a number of bags other than 0"),
  payment: paymentRef,
});
export type AddBags = z.infer<typeof addBagsSchema>;

export const addInsuranceSchema = z.strictObject({
  kind: z.literal("add_insurance"),
  reservation: reservationRef,
});
export type AddInsurance = z.infer<typeof addInsuranceSchema>;

export const compensationSchema = z.strictObject({
  kind: z.literal("compensation"),
  reservation: reservationRef,
  event: z.enum(["cancelled", "delayed"]),
});
export type Compensation = z.infer<typeof compensationSchema>;
