import { type Cell, requestMeets } from "../domains/cell.ts";
import type { Axis, AxisValue, AxisValues, Condition, Domain, Region } from "../domains/domain.ts";
import type { Minimised } from "./minimise.ts";
import type { Part, Piece, Whole } from "./pieces.ts";

/** What a failure needs, by the certificate of its smallest form. */
export interface Needs {
  /** The conditions that its rollouts have shown to be needed, and the kind of request unless any kind would do. */
  readonly where: Region;
  /** The name of what goes wrong most in the form's own rollouts; null where nothing could be told of them. */
  readonly shows: string | null;
  /** Axes on which a value stays that no rollouts could be had without, or that cannot go by itself. */
  readonly perhaps: readonly string[];
  /** The values of the request that it is about, in the smallest form. */
  readonly request: AxisValues;
}

interface Certified {
  readonly pieces: readonly Piece[];
  readonly minimised: Pick<Minimised, "status" | "kept" | "certificate">;
  /** The smallest form's. */
  readonly cell: Cell;
  readonly blamed: Whole["blamed"];
  /** What goes wrong most in its rollouts. */
  readonly shows: string | null;
  readonly domain: Pick<Domain, "axes">;
}

/**
 * What a confirmed smallest form needs: each value whose piece is needed by itself, of what is counted at least so
 * much. What can go only together with another needed piece, or not at all, may be there for no other reason than
 * that. Null where no form was confirmed.
 */
export function needsOf(on: Certified): Needs | null {
  const { pieces, minimised, cell, blamed, domain, shows } = on;
  if (minimised.status !== "confirmed") return null;
  const needed = neededIn(minimised.certificate);
  const kept = pieces.filter(({ id }) => minimised.kept.includes(id));
  const shown = kept.filter(({ id }) => needed.has(id));
  const requests = kept.flatMap(({ part }) => (part.part === "request" ? [part.request] : []));
  const own = requests.find((request) => blamed.has(request)) ?? requests[0];
  const others = shown.filter(({ part }) => part.part === "request" && part.request !== own).length;
  const named: readonly Named[] = [
    ...shown.flatMap(({ part }) => valueIn(part, own)),
    ...(others > 0 ? [["requests", 1 + others] as const] : []),
    ...(shown.some(({ part }) => part.part === "schedule") ? scheduleIn(cell) : []),
  ];
  const conditions: Record<string, Condition> = {};
  // Of one axis the last step stands for those before it.
  for (const [name, value] of named) conditions[name] = atLeast(value, name, domain);
  const request =
    cell.requests.find((values) => requestMeets(values, conditions, domain)) ?? cell.requests[0] ?? {};
  const isAnyKind = pieces.some(
    ({ id, part }) => isKind(part) && part.request === own && !minimised.kept.includes(id),
  );
  const { kind } = request;
  const where = isAnyKind || kind === undefined ? conditions : { kind, ...conditions };
  const stays = kept.flatMap(({ part }) => valueIn(part, own).map(([name]) => name));
  return {
    where,
    shows,
    perhaps: [...new Set(stays)].filter((name) => !Object.hasOwn(where, name)),
    request,
  };
}

/** The ids of what is needed for its own sake: nothing that went along with it is. */
function neededIn(certificate: Minimised["certificate"]): ReadonlySet<string> {
  const needed = certificate.filter(({ why }) => why === "needed");
  const alone = new Set(needed.filter(({ along }) => along.length === 0).map(({ id }) => id));
  return new Set(needed.filter(({ along }) => !along.some((id) => alone.has(id))).map(({ id }) => id));
}

type Named = readonly [axis: string, value: AxisValue];

const isKind = (part: Part): part is Extract<Part, { readonly part: "value" }> =>
  part.part === "value" && part.axis === "kind";

/** The value that a piece stands for, if it is one of what a request is in: its own, or those around it. */
function valueIn(part: Part, request: number | undefined): readonly Named[] {
  const isOwn = part.part === "value" && part.request === request && !isKind(part);
  return isOwn || part.part === "shared" || part.part === "around" ? [[part.axis, part.value]] : [];
}

function scheduleIn({ conversation: { schedule } }: Cell): readonly Named[] {
  return schedule === undefined ? [] : [["schedule", schedule]];
}

function atLeast(value: AxisValue, name: string, { axes }: Certified["domain"]): Condition {
  const simplest = axes.find((axis: Axis) => axis.name === name)?.simplest;
  return typeof value === "number" && typeof simplest === "number" && value > simplest
    ? { min: value }
    : value;
}
