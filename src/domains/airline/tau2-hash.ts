import { createHash, type Hash } from "node:crypto";
import { pythonJson, pythonText } from "../../core/python-json.ts";
import type { Table } from "../../core/table.ts";
import type { State } from "../domain.ts";
import { shownReservation, shownUser } from "./records.ts";
import type { Reservation, User } from "./state.ts";

const noFloats: ReadonlySet<string> = new Set();
const amounts: ReadonlySet<string> = new Set(["amount"]);

/** How each table's records are written: with absent optionals as null, and balances (not payments) as floats. */
const write: Readonly<Record<string, (record: object) => string>> = {
  reservations: (record) => pythonJson(shownReservation(record as Reservation), noFloats),
  users: (record) => pythonJson(shownUser(record as User), amounts),
};

const texts = new WeakMap<object, string>();

function textOf(record: object, name: string): string {
  const known = texts.get(record);
  if (known !== undefined) return known;
  const text = (write[name] ?? ((other: object) => pythonJson(other, noFloats)))(record);
  texts.set(record, text);
  return text;
}

const sortedIds = new WeakMap<readonly string[], readonly string[]>();

function idsInOrder(table: Table): readonly string[] {
  const known = sortedIds.get(table.ids());
  if (known !== undefined) return known;
  const sorted = [...table.ids()].sort();
  sortedIds.set(table.ids(), sorted);
  return sorted;
}

function addTable(hash: Hash, name: string, table: Table): void {
  const members = idsInOrder(table).map(
    (id) => `${pythonText(id)}: ${textOf(table.get(id) as object, name)}`,
  );
  hash.update(`${pythonText(name)}: {${members.join(", ")}}`);
}

const started = new WeakMap<Table, Hash>();

/** The hash as far as the flights, the largest table and the first in order; most writes leave it as it was. */
function afterFlights(flights: Table): Hash {
  const known = started.get(flights);
  if (known !== undefined) return known.copy();
  const hash = createHash("sha256").update("{");
  addTable(hash, "flights", flights);
  started.set(flights, hash);
  return hash.copy();
}

/**
 * τ²-bench's own hash of a state: sha-256 of Python's json.dumps with sorted keys. The texts of records are
 * remembered, so a small change costs little more than the hashing.
 */
export function tau2Hash(state: State): string {
  const { flights, reservations, users } = state;
  if (flights === undefined || reservations === undefined || users === undefined) {
    throw new TypeError("tau2Hash: expected the tables flights, reservations and users");
  }
  const hash = afterFlights(flights).update(", ");
  addTable(hash, "reservations", reservations);
  hash.update(", ");
  addTable(hash, "users", users);
  return hash.update("}").digest("hex");
}
