import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../src/core/json.ts";
import { atEndpoint, house } from "./at-endpoint.ts";
import { textOf } from "./desk.ts";
import type { Reply, WireBody } from "./endpoint.ts";
import type { Served } from "./served.ts";

const { faulty = () => ({ text: "" }) } = house;

/** Rollouts in flight at most: so many are lost where a run is cancelled. */
const concurrency = 2;

interface Failure {
  readonly session_id: string;
  readonly task_key: string;
}

/** A session with a failure to simplify; every such session has the same. */
async function failing(server: Served): Promise<Failure> {
  const { session_id } = await server.get<{ session_id: string }>("start_session", {
    ...{ target: "openai:faulty", seed: "2", allow_simulated_oracle: true, concurrency },
  });
  const cell = { kind: "change_flights", clause: "change_basic_economy" };
  const made = await server.get<{ task_key: string }>("generate_world", { session_id, cell });
  const of = { session_id, task_key: made.task_key };
  await server.get("run_target", of);
  await server.get("verify_with_oracle", of);
  return of;
}

interface Summary {
  readonly target_rollouts: JsonObject;
  readonly budget: { readonly rollouts_left: number };
  readonly runs: readonly { readonly run_id: string; readonly kind: string; readonly status: string }[];
}

const summaryOf = (server: Served, { session_id }: Failure) =>
  server.get<Summary>("session_summary", { session_id });

/** A target that answers until it is held, and then no more until it is let go. */
function holdable() {
  let left = Number.POSITIVE_INFINITY;
  let letGo: () => void = () => undefined;
  let held = Promise.resolve();
  return {
    model: async (body: WireBody, index: number): Promise<Reply> => {
      left -= 1;
      if (left < 0) await held;
      return faulty(body, index);
    },
    holdAfter: (answers: number) => {
      left = answers;
      held = new Promise((resolve) => {
        letGo = resolve;
      });
    },
    letGo: () => {
      left = Number.POSITIVE_INFINITY;
      letGo();
    },
  };
}

interface Update {
  readonly progress: number;
  readonly message?: string | undefined;
}

/** How a client stops a call under way. */
interface Cancelling {
  readonly run_id: string;
  readonly server: Served;
  readonly call: AbortController;
}

const ways: readonly (readonly [string, (on: Cancelling) => Promise<unknown>])[] = [
  ["by cancel_run", ({ server, run_id }) => server.get("cancel_run", { run_id })],
  [
    "by the client's own notification",
    async ({ server, run_id, call }) => {
      call.abort("enough");
      await server.get("await_run", { run_id });
    },
  ],
];

describe("simplify_failure", () => {
  test.each(ways)(
    "tells its progress, stops when cancelled %s, and made again goes on to the same end",
    (_, cancel) => {
      const target = holdable();
      return atEndpoint({ ...house, faulty: target.model }, async (server) => {
        const undisturbed = await failing(server);
        const whole = await server.get("simplify_failure", { ...undisturbed });
        expect(whole).toMatchObject({
          complete: true,
          harvested: true,
          certificate: { status: "confirmed" },
        });

        const of = await failing(server);
        expect(of.task_key).toBe(undisturbed.task_key);
        const updates: Update[] = [];
        const call = new AbortController();
        target.holdAfter(60);
        const cut = server.client
          .callTool({ name: "simplify_failure", arguments: { ...of } }, undefined, {
            ...{ signal: call.signal, timeout: 100_000 },
            onprogress: (update) => void updates.push(update),
          })
          .catch(() => null);
        // The figures of the last rollout are told again while nothing more comes.
        while ((updates.at(-1)?.progress ?? 0) < 2 || updates.length < 3) await sleep(50);
        for (const { message } of updates)
          expect(message).toMatch(
            /^\d+ pieces left, \d+ rollouts spent \((search|sweep|confirm): \w+ without /,
          );

        const { runs } = await summaryOf(server, of);
        const run_id = runs.find(({ status }) => status === "running")?.run_id ?? "";
        await cancel({ run_id, server, call });
        const told = await server.call("await_run", { run_id });
        const answered = await cut;
        if (answered !== null) expect(textOf(answered as typeof told)).toBe(textOf(told));
        target.letGo();
        const [first = "", about = ""] = textOf(told).split("\n");
        expect(first).toBe(
          `Run ${run_id} was cancelled; every rollout that had ended is kept. Next: simplify_failure with session_id "${of.session_id}" and task_key "${of.task_key}" goes on from what is kept.`,
        );
        expect(about).toMatch(/: the search was cut short\. \d+ pieces are gone so far\.$/);
        expect(textOf(told)).not.toMatch(/of 0\b/);
        expect(told.structuredContent).toMatchObject({
          ...{ status: "cancelled", complete: false, harvested: false },
          certificate: { status: "cut" },
        });
        const before = await summaryOf(server, of);
        expect(before.runs[0]).toMatchObject({ run_id, kind: "simplify_failure", status: "cancelled" });

        const again = await server.get("simplify_failure", { ...of });
        const { run_id: _run, session_id: _session, next: _next, ...rest } = again;
        expect(whole).toMatchObject(rest);
        const [after, expected] = [await summaryOf(server, of), await summaryOf(server, undisturbed)];
        expect(before.target_rollouts).not.toEqual(expected.target_rollouts);
        expect(after.target_rollouts).toEqual(expected.target_rollouts);
        const lost = expected.budget.rollouts_left - after.budget.rollouts_left;
        expect(lost).toBeGreaterThanOrEqual(0);
        expect(lost).toBeLessThanOrEqual(concurrency);
      });
    },
  );
});
