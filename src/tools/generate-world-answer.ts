import { describeClaims } from "../frontier/claims.ts";
import type { Gated } from "../tasks/gates.ts";
import type { Rejection } from "../tasks/rejection.ts";
import { claimsAnswer, claimsOfTask } from "./claims.ts";
import { dataNotice, fence } from "./fence.ts";
import { nearestTasks, nearestTasksLine } from "./nearest-tasks.ts";
import type { Workbench } from "./workbench.ts";

/** What is said of a task that a gate turned down. */
export function rejectedAnswer(bench: Workbench, rejections: readonly Rejection[]) {
  const next = "generate_world again, mended as each rejection says";
  return {
    structured: {
      session_id: bench.session.id,
      status: "rejected" as const,
      rejections: rejections.map((one) => ({ ...one })),
      next,
    },
    text: [
      `Rejected before any rollout. ${dataNotice}`,
      fence(
        rejections
          .map(
            ({ gate, path, wrong, repair }) =>
              `- gate ${gate} at ${path}: ${wrong.replace(/\.$/, "")}; ${repair}.`,
          )
          .join("\n"),
      ),
      `Next: ${next}.`,
    ].join("\n"),
  };
}

/** What is said of a task that was made. */
export function readyAnswer(
  bench: Workbench,
  { task, gold, cell }: Extract<Gated, { status: "passed" }>,
  key: string,
) {
  const next = `run_target with session_id "${bench.session.id}" and task_key "${key}"`;
  const solutions = (gold?.solutions ?? []).map(({ request, status, clauses }) =>
    status === "granted" ? `${request.kind}: granted` : `${request.kind}: ${status} (${clauses.join(", ")})`,
  );
  const told = claimsOfTask(bench.deps, bench.deps.store.task(key, bench.session.id));
  const near = nearestTasks(bench, { key, cell });
  return {
    structured: {
      session_id: bench.session.id,
      status: "ready" as const,
      task_key: key,
      instruction: task.instruction,
      cell: { ...cell },
      solutions,
      ...(told === null ? {} : claimsAnswer(told)),
      nearest_tasks: near,
      rejections: [],
      next,
    },
    text: [
      `Task ${key} passed every gate. ${dataNotice}`,
      fence(task.instruction),
      ...(solutions.length > 0 ? [`Handled right: ${solutions.join("; ")}.`] : []),
      ...(told === null ? [] : [`Counted as ${describeClaims(told)}.`]),
      nearestTasksLine(near),
      `Next: ${next}.`,
    ].join("\n"),
    links: [{ uri: `faultline://tasks/${key}`, name: "the task" }],
  };
}
