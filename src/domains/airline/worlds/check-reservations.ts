import type { WorldFault } from "../../domain.ts";
import {
  bagPrice,
  type Flight,
  insurancePrice,
  now,
  type Reservation,
  type Segment,
  today,
  type User,
} from "../state.ts";
import { isRealClock, isRealDate, isRealTime, minutesFromToday, timeAt } from "./calendar.ts";
import { airportFaults, dateFaults, keyFaults } from "./check-flights.ts";
import { birthdayFaults } from "./check-users.ts";

/** The reservation ids that the environment makes during a rollout; no world may hold them. */
export const generatedReservations: readonly string[] = ["HATHAT", "HATHAU", "HATHAV"];

const mostPassengers = 5;

interface Around {
  readonly reservation: Reservation;
  readonly flights: Readonly<Record<string, Flight>>;
  readonly users: Readonly<Record<string, User>>;
}

const own = <T>(records: Readonly<Record<string, T>>, id: string) =>
  Object.hasOwn(records, id) ? records[id] : undefined;

/** Faults of one reservation, given all flights and users. */
export function reservationFaults(path: string, key: string, around: Around): readonly WorldFault[] {
  const { reservation } = around;
  return [
    ...idFaults(path, key, reservation),
    ...ownerFaults(path, around),
    ...airportFaults(`${path}/origin`, reservation.origin),
    ...airportFaults(`${path}/destination`, reservation.destination),
    ...peopleFaults(path, reservation),
    ...reservation.flights.flatMap((segment, i) =>
      segmentFaults(`${path}/flights/${i}`, segment, around.flights),
    ),
    ...routeFaults(path, reservation),
    ...timeFaults(path, around),
    ...moneyFaults(path, reservation),
  ];
}

function idFaults(path: string, key: string, reservation: Reservation): readonly WorldFault[] {
  const id = reservation.reservation_id;
  const faults = keyFaults(`${path}/reservation_id`, key, id);
  const repair = "six capital letters or digits";
  if (!/^[A-Z0-9]{6}$/.test(id)) {
    return [...faults, { path: `${path}/reservation_id`, wrong: `${id} is not a reservation id`, repair }];
  }
  if (!generatedReservations.includes(id)) return faults;
  const wrong = `${id} is an id that the environment makes itself`;
  return [...faults, { path: `${path}/reservation_id`, wrong, repair: `another id of ${repair}` }];
}

function ownerFaults(path: string, { reservation, users }: Around): readonly WorldFault[] {
  const user = own(users, reservation.user_id);
  if (user === undefined) {
    const wrong = `there is no user ${reservation.user_id}`;
    return [{ path: `${path}/user_id`, wrong, repair: "the id of an existing user" }];
  }
  const faults: WorldFault[] = [];
  if (!user.reservations.includes(reservation.reservation_id)) {
    const wrong = `user ${user.user_id} does not list reservation ${reservation.reservation_id}`;
    faults.push({ path: `${path}/user_id`, wrong, repair: "list it among that user's reservations" });
  }
  for (const [i, { payment_id: id }] of reservation.payment_history.entries()) {
    if (Object.hasOwn(user.payment_methods, id) || /^certificate_\d{7}$/.test(id)) continue;
    const wrong = `${id} is no payment method of user ${user.user_id}`;
    const repair = "a payment method of that user, or a certificate that was used up";
    faults.push({ path: `${path}/payment_history/${i}/payment_id`, wrong, repair });
  }
  return faults;
}

function peopleFaults(path: string, reservation: Reservation): readonly WorldFault[] {
  const count = reservation.passengers.length;
  const faults = reservation.passengers.flatMap((p, i) =>
    birthdayFaults(`${path}/passengers/${i}/dob`, p.dob),
  );
  if (count >= 1 && count <= mostPassengers) return faults;
  const repair = `1 to ${mostPassengers} passengers`;
  return [...faults, { path: `${path}/passengers`, wrong: `there are ${count} passengers`, repair }];
}

function segmentFaults(
  path: string,
  segment: Segment,
  flights: Readonly<Record<string, Flight>>,
): readonly WorldFault[] {
  const flight = own(flights, segment.flight_number);
  if (flight === undefined) {
    const wrong = `there is no flight ${segment.flight_number}`;
    return [{ path: `${path}/flight_number`, wrong, repair: "the number of an existing flight" }];
  }
  const faults: WorldFault[] = [...dateFaults(`${path}/date`, segment.date)];
  if (!Object.hasOwn(flight.dates, segment.date)) {
    const wrong = `flight ${segment.flight_number} has no date ${segment.date}`;
    faults.push({ path: `${path}/date`, wrong, repair: "one of the flight's dates" });
  }
  for (const end of ["origin", "destination"] as const) {
    if (segment[end] === flight[end]) continue;
    const wrong = `the ${end} is ${segment[end]} but flight ${segment.flight_number} has ${flight[end]}`;
    faults.push({ path: `${path}/${end}`, wrong, repair: flight[end] });
  }
  if (segment.price <= 0) {
    faults.push({ path: `${path}/price`, wrong: `the price is ${segment.price}`, repair: "a price above 0" });
  }
  return faults;
}

