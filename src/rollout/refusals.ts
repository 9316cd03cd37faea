import { hearFailure, hearOffer, hearRefusal, soundsLikeRefusal } from "../domains/dialogue.ts";
import { type Attended, lastTouched, openAt } from "./attention.ts";
import type { Scene } from "./scene.ts";

/** Words by which the target turned a request down or gave it up. */
export interface Refusal {
  readonly place: number;
  /** The index of the solution that it is about, as far as that can be told. */
  readonly request: number | null;
  /** `declined`: as the policy has it. `given_up`: what should have been done, or no more than that it did not work. */
  readonly how: "declined" | "given_up";
  /** The first of the domain's clauses that it names. */
  readonly clause: string | null;
}

/** Every refusal of a rollout, each put down to the request that it names or that was touched last. */
export function refusalsIn(on: Attended): readonly Refusal[] {
  const refusals: Refusal[] = [];
  for (const { place, text } of on.trace.spoken) {
    const named = hearRefusal(text);
    const isFree = named === null && hearOffer(text) === null && soundsLikeRefusal(text);
    if (named === null && !isFree && !hearFailure(text)) continue;
    const open = openAt(on, place);
    const fitting = open.filter((i) => named?.some((clause) => on.solutions[i]?.clauses.includes(clause)));
    // Of those touched alike, one that was not turned down before.
    const told = (i: number) => refusals.filter(({ request }) => request === i).length;
    const among = (fitting.length > 0 ? fitting : open).toSorted((a, b) => told(a) - told(b));
    const request = lastTouched(among, on, { place, text });
    const isDue = on.solutions[request ?? -1]?.status === "refused" && !hearFailure(text);
    const clause = on.domain.clauses.find(({ id }) => named?.includes(id))?.id ?? null;
    refusals.push({ place, request, how: isDue ? "declined" : "given_up", clause });
  }
  return refusals;
}

/** True if the target turned a request down before a place. */
export function isDeclined({ refusals }: Scene, index: number, before = Number.POSITIVE_INFINITY): boolean {
  return refusals.some(
    ({ request, how, place }) => request === index && how === "declined" && place < before,
  );
}

/** Where the target gave a request up; null if it did not. */
export function givenUp({ refusals }: Scene, index: number): Refusal | null {
  return refusals.find(({ request, how }) => request === index && how === "given_up") ?? null;
}

/** The solution whose request the target was at before a place: of those still open the one touched last. */
export function inHand(scene: Scene, place: number): number | null {
  const open = openAt(scene, place).filter((i) => !isDeclined(scene, i, place));
  return lastTouched(open, scene, { place });
}
