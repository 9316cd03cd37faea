import { canonical } from "../core/json.ts";
import { chanceWithin, type Interval, posterior, uniformPrior } from "../core/stats.ts";
import { familyOf } from "../rollout/cause.ts";
import type { Vein } from "./veins.ts";
import type { Worked } from "./worked.ts";

/** What following a vein is worth for each rollout, and what looking for something new is. */

/** What the second task of a vein is worth beside the first; the third half of that, and so on. */
const afterFirst = 0.1;
/** Rollouts that a kept task takes beyond its screening: its gate. */
const gateCost = 8;
/** Rollouts that something new takes until it is kept: its screening, and its gate. */
const findCost = 11;

/** Rollouts that screening the first task of a vein takes: few where its cause and so its pass rate is known. */
const screenCost = ({ isKnown }: Worked) => (isKnown ? 1.5 : 3);

/** The worth of looking, by the chance that a look finds something and the rollouts that it takes. */
export const worthOfLooking = ({ chance, cost }: { readonly chance: number; readonly cost: number }) =>
  chance / (cost + findCost * chance);

/**
 * The worth of following each vein: the more it and its kin have given, the less another task of it. One whose cause
 * is known and that has given nothing is worth as much as the first of its kin.
 */
export function worthsIn(veins: readonly Worked[]): ReadonlyMap<Worked, number> {
  const named = veins.map((vein) => ({ vein, family: familyOf(vein.mode), needs: needsName(vein) }));
  return new Map(
    named.map(({ vein, family, needs }) => {
      // Two veins may well be one fault that fail alike, or that by what is known need the same of any kind of request.
      const kin = named.filter((one) => one.family === family || (needs !== null && one.needs === needs));
      const kept = kin.reduce((sum, one) => sum + one.vein.kept, 0);
      // What a smallest form has told apart from its kin, and what gave nothing yet, is no second task of anything.
      const isFirst = kept === 0 || (vein.isKnown && vein.kept === 0);
      const left = isFirst ? 1 : afterFirst / (vein.kept === 0 ? Math.sqrt(kept) : kept);
      const cost = vein.tried === 0 ? screenCost(vein) : vein.rollouts / vein.tried;
      return [vein, (vein.share * left) / (cost + gateCost * vein.share)];
    }),
  );
}

/** What a known cause needs beside its kind of request, as a name; null where that is nothing, or not known. */
function needsName({ isKnown, causes: [likeliest] }: Worked): string | null {
  const { kind: _, ...needs } = likeliest?.where ?? {};
  return isKnown && Object.keys(needs).length > 0 ? canonical(needs) : null;
}

/** Rollouts of a vein after which its pass rate tells, and the chance of lying in the window at which it is given up. */
const [enough, faint] = [8, 0.1] as const;

/** True if what a vein's tasks have shown lies outside the window, almost for certain. */
export function isOutside({ history: { n, passed } }: Worked, window: Interval): boolean {
  return n >= enough && chanceWithin(posterior(uniformPrior, passed, n), window) <= faint;
}

/** True if a vein lies in a kind of which so many tasks are kept as may be. */
export function isFull(
  vein: Worked,
  veins: readonly Worked[],
  kinds: Readonly<Record<string, number>>,
): boolean {
  const kindOf = ({ causes }: Vein) => String(causes[0]?.where.kind ?? "");
  const kind = kindOf(vein);
  const most = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (most === undefined) return false;
  return veins.reduce((sum, one) => (kindOf(one) === kind ? sum + one.kept : sum), 0) >= most;
}
