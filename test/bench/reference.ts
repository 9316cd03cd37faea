import { wilson } from "../../src/core/stats.ts";
import { play, sampleAny } from "../sampled.ts";
import { readOptions } from "./options.ts";

/** A task that the reference agent did not pass, and what of its reward says why. */
interface Remainder {
  readonly seed: string;
  readonly requests: string;
  readonly why: string;
}

const values = readOptions({
  tasks: { type: "string", default: "2000", about: "tasks that are sampled" },
  seed: { type: "string", default: "reference", about: "fixes all chance" },
});
const wanted = Number(values.tasks);

const rejections = new Map<string, number>();
const kinds = new Map<string, number>();
const remainder: Remainder[] = [];
let [tried, played, passed, costly, sampledMs, playedMs] = [0, 0, 0, 0, 0, 0];
const count = (of: Map<string, number>, name: string) => of.set(name, (of.get(name) ?? 0) + 1);
const listed = (of: ReadonlyMap<string, number>) =>
  [...of]
    .sort(([, a], [, b]) => b - a)
    .map(([name, n]) => `${name} ${n}`)
    .join(", ") || "none";

while (played < wanted) {
  const seed = `${values.seed}/${tried++}`;
  const start = performance.now();
  const gated = sampleAny(seed);
  const middle = performance.now();
  sampledMs += middle - start;
  if (gated === "none") count(rejections, "no scenario");
  else if (gated.status === "rejected") count(rejections, gated.rejections[0]?.gate ?? "unknown");
  else {
    const requests = gated.gold?.solutions.map(({ request, status }) => `${request.kind} (${status})`) ?? [];
    for (const request of requests) count(kinds, request);
    const { grade, trajectory } = await play(gated, { seed });
    playedMs += performance.now() - middle;
    played += 1;
    if (grade.status === "passed") passed += 1;
    if (grade.status === "passed" && grade.reward.total < 1) costly += 1;
    if (grade.status !== "passed") {
      const why = grade.status === "unscored" ? grade.why : grade.reward.outcome.why;
      remainder.push({ seed, requests: requests.join(", "), why: `${trajectory.ending}: ${why}` });
    }
  }
}

const { low, high } = wilson(passed, played);
const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
const perSecond = (n: number, ms: number) => Math.round(n / (ms / 1000));
console.log(`requests: ${listed(kinds)}`);
for (const { seed, requests, why } of remainder) console.log(`not passed: ${seed} · ${requests} · ${why}`);
console.log(
  `reference agent: ${passed} of ${played} passed, ${percent(passed / played)} (95 % ${percent(low)}–${percent(high)}), ${costly} of them short of the full reward`,
);
console.log(`rejected before: ${listed(rejections)} (of ${tried} tried)`);
console.log(
  `${perSecond(tried, sampledMs)} tasks sampled and gated/s, ${perSecond(played, playedMs)} rollouts/s, ${perSecond(tried, sampledMs + playedMs)} tasks/s in all`,
);
