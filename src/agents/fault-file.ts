import { z } from "zod";
import { anyOf, InputError, unknownName } from "../core/errors.ts";
import { checkRegion } from "../domains/cell.ts";
import type { Domain, Region } from "../domains/domain.ts";

/** The step of an agent that a fault wraps; axes must be visible by then. */
type Step = "hear" | "look" | "decide" | "choose" | "pay" | "act" | "emit";

/** Every kind of fault, and the step that it wraps. `ignore_clause` takes a clause id after a colon. */
export const faultSteps = {
  drop_request: "hear",
  skip_lookup: "look",
  invented_id: "look",
  ignore_clause: "decide",
  transfer: "decide",
  wrong_choice: "choose",
  wrong_amount: "pay",
  wrong_payment: "pay",
  unasked_write: "act",
  stop_early: "act",
  malformed_call: "emit",
  parallel_calls: "emit",
} as const satisfies Record<string, Step>;

export type FaultName = keyof typeof faultSteps;

const value = z.union([z.string(), z.number()]);
const condition = z.union([
  value,
  z.array(value).min(1),
  z.strictObject({ min: z.number().exactOptional(), max: z.number().exactOptional() }),
]);

const fileSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+$/, "expected lower-case letters, digits and hyphens"),
  summary: z.string().exactOptional(),
  faults: z.array(
    z.strictObject({
      id: z.string().min(1),
      when: z.record(z.string(), condition),
      fault: z.string(),
      probability: z.number().min(0).max(1),
    }),
  ),
});

/** One planted fault: where it strikes, what it does, how often. */
export interface Fault {
  readonly id: string;
  readonly when: Region;
  readonly fault: FaultName;
  /** The clause that is ignored, for `ignore_clause`. */
  readonly clause: string | null;
  readonly probability: number;
}

export interface FaultFile {
  readonly name: string;
  readonly summary: string;
  readonly faults: readonly Fault[];
}

/** Reads a fault file for a domain. Unknown faults, axes, values and clauses are an InputError that says what there is. */
export function parseFaultFile(content: unknown, domain: Domain, where: string): FaultFile {
  const parsed = fileSchema.safeParse(content);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(
      `The fault file ${where} has a wrong form at /${issue?.path.join("/")}: ${issue?.message}; correct it there.`,
    );
  }
  const { name, summary = "", faults } = parsed.data;
  const ids = faults.map((fault) => fault.id);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined)
    throw new InputError(`The fault file ${where} has the id "${twice}" twice: give each fault its own.`);
  return { name, summary, faults: faults.map((fault) => parseFault(fault, domain, where)) };
}

function parseFault(raw: z.infer<typeof fileSchema>["faults"][number], domain: Domain, where: string): Fault {
  const [name = "", clause] = raw.fault.split(":");
  if (!Object.hasOwn(faultSteps, name))
    throw unknownName(`fault in ${where}`, raw.fault, Object.keys(faultSteps));
  const fault = name as FaultName;
  if (fault === "ignore_clause" && !domain.clauses.some((known) => known.id === clause)) {
    throw unknownName(
      `clause after ignore_clause in ${where}`,
      clause ?? "",
      domain.clauses.map((known) => known.id),
    );
  }
  checkRegion(raw.when, domain);
  refuseUnseen(raw.when, { fault, domain, where: `${raw.id} in ${where}` });
  return { id: raw.id, when: raw.when, fault, clause: clause ?? null, probability: raw.probability };
}

/** A fault cannot depend on what its step has not seen yet: refused on load, or it would silently never fire. */
function refuseUnseen(
  when: Region,
  { fault, domain, where }: { readonly fault: FaultName; readonly domain: Domain; readonly where: string },
): void {
  const step = faultSteps[fault];
  if (step !== "hear" && step !== "look") return;
  const kinds =
    when.kind === undefined ? domain.requests.map((kind) => kind.kind) : [when.kind].flat().map(String);
  const unseen = Object.keys(when).filter((name) => {
    const axis = domain.axes.find((known) => known.name === name);
    return axis?.afterLookup.some((kind) => kinds.includes(kind)) === true;
  });
  if (unseen.length === 0) return;
  throw new InputError(
    `The fault ${where} wraps the step "${step}" but depends on ${anyOf(unseen)}, which is seen only after a lookup: drop that condition or choose a later step.`,
  );
}
