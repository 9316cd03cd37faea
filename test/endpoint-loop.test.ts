import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRng } from "../src/core/rng.ts";
import { airline, atEndpoint, house } from "./at-endpoint.ts";
import { inFolder, textOf } from "./desk.ts";
import { type Reply, testKey } from "./endpoint.ts";
import { expectSentence, type Served, served } from "./served.ts";
import { customer } from "./wire-models.ts";

interface Ran {
  readonly n: number;
  readonly passed: number;
  readonly unscored: number;
  readonly verdict: string;
  readonly why_unscored: readonly string[];
  readonly rollout_ids: readonly string[];
  readonly next: string;
}

const start = async (server: Served, args: object) =>
  (await server.get<{ session_id: string }>("start_session", { seed: "2", ...args })).session_id;

/** A task that "faulty" fails nearly always. */
async function hardTask(server: Served, session_id: string): Promise<string> {
  const cell = { kind: "change_flights", clause: "change_basic_economy" };
  const little = { cell, noise: 0, distractors: 1 };
  return (await server.get<{ task_key: string }>("generate_world", { session_id, ...little })).task_key;
}

/** All that lies in the data folder, as text. */
function everythingIn(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return files.map((file) => readFileSync(join(file.parentPath, file.name), "latin1")).join("\n");
}

describe("a target behind an endpoint", () => {
  test("is mined like any other: run, verified by a real oracle, simplified, harvested and exported", () =>
    atEndpoint(house, async (server, endpoint, data) => {
      const session_id = await start(server, { target: "openai:faulty", oracle: "openai:sound" });
      const task_key = await hardTask(server, session_id);
      const ran = await server.get<Ran>("run_target", { session_id, task_key });
      expect(ran).toMatchObject({ unscored: 0, verdict: "inside", simulated: false });
      const spent = endpoint.requests.length * 15;
      const { budget } = await server.get<{ budget: { tokens: number; tokens_left: number } }>(
        "session_summary",
        {
          session_id,
        },
      );
      expect(budget.tokens - budget.tokens_left).toBe(spent);
      expect(await server.get("verify_with_oracle", { session_id, task_key })).toMatchObject({
        verdict: "kept",
        confirmed: true,
        simulated: false,
      });
      const made = await server.get("simplify_failure", { session_id, task_key });
      expect(made).toMatchObject({ complete: true, fresh: { n: 16 } });
      const harvested = await server.get<{ harvested: unknown[] }>("harvest", { session_id, tasks: 1 });
      expect(harvested.harvested.length).toBe(1);
      await server.get("export_tasks", { session_id, folder: "out" });
      const exported = JSON.parse(readFileSync(join(data, "exports", "out", "tasks.jsonl"), "utf8"));
      expect(exported.target).toEqual({ simulated: false, spec: "openai:faulty", user: "scripted" });
      expect(exported.oracle).toMatchObject({ confirmed: true, simulated: false });
    }));

  test("a simulated oracle does not confirm its failure, unless the session allows it", () =>
    atEndpoint(house, async (server) => {
      for (const allow_simulated_oracle of [false, true]) {
        const session_id = await start(server, { target: "openai:faulty", allow_simulated_oracle });
        const task_key = await hardTask(server, session_id);
        await server.get("run_target", { session_id, task_key });
        const verified = await server.get("verify_with_oracle", { session_id, task_key });
        expect(verified).toMatchObject({
          verdict: "kept",
          simulated: true,
          confirmed: allow_simulated_oracle,
        });
      }
    }));
});

