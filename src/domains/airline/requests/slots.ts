import { listSlot, plainSlot, type Slot, slot, wordsSlot } from "../../phrase.ts";
import type { Person } from "../state.ts";
import type { PaymentRef, ReservationRef, Rule } from "./schema.ts";

/** How the airline's values stand in a user's sentences. */

const datePattern = "\\d{4}-\\d{2}-\\d{2}";
const namePattern = "[A-Za-z'-]+ [A-Za-z'-]+";

export const dateSlot = plainSlot(datePattern);
export const airportSlot = plainSlot("[A-Z]{3}");

export const returnSlot = slot<string | null>(
  `(?:one way|returning on ${datePattern})`,
  (date) => (date === null ? "one way" : `returning on ${date}`),
  (text) => (text === "one way" ? null : text.slice(-10)),
);

export const stopsSlot = wordsSlot({ direct: "on a direct flight", one_stop: "with one stop on the way" });

export const cabinSlot = wordsSlot({
  basic_economy: "basic economy",
  economy: "economy",
  business: "business class",
});

const ruleWords = {
  cheapest: "the cheapest option",
  shortest: "the option with the shortest travel time",
  earliest: "the option that leaves earliest",
} as const;

export const ruleSlot = slot<Rule>(
  `(?:${Object.values(ruleWords).join("|")}|the option under \\$\\d+ per passenger each way)`,
  (rule) =>
    rule.by === "under" ? `the option under $${rule.price} per passenger each way` : ruleWords[rule.by],
  (text) => {
    const price = /\$(\d+)/.exec(text)?.[1];
    if (price !== undefined) return { by: "under", price: Number(price) };
    const by = (["cheapest", "shortest", "earliest"] as const).find((known) => ruleWords[known] === text);
    return { by: by ?? "cheapest" };
  },
);

interface Name {
  readonly first_name: string;
  readonly last_name: string;
}

export const nameSlot: Slot = slot<Name>(
  namePattern,
  (name) => `${name.first_name} ${name.last_name}`,
  (text) => {
    const [first = "", last = ""] = text.split(" ");
    return { first_name: first, last_name: last };
  },
);

export const personSlot: Slot = slot<Person>(
  `${namePattern} \\(born ${datePattern}\\)`,
  (person) => `${person.first_name} ${person.last_name} (born ${person.dob})`,
  (text) => {
    const [first = "", last = ""] = text.split(" ");
    return { first_name: first, last_name: last, dob: text.slice(-11, -1) };
  },
);

export const peopleSlot = listSlot(personSlot, ", ");

export const bagsSlot = slot<number>(
  "(?:no checked bags|1 checked bag|\\d+ checked bags)",
  (bags) => (bags === 0 ? "no checked bags" : bags === 1 ? "1 checked bag" : `${bags} checked bags`),
  (text) => Number.parseInt(text.replace("no", "0"), 10),
);

export const moreBagsSlot = slot<number>(
  "(?:add|take off) \\d+ checked bags?",
  (bags) =>
    `${bags < 0 ? "take off" : "add"} ${Math.abs(bags)} checked bag${Math.abs(bags) === 1 ? "" : "s"}`,
  (text) => Number.parseInt(text.replace(/\D+/, ""), 10) * (text.startsWith("add") ? 1 : -1),
);

export const insuranceSlot = slot<boolean>(
  "(?:no travel insurance|travel insurance)",
  (wanted) => (wanted ? "travel insurance" : "no travel insurance"),
  (text) => !text.startsWith("no"),
);

const paymentKinds = { gift_card: "gift card", certificate: "travel certificate" } as const;

export const paymentSlot: Slot = slot<PaymentRef>(
  "(?:my card ending in \\d{4}|my largest gift card|my largest travel certificate|(?:credit_card|gift_card|certificate)_\\w+)",
  (ref) => {
    if ("id" in ref) return ref.id;
    return "card" in ref ? `my card ending in ${ref.card}` : `my largest ${paymentKinds[ref.largest]}`;
  },
  (text) => {
    if (text.startsWith("my card")) return { card: text.slice(-4) };
    if (text.startsWith("my largest")) {
      return { largest: text.endsWith("certificate") ? "certificate" : "gift_card" };
    }
    return { id: text };
  },
);

export const paymentsSlot = listSlot(paymentSlot, ", then ");

export const reservationSlot: Slot = slot<ReservationRef>(
  "(?:reservation \\w+|my trip from [A-Z]{3} to [A-Z]{3})",
  (ref) => ("id" in ref ? `reservation ${ref.id}` : `my trip from ${ref.origin} to ${ref.destination}`),
  (text) => {
    const route = /from ([A-Z]{3}) to ([A-Z]{3})$/.exec(text);
    if (route === null) return { id: text.slice("reservation ".length) };
    return { origin: route[1] ?? "", destination: route[2] ?? "" };
  },
);
