import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Json, type JsonObject, pointerStep } from "../src/core/json.ts";
import { unprovedIn } from "../src/frontier/claims.ts";
import { hypothesisColumns } from "../src/store/frontier-rows.ts";
import { openStore } from "../src/store/store.ts";
import { storeFiles } from "./data/store-file.ts";
import { session as sampleSession } from "./data/store-samples.ts";
import { atDesk, type Desk, textOf, whole } from "./desk.ts";
import { fileIn } from "./kept.ts";
import { cancelled, sampleTask } from "./sampled.ts";

/** A world of a sampled cancellation, with so many users beside the one who cancels. */
const { task: plain } = sampleTask("1", [cancelled]);
const users = (world: object) => Object.keys((world as { users: object }).users).length;
const here = users(plain.world);

/** The arguments of generate_world for that world. */
const written = (session_id: string, change: JsonObject = {}): JsonObject => ({
  session_id,
  world: plain.world,
  identity: plain.user.identity,
  requests: plain.user.requests as unknown as Json,
  ...change,
});

const inhabited = { path: "/users", op: "count", value: here } as const;
const crowded = { path: "/users", op: "count", value: here + 1 } as const;

async function begun({ call }: Desk): Promise<string> {
  const { structuredContent } = await call("start_session", { target: "sim:qwen-like", seed: "5" });
  return (structuredContent as { session_id: string }).session_id;
}

/** The id of a hypothesis, or the sentence by which it is refused. */
async function proposed({ call }: Desk, session_id: string, args: object): Promise<string> {
  const statement = "It cancels whatever else the airline holds.";
  const answer = await call("propose_hypothesis", { session_id, statement, ...args });
  return answer.isError === true
    ? textOf(answer)
    : (answer.structuredContent as { hypothesis_id: string }).hypothesis_id;
}

interface Made {
  readonly status: string;
  readonly task_key: string;
  readonly claims?: object;
  readonly proved?: object;
  readonly rejections: readonly { gate: string; path: string; wrong: string; repair: string }[];
}

async function made({ call }: Desk, args: object): Promise<Made> {
  return (await call("generate_world", { ...args })).structuredContent as unknown as Made;
}

