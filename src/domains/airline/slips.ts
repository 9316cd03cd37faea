import { isObject } from "../../core/json.ts";
import type { Call, Slips, View } from "../domain.ts";
import { userCall, userId } from "./requests/lookups.ts";
import type { User } from "./state.ts";

/** How an airline agent gets things wrong: what planted faults do to a lookup or a call. */

/** A plausible stranger: what an agent assumes that did not look at the profile. */
function guessedUser(id: string): User {
  const [first = "Sam", last = "Doe"] = id.split("_");
  return {
    user_id: id,
    name: { first_name: first, last_name: last },
    address: { address1: "", address2: null, city: "", country: "", state: "", zip: "" },
    email: "",
    dob: "1990-01-01",
    payment_methods: {
      credit_card_1000001: {
        source: "credit_card",
        id: "credit_card_1000001",
        brand: "visa",
        last_four: "0001",
      },
    },
    saved_passengers: [],
    membership: "regular",
    reservations: [],
  };
}

const methodsSeen = (view: View) => {
  const answer = view.lookup(userCall(userId(view)));
  return answer?.ok === true ? Object.values((answer.result as unknown as User).payment_methods) : [];
};

function paymentsOf(call: Call): readonly { readonly payment_id: string; readonly amount: number }[] {
  return (call.arguments.payment_methods ?? []) as unknown as { payment_id: string; amount: number }[];
}

const withArguments = (call: Call, change: Record<string, unknown>): Call => ({
  ...call,
  arguments: { ...call.arguments, ...change } as Call["arguments"],
});

/** An id of the same form that names nothing: its digits or letters moved on by one. */
function nextId(id: string): string {
  return id.replace(/.$/, (last) =>
    last === "9" ? "0" : last === "Z" ? "A" : String.fromCharCode(last.charCodeAt(0) + 1),
  );
}

export const airlineSlips: Slips = {
  guess: (call) =>
    call.name === "get_user_details"
      ? (guessedUser(String(call.arguments.user_id)) as unknown as Call["arguments"])
      : null,
  wrongAmount: (call) => {
    const [first, ...rest] = paymentsOf(call);
    if (first !== undefined) {
      return withArguments(call, { payment_methods: [{ ...first, amount: first.amount + 50 }, ...rest] });
    }
    if (typeof call.arguments.amount === "number")
      return withArguments(call, { amount: call.arguments.amount + 50 });
    if (typeof call.arguments.nonfree_baggages === "number") {
      return withArguments(call, { nonfree_baggages: call.arguments.nonfree_baggages + 1 });
    }
    return null;
  },
  wrongPayment: (call, view) => {
    const used = new Set([
      ...paymentsOf(call).map((part) => part.payment_id),
      String(call.arguments.payment_id),
    ]);
    const other = methodsSeen(view).find((method) => method.source === "credit_card" && !used.has(method.id));
    const [first, ...rest] = paymentsOf(call);
    const id = other?.id ?? nextId(first?.payment_id ?? String(call.arguments.payment_id ?? ""));
    if (first !== undefined) {
      return withArguments(call, { payment_methods: [{ ...first, payment_id: id }, ...rest] });
    }
    return isObject(call.arguments) && "payment_id" in call.arguments
      ? withArguments(call, { payment_id: id })
      : null;
  },
  inventedId: (call) => {
    const [first, ...rest] = paymentsOf(call);
    if (first !== undefined) {
      return withArguments(call, {
        payment_methods: [{ ...first, payment_id: nextId(first.payment_id) }, ...rest],
      });
    }
    const key = ["payment_id", "reservation_id", "user_id"].find((name) => name in call.arguments);
    return key === undefined ? null : withArguments(call, { [key]: nextId(String(call.arguments[key])) });
  },
  unaskedWrite: (view) => ({ name: "send_certificate", arguments: { user_id: userId(view), amount: 50 } }),
};
