import type { Domain, Region } from "../domains/domain.ts";
import { regionsOf } from "../frontier/regions.ts";

/** True unless the domain can prove that no request lies in the region. */
export function isFeasible(domain: Domain, region: Region): boolean {
  return domain.objectionTo({ requests: [region] }) === null;
}

const known = new WeakMap<Domain, readonly Region[]>();

/** The regions of a domain, one for each kind and each value of each axis that it can have; remembered by domain. */
export function feasibleRegions(domain: Domain): readonly Region[] {
  const regions = known.get(domain) ?? regionsOf(domain).filter((region) => isFeasible(domain, region));
  known.set(domain, regions);
  return regions;
}
