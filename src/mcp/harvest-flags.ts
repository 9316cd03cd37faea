import { InputError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import type { Order } from "./drive.ts";

/** The flags of a harvest as the command line gives them. */
export interface HarvestFlags {
  readonly session?: string;
  readonly domain?: string;
  readonly target?: string;
  readonly oracle?: string;
  readonly user?: string;
  readonly worldActor?: string;
  readonly phraser?: string;
  readonly strategy?: string;
  readonly window?: string;
  readonly maxPassRate?: number;
  readonly k?: number;
  readonly tasks: number;
  readonly maxIterations?: number;
  readonly seed?: string;
  readonly budget?: number;
  readonly tokens?: number;
  readonly concurrency?: number;
  readonly dryRun?: boolean;
  readonly overwrite?: boolean;
  readonly format: readonly string[];
}

/** What the flags order. A harvest without a target, and two windows at once, are an InputError. */
export function harvestOrder(flags: HarvestFlags): Order {
  if (flags.session !== undefined) refuseOpening(flags);
  return {
    session: flags.session ?? sessionArguments(flags),
    tasks: flags.tasks,
    wanted: present({ max_iterations: flags.maxIterations, strategy: flags.strategy, k: flags.k }),
    dryRun: flags.dryRun === true,
    overwrite: flags.overwrite === true,
    formats: flags.format,
  };
}

/** A session keeps what it was opened with: flags that would open another one would be lost without a word. */
function refuseOpening(flags: HarvestFlags): void {
  const names = [
    "target",
    "domain",
    "oracle",
    "user",
    "worldActor",
    "phraser",
    "window",
    "maxPassRate",
    "budget",
    "tokens",
    "seed",
  ] as const;
  const [given] = names.filter((name) => flags[name] !== undefined);
  if (given === undefined) return;
  const flag = `--${given.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new InputError(
    `A session keeps what it was opened with, and ${flag} came beside --session: leave it out, or open another session without --session.`,
  );
}

/** The arguments of start_session that the flags stand for; what is left out has the verb's own default. */
function sessionArguments(flags: HarvestFlags): JsonObject {
  if (flags.target === undefined) {
    throw new InputError(
      "A harvest needs a target: give --target sim:NAME or openai:MODEL, or --session ID to go on with one.",
    );
  }
  return present({
    target: flags.target,
    domain: flags.domain,
    oracle: flags.oracle,
    user: flags.user,
    world_actor: flags.worldActor,
    phraser: flags.phraser,
    window: windowOf(flags),
    budget_rollouts: flags.budget,
    budget_tokens: flags.tokens,
    seed: flags.seed,
    concurrency: flags.concurrency,
  });
}

function windowOf({ window, maxPassRate }: HarvestFlags): JsonObject[string] | undefined {
  if (maxPassRate !== undefined && window !== undefined)
    throw new InputError("Both --window and --max-pass-rate came: give one of them.");
  if (maxPassRate !== undefined) return [0, maxPassRate];
  const ends = window?.split(",").map(Number) ?? [];
  return ends.length === 2 ? ends : window;
}

function present(given: Readonly<Record<string, JsonObject[string] | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