describe("a claim with a proof", () => {
  test("is refused before any rollout where the world does not meet it, and says what the world holds", () =>
    atDesk(async (desk) => {
      const session_id = await begun(desk);
      const claims = { fullness: "crowded" };
      const hypothesis_id = await proposed(desk, session_id, { claims, proofs: { fullness: crowded } });
      const answer = await desk.call("generate_world", written(session_id, { hypothesis_id }));
      expect(textOf(answer)).toContain(
        `- gate claims at /users: fullness=crowded is claimed, which /users count ${here + 1} is to prove, and /users has ${here} members; give a world in which it holds, or leave hypothesis_id out.`,
      );
      expect(answer.structuredContent).toMatchObject({ status: "rejected" });
      expect(desk.deps.store.countTasks({ session: session_id })).toBe(0);
      expect(desk.deps.store.countRollouts({ session: session_id })).toBe(0);
    }));

  test("stands as proved beside what is merely claimed, wherever either is shown, and shares with nothing", () =>
    atDesk(async (desk) => {
      const session_id = await begun(desk);
      const claims = { fullness: "usual", tone: "angry" };
      const proofs = { fullness: inhabited };
      const hypothesis_id = await proposed(desk, session_id, { claims, proofs });
      const told = { claims, proved: proofs };
      const words = `fullness=usual (proved: /users count ${here}), tone=angry (claimed, checked by nobody)`;
      const answer = await desk.call("generate_world", written(session_id, { hypothesis_id }));
      const { task_key } = answer.structuredContent as unknown as Made;
      expect(answer.structuredContent).toMatchObject(told);
      expect(textOf(answer)).toContain(words);
      const shown = await desk.call("show_task", { task_key });
      expect(shown.structuredContent).toMatchObject({ hypothesis_id, ...told });
      expect(textOf(shown)).toContain(`Claims: ${words}`);

      await desk.call("run_target", { session_id, task_key });
      const frontier = whole(await desk.call("show_frontier", { session_id }));
      expect(frontier.structured).toMatchObject({
        claimed: expect.arrayContaining([
          expect.objectContaining({
            ...{ region: { fullness: "usual" }, claim: "proved", proof: inhabited, tasks: 1, shared: null },
          }),
          expect.objectContaining({ region: { tone: "angry" }, claim: "claimed", tasks: 1, shared: null }),
        ]),
        hypotheses: [{ hypothesis_id, claims, proofs }],
      });
      expect(frontier.text).toContain(`- fullness=usual: /users count ${here}`);
      const uri = `faultline://sessions/${session_id}/frontier`;
      const [resource] = (await desk.client.readResource({ uri })).contents;
      expect(JSON.parse((resource as { text: string }).text)).toEqual(frontier.structured);
    }));

  test("is exported with what proves it of the very world that is exported", () =>
    atDesk(async (desk) => {
      const { store } = desk.deps;
      const session_id = await begun(desk);
      const claims = { fullness: "usual", tone: "angry", wording: "asks" };
      const proofs = {
        fullness: inhabited,
        wording: { path: "/instruction", op: "contains", value: "Cancel" },
      };
      const hypothesis = await proposed(desk, session_id, { claims, proofs });
      const { task_key: found } = await made(desk, written(session_id, { hypothesis_id: hypothesis }));
      const stored = store.task(found, session_id);
      if (stored === null) throw new Error("the task was not stored");
      const { [Object.keys(plain.world.users ?? {}).at(-1) ?? ""]: _, ...fewer } = plain.world.users ?? {};
      const world = { ...plain.world, users: fewer };
      const origin = { by: "simplified" as const, parent: found, removed: "a customer" };
      store.recordTask({ ...stored, key: "smaller", task: { ...stored.task, world }, origin });
      const harvested = { session: session_id, task: "smaller", hypothesis, order: 0 };
      store.recordHarvested({ ...harvested, evidence: { original: found, modes: [] } });

      await desk.call("export_tasks", { session_id, folder: "s1" });
      const [line = ""] = readFileSync(fileIn(desk, "tasks.jsonl"), "utf8").split("\n");
      expect(JSON.parse(line).hypothesis).toMatchObject({ claims, proved: { wording: proofs.wording } });
      expect(JSON.parse(line).hypothesis.proved).not.toHaveProperty("fullness");
      const smaller = (await desk.call("show_task", { task_key: "smaller" })).structuredContent;
      expect(smaller).toMatchObject({ claims: { wording: "asks" }, proved: { wording: proofs.wording } });
      expect((smaller as { claims: object }).claims).not.toHaveProperty("tone");
    }));

  test("has worlds sampled until one meets it, and says of the last what it lacks where none does", () =>
    atDesk(async (desk) => {
      const session_id = await begun(desk);
      for (const value of [4, 5, 6, 1_000]) {
        const proofs = { customers: { path: "/users", op: "count", value } };
        const claim = { where: { kind: "cancel" }, claims: { customers: value }, proofs };
        const hypothesis_id = await proposed(desk, session_id, claim);
        const { status, task_key, rejections } = await made(desk, { session_id, hypothesis_id });
        expect([value, status]).toEqual([value, value === 1_000 ? "rejected" : "ready"]);
        if (status === "ready") {
          expect(users(desk.deps.store.task(task_key, session_id)?.task.world ?? {})).toBe(value);
        } else expect(rejections[0]?.wrong).toMatch(/and \/users has \d members$/);
      }
    }));
});

