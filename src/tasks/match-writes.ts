import { canonical } from "../core/json.ts";
import type { Call } from "../domains/domain.ts";
import type { Gold } from "./task.ts";
import type { Trace } from "./trace.ts";

/** A write that the gold makes, and the index of the solution that it belongs to. */
export interface Wanted {
  readonly call: Call;
  readonly request: number;
}

/** A write that succeeded, and the index of the message that made it. */
export interface Made {
  readonly call: Call;
  readonly place: number;
}

export interface Matched {
  readonly pairs: readonly { readonly wanted: Wanted; readonly made: Made }[];
  /** Wanted and not made. */
  readonly missing: readonly Wanted[];
  /** Made and not wanted. */
  readonly extra: readonly Made[];
}

export function wantedWrites({ solutions }: Pick<Gold, "solutions">): readonly Wanted[] {
  return solutions.flatMap(({ writes }, request) => writes.map((call) => ({ call, request })));
}

export function madeWrites({ calls }: Pick<Trace, "calls">): readonly Made[] {
  return calls.flatMap(({ call, effect, status, place }) =>
    call !== null && effect === "write" && status === "ok" ? [{ call, place }] : [],
  );
}

/** Pairs each wanted write with the first one made that equals it. */
export function matchExactly(wanted: readonly Wanted[], made: readonly Made[]): Matched {
  return matchInOrder({ pairs: [], missing: wanted, extra: made }, ({ call }, other) =>
    canonical(call) === canonical(other.call) ? 1 : null,
  );
}

/** Pairs what an exact match left over: writes by one tool, those first that share most arguments. */
export function matchNearest(left: Pick<Matched, "missing" | "extra">): Matched {
  return matchInOrder({ ...left, pairs: [] }, ({ call }, other) =>
    call.name === other.call.name ? equalShare(call, other.call) : null,
  );
}

/** Takes the pair of the greatest likeness as long as there is one; among equals the one wanted and made first. */
function matchInOrder(from: Matched, likeness: (wanted: Wanted, made: Made) => number | null): Matched {
  let { pairs, missing, extra } = from;
  for (;;) {
    const likenesses = missing.flatMap((wanted) =>
      extra.flatMap((made) => {
        const like = likeness(wanted, made);
        return like === null ? [] : [{ wanted, made, like }];
      }),
    );
    const most = Math.max(...likenesses.map(({ like }) => like));
    const best = likenesses.find(({ like }) => like === most);
    if (best === undefined) return { pairs, missing, extra };
    const { wanted, made } = best;
    pairs = [...pairs, { wanted, made }];
    missing = missing.filter((one) => one !== wanted);
    extra = extra.filter((one) => one !== made);
  }
}

/** The share of arguments that two calls have in common, 0 to 1. */
export function equalShare(a: Call, b: Call): number {
  const names = new Set([...Object.keys(a.arguments), ...Object.keys(b.arguments)]);
  return names.size === 0 ? 1 : 1 - differingArguments(a, b).length / names.size;
}

/** The names of the arguments in which two calls differ, sorted. */
export function differingArguments(a: Call, b: Call): readonly string[] {
  const names = new Set([...Object.keys(a.arguments), ...Object.keys(b.arguments)]);
  return [...names].filter((name) => canonical(a.arguments[name]) !== canonical(b.arguments[name])).sort();
}
