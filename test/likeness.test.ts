import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { type Hypothesis, hypothesisId } from "../src/frontier/hypothesis.ts";
import { openStore, type Store } from "../src/store/store.ts";
import { session } from "./data/store-samples.ts";
import { atDesk, inFolder, textOf } from "./desk.ts";

const claim = (statement: string, where: Hypothesis["where"] = {}): Hypothesis => {
  const body = { statement, where, behaviour: "outcome" };
  return { id: hypothesisId(body), ...body, by: "strategist" };
};

const rare = claim("The target mistakes a certificate for a voucher.", { kind: "book", passengers: 4 });
const crowd = Array.from({ length: 300 }, (_, i) =>
  claim(`The target handles case ${i}.`, { kind: "cancel" }),
);

const found = (store: Store, asked: Hypothesis, besides: readonly (readonly [string, number])[] = []) =>
  store.likely({ session: "s1", claim: asked, besides, limit: 5 }).hypotheses.map(({ id }) => id);

describe("the hypotheses that may be like one", () => {
  test("are found by a rare word, by the region, and by a neighbouring value, in a crowd of others", () =>
    inFolder(async (folder) => {
      const store = openStore(join(folder, "f.db"));
      store.recordSession(session);
      for (const one of [rare, ...crowd]) store.recordHypothesis("s1", one);
      expect(found(store, claim("Certificates and vouchers are mixed up."))).toContain(rare.id);
      expect(found(store, claim("Nothing alike.", rare.where))).toContain(rare.id);
      expect(found(store, claim("Nothing alike.", { passengers: 5 }), [["passengers", 4]])).toContain(
        rare.id,
      );
      expect(found(store, rare)).not.toContain(rare.id);
      // Five by the whole region, by its parts and by words at most; those that are several stand once.
      expect(found(store, crowd[7] as Hypothesis).length).toBeLessThanOrEqual(15);
      store.close();
    }));

  test("are found in a file from before their traits were kept, and never in another session", () =>
    inFolder(async (folder) => {
      const path = join(folder, "f.db");
      const store = openStore(path);
      for (const id of ["s1", "s2"]) store.recordSession({ ...session, id });
      store.recordHypothesis("s1", rare);
      store.recordHypothesis("s2", claim("Vouchers and certificates are the same."));
      store.close();
      const db = new Database(path);
      db.exec("DELETE FROM hypothesis_traits; DELETE FROM trait_counts; UPDATE hypotheses SET indexed = 0");
      db.close();
      const opened = openStore(path);
      expect(found(opened, claim("Certificates and vouchers are mixed up."))).toEqual([rare.id]);
      opened.close();
    }));
});

interface World {
  readonly task_key: string;
  readonly nearest_tasks: readonly { readonly task_key: string; readonly similarity: number }[];
}

test("a new task names the nearest earlier ones of its kind, and a hypothesis the vein of its region", () =>
  atDesk(async ({ call }) => {
    const { session_id } = (await call("start_session", { target: "sim:kimi-like", seed: "2" }))
      .structuredContent as {
      session_id: string;
    };
    const world = async (cell: object) =>
      (await call("generate_world", { session_id, cell: { ...cell } })).structuredContent as unknown as World;
    const basic = { kind: "change_flights", clause: "change_basic_economy" };
    const first = await world(basic);
    expect(first.nearest_tasks).toEqual([]);
    expect((await world({ kind: "compensation" })).nearest_tasks).toEqual([]);
    const second = await world(basic);
    expect(second.nearest_tasks.map(({ task_key }) => task_key)).toEqual([first.task_key]);
    expect(second.nearest_tasks[0]?.similarity).toBeGreaterThan(0);
    const sampled = await call("sample_task", { session_id, requests: [{ kind: "change_flights" }] });
    expect(textOf(sampled)).toMatch(/^Nearest earlier tasks by cell: \d\.\d\d [0-9a-f]{64}/m);

    await call("run_target", { session_id, task_key: first.task_key });
    await call("verify_with_oracle", { session_id, task_key: first.task_key });
    const asked = { session_id, statement: "The target lets basic economy be.", where: { ...basic } };
    const proposed = await call("propose_hypothesis", asked);
    expect(proposed.structuredContent).toMatchObject({
      vein: {
        cause: expect.stringContaining("forbidden_write (change_basic_economy)"),
        ...{ failures: 1, of: 1, confirmed: 1, confirmed_of: 1, share: 1 },
      },
    });
    expect(textOf(proposed)).toMatch(
      /^Vein: ".+", in 1 of 1 failures inside its region; it gave 1 of the session's 1/m,
    );
  }));
