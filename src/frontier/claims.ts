import { anyOf, InputError } from "../core/errors.ts";
import { at, canonical, isSame, pointerSteps, refuseHostileKeys } from "../core/json.ts";
import type { Axis, AxisValue, AxisValues } from "../domains/domain.ts";
import { holdTo, type StateAssertion } from "../tasks/assertion.ts";
import { brief } from "../tasks/final-state.ts";
import type { Task } from "../tasks/task.ts";

/** Assertions by the axis of the claimed label that they prove: one holds of a task wherever its label is true of it. */
export type Proofs = Readonly<Record<string, StateAssertion>>;

/** Claimed labels of a hypothesis at most; each is counted by itself. */
export const mostClaims = 4;

/** Characters of a proof's path and of its value as JSON, at most. */
const mostLetters = 300;

/** What a proof can say: a task has one starting world, so that there is no change to look at. */
export const proofOps = ["equals", "absent", "count", "contains"] as const;

/**
 * Checks what a strategist claims: short labels, on axes that the domain does not have, since those that it has are
 * read off the task itself. Throws an InputError.
 */
export function checkClaims(claims: AxisValues, axes: readonly Pick<Axis, "name">[]): void {
  refuseHostileKeys(claims, "claims");
  const names = Object.keys(claims);
  if (names.length === 0 || names.length > mostClaims) {
    throw new InputError(
      `Expected 1 to ${mostClaims} claims, ${names.length} came: leave claims out, or give fewer.`,
    );
  }
  for (const name of names) {
    if (axes.some((axis) => axis.name === name)) {
      throw new InputError(
        `"${name}" is an axis of the domain and read off each task: give it in where, and in claims only labels that no axis has.`,
      );
    }
    if (!/^[a-z][a-z0-9_]{0,39}$/.test(name)) {
      throw new InputError(
        `Expected the name of a claimed label in small letters, digits and _, at most 40, "${name.slice(0, 60)}" came: rename it.`,
      );
    }
  }
}

/**
 * Checks the assertions that are to prove claims: each of a claim that is made, with a path into the world's tables or
 * to the instruction, and a value that fits what it says. Throws an InputError.
 */
export function checkProofs(
  proofs: Proofs,
  { claims, tables }: { readonly claims: AxisValues; readonly tables: readonly string[] },
): void {
  refuseHostileKeys(proofs, "proofs");
  for (const [axis, proof] of Object.entries(proofs)) {
    if (!Object.hasOwn(claims, axis)) {
      throw new InputError(
        `A proof came for "${axis.slice(0, 60)}", which is not claimed: expected one of ${anyOf(Object.keys(claims))}; claim it too, or leave its proof out.`,
      );
    }
    checkPath(proof.path, tables);
    const wanted = valueWanted(proof);
    if (wanted !== null) {
      throw new InputError(
        `The proof of "${axis}" (${proof.op}) takes ${wanted}, ${brief(proof.value)} came: correct its value.`,
      );
    }
  }
}

function checkPath(path: string, tables: readonly string[]): void {
  const steps = pointerSteps(path);
  refuseHostileKeys(Object.fromEntries(steps.map((step) => [step, null])), "The path of a proof");
  const roots = [...tables, "instruction"];
  if (path.startsWith("/") && path.length <= mostLetters && roots.includes(steps[0] ?? "")) return;
  throw new InputError(
    `Expected a proof's path as a JSON Pointer of at most ${mostLetters} characters that begins with ${anyOf(roots.map((root) => `/${root}`))}, "${path.slice(0, 60)}" came: correct it.`,
  );
}

/** The value that an assertion would need, in words; null where its own fits. */
function valueWanted({ op, value }: StateAssertion): string | null {
  if (op === "absent") return value === undefined ? null : "no value";
  if (op === "count") {
    return typeof value === "number" && Number.isInteger(value) && value >= 0
      ? null
      : "a whole number from 0";
  }
  return value !== undefined && canonical(value).length <= mostLetters
    ? null
    : `a value of at most ${mostLetters} characters`;
}

