import { awaitRun } from "./await-run.ts";
import { cancelRun } from "./cancel-run.ts";
import { describeDomain } from "./describe-domain.ts";
import { exportTasks } from "./export-tasks.ts";
import { findTasks } from "./find-tasks.ts";
import { generateWorld } from "./generate-world.ts";
import { harvest } from "./harvest.ts";
import { markTask } from "./mark-task.ts";
import { proposeHypothesis } from "./propose-hypothesis.ts";
import { proposeParametersTool } from "./propose-parameters.ts";
import { retestTasks } from "./retest-tasks.ts";
import { runTargetTool } from "./run-target.ts";
import { sampleTaskTool } from "./sample-task.ts";
import { sessionSummary } from "./session-summary.ts";
import { showFrontier } from "./show-frontier.ts";
import { showRollout } from "./show-rollout.ts";
import { showTask } from "./show-task.ts";
import { simplifyFailure } from "./simplify-failure.ts";
import { startSession } from "./start-session.ts";
import type { FaultlineTool } from "./tool.ts";
import { verifyWithOracle } from "./verify-with-oracle.ts";

/** Every verb there is, in the order in which a strategist meets them; the only list. */
export const allTools: readonly FaultlineTool[] = [
  startSession,
  sessionSummary,
  describeDomain,
  showFrontier,
  proposeHypothesis,
  generateWorld,
  proposeParametersTool,
  sampleTaskTool,
  runTargetTool,
  verifyWithOracle,
  simplifyFailure,
  harvest,
  retestTasks,
  findTasks,
  showTask,
  markTask,
  showRollout,
  exportTasks,
  awaitRun,
  cancelRun,
];
