import type { Cell } from "../domains/cell.ts";
import { requestMeets } from "../domains/cell.ts";
import type { Axis, AxisValue, AxisValues, Condition, Domain, Region } from "../domains/domain.ts";
import type { Minimised } from "./minimise.ts";
import type { Part, Piece, Whole } from "./pieces.ts";

/** What a failure needs, by the certificate of its smallest form. */
export interface Needs {
  /** The conditions that its rollouts have shown to be needed, and the kind of request unless any kind would do. */
  readonly where: Region;
  /** The values of the request that it is about, in the smallest form. */
  readonly request: AxisValues;
}

interface Certified {
  readonly pieces: readonly Piece[];
  readonly minimised: Pick<Minimised, "status" | "kept" | "certificate">;
  /** The smallest form's. */
  readonly cell: Cell;
  readonly blamed: Whole["blamed"];
  readonly domain: Pick<Domain, "axes">;
}

/**
 * What a confirmed smallest form needs: each value whose piece is needed by itself, of what is counted at least so much.
 * What could only go together with another needed piece, or not at all, may well be there for no other reason than
 * that. Null where no form was confirmed.
 */
export function needsOf(on: Certified): Needs | null {
  const { pieces, minimised, cell, blamed, domain } = on;
  if (minimised.status !== "confirmed") return null;
  const needed = neededIn(minimised.certificate);
  const parts = pieces.filter(({ id }) => needed.has(id)).map(({ part }) => part);
  const requests = pieces.flatMap(({ id, part }) =>
    part.part === "request" && minimised.kept.includes(id) ? [part.request] : [],
  );
  const own = requests.find((request) => blamed.has(request)) ?? requests[0];
  const shown = parts.flatMap((part): readonly Named[] => {
    if (part.part === "shared" || (part.part === "value" && part.request === own && part.axis !== "kind"))
      return [[part.axis, part.value]];
    return [];
  });
  const others = parts.filter((part) => part.part === "request" && part.request !== own).length;
  const around: AxisValues = { ...cell.world, ...cell.conversation };
  const named = [
    ...shown,
    ...(others > 0 ? [["requests", 1 + others] as const] : []),
    ...(parts.some(({ part }) => part === "schedule") ? valueIn("schedule", around) : []),
    ...(parts.some(isOfWorld) ? worldValues(cell, domain) : []),
  ];
  const where: Record<string, Condition> = {};
  // Of one axis the last step stands for those before it.
  for (const [name, value] of named)
    where[name] = atLeast(
      value,
      domain.axes.find((axis) => axis.name === name),
    );
  const request =
    cell.requests.find((values) => requestMeets(values, where, domain)) ?? cell.requests[0] ?? {};
  const isAnyKind = pieces.some(
    ({ id, part }) =>
      part.part === "value" && part.request === own && part.axis === "kind" && !minimised.kept.includes(id),
  );
  const kind = request.kind;
  return { where: isAnyKind || kind === undefined ? where : { kind, ...where }, request };
}

type Named = readonly [axis: string, value: AxisValue];

/** The ids of what is needed for its own sake: nothing that went along with it is. */
function neededIn(certificate: Minimised["certificate"]): ReadonlySet<string> {
  const needed = certificate.filter(({ why }) => why === "needed");
  const alone = new Set(needed.filter(({ along }) => along.length === 0).map(({ id }) => id));
  return new Set(needed.filter(({ along }) => !along.some((id) => alone.has(id))).map(({ id }) => id));
}

const valueIn = (name: string, values: AxisValues): readonly Named[] => {
  const value = values[name];
  return value === undefined ? [] : [[name, value]];
};

/** Records of the very world: they are all that tells of a world axis that has no pieces of its own. */
const isOfWorld = ({ part }: Part): boolean => part === "world" || part === "records";

function worldValues({ world }: Cell, { axes }: Pick<Domain, "axes">): readonly Named[] {
  return axes
    .filter(
      ({ scope, isShared, name, simplest }) =>
        scope === "world" && isShared !== true && world[name] !== simplest,
    )
    .flatMap(({ name }) => valueIn(name, world));
}

const atLeast = (value: AxisValue, axis: Axis | undefined): Condition =>
  typeof value === "number" && typeof axis?.simplest === "number" && value > axis.simplest
    ? { min: value }
    : value;
