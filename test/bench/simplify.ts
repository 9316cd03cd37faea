import { readyFiles } from "./dag-mining.ts";
import { readTargets } from "./mining-files.ts";
import { attribute } from "./mining-score.ts";
import { readOptions } from "./options.ts";
import { type Shrunken, shrinkPlanted } from "./simplify-planted.ts";
import { type Method, type Run, runOnce, type Setting } from "./simplify-synthetic.ts";

const values = readOptions({
  runs: { type: "string", default: "300", about: "runs of each synthetic setting" },
  seeds: { type: "string", default: "3", about: "failures that are made smaller of each planted fault" },
  seed: { type: "string", default: "simplify", about: "fixes all chance" },
  part: { type: "string", default: "both", about: "synthetic, planted or both" },
  targets: { type: "string", about: "a folder of fault files instead of the ready-made ones" },
  cap: {
    type: "string",
    default: "400",
    about: "rollouts at most for one planted failure; a harvest allows 120",
  },
  whole: {
    type: "string",
    default: "0",
    about: "rollouts of the whole beyond those that screened it, before it is made smaller; a harvest has 8",
  },
  alone: {
    type: "boolean",
    default: false,
    about: "leaves out the methods that ours is compared with, and what is asked against them",
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
  readonly high: number;
}

const average = (list: readonly number[]) => list.reduce((sum, x) => sum + x, 0) / Math.max(1, list.length);
/** The value below which this share of a list lies. */
const quantile = (list: readonly number[], share: number) =>
  list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(share * list.length))] ?? 0;
const median = (list: readonly number[]) => quantile(list, 0.5);

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
    high: quantile(rollouts, 0.9),
  };
  console.log(lineOf(measured));
  return measured;
}

const named = ({ elements, essential, rates }: Setting) =>
  `${elements} elements, ${essential} essential, ${rates.join("/")}`;
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const lineOf = (of: Measured) =>
  `${named(of.setting)} · ${of.method}: ${of.mean.toFixed(0)} rollouts (median ${of.median}, 90th percentile ${of.high}), all essential kept ${percent(of.whole)}, extra ${of.extra.toFixed(2)}, gave up ${percent(of.gaveUp)}`;

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
  const fixed = ["one-at-a-time", "ddmin-1", "ddmin-3", "ddmin-8"] as const;
  const methods = [...fixed, ...(isDear ? (["ddmin-48", "ddmin-64"] as const) : [])];
  for (const method of values.alone ? [] : methods) others.push(await measure(method, setting));
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
  const share = values.alone ? null : shareOf(ours, others);
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

async function measureSynthetic(): Promise<void> {
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
    `synthetic (${values.runs} runs a setting, ${Math.round((performance.now() - start) / 1000)} s): ${bars.length - missed.length} of ${bars.length} bars reached${missed.length > 0 ? `; missed ${missed.map(({ what }) => what).join("; ")}` : ""}; 60 elements, 3 essential at 0.8/0.1: median ${sixty.median} rollouts, mean ${sixty.mean.toFixed(0)}, 90th percentile ${sixty.high}`,
  );
}

/** Every fault that strikes often enough, in tasks sampled where it does. */
async function shrinkAll(): Promise<readonly Shrunken[]> {
  const shrunken: Shrunken[] = [];
  for (const file of values.targets === undefined ? readyFiles(0.75) : readTargets(values.targets)) {
    const attributions = await attribute(file);
    for (const fault of file.faults) {
      if (fault.probability < 0.75) continue;
      const attributable = attributions.some((one) => one.fault === fault.id && one.attributable);
      for (let i = 0; i < Number(values.seeds); i++) {
        const one = await shrinkPlanted(file, fault, {
          ...{ seed: `${values.seed}/${i}`, attributable },
          ...{ cap: Number(values.cap), whole: Number(values.whole) },
        });
        if (one === null) continue;
        shrunken.push(one);
        console.log(plantedLine(one));
      }
    }
  }
  return shrunken;
}

function plantedLine(one: Shrunken): string {
  const told = one.superfluous.length === 0 ? "exact" : `NOT EXACT: ${one.superfluous.join("; ")}`;
  const forced =
    one.forced.length === 0 ? "" : ` (not simpler for want of a world: ${one.forced.join("; ")})`;
  const own = `; ${one.ending}${one.alone ? ", alone" : ""}${one.attributable ? "" : ", not attributable"}`;
  const causes = one.causes.join(" or ") || "no fault alone";
  const exact = one.ending === "exact" && one.superfluous.length === 0;
  const about = exact ? "" : ` [${one.about}]`;
  return `${one.fault}: ${one.status}, fails by ${causes}, ${one.pieces} pieces, ${one.rollouts} rollouts, ${told}${forced}${own}${about}`;
}

function endingsOf(some: readonly Shrunken[]): string {
  const [exact, another, larger] = (["exact", "another", "larger"] as const).map(
    (ending) => some.filter((one) => one.ending === ending).length,
  );
  return `${exact} of ${some.length} exact, ${another} exactly another fault's, ${larger} larger`;
}

async function measurePlanted(): Promise<void> {
  const shrunken = await shrinkAll();
  const confirmed = shrunken.filter(({ status }) => status === "confirmed");
  const exact = confirmed.filter((one) => one.exact).length / Math.max(1, confirmed.length);
  const ratio = median(confirmed.map(({ size, smallest }) => size / smallest));
  const isReached = exact >= 0.95 && ratio <= 1.1;
  const own = confirmed.filter(({ attributable }) => attributable);
  const rollouts = shrunken.map((one) => one.rollouts);
  console.log(
    `planted (simulated targets): ${isReached ? "reached" : "MISSED"}: of ${confirmed.length} confirmed failures ${percent(exact)} end at exactly the cell of a fault that makes it fail, at least 95 %; median size ${ratio.toFixed(2)} times the smallest, at most 1.1; ${shrunken.length - confirmed.length} of ${shrunken.length} not confirmed`,
  );
  const alone = endingsOf(own.filter((one) => one.alone));
  console.log(
    `held against the very fault that was sampled for, where that is attributable: ${endingsOf(own)}; where without it the whole does not fail: ${alone}`,
  );
  console.log(
    `cost (simulated targets): median ${median(shrunken.map(({ pieces }) => pieces))} pieces, median ${median(rollouts)}, mean ${average(rollouts).toFixed(0)} and 90th percentile ${quantile(rollouts, 0.9)} rollouts a failure; ${rollouts.filter((n) => n >= Number(values.cap)).length} at the cap of ${values.cap}`,
  );
}

if (values.part !== "planted") await measureSynthetic();
if (values.part !== "synthetic") await measurePlanted();
