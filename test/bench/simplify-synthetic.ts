import { createRng, type Rng } from "../../src/core/rng.ts";
import { minimise } from "../../src/simplify/minimise.ts";

/** Made-up failures with known answers, and the ways to make them small, old and new, side by side. */

export interface Setting {
  readonly elements: number;
  readonly essential: number;
  /** Failure rate while all essential elements are kept, and without one of them. */
  readonly rates: readonly [number, number];
}

/** One run of one method. */
export interface Run {
  readonly rollouts: number;
  readonly gaveUp: boolean;
  /** True if all essential elements are kept. */
  readonly whole: boolean;
  /** Elements kept that are not essential. */
  readonly extra: number;
}

export type Method = "ours" | "one-at-a-time" | `ddmin-${number}`;

interface Planted {
  readonly setting: Setting;
  readonly essential: ReadonlySet<number>;
  readonly rng: Rng;
  /** Of 32 rollouts of the whole that are not charged: all that a method may know of the rates. */
  readonly failedOf32: number;
}

const known = 32;
const rolloutsAtMost = 20_000;

function plant(setting: Setting, rng: Rng): Planted {
  const { elements, essential, rates } = setting;
  const all = Array.from({ length: elements }, (_, i) => i);
  const needed = new Set(rng.fork("essential").sample(all, essential));
  const whole = rng.fork("whole");
  const failedOf32 = Array.from({ length: known }, () => whole.chance(rates[0])).filter(Boolean).length;
  return { setting, essential: needed, rng: rng.fork("rollouts"), failedOf32 };
}

/** One run of one method on one planted failure; the same seed plants the same failure for every method. */
export async function runOnce(method: Method, setting: Setting, seed: string): Promise<Run> {
  const planted = plant(setting, createRng(seed));
  if (method === "ours") return runOurs(planted);
  const m = method === "one-at-a-time" ? 8 : Number(method.slice("ddmin-".length));
  const oracle = fixedTest(planted, m);
  const all = Array.from({ length: setting.elements }, (_, i) => i);
  const kept = method === "one-at-a-time" ? oneAtATime(all, oracle.fails) : ddmin(all, oracle.fails);
  return { ...scoreOf(kept, planted), rollouts: oracle.rollouts(), gaveUp: false };
}

async function runOurs(planted: Planted): Promise<Run> {
  const { setting, essential, rng, failedOf32 } = planted;
  const ids = Array.from({ length: setting.elements }, (_, i) => String(i));
  const needed = [...essential].map(String);
  const { status, kept, rollouts } = await minimise({
    elements: ids.map((id) => ({ id, cost: 1 })),
    whole: { failed: failedOf32, n: known },
    isValid: () => true,
    test: async (on) =>
      rng.chance(setting.rates[needed.every((id) => on.kept.has(id)) ? 0 : 1]) ? "failed" : "passed",
    maxRollouts: rolloutsAtMost,
  });
  return { ...scoreOf(kept.map(Number), planted), rollouts, gaveUp: status !== "confirmed" };
}

function scoreOf(kept: readonly number[], { essential }: Planted): Pick<Run, "whole" | "extra"> {
  const held = kept.filter((i) => essential.has(i)).length;
  return { whole: held === essential.size, extra: kept.length - held };
}

type Fails = (kept: readonly number[]) => boolean;

/**
 * A test of m rollouts, its verdicts remembered by content: 1 of 1, 2 of 3, 5 of 8. With more, the line is drawn midway
 * between the true rates, which it is told as an advantage.
 */
function fixedTest({ setting, essential, rng }: Planted, m: number) {
  const { rates } = setting;
  const least = Math.ceil(m <= 8 ? 0.6 * m : (m * (rates[0] + rates[1])) / 2);
  const verdicts = new Map<string, boolean>();
  let rollouts = 0;
  const fails: Fails = (kept) => {
    const name = kept.join(" ");
    const before = verdicts.get(name);
    if (before !== undefined) return before;
    const has = new Set(kept);
    const rate = rates[[...essential].every((i) => has.has(i)) ? 0 : 1];
    let failed = 0;
    for (let i = 0; i < m; i++) if (rng.chance(rate)) failed += 1;
    rollouts += m;
    verdicts.set(name, failed >= least);
    return failed >= least;
  };
  return { fails, rollouts: () => rollouts };
}

/** Drops each element in turn, and starts over as long as one could go. */
function oneAtATime(all: readonly number[], fails: Fails): readonly number[] {
  let kept = all;
  for (;;) {
    const before = kept.length;
    for (const i of all) {
      const without = kept.filter((other) => other !== i);
      if (without.length < kept.length && fails(without)) kept = without;
    }
    if (kept.length === before) return kept;
  }
}

/** Delta debugging: subsets, then complements, in ever finer parts. Source: Zeller & Hildebrandt 2002. */
function ddmin(all: readonly number[], fails: Fails): readonly number[] {
  let kept = all;
  let parts = 2;
  while (kept.length >= 2) {
    const chunks = Array.from({ length: parts }, (_, k) =>
      kept.slice(Math.floor((k * kept.length) / parts), Math.floor(((k + 1) * kept.length) / parts)),
    );
    const part = chunks.find((chunk) => fails(chunk));
    if (part !== undefined) {
      [kept, parts] = [part, 2];
      continue;
    }
    const complements = chunks.map((chunk) => kept.filter((i) => !chunk.includes(i)));
    const rest = parts > 2 ? complements.find((complement) => fails(complement)) : undefined;
    if (rest !== undefined) {
      [kept, parts] = [rest, Math.max(parts - 1, 2)];
      continue;
    }
    if (parts >= kept.length) return kept;
    parts = Math.min(2 * parts, kept.length);
  }
  return kept;
}
