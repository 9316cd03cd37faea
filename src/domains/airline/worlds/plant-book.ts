import type { Rng } from "../../../core/rng.ts";
import type { ScriptedRequest } from "../../domain.ts";
import type { Book, PaymentRef } from "../requests/schema.ts";
import { bagPrice, freeBags, insurancePrice, type PaymentMethod, type Person } from "../state.ts";
import { may } from "./calendar.ts";
import { plantChoice } from "./choices.ts";
import { addBalance, addCard, asPassenger, freshPaymentId } from "./draft.ts";
import { type Mix, mixesOf } from "./mixes.ts";
import { people } from "./people.ts";
import { type Bed, refTo, scripted, takeAirport } from "./plot.ts";

/** What a booking comes to: with the fewest passengers that the user would settle for, and with all. */
interface Bill {
  readonly least: number;
  readonly most: number;
}

type Trip = Pick<Book, "origin" | "destination" | "date" | "return_date" | "stops" | "rule">;

/** Plants a trip and its search; gives what one seat costs, too. */
function plantTrip(bed: Bed, seats: number): { readonly trip: Trip; readonly price: number } {
  const { plot, shape, rng } = bed;
  const origin = takeAirport(plot);
  const destination = takeAirport(plot);
  const options = shape.alternatives < 4 ? shape.alternatives : rng.int(4, 5);
  const round = shape.trip === "round_trip";
  const date = may(round ? rng.int(17, 21) : rng.int(17, 28));
  const shared = {
    stops: shape.stops,
    cabin: shape.cabin,
    by: shape.rule,
    seats,
    ...(seats > 5 ? { fewest: 5 } : {}),
  };
  const there = plantChoice(plot, { ...shared, origin, destination, date, options }, rng);
  const trip = { origin, destination, date, stops: shape.stops, rule: there.rule };
  if (!round) return { trip: { ...trip, return_date: null }, price: there.price };
  const return_date = may(rng.int(24, 28));
  const limit = there.rule.by === "under" ? { limit: there.rule.price } : {};
  const homeward = {
    origin: destination,
    destination: origin,
    date: return_date,
    options: rng.int(1, options),
  };
  const back = plantChoice(plot, { ...shared, ...homeward, ...limit }, rng);
  return { trip: { ...trip, return_date }, price: there.price + back.price };
}

/**
 * Adds the methods of a mix such that each is needed and the last covers what is left. If one of each kind is to
 * be called the largest, the first of them is.
 */
function plantMethods(bed: Bed, mix: Mix, bill: Bill): readonly PaymentMethod[] {
  const { plot, shape, rng } = bed;
  const described = shape.reference === "described";
  const [low, high] = described ? [62, 72] : [25, 60];
  let left = bill.least;
  return mix.sources.map((source, i) => {
    if (source === "credit_card") return addCard(plot.user, rng);
    if (i === mix.sources.length - 1) {
      const spare = bill.least === bill.most ? Math.floor(left / 5) : 0;
      return addBalance(
        plot.user,
        { source, amount: left + bill.most - bill.least + rng.int(0, spare) },
        rng,
      );
    }
    const amount = Math.max(1, Math.floor((left * rng.int(low, high)) / 100));
    left -= amount;
    return addBalance(plot.user, { source, amount }, rng);
  });
}

interface Named {
  readonly method: PaymentMethod;
  readonly ref: PaymentRef;
}

/** The payments that the user offers once a mix was refused: the better certificate, or fewer cards. */
function soundPayments(bed: Bed, clause: Mix["clause"], named: readonly Named[]): readonly PaymentRef[] {
  const { plot, shape, rng } = bed;
  const of = (source: PaymentMethod["source"]) => named.filter(({ method }) => method.source === source);
  const refs = (some: readonly Named[]) => some.map(({ ref }) => ref);
  const extraCard = () => refTo(bed, addCard(plot.user, rng), shape.reference === "described");
  const card = refs(of("credit_card").slice(0, 1));
  if (clause === "book_one_credit_card")
    return [...refs([...of("certificate"), ...of("gift_card")]), ...card];
  const lastCard = card.length > 0 ? card : [extraCard()];
  if (clause === "book_three_gift_cards") return [...refs(of("gift_card").slice(0, 2)), ...lastCard];
  const amount = ({ method }: Named) => (method.source === "credit_card" ? 0 : method.amount);
  const best = of("certificate")
    .toSorted((a, b) => amount(b) - amount(a))
    .slice(0, 1);
  return [...refs(best), ...lastCard];
}

/** Names a method that is not the user's, of the kind of the last one named. */
function withForeignPayment(bed: Bed, named: readonly Named[]): readonly PaymentRef[] {
  const { plot, rng } = bed;
  const last = named.at(-1);
  if (last === undefined) return [];
  const id = freshPaymentId(plot.user, last.method.source, rng);
  if (last.method.source !== "credit_card" || named.length > 1)
    delete plot.user.payment_methods[last.method.id];
  return [...named.slice(0, -1).map(({ ref }) => ref), { id }];
}

function party(bed: Bed, count: number, rng: Rng): Person[] {
  const self = asPassenger(bed.plot.user);
  const others = people(count, [self], rng);
  return rng.chance(0.8) ? [self, ...others.slice(1)] : [...others];
}

/** Plants the flights and payments of a booking that is granted, or that one clause refuses. */
export function plantBook(bed: Bed): ScriptedRequest {
  const { plot, shape, rng } = bed;
  const tooMany = shape.clause === "book_passenger_limit";
  const passengers = party(bed, tooMany ? 6 : shape.passengers, rng);
  const { trip, price } = plantTrip(bed, passengers.length);
  const bags = shape.bags < 4 ? shape.bags : rng.int(4, 6);
  const costFor = (count: number) => {
    const paid = Math.max(0, bags - freeBags[plot.user.membership][shape.cabin] * count);
    return (price + (shape.insurance === "yes" ? insurancePrice : 0)) * count + bagPrice * paid;
  };
  const bill = { least: costFor(tooMany ? 5 : passengers.length), most: costFor(passengers.length) };
  const mix = rng.pick(mixesOf(shape));
  const named = plantMethods(bed, mix, bill).map((method) => ({
    method,
    ref: refTo(bed, method, shape.reference === "described"),
  }));
  // Only one request can name the largest of a kind; a booking described by nothing is not described.
  const isDescribed = named.some(({ ref }) => !("id" in ref));
  plot.guarantees.push(() => isDescribed === (shape.reference === "described"));
  const profile = shape.clause === "book_profile_payments";
  const payments = profile ? withForeignPayment(bed, named) : named.map(({ ref }) => ref);
  const request: Book = {
    kind: "book",
    ...trip,
    cabin: shape.cabin,
    passengers,
    bags,
    insurance: shape.insurance === "yes",
    payments: [...payments],
  };
  if (tooMany)
    return scripted(request, rng, scripted({ ...request, passengers: passengers.slice(0, 5) }, rng));
  if (mix.clause === "none") return scripted(request, rng);
  const otherwise = { ...request, payments: [...soundPayments(bed, mix.clause, named)] };
  return scripted(request, rng, scripted(otherwise, rng));
}
