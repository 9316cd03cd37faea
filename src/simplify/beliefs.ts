import { nameOf, type Removed } from "./elements.ts";
import { type Counts, noCounts, type Rates, weightOf } from "./sequential.ts";

/** How certain it is of each element that the failure needs it, given the rollouts so far. */
export interface Beliefs {
  /** Learns from one rollout in which these elements were left out. */
  see(removed: Removed, failed: boolean): void;
  /** The chance that a set that was tried holds nothing needed; null of any other set. */
  clean(removed: Removed): number | null;
  /** What rollouts are held against. */
  rates(): Rates;
  /** Reads all rollouts anew, against better known rates. */
  holdAgainst(rates: Rates): void;
  /** Takes an element for needed, and what was seen without it for no word on any other. */
  hold(index: number): void;
  /** The chance that the failure needs the element. */
  needed(index: number): number;
}

/** Elements that no try has told apart yet: they are believed the same, so they are counted as one. */
interface Class {
  size: number;
  prior: number;
  logit: number;
}

/** All rollouts with one set left out. */
interface Factor {
  readonly classes: number[];
  /** What the factor adds to the logit of each of its classes' elements. */
  readonly messages: number[];
  counts: Counts;
  /** ln of the likelihood of its rollouts if a needed element is missing over that if none is. */
  weight: number;
}

/** Factors that send again after each rollout, in turn: all of them would cost more time than they teach. */
const perRollout = 24;
/** Rounds of all factors when rollouts are read anew. */
const afresh = 8;

/** Beyond it a chance is 0 or 1 to twelve digits. */
const limit = 30;

/**
 * The posterior of noisy group testing: elements are needed independently a priori, and a try with a needed element
 * missing fails at another rate than one without. Marginals by sum-product message passing on the tries (Kschischang,
 * Frey & Loeliger 2001, with the factor of noisy group testing as in Sejdinovic & Johnson 2010); exact where tries do
 * not overlap in more than one element, an approximation elsewhere. Rollouts of one set are one factor.
 */
export function createBeliefs(priors: readonly number[], known: Rates): Beliefs {
  const { classes, classOf } = classesOf(priors);
  const factors = new Map<string, Factor>();
  const order: Factor[] = [];
  let rates = known;
  let turn = 0;
  const holdAgainst = (better: Rates): void => {
    rates = better;
    for (const one of classes) one.logit = one.prior;
    for (const factor of order) {
      factor.messages.fill(0);
      factor.weight = -weightOf(factor.counts, rates);
    }
    for (let round = 0; round < afresh; round++) for (const factor of order) pass(factor, classes);
  };
  const factorFor = (removed: Removed): Factor => {
    const name = nameOf(removed);
    const before = factors.get(name);
    if (before !== undefined) return before;
    const factor = factorOf(removed, { classes, classOf, factors: order });
    factors.set(name, factor);
    order.push(factor);
    return factor;
  };
  return {
    see: (removed, failed) => {
      const factor = factorFor(removed);
      const { counts } = factor;
      factor.counts = failed
        ? { ...counts, failed: counts.failed + 1 }
        : { ...counts, passed: counts.passed + 1 };
      factor.weight = -weightOf(factor.counts, rates);
      pass(factor, classes);
      for (let k = 0; k < Math.min(perRollout, order.length); k++) {
        turn = (turn + 1) % order.length;
        pass(order[turn] as Factor, classes);
      }
    },
    clean: (removed) => {
      const factor = factors.get(nameOf(removed));
      return factor === undefined ? null : cleanChance(factor, classes);
    },
    rates: () => rates,
    holdAgainst,
    hold: (index) => {
      // A set of its own, so that what is believed of it is believed of no other element.
      factorFor(Uint8Array.from(priors, (_, i) => (i === index ? 1 : 0)));
      const own = classes[classOf[index] as number] as Class;
      own.prior = limit;
      for (const [name, factor] of factors) {
        if (name[index] !== "1") continue;
        factors.delete(name);
        order.splice(order.indexOf(factor), 1);
      }
      turn = 0;
      holdAgainst(rates);
    },
    needed: (index) => chanceOf((classes[classOf[index] as number] as Class).logit),
  };
}

const chanceOf = (logit: number) => 1 / (1 + Math.exp(-logit));

function classesOf(priors: readonly number[]): { readonly classes: Class[]; readonly classOf: Int32Array } {
  const values = [...new Set(priors)];
  const classes = values.map((chance) => {
    const prior = Math.log(chance / (1 - chance));
    return { size: 0, prior, logit: prior };
  });
  const classOf = Int32Array.from(priors, (prior) => values.indexOf(prior));
  for (const own of classOf) (classes[own] as Class).size += 1;
  return { classes, classOf };
}

interface Belief {
  readonly classes: Class[];
  readonly classOf: Int32Array;
  readonly factors: readonly Factor[];
}

/** A factor for a set: classes that it cuts in two are split first, and both halves keep what was believed of them. */
function factorOf(removed: Removed, { classes, classOf, factors }: Belief): Factor {
  const inside = new Map<number, number[]>();
  for (let i = 0; i < classOf.length; i++) {
    if (removed[i] !== 1) continue;
    const own = classOf[i] as number;
    const members = inside.get(own);
    if (members === undefined) inside.set(own, [i]);
    else members.push(i);
  }
  const within: number[] = [];
  for (const [old, members] of inside) {
    const whole = classes[old] as Class;
    if (members.length === whole.size) {
      within.push(old);
      continue;
    }
    const half = classes.length;
    classes.push({ ...whole, size: members.length });
    whole.size -= members.length;
    for (const i of members) classOf[i] = half;
    for (const { classes: known, messages } of factors) {
      const at = known.indexOf(old);
      if (at < 0) continue;
      known.push(half);
      messages.push(messages[at] as number);
    }
    within.push(half);
  }
  return { classes: within, messages: within.map(() => 0), counts: noCounts, weight: 0 };
}

/** What a factor's own rollouts make of the chance that all else leaves to its set. */
function cleanChance({ classes: within, messages, weight }: Factor, classes: readonly Class[]): number {
  const before = within.reduce((sum, own, k) => {
    const { logit, size } = classes[own] as Class;
    return sum - size * Math.log1p(Math.exp(logit - (messages[k] as number)));
  }, 0);
  const others = Math.exp(before);
  return others / (others + (1 - others) * Math.exp(weight));
}

/** Sends a factor's messages anew: each element hears how likely the others explain the rollouts without it. */
function pass({ classes: within, messages, weight }: Factor, classes: readonly Class[]): void {
  const ratio = Math.exp(weight);
  let allClean = 0;
  const clean = within.map((own, k) => {
    const { logit, size } = classes[own] as Class;
    const ln = -Math.log1p(Math.exp(logit - (messages[k] as number)));
    allClean += size * ln;
    return ln;
  });
  within.forEach((own, k) => {
    const others = Math.exp(allClean - (clean[k] as number));
    const message = Math.log(ratio / (others + (1 - others) * ratio));
    const one = classes[own] as Class;
    const without = one.logit - (messages[k] as number);
    one.logit = Math.max(-limit, Math.min(limit, without + message));
    messages[k] = one.logit - without;
  });
}
