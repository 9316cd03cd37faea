import { describe, expect, test } from "vitest";
import { createReference } from "../src/agents/reference.ts";
import type { JsonObject } from "../src/core/json.ts";
import { airline } from "../src/domains/airline/airline.ts";
import { sayRequest } from "../src/domains/dialogue.ts";
import type { ChatModel } from "../src/models/chat.ts";
import { everyRequest } from "../src/tasks/instruction.ts";
import { atDesk, type Desk, textOf } from "./desk.ts";

async function opened(desk: Desk, more: JsonObject = {}): Promise<string> {
  const started = await desk.call("start_session", { target: "sim:qwen-like", ...more });
  return String(started.structuredContent?.session_id);
}

interface Sampled {
  readonly task_key: string;
  readonly instruction: string;
  readonly parameters: JsonObject;
  readonly trajectory: readonly string[];
  readonly distractors: readonly string[];
  readonly events: readonly string[];
  readonly words: string;
}

async function sample(desk: Desk, args: JsonObject) {
  const result = await desk.call("sample_task", args);
  return { text: textOf(result), ...(result.structuredContent as unknown as Sampled) };
}

describe("sample_task", () => {
  test("makes a task from given parameters, tells its walk, and run_target takes it on", () =>
    atDesk(async (desk) => {
      const session_id = await opened(desk, { target: "sim:reference" });
      const requests = [{ kind: "book", clause: "none", trip: "one_way", alternatives: 2, reference: "id" }];
      const one = await sample(desk, {
        session_id,
        requests,
        detours: 0,
        events: "none",
        distractors: 1,
        noise: 0,
      });
      expect(one.trajectory).toEqual([
        expect.stringMatching(
          /^book: (T1 get_user_details, T2 search_\w+, R1 choose 1 of 2 flight|T1 search_\w+, R1 choose 1 of 2 flight, T2 get_user_details), T3 book_reservation$/,
        ),
      ]);
      expect(one.parameters).toMatchObject({ requests, distractors: 1, noise: 0 });
      expect(one.text).toContain("2 options that fit were compared in its choices, and no other is as good.");
      const ran = await desk.call("run_target", { session_id, task_key: one.task_key });
      expect(ran.structuredContent).toMatchObject({ passed: expect.any(Number), verdict: "outside" });
      const shown = await desk.call("show_task", { session_id, task_key: one.task_key });
      expect(JSON.stringify(shown.structuredContent)).toContain("walk");
    }));

  test("takes what propose_parameters gives, as it is", () =>
    atDesk(async (desk) => {
      const session_id = await opened(desk);
      const proposed = await desk.call("propose_parameters", { session_id, count: 12 });
      const { proposals } = proposed.structuredContent as unknown as {
        readonly proposals: readonly { readonly parameters: JsonObject; readonly reason: string }[];
      };
      expect(proposals).toHaveLength(12);
      for (const { parameters } of proposals) {
        const result = await desk.call("sample_task", { session_id, ...parameters });
        expect([result.isError === true, textOf(result)]).toEqual([false, expect.any(String)]);
        expect(result.structuredContent).toMatchObject({
          parameters: { ...parameters, detours: expect.any(Number) },
        });
      }
    }));

  test("has the event that is asked for, or says that there can be none", () =>
    atDesk(async (desk) => {
      const session_id = await opened(desk);
      const booked = { session_id, requests: [{ kind: "book", clause: "none", alternatives: 3 }] };
      const { events } = await sample(desk, { ...booked, events: "change" });
      expect(events).toEqual([expect.stringMatching(/^before call 1 of book_reservation: /)]);
      const none = await desk.call("sample_task", {
        session_id,
        requests: [{ kind: "add_insurance" }],
        events: "change",
      });
      expect([none.isError, textOf(none)]).toEqual([
        true,
        "No task was found in 8 tries (the last one: no event of kind change was found that gets in the way of these requests and leaves gold another way); change or drop a parameter.",
      ]);
    }));

  test.each([
    [
      { requests: [{ kind: "cancel", verdict: "granted", ground: "none" }] },
      /^No world can meet these parameters: verdict=granted, ground=none cannot be for kind cancel: .*cancel_eligibility.*; change or drop one of them\.$/,
    ],
    [{ requests: [{ kind: "cancel", passengers: 9 }] }, /Unknown value of the axis passengers "9"/],
    [{ requests: [{ colour: "red" }] }, /Unknown axis of airline "colour"/],
    [{ requests: [] }, /requests/],
    [{ nearness: 7 }, /nearness/],
    [{ world: { kind: "book" } }, /^Unknown world axis of airline "kind": expected trips_held\.$/],
    [{ world: { trips_held: 0 }, requests: [{ kind: "add_bags", clause: "none" }] }, /trips_held/],
  ])("refuses %j in one sentence that says why", (args, sentence) =>
    atDesk(async (desk) => {
      const session_id = await opened(desk);
      const result = await desk.call("sample_task", { session_id, ...args });
      expect([result.isError, textOf(result)]).toEqual([true, expect.stringMatching(sentence)]);
    }),
  );
});

describe("a phraser", () => {
  /** A model that says the requests' own sentences with a word of its own, or something else. */
  const phrasing = (change: (text: string) => string, asked: string[]): ChatModel => ({
    ...createReference(airline),
    simulated: false,
    spec: "openai:words",
    complete: async ({ messages }) => {
      const last = messages.map((message) => ("text" in message ? message.text : "")).join("\n");
      asked.push(last);
      return { text: change(last), calls: [], usage: { inputTokens: 1, outputTokens: 1 } };
    },
  });

  const requests = [{ kind: "cancel", clause: "none", reference: "id" }];

  test("words a task if what is heard is what is wanted; the walk stays the same", async () => {
    const asked: string[] = [];
    let words = "";
    const openModel = (spec: string) =>
      spec === "openai:words" ? phrasing(() => words, asked) : createReference(airline);
    await atDesk(
      async (desk) => {
        const session_id = await opened(desk, { phraser: "openai:words" });
        const plain = await sample(desk, { session_id, requests, events: "none" });
        expect(plain.words).toMatch(/^"offline \(/);
        expect(plain.text).toContain(`Worded ${plain.words}.`);
        const { user } = desk.deps.store.task(plain.task_key)?.task ?? {};
        const said = (user?.requests ?? []).flatMap(everyRequest);
        words = `Good day! ${airline.identity.say(user?.identity ?? {})} ${said.map(({ request }) => sayRequest(request, 0, airline)).join(" ")} Bye!`;
        // The same session's next sample has another seed: a fresh session makes the same task again.
        const again = await opened(desk, { phraser: "openai:words" });
        const phrased = await sample(desk, { session_id: again, requests, events: "none" });
        expect(phrased).toMatchObject({ words: '"openai:words"', instruction: words });
        expect(phrased.trajectory).toEqual(plain.trajectory);
        expect(phrased.task_key).not.toBe(plain.task_key);
        expect(asked.length).toBeGreaterThan(1);
      },
      { deps: { openModel } },
    );
  });

  test("that is simulated is refused", () =>
    atDesk(async ({ call }) => {
      const result = await call("start_session", { target: "sim:qwen-like", phraser: "sim:reference" });
      expect([result.isError, textOf(result)]).toEqual([
        true,
        "The phraser cannot be sim:reference, which writes no words of its own: leave it out, or name openai:MODEL.",
      ]);
    }));
});
