import { z } from "zod";
import { offers, refers } from "../reference.ts";
import {
  flightSchema,
  paymentMethodSchema,
  personSchema,
  reservationSchema,
  segmentSchema,
  userSchema,
} from "./state.ts";

/** The forms of what the airline's tools answer, and what can be taken from there. */

/** A user. The id only repeats the argument: who the user is, they say themselves. */
export const userAnswer = refers(
  userSchema.extend({
    address: userSchema.shape.address.extend({ address2: z.string().nullable() }),
    payment_methods: offers(
      z.record(refers(z.string(), "payment_id"), paymentMethodSchema),
      "payment_method",
    ),
    saved_passengers: offers(z.array(refers(personSchema, "passenger")), "passenger"),
    reservations: offers(z.array(refers(z.string(), "reservation_id")), "reservation"),
  }),
  "profile",
);

/** A reservation as a write answers it. Nothing is taken from there: the next request looks for itself. */
export const reservationAnswer = reservationSchema.extend({ status: z.literal("cancelled").nullable() });

const { origin: airport, date } = segmentSchema.shape;

/** A reservation as a lookup answers it: what is booked can stay, and be looked up. Its owner is checked, not taken. */
export const foundReservationAnswer = refers(
  reservationAnswer.extend({
    origin: refers(airport, "airport"),
    destination: refers(airport, "airport"),
    cabin: refers(reservationSchema.shape.cabin, "cabin"),
    flights: z.array(
      segmentSchema.extend({
        flight_number: refers(z.string(), "booked_flight"),
        origin: refers(airport, "airport"),
        destination: refers(airport, "airport"),
        date: refers(date, "date", "booked_date"),
      }),
    ),
    passengers: z.array(refers(personSchema, "passenger")),
  }),
  "reservation",
);

export const airportsAnswer = z.array(
  z.strictObject({ iata: refers(z.string(), "airport"), city: z.string() }),
);

const { scheduled_departure_time_est, scheduled_arrival_time_est } = flightSchema.shape;
const perCabin = z.record(z.string(), z.number().int().nonnegative());

/** A flight as a search answers it; its airports only repeat the search, or lie between. */
const leg = z.strictObject({
  flight_number: refers(z.string(), "flight_number"),
  origin: airport,
  destination: airport,
  status: z.literal("available"),
  scheduled_departure_time_est,
  scheduled_arrival_time_est,
  date: z.null(),
  available_seats: perCabin,
  prices: refers(perCabin, "fare"),
});

/** A direct flight's date is that of the search. */
export const directFlightsAnswer = offers(z.array(leg), "flight");

const connectingLeg = leg.extend({ date: refers(z.string(), "flight_date") });

export const connectionsAnswer = offers(z.array(z.tuple([connectingLeg, connectingLeg])), "flight");

export const statusAnswer = refers(z.string(), "flight_status");
