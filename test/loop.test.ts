import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../src/core/json.ts";
import type { Task } from "../src/tasks/task.ts";
import { textOf } from "./desk.ts";
import { masked, openServed } from "./served.ts";

/**
 * The whole loop as an assistant drives it: one server process, one real client, one session, step after step.
 * Each test goes on from the one before it.
 */
describe("the loop over stdio", () => {
  const folder = mkdtempSync(join(tmpdir(), "faultline-loop-"));
  let server: Awaited<ReturnType<typeof openServed>>;
  let session_id = "";
  let hypothesis_id = "";
  let task_key = "";

  beforeAll(async () => {
    server = await openServed(folder);
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const shown = (result: CallToolResult) => masked(textOf(result), folder);
  /** The task itself, out of the fence of a full answer. */
  const wholeTask = async (key: string): Promise<Task> => {
    const { full } = await server.get<{ full: string }>("show_task", { task_key: key, detail: "full" });
    return (JSON.parse(full.split("\n").slice(1, -1).join("\n")) as { task: Task }).task;
  };

  test("a session starts without a key, and the domain says all that is needed to write a world", async () => {
    const started = await server.get("start_session", { target: "sim:kimi-like", budget_rollouts: 3_000 });
    session_id = String(started.session_id);
    for (const part of ["overview", "policy", "tools", "axes", "state", "requests", "criteria"]) {
      const told = await server.get("describe_domain", { part });
      expect(JSON.stringify(told.content).length).toBeGreaterThan(200);
    }
  });

  test("the server proposes from the frontier", async () => {
    expect(shown(await server.call("propose_hypothesis", { session_id }))).toMatchInlineSnapshot(`
      "Hypothesis <hypothesis 1>: The target handles "add_bags" correctly when insurance (travel insurance wanted when booking, else held) is yes and trip (one way or round trip) is round_trip.
      Where: kind=add_bags, insurance=yes, trip=round_trip. A failure would break: outcome.
      Why: kind=add_bags, insurance=yes, trip=round_trip: it was never asked, 0 confirmed failure(s) came from it; drawn worth 0.99, the highest of 24 candidates.
      Novelty 1.00.
      Next: generate_world with session_id "<session 1>" and hypothesis_id "<hypothesis 1>"."
    `);
  });

  test("a strategist's hypothesis is registered, and a rewording of it noticed", async () => {
    const where = { kind: "change_flights", clause: "change_basic_economy" };
    const behaviour = "change_basic_economy";
    const statement = "The target declines to change the flights of a basic economy reservation.";
    const proposed = { session_id, statement, where, behaviour };
    const first = await server.get("propose_hypothesis", proposed);
    expect(first).toMatchObject({ behaviour, where, status: "open", is_rewording: false });
    hypothesis_id = String(first.hypothesis_id);
    const reworded = "The target declines to change a basic economy reservation's flights.";
    const again = await server.get("propose_hypothesis", { ...proposed, statement: reworded });
    expect(again).toMatchObject({ is_rewording: true, nearest: [{ hypothesis_id }, {}] });
  });

  test("a world is sampled for the hypothesis, inside its region", async () => {
    const result = await server.call("generate_world", { session_id, hypothesis_id, noise: 1 });
    task_key = String(result.structuredContent?.task_key);
    expect(shown(result)).toMatchInlineSnapshot(`
      "Task <key 1> passed every gate.
      Hello, my user id is luis_walsh_4503.
      What I want:
      1. I need to move the way out of reservation 0XCYYK to 2024-05-17, with one stop on the way, with the same places as now. Please take the option under $172 per passenger and settle the difference with credit_card_9838878.
      Handled right: change_flights: refused (change_basic_economy).
      Next: run_target with session_id "<session 1>" and task_key "<key 1>"."
    `);
    const { cell } = result.structuredContent as { cell: { requests: readonly JsonObject[] } };
    expect(cell.requests).toContainEqual(
      expect.objectContaining({ kind: "change_flights", clause: "change_basic_economy" }),
    );
  });

  test("the target runs until the verdict is sure", async () => {
    expect(shown(await server.call("run_target", { session_id, task_key }))).toMatchInlineSnapshot(`
      "sim:kimi-like (simulated) passes 0 of 5; 95 % interval 0.00–0.43; the pass rate lies inside the window 0–0.33.
      How it fails: forbidden (change_basic_economy) update_reservation_flights.
      Next: verify_with_oracle with session_id "<session 1>" and task_key "<key 1>"."
    `);
  });

  test("running it again is answered from what is kept", async () => {
    const first = await server.get("run_target", { session_id, task_key });
    const again = await server.get("run_target", { session_id, task_key });
    expect(again).toEqual({ ...first, run_id: again.run_id });
  });

  test("the oracle keeps the failure", async () => {
    expect(shown(await server.call("verify_with_oracle", { session_id, task_key }))).toMatchInlineSnapshot(`
      "Kept: sim:reference (simulated) passes 2 of 2: the task can be done. The target fails by: forbidden (change_basic_economy) update_reservation_flights.
      Next: simplify_failure with session_id "<session 1>" and task_key "<key 1>"."
    `);
  });

  test("the failure is made smaller, and each piece says what it showed", async () => {
    expect(shown(await server.call("simplify_failure", { session_id, task_key }))).toMatchInlineSnapshot(`
      "Minimal form <key 1>: 2 pieces dropped of 3 tried, 12 target rollouts.
      - noise (26 records): needed (without it the target passes 2 of 2)
      - the stop on the way of request 1: dropped (without it the target passes 0 of 5)
      - the rule "under" of request 1: dropped (without it the target passes 0 of 5)
      On 16 fresh rollouts it passes 0; 95 % interval 0.00–0.19 (simulated). It fails by: forbidden (change_basic_economy) update_reservation_flights.
      Next: show_task with task_key "<key 1>", or propose_hypothesis with session_id "<session 1>" to go on."
    `);
  });

  test("the frontier has it, and the hypothesis is disproved", async () => {
    const result = await server.call("show_frontier", { session_id });
    expect(shown(result)).toMatchInlineSnapshot(`
      "Frontier of sim:kimi-like (simulated), session <session 1>; failed counts rollouts, each █ is a confirmed failure.

      status       region                  tasks  failed  rate (95 %)  confirmed
      ───────────  ──────────────────────  ─────  ──────  ───────────  ─────────
      never asked  kind=book               0      0/0     –
      never asked  kind=cancel             0      0/0     –
      breaking     kind=change_flights     1      5/5     0.57–1.00    █
      never asked  kind=change_cabin       0      0/0     –
      never asked  kind=change_passengers  0      0/0     –
      never asked  kind=add_bags           0      0/0     –
      never asked  kind=add_insurance      0      0/0     –
      never asked  kind=compensation       0      0/0     –

      11 of 11 regions asked, 229 never asked:
      status    region                                            tasks  failed  rate (95 %)  confirmed
      ────────  ────────────────────────────────────────────────  ─────  ──────  ───────────  ─────────
      breaking  kind=change_flights, verdict=refused              1      5/5     0.57–1.00    █
      breaking  kind=change_flights, clause=change_basic_economy  1      5/5     0.57–1.00    █
      breaking  kind=change_flights, rule=cheapest                1      5/5     0.57–1.00    █
      breaking  kind=change_flights, stops=direct                 1      5/5     0.57–1.00    █
      breaking  kind=change_flights, trip=round_trip              1      5/5     0.57–1.00    █
      breaking  kind=change_flights, cabin=basic_economy          1      5/5     0.57–1.00    █
      breaking  kind=change_flights, passengers=1                 1      5/5     0.57–1.00    █
      breaking  kind=change_flights, insurance=yes                1      5/5     0.57–1.00    █
      breaking  kind=change_flights, pays_with=card               1      5/5     0.57–1.00    █
      breaking  kind=change_flights, membership=regular           1      5/5     0.57–1.00    █
      breaking  kind=change_flights, reference=id                 1      5/5     0.57–1.00    █

      Hypotheses: 2 disproved, 0 holds, 1 open.
      - open: The target handles "add_bags" correctly when insurance (travel insurance wanted when booking, else held) is yes and trip (one way or round trip) is round_trip. (kind=add_bags, insurance=yes, trip=round_trip)
      - disproved: The target declines to change the flights of a basic economy reservation. (kind=change_flights, clause=change_basic_economy)
      - disproved: The target declines to change a basic economy reservation's flights. (kind=change_flights, clause=change_basic_economy)
      Next: propose_hypothesis with session_id "<session 1>"."
    `);
    expect(result.structuredContent?.hypotheses).toContainEqual(
      expect.objectContaining({ hypothesis_id, status: "disproved" }),
    );
  });

  test("an assistant takes a world, changes it and writes its own task", async () => {
    const { world, user } = await wholeTask(task_key);
    const flights = structuredClone(world.flights) as Record<
      string,
      { dates: Record<string, { prices?: object }> }
    >;
    for (const flight of Object.values(flights)) {
      for (const day of Object.values(flight.dates))
        if (day.prices) day.prices = { basic_economy: 51, economy: 99, business: 300 };
    }
    const requests = user.requests.map(({ request }) => request);
    const written = { session_id, world: { ...world, flights }, identity: user.identity, requests };
    const made = await server.get("generate_world", { ...written, hypothesis_id });
    expect(made).toMatchObject({ status: "ready", rejections: [] });
    expect(made.task_key).not.toBe(task_key);
    const { origin } = await server.get("show_task", { task_key: made.task_key });
    expect(origin).toMatchObject({ by: "written" });
  });

  test("a world with broken references is rejected by path, with a repair, and costs nothing", async () => {
    const { world, user } = await wholeTask(task_key);
    const broken = { ...world, flights: {} };
    const requests = user.requests.map(({ request }) => request);
    const before = await server.get("session_summary", { session_id });
    const args = { session_id, world: broken, identity: user.identity, requests };
    const answer = await server.get<{ status: string; rejections: readonly JsonObject[] }>(
      "generate_world",
      args,
    );
    expect(answer.status).toBe("rejected");
    for (const { gate, path, wrong, repair } of answer.rejections) {
      expect(gate).toBe("consistency");
      expect(path).toMatch(/^\/world\/reservations\//);
      expect([String(wrong).length > 10, String(repair).length > 10]).toEqual([true, true]);
    }
    expect(await server.get("session_summary", { session_id })).toEqual(before);
  });

  test("a harvest goes on by itself and says what became of each candidate", async () => {
    const result = await server.call("harvest", { session_id, tasks: 2 });
    expect(shown(result)).toMatchInlineSnapshot(`
      "1. kind=book, rule=earliest · target 0/5 · oracle 2/2 · dropped 4/12 · fresh 2/16 · KEPT (wrong book_reservation: flights, payment_methods)
      2. kind=compensation, membership=silver, trip=round_trip · target 2/2 · not kept: its pass rate is outside the window
      3. kind=change_cabin, clause=cabin_flown · target 2/2 · not kept: its pass rate is outside the window
      4. kind=cancel, reason=airline_cancelled, insurance=no · target 2/2 · not kept: its pass rate is outside the window
      5. kind=change_cabin, passengers=5, insurance=no · target 2/2 · not kept: its pass rate is outside the window
      6. kind=change_passengers, cabin=business · target 2/2 · not kept: its pass rate is outside the window
      7. kind=change_flights, clause=none · target 2/2 · not kept: its pass rate is outside the window
      8. kind=add_insurance, passengers=4 · target 2/2 · not kept: its pass rate is outside the window
      9. kind=add_bags, membership=silver · target 2/2 · not kept: its pass rate is outside the window
      10. kind=change_cabin, passengers=1 · target 2/2 · not kept: its pass rate is outside the window
      11. kind=add_bags, membership=gold, passengers=2 · target 2/2 · not kept: its pass rate is outside the window
      12. kind=change_passengers, passengers=1 · target 2/2 · not kept: its pass rate is outside the window
      13. kind=change_cabin, passengers=3 · target 2/2 · not kept: its pass rate is outside the window
      14. kind=add_bags, passengers=4 · target 2/2 · not kept: its pass rate is outside the window
      15. kind=cancel, passengers=5 · target 2/2 · not kept: its pass rate is outside the window
      16. kind=change_flights, pays_with=gift_card, trip=round_trip · target 2/2 · not kept: its pass rate is outside the window
      17. kind=change_passengers, clause=passengers_count_fixed · target 2/2 · not kept: its pass rate is outside the window
      18. kind=add_insurance, verdict=refused, membership=silver · target 2/2 · not kept: its pass rate is outside the window
      19. kind=change_flights, passengers=5 · target 2/2 · not kept: its pass rate is outside the window
      20. kind=add_bags, cabin=economy, bags=3 · target 2/2 · not kept: its pass rate is outside the window
      21. kind=book, bags=1 · target 2/2 · not kept: its pass rate is outside the window
      22. kind=add_insurance, cabin=basic_economy · target 2/2 · not kept: its pass rate is outside the window
      23. kind=change_flights, clause=change_payment · target 2/2 · not kept: its pass rate is outside the window
      24. kind=add_insurance, membership=regular · target 2/2 · not kept: its pass rate is outside the window
      25. kind=compensation, passengers=4 · target 2/2 · not kept: its pass rate is outside the window
      26. kind=change_cabin, clause=change_payment, membership=gold · target 2/2 · not kept: its pass rate is outside the window
      27. kind=add_insurance, passengers=2 · target 2/2 · not kept: its pass rate is outside the window
      28. kind=change_passengers, passengers=5 · target 2/2 · not kept: its pass rate is outside the window
      29. kind=add_bags, passengers=5 · target 2/2 · not kept: its pass rate is outside the window
      30. kind=change_flights, membership=silver, rule=under · target 2/2 · not kept: its pass rate is outside the window
      31. kind=cancel, reason=change_of_plan, membership=silver · target 2/2 · not kept: its pass rate is outside the window
      32. kind=book, rule=cheapest, membership=gold · target 2/14 · oracle 2/2 · dropped 6/9 · fresh 4/16 · KEPT (missing book_reservation)
      Harvested 2 of 2 tasks in 32 iterations (all harvested): 404 rollouts of sim:kimi-like (simulated) spent, 2596 left; 0 tasks turned down by free gates.
      Next: export_tasks with session_id "<session 1>", or show_frontier."
    `);
    const awaited = await server.call("await_run", { run_id: result.structuredContent?.run_id });
    expect(awaited).toEqual(result);
  });

  test("tasks are found, shown, marked, and their rollouts read", async () => {
    const found = await server.get<{ total: number; tasks: readonly { task_key: string }[] }>("find_tasks", {
      session_id,
      status: "harvested",
    });
    expect(found.total).toBe(2);
    const key = found.tasks[0]?.task_key;
    const marked = await server.get("mark_task", { task_key: key, mark: "accept", note: "a fair task" });
    expect(marked).toMatchObject({ mark: "accept", marks: 1 });
    const task = await server.get<{ rollouts: readonly { rollout_id: string }[] }>("show_task", { task_key });
    const rollout_id = task.rollouts.at(-1)?.rollout_id;
    const rollout = await server.get("show_rollout", { rollout_id });
    expect(rollout).toMatchObject({ task_key, simulated: true, session_id });
    expect(rollout.transcript).toContain("user:");
  });

  test("the export is a file of one task a line, with nothing of this run in it", async () => {
    const result = await server.call("export_tasks", { session_id, folder: "mine" });
    expect(shown(result)).toMatchInlineSnapshot(`
      "2 tasks written to <folder>/exports/mine/tasks.jsonl.
      Next: show_frontier with session_id "<session 1>", or harvest with more tasks."
    `);
    const text = readFileSync(join(folder, "exports", "mine", "tasks.jsonl"), "utf8");
    const tasks = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as JsonObject);
    expect(tasks.length).toBe(2);
    for (const task of tasks) {
      expect(Object.keys(task)).toEqual(exportedFields);
      expect(task.evaluation).toMatchObject({ fresh: { n: 16, interval: { method: "Wilson" } } });
      expect(task.oracle).toMatchObject({ confirmed: true, simulated: true });
    }
    const today = new Date().toISOString().slice(0, 10);
    for (const foreign of [folder, session_id, today, "/work/", "/tmp/", "run-"])
      expect(text).not.toContain(foreign);
    const again = await server.refused("export_tasks", { session_id, folder: "mine" });
    expect(again).toContain("is already there: export with overwrite true");
  });

  test("resources read back what the tools give", async () => {
    const pairs = [
      [`faultline://sessions/${session_id}/frontier`, "show_frontier", { session_id }],
      [`faultline://sessions/${session_id}/summary`, "session_summary", { session_id }],
      [`faultline://sessions/${session_id}/tasks`, "find_tasks", { session_id, limit: 100 }],
      [`faultline://tasks/${task_key}`, "show_task", { task_key, detail: "full" }],
    ] as const;
    for (const [uri, name, args] of pairs) {
      const [content] = (await server.client.readResource({ uri })).contents;
      expect(JSON.parse(String(content && "text" in content && content.text)), uri).toEqual(
        await server.get(name, args),
      );
    }
    const listed = (await server.client.listResources()).resources.map(({ uri }) => uri);
    expect(listed).toContain(`faultline://sessions/${session_id}/frontier`);
  });
});

/** The members of an exported task, as the README documents them. */
const exportedFields = [
  "cell",
  "clauses",
  "criteria",
  "domain",
  "evaluation",
  "failure_modes",
  "gold",
  "hypothesis",
  "instruction",
  "mark",
  "minimal_form",
  "oracle",
  "origin",
  "policy",
  "target",
  "task_key",
  "tau2_hash",
  "tools",
  "user",
  "window",
  "world",
];
