import { createRng } from "../core/rng.ts";
import type { Domain, Region } from "../domains/domain.ts";
import { regionsOf } from "../frontier/frontier.ts";

const known = new WeakMap<Domain, Map<string, boolean>>();
const tries = 8;

/** True if the domain's sampler finds a scenario with one request in the region; remembered by domain and region. */
export function isFeasible(domain: Domain, region: Region): boolean {
  const answers = known.get(domain) ?? new Map<string, boolean>();
  known.set(domain, answers);
  const key = JSON.stringify(Object.entries(region).sort());
  const answer = answers.get(key) ?? findsOne(domain, region, key);
  answers.set(key, answer);
  return answer;
}

function findsOne(domain: Domain, region: Region, key: string): boolean {
  const rng = createRng(`feasible ${key}`);
  return Array.from({ length: tries }, (_, i) => i).some(
    (i) =>
      domain.sampleScenario({ requests: [region], noise: 0, distractors: 0 }, rng.fork(String(i))) !== null,
  );
}

/** The regions of a domain, one for each kind and each value of each axis that it can have. */
export function feasibleRegions(domain: Domain): readonly Region[] {
  return regionsOf(domain).filter((region) => isFeasible(domain, region));
}
