import { type Mined, mine, onlyTogether, readyFiles } from "./dag-mining.ts";
import { sampleMany } from "./dag-sampling.ts";
import { readOptions } from "./options.ts";

const values = readOptions({
  tasks: { type: "string", default: "10000", about: "tasks that are built" },
  harvest: { type: "string", default: "20", about: "tasks that each harvest is asked for" },
  seeds: { type: "string", default: "1", about: "harvests of each target" },
  seed: { type: "string", default: "dag", about: "fixes all chance" },
  least: {
    type: "string",
    default: "0.75",
    about: "probability of the planted faults that are taken, at least",
  },
});

const percent = (share: number, digits = 1) => `${(100 * share).toFixed(digits)} %`;
const listed = (of: ReadonlyMap<string, number>) =>
  [...of]
    .sort(([, a], [, b]) => b - a)
    .map(([name, n]) => `${name} ${Math.round(10 * n) / 10}`)
    .join(", ") || "none";

const sampling = sampleMany(Number(values.tasks), values.seed);
const { evenness } = sampling;
for (const { axis, share, values: count } of evenness) {
  console.log(`evenness ${axis}: ${share.toFixed(3)} over ${count} feasible values`);
}
console.log(`parameters that were not met: ${listed(sampling.unmet)}`);
console.log(`events (three in four worlds are to stand still): ${listed(sampling.events)}`);

const total = (counts: readonly number[]) => counts.reduce((sum, c) => sum + c, 0);

/**
 * Evenness of the modes among the first 20 over all planted faults. What was never found counts as zero, and so does
 * what fails only for several of them together: it shows none.
 */
function evennessOf({ modes, planted }: Mined): number {
  const n = total([...modes.values()]);
  const counts = [...modes].flatMap(([name, c]) => (name === onlyTogether ? [] : [c]));
  const entropy = counts.reduce((sum, c) => sum - (c / n) * Math.log(c / n), 0);
  return planted < 2 || n === 0 ? 0 : entropy / Math.log(planted);
}

const topShare = ({ modes }: Mined) =>
  Math.max(0, ...modes.values()) / Math.max(1, total([...modes.values()]));

const mined: Mined[] = [];
for (const file of readyFiles(Number(values.least))) {
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    const one = await mine(file, { tasks: Number(values.harvest), seed: String(seed) });
    mined.push(one);
    const inside = one.rates.filter((rate) => rate <= 0.33).length;
    console.log(
      `${one.target} (simulated) seed ${seed}: ${one.harvested} tasks in ${one.iterations} iterations (${(one.harvested / one.iterations).toFixed(2)} each), modes among the first 20: ${listed(one.modes)} of ${one.planted} planted, evenness ${evennessOf(one).toFixed(2)}, ${one.clean} by one alone, top share ${topShare(one).toFixed(2)}; ${(one.rollouts / Math.max(1, one.harvested)).toFixed(1)} rollouts a task; ${inside} of ${one.harvested} truly inside; fresh-32 inside ${one.freshInside.toFixed(2)}, expected ${one.expectedInside.toFixed(2)}; ${one.unsolvable} of ${one.tried} tried tasks unsolvable`,
    );
  }
}

const sum = (of: (one: Mined) => number) => mined.reduce((so, one) => so + of(one), 0);
const median = (list: readonly number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
const least = evenness.toSorted((a, b) => a.share - b.share)[0];
const low = evenness
  .filter(({ share }) => share < 0.9)
  .map(({ axis, share }) => `${axis} ${share.toFixed(3)}`);
console.log(
  `sampling: ${sampling.tasks} tasks (${total([...sampling.unmet.values()])} draws more had none), ${sampling.tasks - sampling.failedAgain} pass every gate again (${sampling.gateRejections} gate rejections on the way), ${sampling.misheard} of ${sampling.said} sentences misheard, ${sampling.leaks} leaks, ${sampling.brokenWalks} broken walks; least share of distinct golden sequences in 1,000: ${percent(sampling.distinct)}, longest ${sampling.longest} calls; evenness at least ${least?.share.toFixed(3)} (${least?.axis}), under 0.9: ${low.join(", ") || "none"}`,
);
console.log(`speed: ${sampling.tasksPerSecond.toFixed(0)} tasks/s made on one core without a model`);
console.log(
  `mining (simulated targets): ${(sum((one) => one.harvested) / sum((one) => one.iterations)).toFixed(2)} tasks an iteration, together with evenness ${median(mined.map(evennessOf)).toFixed(2)} and top share ${median(mined.map(topShare)).toFixed(2)} among the first 20 (medians); ${(sum((one) => one.rollouts) / sum((one) => one.harvested)).toFixed(1)} rollouts a task, ${sum((one) => one.unsolvable)} of ${sum((one) => one.tried)} tried tasks unsolvable; truly inside the window ${percent(sum((one) => one.rates.filter((rate) => rate <= 0.33).length) / sum((one) => one.harvested))}; inside on 32 fresh ${percent(sum((one) => one.freshInside * one.harvested) / sum((one) => one.harvested))}, expected from the rates ${percent(sum((one) => one.expectedInside * one.harvested) / sum((one) => one.harvested))}`,
);