function routeFaults(path: string, reservation: Reservation): readonly WorldFault[] {
  const { flights, origin, destination, flight_type } = reservation;
  const first = flights[0];
  const last = flights.at(-1);
  if (first === undefined || last === undefined) {
    return [
      { path: `${path}/flights`, wrong: "the reservation has no flights", repair: "at least one flight" },
    ];
  }
  const faults: WorldFault[] = [];
  if (origin === destination) {
    const wrong = `the trip ends where it begins, in ${origin}`;
    faults.push({ path: `${path}/destination`, wrong, repair: "another airport than the origin" });
  }
  if (first.origin !== origin) {
    const wrong = `the first flight leaves from ${first.origin}, the reservation from ${origin}`;
    faults.push({ path: `${path}/flights/0/origin`, wrong, repair: origin });
  }
  for (const [i, segment] of flights.entries()) {
    const before = flights[i - 1];
    if (before === undefined || before.destination === segment.origin) continue;
    const wrong = `it leaves from ${segment.origin}, the flight before it arrives in ${before.destination}`;
    faults.push({ path: `${path}/flights/${i}/origin`, wrong, repair: before.destination });
  }
  const end = flight_type === "one_way" ? destination : origin;
  if (last.destination !== end) {
    const wrong = `the last flight of a ${flight_type} trip ${origin}–${destination} arrives in ${last.destination}`;
    faults.push({ path: `${path}/flights/${flights.length - 1}/destination`, wrong, repair: end });
  }
  if (
    flight_type === "round_trip" &&
    !flights.slice(0, -1).some((segment) => segment.destination === destination)
  ) {
    const wrong = `no flight before the last arrives in ${destination}`;
    faults.push({
      path: `${path}/flights`,
      wrong,
      repair: `flights to ${destination} and back to ${origin}`,
    });
  }
  return faults;
}

function timeFaults(path: string, { reservation, flights }: Around): readonly WorldFault[] {
  const faults: WorldFault[] = [...createdFaults(path, { reservation, flights })];
  for (const [i, segment] of reservation.flights.entries()) {
    const before = reservation.flights[i - 1];
    if (before === undefined) continue;
    const arrival = clockAt(before, flights, "scheduled_arrival_time_est");
    const departure = clockAt(segment, flights, "scheduled_departure_time_est");
    if (arrival === undefined || departure === undefined || arrival <= departure) continue;
    const wrong = `it leaves ${arrival - departure} minutes before the flight before it arrives`;
    faults.push({ path: `${path}/flights/${i}`, wrong, repair: "a flight that leaves after that arrival" });
  }
  return faults;
}

type Clock = "scheduled_departure_time_est" | "scheduled_arrival_time_est";

function clockAt(segment: Segment, flights: Around["flights"], clock: Clock): number | undefined {
  const flight = own(flights, segment.flight_number);
  if (flight === undefined || !isRealDate(segment.date) || !isRealClock(flight[clock])) return undefined;
  return minutesFromToday(segment.date, flight[clock]);
}

function createdFaults(
  path: string,
  { reservation, flights }: Pick<Around, "reservation" | "flights">,
): readonly WorldFault[] {
  const created = reservation.created_at;
  const where = `${path}/created_at`;
  if (!isRealTime(created)) {
    return [
      { path: where, wrong: `${created} is not a time`, repair: "a time that exists, YYYY-MM-DDTHH:MM:SS" },
    ];
  }
  if (created > now)
    return [{ path: where, wrong: `${created} is later than now, ${now}`, repair: `a time up to ${now}` }];
  const first = reservation.flights[0];
  if (first === undefined) return [];
  const departure = clockAt(first, flights, "scheduled_departure_time_est");
  if (departure === undefined || created <= timeAt(today, departure)) return [];
  const wrong = `it was booked at ${created}, after its first departure`;
  return [{ path: where, wrong, repair: `a time up to ${timeAt(today, departure)}` }];
}

/** What a reservation's passengers, bags and insurance cost together, in dollars. */
export function costOf(reservation: Reservation): number {
  const { passengers, flights, nonfree_baggages, insurance } = reservation;
  const each =
    flights.reduce((sum, segment) => sum + segment.price, 0) + (insurance === "yes" ? insurancePrice : 0);
  return each * passengers.length + bagPrice * nonfree_baggages;
}

function moneyFaults(path: string, reservation: Reservation): readonly WorldFault[] {
  const faults: WorldFault[] = [];
  if (reservation.nonfree_baggages > reservation.total_baggages) {
    const wrong = `${reservation.nonfree_baggages} paid bags among ${reservation.total_baggages} bags`;
    faults.push({ path: `${path}/nonfree_baggages`, wrong, repair: `at most ${reservation.total_baggages}` });
  }
  const paid = reservation.payment_history.reduce((sum, payment) => sum + payment.amount, 0);
  const due = reservation.status === "cancelled" ? 0 : costOf(reservation);
  if (paid === due) return faults;
  const wrong = `the payments sum to ${paid}`;
  return [...faults, { path: `${path}/payment_history`, wrong, repair: `payments that sum to ${due}` }];
}
