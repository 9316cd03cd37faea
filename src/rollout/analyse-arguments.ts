import { at, differences, type Json } from "../core/json.ts";
import type { Call } from "../domains/domain.ts";
import { run } from "../domains/environment.ts";
import type { Distractor } from "../domains/scenario.ts";
import { brief } from "../tasks/final-state.ts";
import { differingArguments } from "../tasks/match-writes.ts";
import { leavesOf } from "./attention.ts";
import { type Mode, type ModeName, modeNames, modeOf } from "./failure-note.ts";
import { isKnown, type Scene } from "./scene.ts";

/** A call of the target's that stands where a write of the gold's should. */
export interface Instead {
  readonly expected: Call;
  readonly actual: Call;
  /** The index of the message that made it, or offered it. */
  readonly place: number;
  /** "made", "tried" or "offered": how far the target got with it. */
  readonly how: string;
}

/** Differing leaves of one argument, at most; what lies behind them says no more. */
const maxLeaves = 20;

/** What is wrong with the arguments of a call, one mode an argument; empty if nothing is. */
export function argumentModes(instead: Instead, scene: Scene): readonly Mode[] {
  const modes = differingArguments(instead.expected, instead.actual).map((name) =>
    argumentMode(name, instead, scene),
  );
  const chosen = modes.filter(({ mode }) => mode.mode === "wrong_choice").map(({ name }) => name);
  const isSound = chosen.length === 0 || runsAnyhow(chosen, instead, scene);
  return modes.flatMap(({ mode }) => (mode.mode === "wrong_amount" && !isSound ? [] : [mode]));
}

/** True if the tool would take the gold's call with these arguments swapped: then they do not explain the others. */
function runsAnyhow(
  names: readonly string[],
  { expected, actual }: Instead,
  { trace, domain }: Scene,
): boolean {
  const swapped = names.map((name) => [name, actual.arguments[name]] as const);
  const args = { ...expected.arguments, ...Object.fromEntries(swapped) } as Call["arguments"];
  return run(domain, trace.before, { name: expected.name, arguments: args }).status === "ok";
}

interface Leaf {
  /** Within the argument: `/0/flight_number`. */
  readonly path: string;
  readonly expected: Json | undefined;
  readonly actual: Json | undefined;
  /** What stands around the actual one. */
  readonly around: Json | undefined;
}

function argumentMode(name: string, instead: Instead, scene: Scene) {
  const [expected, actual] = [instead.expected.arguments[name], instead.actual.arguments[name]];
  const named = differences(expected, actual, maxLeaves).map((difference) => {
    const around = at(actual, difference.path.replace(/\/[^/]*$/, ""));
    const leaf: Leaf = { ...difference, around };
    return { leaf, ...namedLeaf(leaf, instead.place, scene) };
  });
  const [first] = named.toSorted((a, b) => modeNames.indexOf(a.mode) - modeNames.indexOf(b.mode));
  const leaf = first?.leaf ?? { path: "", expected, actual, around: actual };
  const taken = first?.taken ?? null;
  const path = `${name}${leaf.path}`;
  const loses = taken === null ? "" : `, ${sayDistractor(taken)}`;
  const mode = modeOf({
    mode: first?.mode ?? "wrong_value",
    tool: instead.actual.name,
    argument: plainName(path),
    within: plainName(name),
    detail: `${instead.how} at message ${instead.place}: ${path} is ${brief(leaf.actual)}, expected ${brief(leaf.expected)}${loses}`,
    taken,
    place: instead.place,
  });
  return { name, mode };
}

/** The last member that a path names; an offer's members are the target's own words, and only a plain one is a name. */
function plainName(path: string): string | null {
  const name = path.split("/").findLast((step) => !/^\d+$/.test(step)) ?? "";
  return /^\w{1,40}$/.test(name) ? name : null;
}

function sayDistractor({ record, near, losesBy, by }: Distractor): string {
  return `${record} taken for ${near}, loses by ${losesBy}${by === null ? "" : ` (${by})`}`;
}

function namedLeaf(
  { expected, actual, around }: Leaf,
  place: number,
  scene: Scene,
): { readonly mode: ModeName; readonly taken: Distractor | null } {
  const plain = (mode: ModeName) => ({ mode, taken: null });
  if (typeof expected === "number" && typeof actual === "number") return plain("wrong_amount");
  if (typeof actual !== "string" || !isIdLike(actual)) return plain("wrong_value");
  const taken = distractorOf(actual, around, scene);
  if (taken !== null) return { mode: "wrong_choice", taken };
  if (!isKnown(actual, scene, { from: ["user", "tool"], place })) return plain("made_up_value");
  const isGiven = typeof expected === "string" && isKnown(expected, scene, { from: ["user"], place });
  return plain(
    isKnown(actual, scene, { from: ["tool"], place }) && !isGiven ? "wrong_choice" : "wrong_value",
  );
}

/** Ids have digits, underscores with digits, or capitals only; dates and words are none. */
function isIdLike(text: string): boolean {
  if (!/^[\w#-]{4,}$/.test(text) || /^\d{4}-\d\d-\d\d$/.test(text)) return false;
  return /\d/.test(text) || /^[A-Z]+$/.test(text);
}

/** The distractor that a value names by its id or its part; of several the one whose other steps stand beside it. */
function distractorOf(value: string, around: Json | undefined, { distractors }: Scene): Distractor | null {
  // A way of several flights is one record, their numbers joined by "+".
  const steps = ({ record }: Distractor) =>
    record
      .split("/")
      .slice(1)
      .flatMap((step) => step.split("+"));
  const named = distractors.filter((one) => steps(one).includes(value));
  const beside = new Set(leavesOf(around));
  return named.find((one) => steps(one).every((step) => beside.has(step))) ?? named[0] ?? null;
}
