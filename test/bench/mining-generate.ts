import { type FaultFile, type FaultName, faultSteps, parseFaultFile } from "../../src/agents/fault-file.ts";
import { InputError } from "../../src/core/errors.ts";
import { createRng, type Rng } from "../../src/core/rng.ts";
import { airline } from "../../src/domains/airline/airline.ts";
import type { AxisValue, AxisValues, Condition } from "../../src/domains/domain.ts";
import { describeFile, type RandomCells } from "./mining-describe.ts";
import { attribute } from "./mining-score.ts";

/** One fault as a fault file has it. */
interface Planted {
  readonly id: string;
  readonly when: Readonly<Record<string, Condition>>;
  readonly fault: string;
  readonly probability: number;
}

const names = Object.keys(faultSteps) as readonly FaultName[];
const round = (value: number) => Math.round(100 * value) / 100;

/** Some values of an axis that hold one: itself, from it on where they are numbers, or it and another. */
function conditionOn(axis: (typeof airline.axes)[number], value: AxisValue, rng: Rng): Condition {
  if (typeof value === "number" && rng.chance(0.7)) return { min: value };
  const others = axis.values.filter((other) => other !== value);
  return others.length > 1 && rng.chance(0.25) ? [value, rng.pick(others)] : value;
}

/** Conditions that a drawn cell meets, so that they can hold together: on one to three axes, mostly with the kind. */
function drawWhen(cell: AxisValues, count: number, rng: Rng): Planted["when"] {
  const axes = airline.axes.filter(({ name, scope }) => scope === "request" && cell[name] !== undefined);
  const telling = axes.filter(
    ({ name, simplest }) => name !== "kind" && name !== "verdict" && cell[name] !== simplest,
  );
  const withKind = count > 1 ? rng.chance(0.85) : rng.chance(0.3);
  const chosen = rng.sample(telling, withKind ? count - 1 : count);
  const conditions = chosen.map((axis) => [
    axis.name,
    axis.name === "clause"
      ? (cell.clause as AxisValue)
      : conditionOn(axis, cell[axis.name] as AxisValue, rng),
  ]);
  return Object.fromEntries([...(withKind ? [["kind", cell.kind as AxisValue]] : []), ...conditions]);
}

/** A fault somewhere in the space; null where chance drew no cell, no condition or no clause to ignore. */
function drawFault(id: string, probability: number, rng: Rng): Planted | null {
  const name = rng.pick(names);
  const region = name === "ignore_clause" ? { verdict: "refused" } : {};
  const draw = airline.drawCell(region, rng);
  if (draw.status === "impossible") return null;
  const { cell } = draw;
  const drawn = drawWhen(cell, rng.pick([1, 2, 2, 2, 3]), rng);
  // Ignoring a clause shows only where the clause is what turns the request down.
  const when = name === "ignore_clause" ? { ...drawn, clause: cell.clause as AxisValue } : drawn;
  const fault = name === "ignore_clause" ? `${name}:${cell.clause}` : name;
  const axes = Object.keys(when).length;
  return axes === 0 || axes > 3 ? null : { id, when, fault, probability: round(probability) };
}

const tries = 400;

/** Pass rate from which on a decoy shows nothing. */
const decoyShows = 0.8;

/**
 * Draws until a fault can be planted (`parseFaultFile` refuses unseen axes), lies often enough in random cells, and
 * shows in its simplest cell by itself: many a mistake makes no difference to many a kind of request.
 */
async function plant(
  id: string,
  { decoy, cells }: { readonly decoy: boolean; readonly cells: RandomCells },
  rng: Rng,
): Promise<Planted> {
  for (let i = 0; i < tries; i++) {
    const stream = rng.fork(`${id}/${i}`);
    const chance = decoy ? 0.3 + 0.3 * stream.unit() : 0.78 + 0.17 * stream.unit();
    const planted = drawFault(id, chance, stream);
    if (planted === null) continue;
    const file = parsed("candidate", [planted]);
    if (file === null) continue;
    const [facts] = describeFile(file, cells).faults;
    if (facts === undefined || facts.prevalence < 0.02 || facts.prevalence > 0.25) continue;
    const [shown] = await attribute(file);
    if (decoy ? (shown?.rate ?? 1) < decoyShows : shown?.attributable === true) return planted;
  }
  throw new Error(`no fault could be planted as ${id}: choose another seed`);
}

function parsed(name: string, faults: readonly Planted[]): FaultFile | null {
  try {
    return parseFaultFile({ name, faults }, airline, name);
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

/** Files tried for each target, and faults of it that must be attributable. */
const [fileTries, leastAttributable] = [60, 2] as const;

/** Fault files that nobody has seen, one of them without a fault; the same seed gives the same ones. */
export async function generateTargets(
  seed: string,
  { count, cells }: { readonly count: number; readonly cells: RandomCells },
): Promise<readonly FaultFile[]> {
  const rng = createRng(`faults/${seed}`);
  const files: FaultFile[] = [{ name: `gen-${seed}-0-sound`, summary: "", faults: [] }];
  while (files.length < count) files.push(await generateTarget(`gen-${seed}-${files.length}`, cells, rng));
  return files;
}

async function generateTarget(name: string, cells: RandomCells, rng: Rng): Promise<FaultFile> {
  for (let i = 0; i < fileTries; i++) {
    const stream = rng.fork(`${name}/${i}`);
    const decoys = stream.int(1, 2);
    const real = stream.int(3, 6 - decoys);
    const faults: Planted[] = [];
    for (let n = 0; n < real + decoys; n++) {
      const decoy = n >= real;
      faults.push(await plant(`${decoy ? "decoy" : "fault"}-${n}`, { decoy, cells }, stream));
    }
    const file = parsed(name, faults);
    if (file === null || describeFile(file, cells).departures.length > 0) continue;
    const attributable = (await attribute(file)).filter((one) => one.attributable);
    if (attributable.length >= leastAttributable) return file;
  }
  throw new Error(`no file as the recipe asks could be generated for ${name}: choose another seed`);
}
