import { pointerStep } from "../../../core/json.ts";
import type { WorldFault } from "../../domain.ts";
import { type PaymentMethod, type Reservation, today, type User } from "../state.ts";
import { dateFaults, keyFaults } from "./check-flights.ts";

/** The certificate ids that the environment makes during a rollout; no world may hold them. */
export const generatedCertificates: readonly string[] = [
  "certificate_3221322",
  "certificate_3221323",
  "certificate_3221324",
];

/** The fault of a birthday that is no date or not in the past, if it is one. */
export function birthdayFaults(path: string, dob: string): readonly WorldFault[] {
  if (dob <= today) return dateFaults(path, dob);
  return [{ path, wrong: `the birthday ${dob} is after today, ${today}`, repair: "a date in the past" }];
}

/** Faults of one user, given all reservations. */
export function userFaults(
  path: string,
  key: string,
  around: { readonly user: User; readonly reservations: Readonly<Record<string, Reservation>> },
): readonly WorldFault[] {
  const { user, reservations } = around;
  const faults: WorldFault[] = [...keyFaults(`${path}/user_id`, key, user.user_id)];
  if (!/^\w+_\d{4}$/.test(user.user_id)) {
    const wrong = `${user.user_id} is not a user id`;
    faults.push({ path: `${path}/user_id`, wrong, repair: "first_last_1234: names and four digits" });
  }
  if (!/^[^@\s]+@[^@\s]+$/.test(user.email)) {
    faults.push({
      path: `${path}/email`,
      wrong: `${user.email} is not an address`,
      repair: "name@example.com",
    });
  }
  faults.push(...birthdayFaults(`${path}/dob`, user.dob));
  for (const [i, saved] of user.saved_passengers.entries()) {
    faults.push(...birthdayFaults(`${path}/saved_passengers/${i}/dob`, saved.dob));
  }
  for (const [id, method] of Object.entries(user.payment_methods)) {
    faults.push(...methodFaults(`${path}/payment_methods/${pointerStep(id)}`, id, method));
  }
  return [...faults, ...listFaults(`${path}/reservations`, user, reservations)];
}

function methodFaults(path: string, key: string, method: PaymentMethod): readonly WorldFault[] {
  const faults: WorldFault[] = [...keyFaults(`${path}/id`, key, method.id)];
  const form = new RegExp(`^${method.source}_\\d{7}$`);
  if (!form.test(method.id)) {
    const wrong = `${method.id} is not the id of a ${method.source}`;
    faults.push({ path: `${path}/id`, wrong, repair: `${method.source}_ and seven digits` });
  }
  if (generatedCertificates.includes(method.id)) {
    const wrong = `${method.id} is an id that the environment makes itself`;
    faults.push({ path: `${path}/id`, wrong, repair: "another certificate id" });
  }
  if (method.source === "credit_card") {
    if (/^\d{4}$/.test(method.last_four)) return faults;
    const wrong = `${method.last_four} is not the end of a card number`;
    return [...faults, { path: `${path}/last_four`, wrong, repair: "four digits" }];
  }
  const cents = method.amount * 100;
  if (Math.abs(cents - Math.round(cents)) > 1e-6) {
    const wrong = `${method.amount} is not an amount in dollars and cents`;
    faults.push({ path: `${path}/amount`, wrong, repair: "at most 2 decimals" });
  }
  return faults;
}

function listFaults(
  path: string,
  user: User,
  reservations: Readonly<Record<string, Reservation>>,
): readonly WorldFault[] {
  return user.reservations.flatMap((id, i) => {
    const reservation = Object.hasOwn(reservations, id) ? reservations[id] : undefined;
    const where = `${path}/${i}`;
    if (reservation === undefined) {
      return [
        {
          path: where,
          wrong: `there is no reservation ${id}`,
          repair: "an existing reservation of this user",
        },
      ];
    }
    if (reservation.user_id !== user.user_id) {
      const wrong = `reservation ${id} belongs to ${reservation.user_id}`;
      return [{ path: where, wrong, repair: `a reservation whose user_id is ${user.user_id}` }];
    }
    if (user.reservations.indexOf(id) === i) return [];
    return [{ path: where, wrong: `reservation ${id} is listed twice`, repair: "each reservation once" }];
  });
}
