import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createRng, type Rng } from "../../src/core/rng.ts";
import type { Region } from "../../src/domains/domain.ts";
import { findDomain } from "../../src/domains/index.ts";
import { type Hypothesis, hypothesisId } from "../../src/frontier/hypothesis.ts";
import { hypothesize } from "../../src/frontier/hypothesize.ts";
import { openStore } from "../../src/store/store.ts";
import { howNew } from "../../src/tools/how-new.ts";
import { session } from "../data/store-samples.ts";
import { depsOn } from "../desk.ts";

/** How long it takes to compare a new hypothesis with about 20,000 earlier ones of its session (some are drawn twice), on a store on disk. */

const earlier = 30_000;
const asked = 400;
const domain = findDomain("airline");
const rng = createRng("novelty");

const verbs = [
  "refuses",
  "handles",
  "mistakes",
  "forgets",
  "delays",
  "repeats",
  "asks twice about",
  "misreads",
];
const things =
  "cabin changes|refunds|certificates|gift cards|checked bags|insurance|two passengers|a flown segment".split(
    "|",
  );
const when =
  "late|after a refusal|in the same breath|when the profile is long|for a gold member|on a round trip".split(
    "|",
  );

/** A region of one to three conditions, as the server and strategists name them. */
function region(draw: Rng): Region {
  const kind = draw.pick(domain.requests).kind;
  const axes = domain.axes.filter(
    ({ name, kinds }) => name !== "kind" && (kinds.length === 0 || kinds.includes(kind)),
  );
  const chosen = draw
    .sample(axes, draw.int(0, 2))
    .map((axis) => [axis.name, draw.pick(axis.values)] as const);
  return { kind, ...Object.fromEntries(chosen) };
}

function hypothesis(draw: Rng, number: number): Hypothesis {
  const where = region(draw);
  if (draw.chance(0.5)) return hypothesize(where, domain);
  const statement = `The target ${draw.pick(verbs)} ${draw.pick(things)} ${draw.pick(when)}, case ${number}.`;
  const claim = { statement, where, behaviour: "outcome" };
  return { id: hypothesisId(claim), ...claim, by: "strategist" };
}

const folder = mkdtempSync(join(tmpdir(), "faultline-novelty-"));
const store = openStore(join(folder, "faultline.db"));
const deps = depsOn(store, folder);
store.recordSession(session);
const began = performance.now();
store.atomically(() => {
  for (let i = 0; i < earlier; i++)
    store.recordHypothesis(session.id, hypothesis(rng.fork(`earlier ${i}`), i));
});
const perRecord = (performance.now() - began) / earlier;
const times: number[] = [];
const before = process.cpuUsage();
for (let i = 0; i < asked; i++) {
  const claim = hypothesis(rng.fork(`asked ${i}`), earlier + i);
  const from = performance.now();
  await howNew(deps, claim, { session, domain, failures: [], ctx: { signal: new AbortController().signal } });
  times.push(performance.now() - from);
}
const { user, system } = process.cpuUsage(before);
const cpuMs = (user + system) / 1_000 / asked;
times.sort((a, b) => a - b);
const at = (share: number) => (times[Math.floor(share * (asked - 1))] ?? 0).toFixed(1);
const known = store.countHypotheses(session.id);
store.close();
rmSync(folder, { recursive: true });
console.log(`recording: ${perRecord.toFixed(2)} ms a hypothesis, its traits included`);
console.log(
  `novelty among ${known} earlier hypotheses: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, most ${at(1)} ms; ${cpuMs.toFixed(1)} ms of processor time`,
);
