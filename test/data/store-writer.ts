// A process that records rollouts of one role and says each one's id once it is on record.
// Arguments: the file, the role, and how many (0: until it is killed).
import { writeSync } from "node:fs";
import { openStore } from "../../src/store/store.ts";
import { rollout, storedTask } from "./store-samples.ts";

const [path = "", role, count = "0"] = process.argv.slice(2);
const store = openStore(path);
for (let index = 0; count === "0" || index < Number(count); index++) {
  const one = rollout({ role: role === "oracle" ? "oracle" : "target", index });
  store.record(one);
  store.recordTask(storedTask({ key: `${role}-${index}` }));
  store.recordEvaluation({
    id: `${role}-${index}`,
    session: one.slot.session,
    task: one.slot.task,
    role: one.slot.role,
    settings: one.slot.settings,
    simulated: true,
    purpose: "screening",
    from: index,
    n: 1,
    passed: 1,
    unscored: 0,
    prior: { alpha: 1, beta: 1, rollouts: 0 },
    verdict: "undecided",
  });
  writeSync(1, `${one.id}\n`);
}
store.close();
