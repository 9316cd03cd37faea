import { pointerStep } from "../../../core/json.ts";
import type { WorldFault } from "../../domain.ts";
import { cabins, type Flight, type FlightDate, now, today } from "../state.ts";
import { isRealClock, isRealDate, isRealTime, minutesOf } from "./calendar.ts";
import { airportCodes } from "./places.ts";

const knownAirports = new Set(airportCodes);

/** The fault of an airport code that the airline does not fly to, if it is one. */
export function airportFaults(path: string, code: string): readonly WorldFault[] {
  if (knownAirports.has(code)) return [];
  return [{ path, wrong: `the airline has no airport ${code}`, repair: `one of ${airportCodes.join(", ")}` }];
}

/** The fault of a record whose key is not its own id, if it is one. */
export function keyFaults(path: string, key: string, own: string): readonly WorldFault[] {
  if (key === own) return [];
  return [
    { path, wrong: `the record says ${own} but its key is ${key}`, repair: `${key}, or the key ${own}` },
  ];
}

/** The fault of a date that does not exist, if it is one. */
export function dateFaults(path: string, date: string): readonly WorldFault[] {
  if (isRealDate(date)) return [];
  return [{ path, wrong: `${date} is not a date of the calendar`, repair: "a date that exists, YYYY-MM-DD" }];
}

/** Faults of one flight and its dates. */
export function flightFaults(path: string, key: string, flight: Flight): readonly WorldFault[] {
  const faults: WorldFault[] = [
    ...keyFaults(`${path}/flight_number`, key, flight.flight_number),
    ...airportFaults(`${path}/origin`, flight.origin),
    ...airportFaults(`${path}/destination`, flight.destination),
    ...scheduleFaults(path, flight),
  ];
  if (!/^HAT\d{3}$/.test(flight.flight_number)) {
    const wrong = `${flight.flight_number} is not a flight number of the airline`;
    faults.push({ path: `${path}/flight_number`, wrong, repair: "HAT and three digits, like HAT042" });
  }
  if (flight.origin === flight.destination) {
    const wrong = `the flight ends where it begins, in ${flight.origin}`;
    faults.push({ path: `${path}/destination`, wrong, repair: "another airport than the origin" });
  }
  for (const [date, day] of Object.entries(flight.dates)) {
    const where = `${path}/dates/${pointerStep(date)}`;
    faults.push(...dateFaults(where, date), ...statusFaults(where, date, day), ...dayFaults(where, day));
  }
  return faults;
}

function scheduleFaults(path: string, flight: Flight): readonly WorldFault[] {
  const departure = flight.scheduled_departure_time_est;
  const arrival = flight.scheduled_arrival_time_est;
  if (!isRealClock(departure) || departure.endsWith("+1")) {
    const wrong = `${departure} is not a time of day`;
    return [
      { path: `${path}/scheduled_departure_time_est`, wrong, repair: "HH:MM:SS from 00:00:00 to 23:59:59" },
    ];
  }
  const where = `${path}/scheduled_arrival_time_est`;
  if (!isRealClock(arrival)) {
    return [
      { path: where, wrong: `${arrival} is not a time of day`, repair: "HH:MM:SS, with +1 for the next day" },
    ];
  }
  if (minutesOf(arrival) > minutesOf(departure)) return [];
  const wrong = `the arrival ${arrival} is not after the departure ${departure}`;
  return [{ path: where, wrong, repair: `a later time, or ${arrival}+1 for the next day` }];
}

function statusFaults(path: string, date: string, day: FlightDate): readonly WorldFault[] {
  const where = `${path}/status`;
  const { status } = day;
  if (date < today && status !== "landed" && status !== "cancelled") {
    const wrong = `a flight of ${date}, before today (${today}), cannot be ${status}`;
    return [{ path: where, wrong, repair: "landed or cancelled" }];
  }
  if (date > today && (status === "landed" || status === "flying")) {
    const wrong = `a flight of ${date}, after today (${today}), cannot be ${status}`;
    return [{ path: where, wrong, repair: "available, or cancelled" }];
  }
  return [];
}

function dayFaults(path: string, day: FlightDate): readonly WorldFault[] {
  if (day.status === "available") {
    return cabins.flatMap((cabin) => [
      ...(day.prices[cabin] > 0
        ? []
        : [
            {
              path: `${path}/prices/${cabin}`,
              wrong: `the price is ${day.prices[cabin]}`,
              repair: "a price above 0",
            },
          ]),
      ...(day.available_seats[cabin] >= 0
        ? []
        : [
            {
              path: `${path}/available_seats/${cabin}`,
              wrong: "fewer than 0 seats",
              repair: "0 seats or more",
            },
          ]),
    ]);
  }
  if (day.status === "cancelled") return [];
  const members = Object.entries(day).filter(([member]) => member !== "status");
  const malformed = members.filter(([, time]) => !isRealTime(time));
  if (malformed.length > 0) {
    return malformed.map(([member, time]) => ({
      path: `${path}/${member}`,
      wrong: `${time} is not a time`,
      repair: "YYYY-MM-DDTHH:MM:SS",
    }));
  }
  const late = members.filter(([member, time]) => member.startsWith("actual_") && time > now);
  const times = members.map(([, time]) => time);
  return [
    ...late.map(([member, time]) => ({
      path: `${path}/${member}`,
      wrong: `${time} is later than now, ${now}`,
      repair: `a time up to ${now}, or another status`,
    })),
    ...backwards(
      path,
      members.map(([member]) => member),
      times,
    ),
  ];
}

function backwards(
  path: string,
  members: readonly string[],
  times: readonly string[],
): readonly WorldFault[] {
  const departure = members.findIndex((member) => member.includes("departure"));
  const arrival = members.findIndex((member) => member.includes("arrival"));
  const from = times[departure];
  const to = times[arrival];
  if (from === undefined || to === undefined || from < to) return [];
  const wrong = `the arrival ${to} is not after the departure ${from}`;
  return [{ path: `${path}/${members[arrival]}`, wrong, repair: `a time after ${from}` }];
}
