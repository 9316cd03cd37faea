import type { Strategy } from "./mining-campaign.ts";
import type { Spread } from "./mining-figures.ts";
import type { Row } from "./mining-table.ts";

/** Recall against rollouts as an SVG: medians over seeds as lines, quartiles as bands. */

const size = { width: 860, height: 520 } as const;
const frame = { left: 64, right: 740, top: 56, bottom: 452 } as const;
const [first, last] = [10, 2400] as const;
const ticks = [10, 20, 50, 100, 150, 300, 600, 1200, 2400] as const;
const levels = [0, 0.2, 0.4, 0.6, 0.8, 0.95, 1] as const;
const points = 160;

/** Colours that are told apart by all eyes (Okabe and Ito 2008), and dashes for print without colour. */
const looks: Readonly<
  Record<Strategy, { readonly colour: string; readonly dash: string; readonly name: string }>
> = {
  random: { colour: "#555555", dash: "2 3", name: "random cells" },
  greedy: { colour: "#d55e00", dash: "7 4", name: "greedy" },
  dag: { colour: "#0072b2", dash: "none", name: "Faultline DAG" },
  wg: { colour: "#009e73", dash: "10 3 2 3", name: "Faultline WG" },
};

const xOf = (rollouts: number) =>
  frame.left + ((frame.right - frame.left) * Math.log(rollouts / first)) / Math.log(last / first);
const yOf = (recall: number) => frame.bottom - (frame.bottom - frame.top) * recall;
const at = (x: number, y: number) => `${x.toFixed(1)},${y.toFixed(1)}`;

function text(
  x: number,
  y: number,
  { words, more = "" }: { readonly words: string; readonly more?: string },
) {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${words}</text>`;
}

function axes(): readonly string[] {
  const across = levels.map((level) => {
    const y = yOf(level);
    return `<line x1="${frame.left}" x2="${frame.right}" y1="${y}" y2="${y}" stroke="#dddddd"/>${text(frame.left - 8, y + 4, { words: level.toFixed(2), more: 'text-anchor="end"' })}`;
  });
  const up = ticks.map((tick) => {
    const x = xOf(tick).toFixed(1);
    return `<line x1="${x}" x2="${x}" y1="${frame.top}" y2="${frame.bottom}" stroke="#eeeeee"/>${text(Number(x), frame.bottom + 18, { words: String(tick), more: 'text-anchor="middle"' })}`;
  });
  return [...across, ...up];
}

/** The rollouts at which a row is drawn: evenly spaced on a logarithmic axis, as far as it was run. */
function placesOf({ until }: Row): readonly number[] {
  const end = Math.min(until, last);
  return Array.from({ length: points }, (_, i) => first * (end / first) ** (i / (points - 1)));
}

function curve(row: Row): readonly string[] {
  const { colour, dash } = looks[row.strategy];
  const places = placesOf(row).map((place) => ({ x: xOf(place), recall: row.recall(place) }));
  const along = (end: keyof Spread) => places.map(({ x, recall }) => at(x, yOf(recall[end])));
  const band = [...along("high"), ...along("low").toReversed()].join(" ");
  return [
    `<polygon points="${band}" fill="${colour}" fill-opacity="0.14"/>`,
    `<polyline points="${along("median").join(" ")}" fill="none" stroke="${colour}" stroke-width="2.2" stroke-dasharray="${dash}"/>`,
  ];
}

function legend(rows: readonly Row[]): readonly string[] {
  return rows.flatMap(({ strategy }, i) => {
    const { colour, dash, name } = looks[strategy];
    const [x, y] = [frame.left + 14, frame.top + 18 + 20 * i];
    return [
      `<line x1="${x}" x2="${x + 34}" y1="${y - 4}" y2="${y - 4}" stroke="${colour}" stroke-width="2.2" stroke-dasharray="${dash}"/>`,
      text(x + 42, y, { words: name }),
    ];
  });
}

/** The plot; its subtitle says what was run. */
export function plotOf(rows: readonly Row[], subtitle: string): string {
  const middle = (frame.left + frame.right) / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="12" fill="#222222">`,
    `<rect width="${size.width}" height="${size.height}" fill="#ffffff"/>`,
    text(frame.left, 24, { words: "Planted faults found in simulated targets", more: 'font-size="16"' }),
    text(frame.left, 42, { words: subtitle, more: 'fill="#555555"' }),
    ...axes(),
    ...rows.flatMap(curve),
    ...legend(rows),
    text(middle, frame.bottom + 42, {
      words: "search rollouts on each target (logarithmic); simplification and fresh rollouts not counted",
      more: 'text-anchor="middle"',
    }),
    `<text transform="translate(18 ${(frame.top + frame.bottom) / 2}) rotate(-90)" text-anchor="middle">recall of attributable faults</text>`,
    "</svg>",
  ].join("\n");
}
