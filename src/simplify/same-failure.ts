import type { Domain } from "../domains/domain.ts";
import type { Rollout } from "../rollout/rollout.ts";
import { failureMode } from "../tasks/failure-mode.ts";
import type { Gold, Task } from "../tasks/task.ts";

/** A task, and the domain that it is of. */
export interface Failing {
  readonly task: Task;
  readonly gold: Gold | null;
  readonly domain: Domain;
}

/** One thing that goes wrong in a failed rollout, as its fingerprint says it. */
interface Wrong {
  /** "missing", "wrong", "forbidden (clause)" … */
  readonly what: string;
  readonly tool: string | null;
  /** The arguments that differ. */
  readonly args: readonly string[];
}

/** What follows from a transfer where none was called for: nothing comes of the requests. */
const followsFromTransfer = /^(missing|error from)$/;

/** What goes wrong in a failed rollout; what follows from a transfer is left out. */
export function wrongsOf(rollout: Pick<Rollout, "trajectory">, on: Failing): readonly Wrong[] {
  const wrongs = failureMode({ ...on, trajectory: rollout.trajectory })
    .split(" + ")
    .map((part) => readWrong(part, on.domain));
  const transferred = wrongs.some(({ what }) => what === "transferred");
  return transferred ? wrongs.filter(({ what }) => !followsFromTransfer.test(what)) : wrongs;
}

function readWrong(part: string, { tools }: Domain): Wrong {
  const [head = "", list = ""] = part.split(": ");
  const tool = tools.find(({ name }) => head.endsWith(` ${name}`))?.name ?? null;
  const what = tool === null ? head : head.slice(0, -tool.length - 1);
  return { what, tool, args: list === "" ? [] : list.split(", ") };
}

/**
 * True if all that goes wrong in a rollout went wrong in the whole's: in the same way, with the same tool unless
 * the kind of request was made simpler, and in one of the same arguments.
 */
export function isSameFailure(
  seen: readonly Wrong[],
  known: readonly Wrong[],
  tools: "same tools" | "any tool",
): boolean {
  const overlaps = (a: readonly string[], b: readonly string[]) =>
    (a.length === 0 && b.length === 0) || a.some((arg) => b.includes(arg));
  return seen.every((wrong) =>
    known.some(
      (other) =>
        other.what === wrong.what &&
        (tools === "any tool" || other.tool === wrong.tool) &&
        (tools === "any tool" || overlaps(other.args, wrong.args)),
    ),
  );
}
