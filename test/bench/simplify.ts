import { parseArgs } from "node:util";
import { readyFiles } from "./dag-mining.ts";
import { type Shrunken, shrinkPlanted } from "./simplify-planted.ts";
import { type Method, type Run, runOnce, type Setting } from "./simplify-synthetic.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "300" },
    seeds: { type: "string", default: "3" },
    seed: { type: "string", default: "simplify" },
  },
});

interface Measured {
  readonly method: Method;
  readonly setting: Setting;
  readonly runs: number;
  /** Share of completed runs in which all essential elements are kept. */
  readonly whole: number;
  /** Over completed runs. */
  readonly extra: number;
  readonly gaveUp: number;
  readonly mean: number;
  readonly median: number;
}

const average = (list: readonly number[]) => list.reduce((sum, x) => sum + x, 0) / Math.max(1, list.length);
const median = (list: readonly number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;

async function measure(method: Method, setting: Setting): Promise<Measured> {
  const runs: Run[] = [];
  for (let i = 0; i < Number(values.runs); i++) {
    runs.push(await runOnce(method, setting, `${values.seed}/${JSON.stringify(setting)}/${i}`));
  }
  const completed = runs.filter((run) => !run.gaveUp);
  const rollouts = runs.map((run) => run.rollouts);
  const measured: Measured = {
    method,
    setting,
    runs: runs.length,
    whole: completed.filter((run) => run.whole).length / Math.max(1, completed.length),
    extra: average(completed.map((run) => run.extra)),
    gaveUp: 1 - completed.length / runs.length,
    mean: average(rollouts),
    median: median(rollouts),
  };
  console.log(lineOf(measured));
  return measured;
}

const named = ({ elements, essential, rates }: Setting) =>
  `${elements} elements, ${essential} essential, ${rates.join("/")}`;
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const lineOf = (of: Measured) =>
  `${named(of.setting)} · ${of.method}: ${of.mean.toFixed(0)} rollouts (median ${of.median}), all essential kept ${percent(of.whole)}, extra ${of.extra.toFixed(2)}, gave up ${percent(of.gaveUp)}`;

const settings: readonly Setting[] = [[0.9, 0.1] as const, [0.8, 0.1] as const, [0.6, 0.2] as const].flatMap(
  (rates) => [40, 200].flatMap((elements) => [1, 3, 6].map((essential) => ({ elements, essential, rates }))),
);

const isHard = ({ rates }: Setting) => rates[0] === 0.6;

/** What has to be reached in a setting, and whether it is. */
interface Bar {
  readonly what: string;
  readonly reached: boolean;
}

async function judge(setting: Setting): Promise<readonly Bar[]> {
  const ours = await measure("ours", setting);
  const isDear = isHard(setting) && setting.essential > 1;
  const others: Measured[] = [];
  for (const method of ["one-at-a-time", "ddmin-1", "ddmin-3", "ddmin-8"] as const) {
    others.push(await measure(method, setting));
  }
  if (isDear)
    for (const method of ["ddmin-48", "ddmin-64"] as const) others.push(await measure(method, setting));
  const name = named(setting);
  const least = isHard(setting) ? 0.95 : 0.98;
  const bars = [
    {
      what: `${name}: keeps ${percent(ours.whole)}, at least ${percent(least)}`,
      reached: ours.whole >= least,
    },
    { what: `${name}: extra ${ours.extra.toFixed(2)}, at most 0.1`, reached: ours.extra <= 0.1 },
    { what: `${name}: gives up ${percent(ours.gaveUp)}, at most 2 %`, reached: ours.gaveUp <= 0.02 },
  ];
  const share = shareOf(ours, others);
  return share === null ? bars : [...bars, share];
}

/** The rollouts against those of delta debugging; null where nothing is asked of them. */
function shareOf(ours: Measured, others: readonly Measured[]): Bar | null {
  const { setting } = ours;
  if (isHard(setting) && setting.essential === 1) return null;
  const sound = others.filter(
    ({ method, whole }) => method === "ddmin-8" || (/-(48|64)$/.test(method) && whole >= 0.98),
  );
  const against = isHard(setting)
    ? sound.filter(({ method }) => method !== "ddmin-8").toSorted((a, b) => a.mean - b.mean)[0]
    : sound[0];
  if (against === undefined)
    return { what: `${named(setting)}: no delta debugging keeps 98 %`, reached: true };
  const most = isHard(setting) ? 0.2 : setting.essential === 1 ? 0.9 : 0.25;
  const share = ours.mean / against.mean;
  return {
    what: `${named(setting)}: ${share.toFixed(3)} of the rollouts of ${against.method}, at most ${most}`,
    reached: share <= most,
  };
}

const start = performance.now();
const bars: Bar[] = [];
for (const setting of settings) bars.push(...(await judge(setting)));
const sixty = await measure("ours", { elements: 60, essential: 3, rates: [0.8, 0.1] });
bars.push({
  what: `60 elements, 3 essential, 0.8/0.1: median ${sixty.median} rollouts, at most 120`,
  reached: sixty.median <= 120,
});
for (const { what, reached } of bars) console.log(`${reached ? "reached" : "MISSED"}: ${what}`);
const missed = bars.filter(({ reached }) => !reached);
console.log(
  `synthetic (${values.runs} runs a setting, ${Math.round((performance.now() - start) / 1000)} s): ${bars.length - missed.length} of ${bars.length} bars reached${missed.length > 0 ? `; missed ${missed.map(({ what }) => what).join("; ")}` : ""}; 60 elements, 3 essential at 0.8/0.1: median ${sixty.median} rollouts`,
);

/** Every ready-made fault that strikes often enough, in tasks sampled where it does. */
async function shrinkAll(): Promise<readonly Shrunken[]> {
  const shrunken: Shrunken[] = [];
  for (const file of readyFiles(0.75)) {
    for (const fault of file.faults) {
      for (let i = 0; i < Number(values.seeds); i++) {
        const one = await shrinkPlanted(file, fault, `${values.seed}/${i}`);
        if (one === null) continue;
        shrunken.push(one);
        const wrong = one.superfluous.length === 0 ? "exact" : `NOT EXACT: ${one.superfluous.join("; ")}`;
        const forced =
          one.forced.length === 0 ? "" : ` (not simpler for want of a world: ${one.forced.join("; ")})`;
        console.log(
          `${one.fault}: ${one.status}, fails by ${one.causes.join(" or ") || "no fault alone"}, ${one.pieces} pieces, ${one.rollouts} rollouts, ${wrong}${forced}`,
        );
      }
    }
  }
  return shrunken;
}

const shrunken = await shrinkAll();
const confirmed = shrunken.filter(({ status }) => status === "confirmed");
const exact = confirmed.filter((one) => one.exact).length / Math.max(1, confirmed.length);
const ratio = median(confirmed.map(({ size, smallest }) => size / smallest));
const isReached = exact >= 0.95 && ratio <= 1.1;
console.log(
  `planted (simulated targets): ${isReached ? "reached" : "MISSED"}: of ${confirmed.length} confirmed failures ${percent(exact)} end at exactly the fault's cell, at least 95 %; median size ${ratio.toFixed(2)} times the smallest, at most 1.1; ${shrunken.length - confirmed.length} of ${shrunken.length} not confirmed`,
);
console.log(
  `cost (simulated targets): median ${median(confirmed.map(({ pieces }) => pieces))} pieces, median ${median(confirmed.map(({ rollouts }) => rollouts))} and mean ${average(confirmed.map(({ rollouts }) => rollouts)).toFixed(0)} rollouts a failure`,
);
