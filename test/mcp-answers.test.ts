import { expect, test } from "vitest";
import { session, when } from "./data/store-samples.ts";
import { atDesk, whole, withRecords } from "./desk.ts";

test("start_session", () =>
  atDesk(async ({ call }) => {
    expect(whole(await call("start_session", { target: "sim:kimi-like", seed: 7 }))).toMatchInlineSnapshot(`
      {
        "links": [
          "faultline://sessions/session-1/summary",
        ],
        "structured": {
          "allow_simulated_oracle": true,
          "budget": {
            "rollouts": 200,
            "tokens": 20000000,
          },
          "concurrency": 4,
          "domain": "airline",
          "next": "harvest with session_id "session-1" mines on its own; show_frontier, propose_hypothesis and generate_world go step by step",
          "notes": [
            "The target is simulated: its figures say nothing about a real model.",
          ],
          "oracle": "sim:reference",
          "seed": "7",
          "session_id": "session-1",
          "target": "sim:kimi-like",
          "user": "scripted",
          "window": {
            "high": 0.33,
            "low": 0,
          },
        },
        "text": "Session session-1: sim:kimi-like in airline, oracle sim:reference, user scripted.
      Keeps pass rates from 0 to 0.33; at most 200 rollouts and 20000000 tokens; seed 7, 4 rollouts at once; simulated oracle may confirm.
      The target is simulated: its figures say nothing about a real model.
      Next: harvest with session_id "session-1" mines on its own; show_frontier, propose_hypothesis and generate_world go step by step.",
      }
    `);
  }));

test("session_summary of all and of one", () =>
  withRecords(async ({ call }) => {
    expect(whole(await call("session_summary"))).toMatchInlineSnapshot(`
      {
        "links": [
          "faultline://sessions/s1/summary",
        ],
        "structured": {
          "next": "session_summary with a session_id, or start_session for a new one",
          "sessions": [
            {
              "created_at": "2025-01-02T03:04:05.000Z",
              "domain": "airline",
              "harvested": 0,
              "session_id": "s1",
              "target": "sim:careless",
              "tasks": 1,
            },
          ],
        },
        "text": "s1: sim:careless in airline, 0 harvested of 1 tasks (2025-01-02T03:04:05.000Z)
      Next: session_summary with a session_id, or start_session for a new one.",
      }
    `);
    expect(whole(await call("session_summary", { session_id: "s1" }))).toMatchInlineSnapshot(`
      {
        "links": [
          "faultline://sessions/s1/frontier",
          "faultline://sessions/s1/tasks",
        ],
        "structured": {
          "budget": {
            "rollouts": 400,
            "rollouts_left": 399,
            "tokens": 1000000,
            "tokens_left": 999880,
          },
          "harvest": {
            "axis_evenness": {},
            "chance_of_new_mode": 1,
            "mode_evenness": 1,
            "modes": 0,
            "modes_unseen_at_least": 0,
            "screened": {
              "failed": 0,
              "failing_share_at_most": 1,
              "kinds": "0 of 8",
              "regions": "0 of 240",
              "tasks": 0,
            },
            "sentence": "Nothing found: no task has been screened yet.",
            "spread": "nothing found",
            "starved": {
              "kinds": {
                "book": 0,
                "cancel": 0,
                "change_cabin": 0,
                "change_flights": 0,
                "change_passengers": 0,
              },
              "modes_found_once": [],
              "values": {
                "clause=book_passenger_limit": 0,
                "clause=none": 0,
                "verdict=granted": 0,
                "verdict=handover": 0,
                "verdict=refused": 0,
              },
            },
            "tasks": 0,
            "top_vein": null,
            "vendi": 0,
          },
          "hypotheses": 0,
          "next": "show_frontier or harvest with session_id "s1"",
          "runs": [],
          "session": {
            "allow_simulated_oracle": true,
            "concurrency": 4,
            "created_at": "2025-01-02T03:04:05.000Z",
            "domain": "airline",
            "oracle": "sim:reference",
            "seed": "7",
            "session_id": "s1",
            "target": "sim:careless",
            "user": "scripted",
            "window": {
              "high": 0.33,
              "low": 0,
            },
          },
          "target_rollouts": {
            "failed": 1,
            "passed": 0,
            "unscored": 0,
          },
          "tasks": {
            "confirmed": 0,
            "discarded": 0,
            "harvested": 0,
            "kept": 0,
            "made": 1,
          },
        },
        "text": "Session s1: sim:careless (simulated) in airline, oracle sim:reference, user scripted, window 0–0.33, seed 7.
      Tasks: 1 made, 0 kept, 0 discarded, 0 confirmed, 0 harvested. Hypotheses: 0.
      Target rollouts: 0 passed, 1 failed, 0 unscored. Left: 399 of 400 rollouts, 999880 of 1000000 tokens.
      Nothing found: no task has been screened yet.
      Next: show_frontier or harvest with session_id "s1".",
      }
    `);
  }));

