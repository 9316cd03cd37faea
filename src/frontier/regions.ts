import type { Domain, Region } from "../domains/domain.ts";

/** One region for each kind, and one for each value of each axis that applies to it. */
export function regionsOf(domain: Domain): readonly Region[] {
  return domain.requests.flatMap(({ kind }) => [
    { kind },
    ...domain.axes
      .filter((axis) => axis.scope === "request" && axis.name !== "kind" && appliesTo(axis.kinds, kind))
      .flatMap((axis) => axis.values.map((value): Region => ({ kind, [axis.name]: value }))),
  ]);
}

const appliesTo = (kinds: readonly string[], kind: string) => kinds.length === 0 || kinds.includes(kind);
