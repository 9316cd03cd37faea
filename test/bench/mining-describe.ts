import type { Fault, FaultFile } from "../../src/agents/fault-file.ts";
import { createRng } from "../../src/core/rng.ts";
import { airline } from "../../src/domains/airline/airline.ts";
import { type Cell, describeRegion, isWithin } from "../../src/domains/cell.ts";
import { createPool } from "./mining-cells.ts";
import { median } from "./mining-figures.ts";
import { type Attribution, attribute } from "./mining-score.ts";

/** What a planted fault is like. */
export interface FaultFacts {
  readonly fault: Fault;
  /** Axes that its conditions are on, `kind` counted. */
  readonly axes: number;
  /** Share of random tasks of one to three requests that lie within its conditions. */
  readonly prevalence: number;
  /** Share of random cells of one request that do; 0 where its conditions take a whole task. */
  readonly ofRequests: number;
  readonly isDecoy: boolean;
}

/** What a file of planted faults is like, and where it departs from the recipe. */
export interface FileFacts {
  readonly file: FaultFile;
  readonly faults: readonly FaultFacts[];
  readonly departures: readonly string[];
}

/** From this probability on a fault is a real one, below it a decoy. */
const realFrom = 0.75;
const [randomTasks, randomRequests] = [400, 4_000] as const;

/** The cells that prevalence is measured over: those of random tasks, and those of single random requests. */
export interface RandomCells {
  readonly tasks: readonly Cell[];
  readonly requests: readonly Cell[];
}

export function drawRandomCells(seed: number): RandomCells {
  const pool = createPool(seed);
  const rng = createRng(`prevalence/${seed}`);
  const drawn = Array.from({ length: randomRequests }, () => airline.drawCell({}, rng));
  return {
    tasks: Array.from({ length: randomTasks }, (_, i) => pool(i).cell),
    requests: drawn.flatMap((draw) =>
      draw.status === "drawn"
        ? [{ conversation: { requests: 1, schedule: "together" }, world: {}, requests: [draw.cell] }]
        : [],
    ),
  };
}

const shareWithin = (cells: readonly Cell[], { when }: Fault) =>
  cells.filter((cell) => isWithin(cell, when, airline)).length / cells.length;

/** The facts of a file, and each way in which it is not as the recipe of the benchmark asks. */
export function describeFile(file: FaultFile, cells: RandomCells): FileFacts {
  const faults = file.faults.map((fault) => ({
    fault,
    axes: Object.keys(fault.when).length,
    prevalence: shareWithin(cells.tasks, fault),
    ofRequests: shareWithin(cells.requests, fault),
    isDecoy: fault.probability < realFrom,
  }));
  return { file, faults, departures: faults.length === 0 ? [] : departuresOf(faults) };
}

/** Two faults of one kind: the same kind of mistake, and the same kind of request. */
const isShared = (names: readonly string[]) => new Set(names).size < names.length;

function departuresOf(faults: readonly FaultFacts[]): readonly string[] {
  const real = faults.filter(({ isDecoy }) => !isDecoy);
  const decoys = faults.filter(({ isDecoy }) => isDecoy);
  const prevalence = median(faults.map((one) => one.prevalence));
  const kinds = real.flatMap(({ fault }) => (typeof fault.when.kind === "string" ? [fault.when.kind] : []));
  const asked: readonly (readonly [boolean, string])[] = [
    [
      real.length >= 3 && faults.length <= 6,
      `3–6 faults, decoys counted: ${real.length} and ${decoys.length}`,
    ],
    [decoys.length === 1 || decoys.length === 2, `1–2 decoys: ${decoys.length}`],
    [
      decoys.every(({ fault }) => fault.probability >= 0.3 && fault.probability <= 0.6),
      "decoys of probability .3–.6",
    ],
    [prevalence >= 0.05 && prevalence <= 0.15, `median prevalence .05–.15: ${prevalence.toFixed(3)}`],
    [faults.every(({ axes }) => axes >= 1 && axes <= 3), "conditions on one to three axes"],
    [isShared(real.map(({ fault }) => fault.fault)) || isShared(kinds), "two faults of one kind"],
  ];
  return asked.flatMap(([holds, what]) => (holds ? [] : [what]));
}

const rate = (value: number | null) => (value === null ? "–" : value.toFixed(2));

/** One line a fault, and one on the file. */
export function describeLines({ file, faults, departures }: FileFacts, all: readonly Attribution[]): string {
  const lines = faults.map(({ fault, axes, prevalence, ofRequests, isDecoy }, i) => {
    const found = all[i];
    const apart = found?.attributable === true ? "attributable" : "apart";
    return [
      `  ${fault.id.padEnd(28)} ${isDecoy ? "decoy" : "real "} ${fault.probability.toFixed(2)}`,
      `${axes} ${axes === 1 ? "axis" : "axes"}`,
      `prevalence ${prevalence.toFixed(3)} of tasks, ${ofRequests.toFixed(3)} of requests`,
      `${apart} (passes ${rate(found?.rate ?? null)}, without it ${rate(found?.without ?? null)})`,
      `${fault.fault}${fault.clause === null ? "" : `:${fault.clause}`} at ${describeRegion(fault.when)}`,
    ].join(" · ");
  });
  const middle =
    faults.length === 0
      ? "no fault"
      : `median prevalence ${median(faults.map((one) => one.prevalence)).toFixed(3)}`;
  const recipe =
    departures.length === 0 ? "as the recipe asks" : `departs from the recipe: ${departures.join("; ")}`;
  return [`${file.name}: ${faults.length} faults, ${middle}; ${recipe}`, ...lines].join("\n");
}

/** Describes files one after the other. */
export async function describeFiles(files: readonly FaultFile[], seed: number): Promise<readonly string[]> {
  const cells = drawRandomCells(seed);
  const described: string[] = [];
  for (const file of files) described.push(describeLines(describeFile(file, cells), await attribute(file)));
  return described;
}