describe("the first claim of a value in a session", () => {
  test("settles its proof: a later one without is held to it, and one with another is refused", () =>
    atDesk(async (desk) => {
      const session_id = await begun(desk);
      const claims = { fullness: "crowded" };
      await proposed(desk, session_id, { claims, proofs: { fullness: crowded } });
      const later = await proposed(desk, session_id, { claims, statement: "It stays calm in a crowd." });
      expect(desk.deps.store.hypothesis(session_id, later)?.proofs).toEqual({ fullness: crowded });
      expect((await made(desk, written(session_id, { hypothesis_id: later }))).status).toBe("rejected");
      const other = { claims, statement: "It stays calm in a city.", proofs: { fullness: inhabited } };
      expect(await proposed(desk, session_id, other)).toBe(
        `The session has claimed fullness=crowded with the proof /users count ${here + 1} and keeps to that, /users count ${here} came: leave the proof out, or claim another value.`,
      );
      expect(desk.deps.store.countHypotheses(session_id)).toBe(2);
    }));

  test("settles as well that it has none, and says nothing of other values and other sessions", () =>
    atDesk(async (desk) => {
      const session_id = await begun(desk);
      const proofs = { fullness: inhabited };
      await proposed(desk, session_id, { claims: { fullness: "usual" } });
      expect(await proposed(desk, session_id, { claims: { fullness: "usual" }, proofs })).toContain(
        "The session has claimed fullness=usual without a proof and keeps to that",
      );
      expect(await proposed(desk, session_id, { claims: { fullness: "normal" }, proofs })).toMatch(/^hyp_/);
      const another = await begun(desk);
      expect(await proposed(desk, another, { claims: { fullness: "usual" }, proofs })).toMatch(/^hyp_/);
    }));

  test("goes over with a retest, unless the successor holds the value to another proof", () =>
    atDesk(async (desk) => {
      const { store } = desk.deps;
      const session_id = await begun(desk);
      const claimed = { claims: { fullness: "usual" }, proofs: { fullness: inhabited } };
      const hypothesis = await proposed(desk, session_id, claimed);
      const { task_key } = await made(desk, written(session_id, { hypothesis_id: hypothesis }));
      const evidence = { original: task_key, modes: [] };
      store.recordHarvested({ session: session_id, task: task_key, hypothesis, order: 0, evidence });
      const retested = async (target: string) => {
        const { structuredContent } = await desk.call("retest_tasks", { session_id, target, rollouts: 1 });
        return (structuredContent as { successor_session_id: string }).successor_session_id;
      };
      const alike = await retested("sim:kimi-like");
      expect(store.task(task_key, alike)?.hypothesis).toBe(hypothesis);
      expect(store.hypothesis(alike, hypothesis)?.proofs).toEqual(claimed.proofs);

      const { openModel } = desk.deps;
      const spec = openModel("sim:qwen-like", "target", desk.deps.domains[0] as never).spec;
      store.recordSession({ ...sampleSession, id: "holds", parent: session_id, target: spec, seed: "9" });
      await proposed(desk, "holds", { claims: claimed.claims });
      expect(await retested("sim:qwen-like")).toBe("holds");
      expect(store.task(task_key, "holds")).toMatchObject({ hypothesis: null });
    }));
});

const inherited = "constructor";

test.each([
  [
    { claims: { tone: "angry" }, proofs: { mood: inhabited } },
    'A proof came for "mood", which is not claimed',
  ],
  [{ proofs: { tone: inhabited } }, "Proofs came without claims"],
  [{ claims: { tone: "a" }, proofs: { tone: { path: "/people", op: "absent" } } }, "begins with /"],
  [{ claims: { tone: "a" }, proofs: { tone: { path: "users", op: "absent" } } }, "JSON Pointer"],
  [{ claims: { tone: "a" }, proofs: { tone: { path: `/users/${inherited}`, op: "absent" } } }, "not allowed"],
  [
    { claims: { tone: "a" }, proofs: { tone: { path: "/users/__proto__/name", op: "absent" } } },
    "not allowed",
  ],
  [
    { claims: { tone: "a" }, proofs: { tone: { path: "/users", op: "count", value: "3" } } },
    "a whole number",
  ],
  [{ claims: { tone: "a" }, proofs: { tone: { path: "/users", op: "equals" } } }, "nothing came"],
  [{ claims: { tone: "a" }, proofs: { tone: { path: "/users", op: "absent", value: 1 } } }, "takes no value"],
  [{ claims: { tone: "a" }, proofs: { tone: { path: "/users", op: "delta", value: 1 } } }, "equals"],
  [{ claims: { tone: "a" }, proofs: { tone: { path: "/users", op: "matches", value: ".*" } } }, "equals"],
])("the proofs of %j are refused in one sentence", (args, sentence) =>
  atDesk(async (desk) => {
    const session_id = await begun(desk);
    const refused = await proposed(desk, session_id, args);
    expect(refused).toContain(sentence);
    expect(refused).not.toContain("\n");
    expect(desk.deps.store.countHypotheses(session_id)).toBe(0);
  }),
);

