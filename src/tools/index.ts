import { awaitRun } from "./await-run.ts";
import { cancelRun } from "./cancel-run.ts";
import { describeDomain } from "./describe-domain.ts";
import { findTasks } from "./find-tasks.ts";
import { markTask } from "./mark-task.ts";
import { sessionSummary } from "./session-summary.ts";
import { showRollout } from "./show-rollout.ts";
import { showTask } from "./show-task.ts";
import { startSession } from "./start-session.ts";
import type { FaultlineTool } from "./tool.ts";

/** Every verb there is, in the order in which a strategist meets them; the only list. */
export const allTools: readonly FaultlineTool[] = [
  startSession,
  sessionSummary,
  describeDomain,
  findTasks,
  showTask,
  markTask,
  showRollout,
  awaitRun,
  cancelRun,
];
