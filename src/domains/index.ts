import { unknownName } from "../core/errors.ts";
import { airline } from "./airline/airline.ts";
import type { Domain } from "./domain.ts";

/** Every domain there is; the only list. */
export const domains: readonly Domain[] = [airline];

/** A domain by its name. Throws an InputError that lists the known ones. */
export function findDomain(name: string): Domain {
  const domain = domains.find((known) => known.name === name);
  if (domain === undefined) {
    throw unknownName(
      "domain",
      name,
      domains.map((known) => known.name),
    );
  }
  return domain;
}
