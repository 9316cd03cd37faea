import { canonical } from "../core/json.ts";
import { type Interval, wilson } from "../core/stats.ts";
import type { Domain } from "../domains/domain.ts";
import { renderPolicy } from "../domains/policy.ts";
import type { Task } from "../tasks/task.ts";
import type { Minimised } from "./minimise.ts";
import type { Needs } from "./needs.ts";
import { type Piece, tokensOf } from "./pieces.ts";
import type { Kept } from "./sweep.ts";

/** What became of one piece of a task. */
export interface SimplifyStep {
  readonly removes: string;
  /**
   * `dropped`: it still fails the same way without it. `needed`: without it the target passes. `slipped`: without it
   * the target fails otherwise. `unsound`: without it nothing sound is left. `undecided`: too close, or not tried.
   */
  readonly result: "dropped" | "needed" | "slipped" | "unsound" | "undecided";
  readonly why: string;
  /** Rollouts of the smallest form without it. */
  readonly n: number;
  readonly passed: number;
}

/** A failure rate with its 95 % interval (Wilson). */
export interface Rate {
  readonly n: number;
  readonly failed: number;
  readonly interval: Interval;
}

/** What stands for a smallest form: what is gone, why the rest has to stay, and what it cost to find out. */
export interface Certificate {
  /** `confirmed`: it fails on fresh rollouts, and no single piece of it could go. */
  readonly status: Minimised["status"];
  readonly removed: readonly string[];
  readonly kept: readonly {
    readonly what: string;
    readonly why: Kept["why"];
    /** What went with it for something sound to be left. */
    readonly along: readonly string[];
    /** Rollouts without it, all else being as in the smallest form: `slipped` failed in another way. */
    readonly without: { readonly n: number; readonly failed: number; readonly slipped: number };
  }[];
  /** Failure rates: on the rollouts that found the task, and of the smallest form on fresh ones. */
  readonly before: Rate;
  readonly after: Rate;
  /** About what the target can read of each: policy, words and world. */
  readonly tokens: { readonly before: number; readonly after: number };
  readonly rollouts: { readonly target: number; readonly oracle: number };
  /** What the failure needs; null unless the form is confirmed. */
  readonly needs: Needs | null;
  /** What the failure is about, in two sentences. */
  readonly about: string;
}

export interface Certified {
  readonly pieces: readonly Piece[];
  readonly minimised: Minimised;
  readonly domain: Domain;
  /** Why nothing sound is left without a piece. */
  why(id: string): string;
}

const rateOf = (failed: number, n: number): Rate => ({ n, failed, interval: wilson(failed, n) });

/** One step for each piece. */
export function stepsOf({ pieces, minimised, why }: Certified): readonly SimplifyStep[] {
  const kept = new Set(minimised.kept);
  const certificate = new Map(minimised.certificate.map((one) => [one.id, one]));
  return pieces.map(({ id, what }): SimplifyStep => {
    if (!kept.has(id))
      return { removes: what, result: "dropped", why: "it fails the same way without it", n: 0, passed: 0 };
    const one = certificate.get(id);
    if (one === undefined)
      return { removes: what, result: "undecided", why: "it was not settled", n: 0, passed: 0 };
    const { failed, passed, slipped } = one.without;
    const n = failed + passed + slipped;
    const along = one.along.map((other) => pieces.find((piece) => piece.id === other)?.what ?? other);
    const told = `without ${listed(["it", ...along])} the target passes ${passed} of ${n}`;
    if (one.why === "carries")
      return { removes: what, result: "needed", why: "it holds a piece that has to stay", n, passed };
    if (one.why === "unsound")
      return { removes: what, result: "unsound", why: `without it ${why(id)}`, n, passed };
    if (one.why === "slipped") {
      const why =
        "what would stand in its place fails for a reason of its own, for which it does not fail itself";
      return { removes: what, result: "slipped", why, n, passed };
    }
    if (one.why === "undecided") return { removes: what, result: "undecided", why: told, n, passed };
    const isSlip = slipped > passed;
    return isSlip
      ? { removes: what, result: "slipped", why: `${told} and fails otherwise ${slipped} times`, n, passed }
      : { removes: what, result: "needed", why: told, n, passed };
  });
}