describe("a proof", () => {
  const json = fc.jsonValue({ maxDepth: 2 });
  const inWorld = (value: unknown, key: string) => ({
    world: { users: { [key]: { it: value } } } as never,
    instruction: "",
  });
  const holds = (proof: object, task: ReturnType<typeof inWorld>) =>
    unprovedIn({ claims: { axis: "value" }, proofs: { axis: proof as never } }, task).length === 0;

  test("that says what stands at a place holds, and one that says otherwise does not", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), json, json, (key, value, other) => {
        fc.pre(JSON.stringify(value) !== JSON.stringify(other) && !["__proto__"].includes(key));
        const [task, path] = [inWorld(value, key), `/users/${pointerStep(key)}/it`];
        expect(holds({ path, op: "equals", value }, task)).toBe(true);
        expect(holds({ path, op: "absent" }, task)).toBe(false);
        expect(holds({ path: `/users/${pointerStep(key)}`, op: "count", value: 1 }, task)).toBe(true);
        expect(holds({ path: `/users/${pointerStep(key)}`, op: "count", value: 2 }, task)).toBe(false);
        expect(holds({ path, op: "contains", value: [value] }, inWorld([[value]], key))).toBe(true);
      }),
    );
  });

  test("of what a record lacks needs the record", () => {
    expect(holds({ path: "/users/mia/phone", op: "absent" }, inWorld(1, "mia"))).toBe(true);
    expect(holds({ path: "/users/tom/phone", op: "absent" }, inWorld(1, "mia"))).toBe(false);
    expect(holds({ path: "/users/tom", op: "absent" }, inWorld(1, "mia"))).toBe(true);
  });
});

const { opened, path, rows } = storeFiles();

test("what proves a label is looked up by its name, however many labels a session has claimed", () => {
  opened().close();
  const plan = rows(`EXPLAIN QUERY PLAN SELECT ${hypothesisColumns} FROM hypotheses`);
  expect(plan.map((step) => (step as { detail: string }).detail)).toContain(
    "SEARCH held USING PRIMARY KEY (session=? AND axis=? AND value=?)",
  );
});

test("a label from before there were proofs stays one that nobody proves", () => {
  const store = opened();
  store.recordSession(sampleSession);
  const claims = { tone: 'an "angry" one', share: 0.1, many: 1e21 };
  const by = { where: {}, behaviour: "outcome", by: "strategist" } as const;
  store.recordHypothesis("s1", { id: "h", statement: "It stays calm.", claims, ...by });
  store.recordHypothesis("s1", { id: "i", statement: "It is calm.", claims, ...by });
  const settled = new Map(Object.keys(claims).map((axis) => [axis, null]));
  expect(store.frontier.claimProofs("s1", claims)).toEqual(settled);
  store.close();
  const raw = new Database(path());
  raw.exec("DROP TABLE claimed_values; ALTER TABLE retests DROP COLUMN created_at; PRAGMA user_version = 10");
  raw.close();
  const again = openStore(path());
  expect(again.frontier.claimProofs("s1", { ...claims, other: 1 })).toEqual(settled);
  expect(again.hypothesis("s1", "h")).not.toHaveProperty("proofs");
  again.close();
});
