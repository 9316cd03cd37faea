import { differences, isObject, isSame, type Json, type JsonObject } from "../core/json.ts";
import type { Domain, State } from "../domains/domain.ts";

/** Generated ids of one kind at most, so that trying every renaming stays cheap: 3! × 3! orders. */
export const maxGenerated = 3;

/** The records that two states do not share, as table → id → record; null stands for a record that is gone. */
function changed(before: State, after: State): Readonly<Record<string, Readonly<Record<string, Json>>>> {
  const tables = Object.entries(after).flatMap(([name, table]) => {
    const old = before[name];
    if (table === old) return [];
    const ids = new Set([...table.ids(), ...(old?.ids() ?? [])]);
    const records = [...ids].flatMap((id) => {
      const [was, is] = [old?.get(id), table.get(id)];
      return isSame(was ?? null, is ?? null) ? [] : [[id, is ?? null] as const];
    });
    return records.length === 0 ? [] : [[name, Object.fromEntries(records)] as const];
  });
  return Object.fromEntries(tables);
}

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

/** A value with ids renamed, in keys and in texts; renamed ids that stand in one list are put in order. */
function rename(value: Json, names: ReadonlyMap<string, string>): Json {
  if (typeof value === "string") return names.get(value) ?? value;
  if (Array.isArray(value))
    return inOrder(
      value.map((item) => rename(item as Json, names)),
      new Set(names.values()),
    );
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [names.get(key) ?? key, rename(item, names)]),
  );
}

/** Generated ids have no order of their own: whichever came first in the list was only made first. */
function inOrder(items: readonly Json[], generated: ReadonlySet<string>): readonly Json[] {
  const isGenerated = (item: Json): item is string => typeof item === "string" && generated.has(item);
  const sorted = items.filter(isGenerated).sort();
  let next = 0;
  return items.map((item) => (isGenerated(item) ? (sorted[next++] as string) : item));
}

interface States {
  readonly domain: Domain;
  readonly before: State;
  readonly expected: State;
  readonly actual: State;
}

/** Every way to match the actual state's generated ids to the expected ones; empty if their numbers differ. */
function renamings({ domain, before, expected, actual }: States): readonly ReadonlyMap<string, string>[] {
  const wanted = domain.generatedIds(before, expected);
  const got = domain.generatedIds(before, actual);
  if (wanted.some((group, i) => group.length !== got[i]?.length || group.length > maxGenerated)) return [];
  return wanted.reduce<readonly ReadonlyMap<string, string>[]>(
    (so, group, i) =>
      so.flatMap((names) =>
        permutations(got[i] ?? []).map(
          (order) => new Map([...names, ...order.map((id, j) => [id, group[j] ?? id] as const)]),
        ),
      ),
    [new Map()],
  );
}

/** Changed records together with those that only the other side changed, so that a difference names the member. */
function filledUp(own: Json, other: Json, before: State): Json {
  const tables = { ...(other as JsonObject), ...(own as JsonObject) };
  const entries = Object.keys(tables).map((table) => {
    const mine = (own as JsonObject)[table];
    const ids = Object.keys({
      ...((other as JsonObject)[table] as JsonObject | undefined),
      ...(mine as JsonObject | undefined),
    });
    const records = ids.flatMap((id) => {
      const record = (mine as JsonObject | undefined)?.[id] ?? before[table]?.get(id);
      return record === undefined ? [] : [[id, record] as const];
    });
    return [table, Object.fromEntries(records)] as const;
  });
  return Object.fromEntries(entries);
}

/** How an actual final state differs from the expected one, in words; null if they are equal up to renaming. */
export function stateDifference(states: States): string | null {
  const { before, expected, actual } = states;
  const wanted = changed(before, expected);
  const got = changed(before, actual);
  if (isSame(wanted, got)) return null;
  const same = [...renamings(states)];
  const own = new Map(same[0] === undefined ? [] : [...same[0].values()].map((id) => [id, id] as const));
  const target = rename(wanted, own);
  if (same.some((names) => isSame(rename(got, names), target))) return null;
  const nearest = same[0] === undefined ? got : rename(got, same[0]);
  const places = differences(filledUp(wanted, nearest, before), filledUp(nearest, wanted, before), 4).map(
    ({ path, expected: right, actual: wrong }) => `${path}: expected ${brief(right)}, got ${brief(wrong)}`,
  );
  return places.join("; ");
}

/** A value in at most 80 characters. */
export function brief(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