describe("an endpoint that fails leaves the rollout unscored", () => {
  const outcome = async (server: Served, target: string): Promise<Ran> => {
    const session_id = await start(server, { target });
    const task_key = await hardTask(server, session_id);
    const ran = await server.get<Ran>("run_target", { session_id, task_key });
    expect([ran.n, ran.passed, ran.verdict]).toEqual([0, 0, "undecided"]);
    expect(ran.unscored).toBeGreaterThan(0);
    expect(ran.why_unscored.length).toBe(1);
    expect(ran.next).toContain("endpoint");
    expect(await server.refused("verify_with_oracle", { session_id, task_key })).toContain("has not failed");
    const { regions } = await server.get<{ regions: unknown[] }>("show_frontier", { session_id });
    expect(regions).toEqual([]);
    return ran;
  };

  test("a key that is refused", () =>
    atEndpoint(house, async (server) => {
      const { why_unscored } = await outcome(server, "openai:refusing");
      expect(why_unscored[0]).toMatch(
        /refused the key \(401\): check FAULTLINE_API_KEY\. \(blame: endpoint\)$/,
      );
    }));

  test("a model that it does not know", () =>
    atEndpoint(house, async (server) => {
      const { why_unscored } = await outcome(server, "openai:nobody");
      expect(why_unscored[0]).toContain("knows no model nobody (404)");
    }));

  test("a connection that is refused", () =>
    atEndpoint(
      house,
      async (server) => {
        const { why_unscored } = await outcome(server, "openai:sound");
        expect(why_unscored[0]).toContain("No connection to 127.0.0.1:9");
      },
      { env: { FAULTLINE_BASE_URL: "http://127.0.0.1:9/v1" } },
    ));

  test("but not a token budget that is spent: that ends the work and says so", () =>
    atEndpoint(house, async (server, endpoint) => {
      const session_id = await start(server, { target: "openai:sound", budget_tokens: 40 });
      const task_key = await hardTask(server, session_id);
      const ran = await server.get<Ran>("run_target", { session_id, task_key });
      expect(ran).toMatchObject({ n: 0, unscored: 0, next: expect.stringContaining("larger budget_tokens") });
      const asked = endpoint.requests.length;
      const harvest = await server.get("harvest", { session_id, tasks: 1 });
      expect(harvest).toMatchObject({
        stopped: "budget spent",
        iterations: 0,
        next: expect.stringContaining("budget_tokens"),
      });
      expect(endpoint.requests.length).toBe(asked);
      expect(asked).toBeLessThan(10);
    }));

  test("a key that is missing is heard of before anything runs", () =>
    inFolder((data) =>
      served(data, async (server) => {
        const sentence = await server.refused("start_session", { target: "openai:gpt-4.1" });
        expect(sentence).toContain("set FAULTLINE_TARGET_API_KEY or FAULTLINE_API_KEY or OPENAI_API_KEY");
      }),
    ));
});

