import { describeRegion } from "../domains/cell.ts";
import type { Domain, Region } from "../domains/domain.ts";
import { type Evidence, judgeHypothesis, type RegionView, viewRegion } from "../frontier/frontier.ts";
import type { Hypothesis } from "../frontier/hypothesis.ts";

/** A frontier as it is shown: kinds, the regions that say most, and hypotheses. */
export interface FrontierView {
  readonly kinds: readonly RegionView[];
  /** One-axis regions that were asked, those that break first. */
  readonly regions: readonly RegionView[];
  readonly neverAsked: number;
  readonly hypotheses: readonly {
    readonly hypothesis: Hypothesis;
    readonly status: ReturnType<typeof judgeHypothesis>;
  }[];
}

const order = { breaking: 0, boundary: 1, open: 2, holding: 3, "never asked": 4 } as const;

/** Everything that a frontier shows of some regions, from a session's evidence. */
export function frontierView(
  evidence: readonly Evidence[],
  hypotheses: readonly Hypothesis[],
  { domain, regions }: { readonly domain: Domain; readonly regions: readonly Region[] },
): FrontierView {
  const views = regions.map((region) => viewRegion(region, evidence, domain));
  const kinds = views.filter(({ region }) => Object.keys(region).length === 1);
  const others = views.filter(({ region }) => Object.keys(region).length > 1);
  const asked = others.filter((view) => view.status !== "never asked");
  return {
    kinds,
    regions: asked.toSorted(
      (a, b) => order[a.status] - order[b.status] || b.confirmed - a.confirmed || b.failed - a.failed,
    ),
    neverAsked: others.length - asked.length,
    hypotheses: hypotheses.map((hypothesis) => ({
      hypothesis,
      status: judgeHypothesis(hypothesis, evidence, domain),
    })),
  };
}

const columns = ["status", "region", "tasks", "failed", "rate (95 %)", "confirmed"] as const;

/** Regions as a table of plain text. */
export function regionTable(views: readonly RegionView[]): string {
  const rows = views.map((view) => [
    view.status,
    describeRegion(view.region),
    String(view.tasks),
    `${view.failed}/${view.rollouts}`,
    view.rollouts === 0 ? "–" : `${view.failureRate.low.toFixed(2)}–${view.failureRate.high.toFixed(2)}`,
    view.confirmed === 0 ? "" : "█".repeat(Math.min(view.confirmed, 20)),
  ]);
  const widths = columns.map((column, i) =>
    Math.max(column.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(columns), line(widths.map((width) => "─".repeat(width))), ...rows.map(line)].join("\n");
}