interface Certifying extends Certified {
  readonly before: { readonly task: Task; readonly failed: number; readonly n: number };
  readonly after: Task;
  readonly needs: Needs | null;
  readonly oracleRollouts: number;
}

export function certify(on: Certifying): Certificate {
  const { pieces, minimised, before, after, needs, domain, oracleRollouts } = on;
  const kept = new Set(minimised.kept);
  const words = new Map(pieces.map((piece) => [piece.id, nowCalled(piece, pieces, kept)]));
  const { failed, passed, slipped } = minimised.fresh;
  const read = (task: Task) =>
    tokensOf(renderPolicy(domain, task.clauses)) +
    tokensOf(task.instruction) +
    tokensOf(canonical(task.world));
  const certificate: Omit<Certificate, "about"> = {
    status: minimised.status,
    removed: pieces.filter(({ id }) => !kept.has(id)).map(({ what }) => what),
    kept: minimised.certificate.map(({ id, why, along, without }) => ({
      what: words.get(id) ?? id,
      why,
      along: along.map((other) => words.get(other) ?? other),
      without: {
        n: without.failed + without.passed + without.slipped,
        failed: without.failed,
        slipped: without.slipped,
      },
    })),
    before: rateOf(before.failed, before.n),
    after: rateOf(failed, failed + passed + slipped),
    tokens: { before: read(before.task), after: read(after) },
    rollouts: { target: minimised.rollouts, oracle: oracleRollouts },
    needs,
  };
  return { ...certificate, about: aboutOf(certificate, coreOf(on, words)) };
}

/** A request that became one of the simplest kind is told as what it is now. */
function nowCalled({ part, what }: Piece, pieces: readonly Piece[], kept: ReadonlySet<string>): string {
  if (part.part !== "request") return what;
  const changed = pieces.find(
    (other) =>
      other.part.part === "value" &&
      other.part.axis === "kind" &&
      other.part.request === part.request &&
      !kept.has(other.id),
  );
  return changed?.part.part === "value"
    ? `request ${part.request + 1} (now ${changed.part.simpler}, any kind would do)`
    : what;
}

const listed = (words: readonly string[]) =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

/** What stays and is not undecided, in words: each request with its values, then all else. */
function coreOf({ pieces, minimised }: Certified, words: ReadonlyMap<string, string>): readonly string[] {
  const stays = new Map(minimised.certificate.map(({ id, why }) => [id, why]));
  const requests = pieces.filter(({ id, part }) => part.part === "request" && stays.has(id));
  const told = requests.map(({ id, part: own }) => {
    const values = pieces.filter(
      ({ id: value, part }) =>
        part.part === "value" &&
        part.axis !== "kind" &&
        own.part === "request" &&
        part.request === own.request &&
        stays.get(value) === "needed",
    );
    const named = values.map(({ what }) => what.split(" of request ")[0] ?? what);
    return `${words.get(id)}${named.length === 0 ? "" : ` with ${listed(named)}`}`;
  });
  const others = pieces.filter(
    ({ id, part }) => part.part !== "request" && part.part !== "value" && stays.get(id) === "needed",
  );
  return [...told, ...others.map(({ what }) => what)];
}

/** What a failure is about, in two sentences. */
function aboutOf(
  { status, kept, removed, after }: Omit<Certificate, "about">,
  core: readonly string[],
): string {
  if (status !== "confirmed")
    return `What this failure is about is not settled${status === "cut" ? ": the search was cut short" : ": no smaller form failed again on fresh rollouts"}. ${removed.length} pieces are gone so far.`;
  const unsure = kept.filter(({ why }) => why === "undecided").map(({ what }) => what);
  return [
    `It is about ${listed(core)}: with nothing else that can go, the target fails ${after.failed} of ${after.n} fresh rollouts.`,
    `${removed.length} other pieces play no part${unsure.length === 0 ? "" : `, and of ${listed(unsure)} it could not be told`}.`,
  ].join(" ");
}
