import { parseArgs } from "node:util";
import { InputError } from "../src/core/errors.ts";
import { stateOf } from "../src/domains/domain.ts";
import {
  compareVectors,
  parseTasks,
  parseVectors,
  parseWorld,
  readText,
  replayedDomain,
  replayGold,
} from "./vectors.ts";

const usage =
  "usage: npm run conformance -- FILE… replays recorded calls; --tasks TASKS.json --db DB.json replays tasks' gold";

/** Replays the recordings of a file and prints what differs; true if everything agrees. */
function checkFile(file: string): boolean {
  const differing: string[] = [];
  let calls = 0;
  let agreeing = 0;
  for (const { line, vectors } of parseVectors(readText(file), file)) {
    const agreement = compareVectors(vectors);
    calls += agreement.calls;
    agreeing += agreement.agreeing;
    for (const { sequence, call, tool, wrong } of agreement.disagreements) {
      differing.push(`${file}:${line} sequence ${sequence} call ${call} ${tool}: ${wrong}`);
    }
  }
  for (const text of differing) console.log(text);
  console.log(`${file}: calls ${calls}, agreeing ${agreeing}`);
  return differing.length === 0;
}

/** Replays every task's gold on a database and prints how it went; true if all of it runs. */
function checkTasks(tasksFile: string, dbFile: string): boolean {
  const tasks = parseTasks(readText(tasksFile), tasksFile);
  const state = stateOf(parseWorld(readText(dbFile), dbFile));
  const replays = tasks.map((task) => {
    const { instructions } = task.user_scenario;
    if (typeof instructions === "string") {
      throw new InputError(
        `${tasksFile}: task ${task.id} names no domain in its instructions, so it cannot be replayed.`,
      );
    }
    return replayGold(replayedDomain(instructions.domain), state, task);
  });
  for (const { id, failures } of replays) {
    for (const failure of failures) console.log(`${tasksFile} task ${id} ${failure}`);
  }
  const clean = replays.filter(({ failures }) => failures.length === 0).length;
  const idle = replays.filter(({ idlePasses }) => idlePasses).map(({ id }) => id);
  console.log(`${tasksFile}: tasks ${replays.length}, gold runs cleanly ${clean}`);
  console.log(`${tasksFile}: doing nothing passes ${idle.length} (tasks ${idle.join(" ")})`);
  return clean === replays.length;
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { tasks: { type: "string" }, db: { type: "string" } },
    });
  } catch (error) {
    throw new InputError(`${(error as Error).message} (${usage}).`);
  }
}

/** Runs what the command line asks for; the exit code: 0 all agrees, 1 something differs, 2 bad input. */
function main(): number {
  try {
    const { values, positionals } = readArguments();
    if ((values.tasks === undefined) !== (values.db === undefined)) {
      throw new InputError(`--tasks and --db belong together (${usage}).`);
    }
    if (positionals.length === 0 && values.tasks === undefined) {
      throw new InputError(`Expected at least one file (${usage}).`);
    }
    const agreed = positionals.map(checkFile);
    if (values.tasks !== undefined && values.db !== undefined)
      agreed.push(checkTasks(values.tasks, values.db));
    return agreed.every((agrees) => agrees) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    console.error(error.message);
    return 2;
  }
}

process.exitCode = main();
