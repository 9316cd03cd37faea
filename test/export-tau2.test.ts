import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../src/core/json.ts";
import type { Task } from "../src/tasks/task.ts";
import type { Desk } from "./desk.ts";
import { fileIn, grantedTask, type Kept, mixedTask, refusedTask, withHarvest } from "./kept.ts";
import { sampleTask } from "./sampled.ts";

interface Told extends JsonObject {
  readonly evaluation_criteria: { readonly actions: readonly Json[] };
}

async function tau2(desk: Desk) {
  const answer = await desk.call("export_tasks", { session_id: "s1", format: "tau2" });
  const tasks = JSON.parse(readFileSync(fileIn(desk, "tau2_tasks.json"), "utf8")) as readonly Told[];
  return { tasks, left: answer.structuredContent?.left_out_because };
}

describe("the form of τ²-bench", () => {
  test("brings each task's whole world along, over an empty database, with the gold's calls", () =>
    withHarvest([grantedTask, mixedTask], async (desk) => {
      const { tasks, left } = await tau2(desk);
      expect(left).toEqual([]);
      expect(JSON.parse(readFileSync(fileIn(desk, "db.json"), "utf8"))).toEqual({
        flights: {},
        users: {},
        reservations: {},
      });
      for (const [i, { task, gold }] of [grantedTask, mixedTask].entries()) {
        expect(tasks[i]).toMatchObject({
          id: `00${i + 1}`,
          user_scenario: { persona: null, instructions: { domain: "airline", unknown_info: null } },
          initial_state: { initialization_data: { agent_data: task.world } },
          evaluation_criteria: { communicate_info: [], nl_assertions: [], reward_basis: ["DB"] },
        });
        expect(tasks[i]?.evaluation_criteria.actions).toEqual(
          gold?.calls.map((call, n) => ({ ...call, action_id: `00${i + 1}_${n}`, requestor: "assistant" })),
        );
      }
    }));

  test("asks for what must be told, as τ²-bench matches it", () => {
    const { task } = grantedTask;
    const told = { type: "communicated", kind: "number", value: 1628 } as const;
    const rubric = { type: "rubric", objective: "The agent is polite." } as const;
    const asking = { ...task, criteria: [...task.criteria, told, rubric] };
    return withHarvest([{ ...grantedTask, task: asking }], async (desk) => {
      const { tasks } = await tau2(desk);
      expect(tasks[0]?.evaluation_criteria).toMatchObject({
        communicate_info: ["1628"],
        nl_assertions: ["The agent is polite."],
        reward_basis: ["DB", "COMMUNICATE"],
      });
    });
  });

  const changed = (change: object): Kept => ({
    ...grantedTask,
    task: { ...grantedTask.task, ...change } as Task,
  });
  const withCriterion = (criterion: object) =>
    changed({ criteria: [...grantedTask.task.criteria, criterion] });
  const twoBookings = () => sampleTask("5", [{ kind: "book" }, { kind: "book" }]);

  test.each<[string, Kept, string]>([
    ["that doing nothing would pass", refusedTask, "changes nothing"],
    ["with events", changed({ events: [{ what: "a seat goes" }] }), "events"],
    [
      "with state assertions",
      withCriterion({ type: "assertion", path: "/users/x", op: "absent" }),
      "assertions",
    ],
    ["with a clause to be kept", withCriterion({ type: "complies", clause: "one_call" }), "clause"],
    ["without a final state", changed({ criteria: [] }), "final state"],
    ["with two new records of a kind", twoBookings(), "several records"],
    [
      "with a text that has a comma",
      withCriterion({ type: "communicated", kind: "text", value: "1,628" }),
      "comma",
    ],
    ["without a gold", { ...changed({ persona: "x" }), gold: null }, "no gold"],
  ])("leaves out a task %s, and says so", (_, kept, reason) =>
    withHarvest([kept], async (desk, keys) => {
      const { tasks, left } = await tau2(desk);
      expect([tasks, left]).toEqual([
        [],
        [{ reason: expect.stringContaining(reason), tasks: 1, task_keys: keys }],
      ]);
    }),
  );
});
