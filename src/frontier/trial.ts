import type { Cell } from "../domains/cell.ts";
import type { AxisValues, Domain, Region } from "../domains/domain.ts";

/** One way in which a trial's rollouts failed. */
export interface Shown {
  /** The name of the cause. */
  readonly key: string;
  /** The request that it belongs to; null if to none. */
  readonly request: number | null;
  /** Rollouts that show it. */
  readonly count: number;
}

/** What is known of one task that was made: where it lies, and what the target did there. */
export interface Trial {
  readonly task: string;
  readonly cell: Cell;
  /** The cells of its requests in the order they come up. */
  readonly requests: readonly AxisValues[];
  /** What its world was filled with, by name. */
  readonly filling: AxisValues;
  /** Scored rollouts, and those that passed. */
  readonly n: number;
  readonly passed: number;
  readonly modes: readonly Shown[];
  /** Whether its pass rate lies in the window. */
  readonly verdict: "inside" | "outside" | "undecided";
  /** The vein that it was made to follow; null if none. */
  readonly follows: string | null;
  /** True for a look at what nobody had asked yet. */
  readonly isLook: boolean;
  readonly kept: boolean;
  /** Whether its failure is confirmed. */
  readonly confirmed: boolean;
  /** Null unless it has a confirmed minimal form. */
  readonly minimal: Minimal | null;
}

/** What a minimal form tells of a failure. */
export interface Minimal {
  /** What it was shown to need. */
  readonly needs: Region;
  /** The key of what goes wrong in the form most; null where that is not known. */
  readonly shows: string | null;
  /** Axes on which it may need its value too. */
  readonly perhaps: readonly string[];
  /** Where the request that it is about lies in the form. */
  readonly at: Place;
  /** The cells of the form's other requests. */
  readonly beside: readonly AxisValues[];
}

/** Where one request of a task lies: its own cell, and what is said of the whole conversation and world. */
export interface Place {
  readonly cell: AxisValues;
  /** The number of things wanted, the schedule, and values on the world axes. */
  readonly around: AxisValues;
}

/** One request of a task that the target was run on, and how often it went wrong there in each way. */
export interface Observation extends Place {
  /** The task that it is a request of. */
  readonly task: string;
  /** Scored rollouts that tell of it. */
  readonly n: number;
  /** Rollouts by the key of what went wrong in them, of modes that show different causes. */
  readonly modes: Readonly<Record<string, number>>;
}

/** What was left out tells less than what was done: a conversation that went wrong at one request leaves out others. */
const weightOf = (shown: Shown) => (isLeftOut(shown) ? shown.count / 2 : shown.count);

export const isLeftOut = ({ key }: Shown) => key.endsWith(": omitted");

/**
 * The modes that a trial shows of different causes, the most telling first: each after it showed in rollouts of its
 * own. What shows together with a more telling mode may follow from it; not so with what is known to fail for a reason
 * of its own, from which only follows that something is left out.
 */
export function separateModes(
  { modes, n, passed }: Pick<Trial, "modes" | "n" | "passed">,
  isKnown: (shown: Shown) => boolean = () => false,
): readonly Shown[] {
  const known = modes.filter(isKnown);
  const others = modes.filter((shown) => !isKnown(shown) && (known.length === 0 || !isLeftOut(shown)));
  let left = n - passed;
  const separate = others
    .toSorted((a, b) => weightOf(b) - weightOf(a))
    .filter(({ count }, i) => {
      if (i > 0 && count > left) return false;
      left -= count;
      return true;
    });
  return [...known, ...separate];
}

/**
 * True if one request alone goes wrong in a trial, as most of its failed rollouts show: what is made smaller then has one
 * cause. What was left out beside something that was done wrong may follow from that.
 */
export function failsAlone({ modes, n, passed }: Pick<Trial, "modes" | "n" | "passed">): boolean {
  const often = modes.filter(({ count }) => 2 * count >= n - passed);
  const done = often.filter((shown) => !isLeftOut(shown));
  return new Set((done.length > 0 ? done : often).map(({ request }) => request)).size < 2;
}

const mainBefore = new WeakMap<Pick<Trial, "modes" | "n" | "passed">, Shown | null>();

/** The most telling way in which a trial failed, with its request; null if it did not fail. Remembered by identity. */
export function mainMode(trial: Pick<Trial, "modes" | "n" | "passed">): Shown | null {
  const before = mainBefore.get(trial);
  if (before !== undefined) return before;
  const main = separateModes(trial)[0] ?? null;
  mainBefore.set(trial, main);
  return main;
}

/** By which of a trial's requests are known to fail. */
const observedBefore = new WeakMap<Trial, Map<string, readonly Observation[]>>();

/**
 * The requests of a trial as observations. What belongs to no request is laid to each of them; rollouts that went
 * wrong at another request say nothing of this one, unless it is known why they did. A failure where one is known to
 * come says nothing of any other. Remembered by the trial's identity.
 */
export function observationsOf(
  trial: Trial,
  isKnown: (place: Place) => boolean = () => false,
): readonly Observation[] {
  const { task, requests } = trial;
  const around = aroundOf(trial);
  const known = requests.map((cell) => isKnown({ cell, around }));
  const name = known.map(Number).join("");
  const observed = observedBefore.get(trial) ?? new Map<string, readonly Observation[]>();
  observedBefore.set(trial, observed);
  const before = observed.get(name);
  if (before !== undefined) return before;
  const isKnownMode = ({ request }: Shown) =>
    request === null ? known.includes(true) : known[request] === true;
  const separate = separateModes(trial, isKnownMode);
  const observations = requests.map((cell, i): Observation => {
    const isOwn = ({ request }: Shown) => request === i || request === null;
    const own = separate.filter(isOwn);
    if (known[i] === true && own.length > 0) return { task, cell, around, n: 0, modes: {} };
    const modes = Object.fromEntries(own.map(({ key, count }) => [key, count]));
    const elsewhere = separate
      .filter((shown) => !isOwn(shown) && !isKnownMode(shown))
      .reduce((sum, { count }) => sum + count, 0);
    return { task, cell, around, n: Math.max(0, trial.n - elsewhere), modes };
  });
  observed.set(name, observations);
  return observations;
}

/** The requests that a trial's main mode may belong to; none if it did not fail. */
export function blamedIn(trial: Trial): readonly Place[] {
  const main = mainMode(trial);
  if (main === null) return [];
  const around = aroundOf(trial);
  const places = trial.requests.map((cell) => ({ cell, around }));
  return main.request === null ? places : places.filter((_, i) => i === main.request);
}

/** A trial's values on the conversation and world axes. */
export const aroundOf = ({ cell }: Pick<Trial, "cell">): AxisValues => ({
  ...cell.world,
  ...cell.conversation,
});

/** A region's conditions on request axes apart from those on the conversation and the world. */
export function splitRegion(
  region: Region,
  { axes }: Pick<Domain, "axes">,
): { readonly where: Region; readonly around: Region } {
  const isOwn = (name: string) => axes.find((axis) => axis.name === name)?.scope === "request";
  const of = (own: boolean) =>
    Object.fromEntries(Object.entries(region).filter(([name]) => isOwn(name) === own));
  return { where: of(true), around: of(false) };
}
