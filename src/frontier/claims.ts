import { InputError } from "../core/errors.ts";
import { refuseHostileKeys } from "../core/json.ts";
import type { Axis, AxisValues } from "../domains/domain.ts";

/** Claimed labels of a hypothesis at most; each is counted by itself. */
export const mostClaims = 4;

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
