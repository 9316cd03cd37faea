import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isHeardAs } from "../src/tasks/instruction.ts";
import { airline, atEndpoint, house } from "./at-endpoint.ts";
import { asked, says, terse } from "./authored.ts";
import type { Reply, WireBody } from "./endpoint.ts";
import type { Served } from "./served.ts";

interface Harvested {
  readonly harvested: readonly { readonly task_key: string }[];
  readonly lines: readonly string[];
}

async function harvestOne(server: Served, session: object): Promise<Harvested> {
  const { session_id } = await server.get<{ session_id: string }>("start_session", { seed: "3", ...session });
  const order = { session_id, strategy: "dag", tasks: 1, max_iterations: 40 };
  const ended = await server.get<Harvested>("harvest", order);
  await server.get("export_tasks", { session_id, folder: "out" });
  return ended;
}

const exported = (data: string) =>
  JSON.parse(readFileSync(join(data, "exports", "out", "tasks.jsonl"), "utf8").split("\n")[0] ?? "");

describe("a target behind an endpoint, harvested by walks", () => {
  test("is asked alone: its golden walk confirms the failure, and the real oracle is not called", () =>
    atEndpoint(house, async (server, endpoint, data) => {
      const models = { target: "openai:faulty", oracle: "openai:sound", budget_rollouts: 1_000 };
      const { harvested, lines } = await harvestOne(server, models);
      expect([harvested.length, lines.at(-1)?.includes("KEPT")]).toEqual([1, true]);
      const asked = new Set(endpoint.requests.map(({ body }) => body.model));
      expect([...asked]).toEqual(["faulty"]);
      const task = exported(data);
      expect(task).toMatchObject({
        confirmed_by: "construction",
        oracle: { spec: null, on_found: null, confirmed: true },
        target: { simulated: false, spec: "openai:faulty" },
        evaluation: { fresh: { n: 16, simulated: false } },
      });
    }));

  test("has its tasks worded by a phraser; what is not heard right is worded offline, and no address leaves the house", () => {
    const wordy = (_: WireBody): Reply => ({ text: "Please do whatever you think is best for me." });
    return atEndpoint(
      { ...house, wordy, broken: () => ({ status: 500, body: {} }) },
      async (server, _, data) => {
        const models = { target: "openai:faulty", budget_rollouts: 1_000, allow_simulated_oracle: true };
        await harvestOne(server, { ...models, phraser: "openai:wordy" });
        const { construction, minimal_form, instruction } = exported(data);
        const { words } = construction ?? minimal_form.found_construction;
        expect(words).toEqual({ by: "offline", why: "no text was heard right", tries: 3 });
        expect(instruction).toContain("my user id is");
        expect(JSON.stringify(minimal_form.steps)).not.toContain("the longer wording");
        expect(readFileSync(join(data, "exports", "out", "tasks.jsonl"), "utf8")).not.toContain("127.0.0.1");
      },
    );
  });

  test("keeps a phraser's words in the smallest form, told anew of what is left", () =>
    atEndpoint({ ...house, words: says(terse) }, async (server, endpoint, data) => {
      const models = { target: "openai:faulty", budget_rollouts: 1_000, allow_simulated_oracle: true };
      await harvestOne(server, { ...models, phraser: "openai:words" });
      const { minimal_form, instruction, origin, user } = exported(data);
      expect(minimal_form.found_construction.words).toMatchObject({ by: "openai:words" });
      expect(minimal_form.steps.at(-1)).toMatchObject({ removes: "the longer wording", result: "dropped" });
      expect(minimal_form.certificate.removed).toContain("the longer wording");
      expect(origin).toMatchObject({ by: "simplified", words: { by: "openai:words", heardBy: "rule" } });
      expect([instruction.includes("What I want:"), isHeardAs(instruction, user, airline)]).toEqual([
        false,
        true,
      ]);
      expect(asked(endpoint, "write").length).toBeGreaterThan(1);
    }));
});