interface Claiming {
  readonly claims?: AxisValues;
  readonly proofs?: Proofs;
}

/**
 * What proves a hypothesis's claims, by what the session holds of them: the first claim of a label settles its proof, or
 * that it has none, so that all tasks that are counted of a label are held to the same. Another proof is an InputError.
 */
export function settledProofs(
  { claims = {}, proofs = {} }: Claiming,
  held: ReadonlyMap<string, StateAssertion | null>,
): Proofs {
  const settled = Object.keys(claims).flatMap((axis) => {
    const [own, known] = [proofs[axis], held.get(axis)];
    if (known === undefined) return own === undefined ? [] : [[axis, own] as const];
    if (own !== undefined && !isSame(own, known)) {
      const so = known === null ? "without a proof" : `with the proof ${describeProof(known)}`;
      throw new InputError(
        `The session has claimed ${axis}=${claims[axis]} ${so} and keeps to that, ${describeProof(own)} came: leave the proof out, or claim another value.`,
      );
    }
    return known === null ? [] : [[axis, known] as const];
  });
  return Object.fromEntries(settled);
}

/** An assertion in a few words, such as "/users count 3". */
export function describeProof({ path, op, value }: StateAssertion): string {
  return value === undefined ? `${path} ${op}` : `${path} ${op} ${brief(value)}`;
}

/** A claim whose proof a task does not meet. */
export interface Unproved {
  readonly axis: string;
  readonly value: AxisValue;
  readonly proof: StateAssertion;
  /** What the task holds instead; it may quote the world. */
  readonly found: string;
}

/** The claims whose proofs do not hold of a task. */
export function unprovedIn(
  { claims = {}, proofs = {} }: Claiming,
  { world, instruction }: Pick<Task, "world" | "instruction">,
): readonly Unproved[] {
  const start = { instruction, ...world };
  return Object.entries(proofs).flatMap(([axis, proof]) => {
    const { holds, found } = holdTo(proof, { before: start, after: start });
    // Nothing is told of a record by what it lacks if there is no such record.
    const around = proof.path.slice(0, proof.path.lastIndexOf("/"));
    const isThere = proof.op !== "absent" || at(start, around) !== undefined;
    if (holds && isThere) return [];
    const value = claims[axis] ?? "";
    return [{ axis, value, proof, found: isThere ? found : `${around} is not there at all` }];
  });
}

/** What is claimed of a task, and by axis the assertions that hold of it. */
export interface TaskClaims {
  readonly claims: AxisValues;
  readonly proved: Proofs;
}

/**
 * What a hypothesis claims of a task that was made for it; null for nothing. A smaller form need not be what was
 * claimed, so that it has those claims alone that are proved of it.
 */
export function claimsOf(
  claiming: Claiming | null,
  task: Pick<Task, "world" | "instruction">,
  origin: { readonly by: string },
): TaskClaims | null {
  if (claiming?.claims === undefined) return null;
  const not = new Set(unprovedIn(claiming, task).map(({ axis }) => axis));
  const proved = Object.fromEntries(Object.entries(claiming.proofs ?? {}).filter(([axis]) => !not.has(axis)));
  const isKept = ([axis]: readonly [string, AxisValue]) => origin.by !== "simplified" || axis in proved;
  const claims = Object.fromEntries(Object.entries(claiming.claims).filter(isKept));
  return Object.keys(claims).length === 0 ? null : { claims, proved };
}

/** Claims in a line, each proved by what, or merely claimed; of a hypothesis nothing is proved before it has a task. */
export function describeClaims(
  { claims, proved }: TaskClaims,
  word: "proved" | "to be proved" = "proved",
): string {
  return Object.entries(claims)
    .map(([axis, value]) => {
      const proof = Object.hasOwn(proved, axis) ? proved[axis] : undefined;
      return `${axis}=${value} (${proof === undefined ? "claimed, checked by nobody" : `${word}: ${describeProof(proof)}`})`;
    })
    .join(", ");
}
