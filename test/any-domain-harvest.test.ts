import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { registerFaultFiles } from "../src/agents/registry.ts";
import type { JsonObject } from "../src/core/json.ts";
import type { Walk } from "../src/dag/walk.ts";
import { stateOf, type World } from "../src/domains/domain.ts";
import { replay } from "../src/domains/environment.ts";
import { parseSpec } from "../src/models/spec.ts";
import { library } from "./data/library.ts";
import { atDesk, type Desk } from "./desk.ts";
import { callsOf } from "./kept.ts";

/** The whole loop at a desk that knows no domain but the one from test/data. */

const absentMinded = {
  name: "absent-minded",
  summary: "Takes the second best, renews for ever, and does not hear what is described.",
  faults: [
    { id: "second", when: { kind: "borrow", rule: "newest" }, fault: "wrong_choice", probability: 1 },
    { id: "ever", when: { kind: "renew" }, fault: "ignore_clause:renew_twice", probability: 1 },
    {
      id: "deaf",
      when: { kind: "give_back", reference: "described" },
      fault: "drop_request",
      probability: 1,
    },
  ],
};

/** A desk at which there is no domain but the library. */
async function atLibrary(run: (desk: Desk) => Promise<void>): Promise<void> {
  const source = { name: absentMinded.name, where: "the test", text: JSON.stringify(absentMinded) };
  const simulated = registerFaultFiles([source], [library]);
  const deps: Partial<Desk["deps"]> = {
    domains: [library],
    simulatedModels: simulated.listed,
    openModel: (text, _role, domain) => {
      const spec = parseSpec(text);
      return simulated.open(spec.kind === "sim" ? spec.name : "reference", domain);
    },
  };
  await atDesk(run, { deps });
}

const linesOf = (path: string) =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Readonly<Record<string, string>>);

interface Written {
  readonly files: readonly { readonly path: string; readonly tasks: number }[];
  readonly left_out: number;
}

describe("a harvest in a second domain", () => {
  const planted =
    /^(borrow: wrong_choice|renew: forbidden_write \(renew_twice\)|give_back: (missing|not_trans|never))/;

  test.each(["dag", "wg"] as const)(
    "by the loop %s keeps tasks of the planted faults, and exports what a form can carry",
    (strategy) =>
      atLibrary(async ({ call }) => {
        const get = async <T>(name: string, args: JsonObject) =>
          (await call(name, args)).structuredContent as unknown as T;
        const target = { target: "sim:absent-minded", seed: "3", budget_rollouts: 3_000 };
        const session = await get<{ session_id: string; domain: string }>("start_session", target);
        const { session_id } = session;
        expect(session.domain).toBe("library");
        const { harvested, stopped } = await get<{
          readonly harvested: readonly { readonly modes: readonly string[] }[];
          readonly stopped: string;
        }>("harvest", { session_id, tasks: 6, strategy });
        expect([harvested.length, stopped]).toEqual([6, "all harvested"]);
        for (const { modes } of harvested) expect(modes[0]).toMatch(planted);
        const all = await get<Written>("export_tasks", { session_id, folder: "all" });
        const lines = linesOf(all.files[0]?.path ?? "");
        expect(lines.map(({ tau2_hash }) => tau2_hash)).toEqual(Array(6).fill(null));
        const asked = { session_id, format: "released", folder: "released" };
        const { files, left_out } = await get<Written>("export_tasks", asked);
        const rows = linesOf(files[0]?.path ?? "");
        expect([rows.length > 0, rows.length + left_out]).toEqual([true, 6]);
        for (const { database = "", golden_trajectory = "" } of rows) {
          const calls = callsOf(JSON.parse(golden_trajectory) as Walk);
          expect(replay(library, stateOf(JSON.parse(database) as World), calls).failures).toEqual([]);
        }
      }),
  );

  test("can be steered by hand: the domain is described, and a task is sampled by its parameters", () =>
    atLibrary(async ({ call }) => {
      for (const part of ["overview", "policy", "tools", "axes", "graph", "state", "requests"])
        expect([part, (await call("describe_domain", { part, detail: "full" })).isError]).toEqual([
          part,
          undefined,
        ]);
      const started = await call("start_session", { domain: "library", target: "sim:absent-minded" });
      const { session_id } = started.structuredContent as { session_id: string };
      const sampled = await call("sample_task", {
        session_id,
        requests: [{ kind: "borrow", clause: "none", alternatives: 3 }],
      });
      expect(sampled.structuredContent).toMatchObject({ solutions: ["borrow: granted"], enumerated: 3 });
    }));
});