test("describe_domain", () =>
  atDesk(async ({ call }) => {
    expect(whole(await call("describe_domain", { part: "criteria" }))).toMatchInlineSnapshot(`
      {
        "links": [],
        "structured": {
          "content": {
            "derived": "Criteria that are not given are derived from the gold: usually the best choice.",
            "types": {
              "assertion": "one place of the final state (a JSON Pointer) equals, is absent, counts, grew by or contains",
              "communicated": "the target told the user this number, id, date or text",
              "complies": "no call breaks this clause",
              "final_state": "the state at the end is the one that these writes lead to, generated ids renamed",
              "handover": "a request is handed to a human, the records it rests on looked up",
              "refusal": "a request is turned down: no such write, no transfer, the records it rests on looked up",
              "rubric": "an objective in words, judged by a panel",
            },
          },
          "domain": "airline",
          "next": "generate_world with a cell, or with a world, requests and criteria of your own",
          "part": "criteria",
        },
        "text": "- final_state: the state at the end is the one that these writes lead to, generated ids renamed
      - assertion: one place of the final state (a JSON Pointer) equals, is absent, counts, grew by or contains
      - communicated: the target told the user this number, id, date or text
      - refusal: a request is turned down: no such write, no transfer, the records it rests on looked up
      - handover: a request is handed to a human, the records it rests on looked up
      - complies: no call breaks this clause
      - rubric: an objective in words, judged by a panel
      Criteria that are not given are derived from the gold: usually the best choice.

      Next: generate_world with a cell, or with a world, requests and criteria of your own.",
      }
    `);
    const overview = whole(await call("describe_domain"));
    for (const word of ["flights", "send_certificate (write)", "change_cabin", "pays_with", "cancel_flown"]) {
      expect(overview.text).toContain(word);
      expect(JSON.stringify(overview.structured)).toContain(word);
    }
  }));

test("every part of describe_domain is complete in text and structure, and full is more than short", () =>
  atDesk(async ({ call }) => {
    for (const part of ["policy", "tools", "axes", "graph", "state", "requests", "criteria"]) {
      const short = whole(await call("describe_domain", { part }));
      const full = whole(await call("describe_domain", { part, detail: "full" }));
      expect(JSON.stringify(short.structured).length).toBeGreaterThan(400);
      expect(full.text.length, part).toBeGreaterThanOrEqual(short.text.length * (part === "state" ? 0.3 : 1));
    }
    const format = whole(await call("describe_domain", { part: "export" }));
    expect(format.text).toContain("| `task_key` |");
    const { structured } = whole(await call("describe_domain", { part: "requests", detail: "full" }));
    const kinds = structured?.content as {
      kind: string;
      example: object;
      sentences: string[];
      schema: object;
    }[];
    for (const { kind, example, sentences, schema } of kinds) {
      expect(example, kind).toMatchObject({ kind });
      expect(sentences.length).toBeGreaterThan(1);
      expect(schema).toHaveProperty("properties");
    }
  }));

test("await_run and cancel_run of a run that another process works on", () =>
  withRecords(async ({ call, deps }) => {
    const run = { id: "r1", session: session.id, kind: "harvest", input: {}, owner: "other" } as const;
    deps.store.startRun({ ...run, heartbeatAt: when });
    expect(whole(await call("await_run", { run_id: "r1", wait_seconds: 0 }))).toMatchInlineSnapshot(`
      {
        "links": [],
        "structured": {
          "next": "await_run with run_id "r1"",
          "run_id": "r1",
          "session_id": "s1",
          "status": "running",
        },
        "text": "harvest goes on as run r1. Next: await_run with run_id "r1".",
      }
    `);
    expect(whole(await call("cancel_run", { run_id: "r1" }))).toMatchInlineSnapshot(`
      {
        "links": [],
        "structured": {
          "kind": "harvest",
          "next": "await_run with run_id "r1"",
          "run_id": "r1",
          "session_id": "s1",
          "status": "stopping",
        },
        "text": "Run r1 is stopping. Next: await_run with run_id "r1".",
      }
    `);
  }));
