import { z } from "zod";
import type { Counting } from "./frontier.ts";
import type { Analysis, AnalysisNote } from "./records.ts";
import { insertInto, jsonColumn, replacing, type Sql } from "./sql.ts";

/** How targets fail tasks. */
export interface Analyses {
  /** Replaces the task's analysis in its session. */
  recordAnalysis(analysis: Analysis): void;
  analysis(session: string, task: string): Analysis | null;
  /** Every analysis of a session, in the order in which its tasks were made. */
  analyses(session: string): readonly Analysis[];
}

const analysisRow: z.ZodType<Analysis> = z.object({
  session: z.string(),
  task: z.string(),
  rollouts: z.int(),
  notes: jsonColumn<readonly AnalysisNote[]>(),
});

export function createAnalyses(sql: Sql, counting: Pick<Counting, "recount" | "recountHarvest">): Analyses {
  const upsert = sql.write(
    `${insertInto("analyses", ["session", "task", "rollouts", "notes"])}
     ${replacing("session, task", ["rollouts", "notes"])}`,
  );
  const one = sql.one(
    "SELECT session, task, rollouts, notes FROM analyses WHERE session = @session AND task = @task",
    analysisRow,
  );
  const all = sql.all(
    `SELECT analyses.session, analyses.task, rollouts, notes FROM analyses
     JOIN session_tasks USING (session, task) WHERE analyses.session = @session ORDER BY session_tasks.seq`,
    analysisRow,
  );
  return {
    recordAnalysis: ({ notes, ...rest }) => {
      sql.atomically(() => {
        upsert({ ...rest, notes: JSON.stringify(notes) });
        counting.recount(rest.session, rest.task);
        counting.recountHarvest(rest.session, rest.task);
      });
    },
    analysis: (session, task) => one({ session, task }),
    analyses: (session) => all({ session }),
  };
}
