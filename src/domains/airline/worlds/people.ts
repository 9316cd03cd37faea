import type { Rng } from "../../../core/rng.ts";
import type { Person, User } from "../state.ts";

const firstNames = (
  "Ada Alma Amir Anders Anya Aria Bela Bruno Carla Cedric Chloe Dalia Daniel Dora Edwin Elif Emil Esther Farid " +
  "Felix Flora Gita Greta Hana Hector Hugo Ida Ines Ivan Jana Jonas Joy Kaito Karim Kira Lars Leila Lena Luis " +
  "Maren Marco Mei Milo Mina Nadia Nils Noor Olga Omar Paula Pedro Priya Quentin Rafael Rita Rosa Sami Selma " +
  "Simon Sofia Tara Theo Tomas Uma Vera Viktor Wanda Yara Yusuf Zoe"
).split(" ");

const lastNames = (
  "Abbott Adeyemi Almeida Baker Banerjee Becker Bergman Brandt Castillo Chen Cole Costa Dahl Delgado Demir Dixon " +
  "Eriksen Farrell Fischer Fontaine Gallo Garcia Gupta Hansen Hayashi Hoffman Hughes Ibrahim Ivanov Jansen Jensen " +
  "Kaplan Keller Kimura Kowalski Larsen Lindqvist Lopez Marino Mehta Meyer Moreau Nakamura Navarro Nguyen Novak " +
  "Okafor Olsen Ortega Park Patel Petrov Quinn Ramos Reyes Rossi Sato Schmidt Silva Singh Suzuki Tanaka Torres " +
  "Vargas Vogel Walsh Weber Wong Yilmaz Zhang"
).split(" ");

const streets =
  "Alder Beacon Cedar Chestnut Dogwood Elm Harbor Juniper Laurel Meadow Orchard Prairie River Willow".split(
    " ",
  );

const towns = [
  { city: "San Diego", state: "CA", zip: "921" },
  { city: "Austin", state: "TX", zip: "787" },
  { city: "Portland", state: "OR", zip: "972" },
  { city: "Columbus", state: "OH", zip: "432" },
  { city: "Nashville", state: "TN", zip: "372" },
  { city: "Denver", state: "CO", zip: "802" },
  { city: "Tucson", state: "AZ", zip: "857" },
  { city: "Albany", state: "NY", zip: "122" },
  { city: "Richmond", state: "VA", zip: "232" },
  { city: "Madison", state: "WI", zip: "537" },
];

const twoDigits = (n: number) => String(n).padStart(2, "0");

/** A number of `count` digits that does not begin with 0. */
export function digits(count: number, rng: Rng): string {
  return String(rng.int(10 ** (count - 1), 10 ** count - 1));
}

function birthDate(rng: Rng): string {
  return `${rng.int(1946, 2003)}-${twoDigits(rng.int(1, 12))}-${twoDigits(rng.int(1, 28))}`;
}

export function person(rng: Rng): Person {
  return { first_name: rng.pick(firstNames), last_name: rng.pick(lastNames), dob: birthDate(rng) };
}

const fullName = (person: { first_name: string; last_name: string }) =>
  `${person.first_name} ${person.last_name}`;

/** `count` people of whom no two share a name, with nor any of `besides`. */
export function people(count: number, besides: readonly Person[], rng: Rng): readonly Person[] {
  const taken = new Set(besides.map(fullName));
  const found: Person[] = [];
  while (found.length < count) {
    const next = person(rng);
    if (taken.has(fullName(next))) continue;
    taken.add(fullName(next));
    found.push(next);
  }
  return found;
}

export function address(rng: Rng): User["address"] {
  const { city, state, zip } = rng.pick(towns);
  return {
    address1: `${rng.int(10, 990)} ${rng.pick(streets)} ${rng.pick(["Street", "Avenue", "Lane", "Road"])}`,
    address2: rng.chance(0.5) ? `Suite ${rng.int(100, 990)}` : `Apt ${rng.int(1, 99)}`,
    city,
    country: "USA",
    state,
    zip: `${zip}${twoDigits(rng.int(1, 99))}`,
  };
}