describe("the other roles behind an endpoint", () => {
  const scenario = airline.sampleScenario(
    { requests: [{ kind: "cancel", verdict: "granted", reference: "id" }], noise: 0, distractors: 0 },
    createRng("endpoint-loop"),
  );
  if (scenario === null) throw new Error("no scenario was sampled");
  const { world, identity } = scenario;
  const request = scenario.requests[0]?.request as { kind: "cancel"; reservation: { id: string } };
  const path = `/reservations/${request.reservation.id}/status`;
  const who = airline.identity.say(identity);
  const opening = `${who} ${airline.requests.find(({ kind }) => kind === "cancel")?.say(request as never, 0)}`;

  test("a world-actor writes a world from a description, its faults sent back to it until it is sound", () => {
    let asked = 0;
    const writer = (): Reply => {
      asked += 1;
      const written = {
        world: asked === 1 ? { ...world, flights: {} } : world,
        identity,
        requests: [{ request }],
      };
      return { text: JSON.stringify(written) };
    };
    return atEndpoint({ ...house, writer }, async (server, endpoint, data) => {
      const session_id = await start(server, { target: "sim:kimi-like", world_actor: "openai:writer" });
      const description = "A traveller holds one trip and wants it cancelled, within a day of booking.";
      const made = await server.get<{ task_key: string }>("generate_world", { session_id, description });
      expect(made).toMatchObject({ status: "ready", solutions: ["cancel: granted"] });
      expect(asked).toBe(2);
      // In another process, which has only the file to know it from.
      const env = { FAULTLINE_BASE_URL: endpoint.baseUrl, FAULTLINE_API_KEY: testKey };
      const restarted = (run: (other: Served) => Promise<void>) => served(data, run, { env });
      await restarted(async (other) => {
        const { budget } = await other.get<{ budget: Record<string, number> }>("session_summary", {
          session_id,
        });
        expect((budget.tokens ?? 0) - (budget.tokens_left ?? 0)).toBe(2 * 15);
      });
      expect(JSON.stringify(endpoint.requests[1]?.body.messages.at(-1))).toContain("/world/reservations/");
      const { origin } = await server.get("show_task", { task_key: made.task_key });
      expect(origin).toEqual({ by: "world-actor", model: "openai:writer", description });
      expect(
        (await server.get<Ran>("run_target", { session_id, task_key: made.task_key })).n,
      ).toBeGreaterThan(0);
    });
  });

  test("a world-actor is told what proves the claims, and a world of its own that does not is refused", () => {
    const writer = (): Reply => ({
      text: JSON.stringify({ world, identity, requests: [{ request }] }),
    });
    return atEndpoint({ ...house, writer }, async (server, endpoint) => {
      const session_id = await start(server, { target: "sim:kimi-like", world_actor: "openai:writer" });
      const statement = "It cancels whatever else the airline holds.";
      const description = "A traveller holds one trip and wants it cancelled.";
      const made = async (value: number) => {
        const proofs = { holders: { path: "/reservations", op: "count", value } };
        const claim = { session_id, statement, claims: { holders: value }, proofs };
        const { hypothesis_id } = await server.get<{ hypothesis_id: string }>("propose_hypothesis", claim);
        return server.get<{ status: string }>("generate_world", { session_id, description, hypothesis_id });
      };
      const held = Object.keys(world.reservations ?? {}).length;
      expect((await made(held)).status).toBe("ready");
      expect(JSON.stringify(endpoint.requests[0]?.body.messages)).toContain(
        `It must meet, by JSON Pointer: /reservations count ${held}.`,
      );
      expect(await made(held + 1)).toMatchObject({ status: "rejected", rejections: [{ gate: "claims" }] });
    });
  });

  test("a world-actor that cannot be reached is said in a sentence", () =>
    atEndpoint(house, async (server) => {
      const session_id = await start(server, { target: "sim:kimi-like", world_actor: "openai:refusing" });
      const description = "A traveller holds one trip and wants it cancelled.";
      expect(await server.refused("generate_world", { session_id, description })).toContain(
        "refused the key (401)",
      );
    }));

  test.each([
    [
      "wrong criteria is discarded",
      { type: "assertion", path, op: "equals", value: "upgraded" },
      "discarded",
    ],
    ["right criteria is kept", { type: "assertion", path, op: "equals", value: "cancelled" }, "kept"],
  ])("a task in words alone with %s by the oracle", (_, criterion, verdict) =>
    atEndpoint({ ...house, customer: customer(opening) }, async (server) => {
      const session_id = await start(server, {
        target: "openai:lazy",
        oracle: "openai:sound",
        user: "openai:customer",
      });
      const task = { world, identity, requests: [], criteria: [criterion] };
      const instruction = "You hold one trip and want it cancelled.";
      const made = await server.get<{ task_key: string }>("generate_world", {
        session_id,
        ...task,
        instruction,
      });
      const { task_key } = made;
      expect(await server.get("run_target", { session_id, task_key })).toMatchObject({
        passed: 0,
        verdict: "inside",
      });
      const verified = await server.get("verify_with_oracle", { session_id, task_key });
      expect(verified).toMatchObject({ verdict, confirmed: verdict === "kept" });
      const found = await server.get<{ total: number }>("find_tasks", { session_id, status: verdict });
      expect(found.total).toBe(1);
    }),
  );
});

test("the key is nowhere: not in answers, logs, the store or exports, even if endpoints give it away", () =>
  atEndpoint(
    house,
    async (server, endpoint, data) => {
      const said: string[] = [];
      const say = async (name: string, args: object) => {
        const result = await server.call(name, args);
        said.push(textOf(result), JSON.stringify(result));
        return result.structuredContent as unknown as Ran & { task_key: string };
      };
      for (const target of ["openai:echo", "openai:refusing", "openai:faulty"]) {
        const session_id = await start(server, { target, oracle: "openai:sound" });
        const task_key = await hardTask(server, session_id);
        const { rollout_ids } = await say("run_target", { session_id, task_key });
        for (const rollout_id of rollout_ids.slice(0, 2))
          await say("show_rollout", { rollout_id, detail: "full" });
        await say("session_summary", { session_id });
      }
      expect(endpoint.requests.every(({ headers }) => headers.authorization === `Bearer ${testKey}`)).toBe(
        true,
      );
      const [first, second] = [said.join("\n"), everythingIn(data)];
      for (const text of [first, second, server.stderr()]) expect(text).not.toContain(testKey);
      expect(first).toContain("[key]");
      expect(server.stderr()).toContain("401");
      expectSentence(await server.refused("start_session", { target: `openai:${testKey} x` }));
    },
    { env: { FAULTLINE_LOG: "debug" } },
  ));
