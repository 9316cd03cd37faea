import { describe, expect, test } from "vitest";
import { contentKey } from "../src/core/json.ts";
import { airline } from "../src/domains/airline/airline.ts";
import {
  confirmation,
  farewell,
  hearRequests,
  notUnderstood,
  sayExactly,
  sayOffer,
  sayRefusal,
} from "../src/domains/dialogue.ts";
import {
  type ChatAnswer,
  type ChatMessage,
  type ChatModel,
  ModelError,
  noUsage,
} from "../src/models/chat.ts";
import { cancelled, careless, type Passed, type Played, play, sampleTask } from "./sampled.ts";

/** A target that answers by a plain function of how often it has been asked. */
function puppet(answer: (turn: number, messages: readonly ChatMessage[]) => Partial<ChatAnswer>): ChatModel {
  let turn = 0;
  return {
    spec: "sim:puppet",
    simulated: true,
    fingerprint: "puppet",
    complete: async ({ messages }) => ({ text: "", calls: [], usage: noUsage, ...answer(turn++, messages) }),
  };
}

const says = (...texts: readonly string[]) => puppet((turn) => ({ text: texts[turn] ?? "Hm." }));
const calling = (name: string, count = 1) =>
  puppet((turn) => ({
    calls: Array.from({ length: count }, (_, i) => ({ id: `${turn}/${i}`, name, arguments: "{}" })),
  }));

const userTexts = ({ trajectory }: Played) =>
  trajectory.messages.flatMap((message) => (message.role === "user" ? [message.text] : []));

/** The requests that come up for the first time in each of the user's messages, by kind; silent ones left out. */
function firstSaid(played: Played): readonly (readonly string[])[] {
  const known = new Set<string>();
  const fresh = userTexts(played).map((text) =>
    hearRequests(text, airline).flatMap((request) => {
      const key = contentKey(request);
      if (known.has(key)) return [];
      known.add(key);
      return [request.kind];
    }),
  );
  return fresh.filter((kinds) => kinds.length > 0);
}

const granted = (kind: string) => ({ kind, clause: "none", reference: "id" });
const cancelling = sampleTask("cancel", [cancelled]);
const idOf = ({ task }: Passed) => (task.user.requests[0]?.request.reservation ?? {}) as { id: string };
const offerOf = (reservation_id: string) =>
  sayOffer([{ name: "cancel_reservation", arguments: { reservation_id } }]);

describe("the scripted user", () => {
  const three = [granted("change_passengers"), cancelled, granted("add_bags")];

  test.each([
    ["together", [3]],
    ["one_by_one", [1, 1, 1]],
    ["late", [2, 1]],
  ] as const)("brings up three requests %s", async (schedule, sizes) => {
    const played = await play(sampleTask("schedules", three, { schedule }));
    expect(firstSaid(played).map((kinds) => kinds.length)).toEqual(sizes);
    expect(played.grade.status).toBe("passed");
    expect(userTexts(played).at(-1)).toBe(farewell);
  });

  test("says what is wanted instead as soon as something is refused, before a transfer can end it all", async () => {
    const regions = [
      { kind: "book", clause: "book_one_certificate" },
      { kind: "cancel", clause: "cancel_flown" },
    ];
    const played = await play(sampleTask("instead", regions));
    expect(firstSaid(played)).toEqual([["book", "cancel"], ["book"]]);
    expect(played.trajectory.ending).toBe("transferred");
    expect(played.grade.status).toBe("passed");
  });

  test("corrects an offer of something else, and says yes to the right one", async () => {
    const { id } = idOf(cancelling);
    const [, wrong, right] = userTexts(
      await play(cancelling, { target: says(offerOf("ZZZZZZ"), offerOf(id)) }),
    );
    expect(wrong).toContain(`No, that is not what I asked for: it is about another reservation than ${id}.`);
    expect(hearRequests(wrong ?? "", airline)).toEqual([cancelling.task.user.requests[0]?.request]);
    expect(right).toBe(confirmation);
  });

  test("answers anything but an offer with all that it knows, six times, and then ends", async () => {
    const played = await play(cancelling, { target: says() });
    const [opening = "", ...rest] = userTexts(played);
    expect(rest).toEqual([...Array(6).fill(sayExactly(opening)), farewell]);
    expect(played.trajectory.ending).toBe("user_done");
    expect(played.grade.status).toBe("failed");
  });

  test("takes a refusal for an answer", async () => {
    const played = await play(cancelling, { target: says(sayRefusal(["cancel_eligibility"], airline)) });
    expect(userTexts(played)).toHaveLength(2);
    expect(played.trajectory.ending).toBe("user_done");
  });
});

describe("a rollout", () => {
  test("ends at the limit of turns, and at the limit of errors", async () => {
    const reading = calling("list_all_airports");
    const turns = await play(cancelling, { target: reading, limits: { turns: 5, errors: 3 } });
    expect(turns.trajectory.ending).toBe("turn_limit");
    expect(turns.trajectory.messages.filter(({ role }) => role === "tool")).toHaveLength(5);
    const errors = await play(cancelling, { target: calling("fly_me"), limits: { turns: 5, errors: 3 } });
    expect(errors.trajectory.ending).toBe("error_limit");
    expect(errors.trajectory.messages.filter(({ role }) => role === "tool")).toHaveLength(3);
  });

  test("runs parallel calls one after the other and records each with its own answer", async () => {
    const { trajectory } = await play(cancelling, {
      target: calling("list_all_airports", 2),
      limits: { turns: 1, errors: 3 },
    });
    expect(trajectory.messages.slice(2)).toMatchObject([
      { role: "assistant", calls: [{ id: "0/0" }, { id: "0/1" }] },
      { role: "tool", callId: "0/0", status: "ok" },
      { role: "tool", callId: "0/1", status: "ok" },
    ]);
  });

  test("is cancelled by its signal and then unscored", async () => {
    const controller = new AbortController();
    const target = puppet((turn) => {
      if (turn === 1) controller.abort();
      return { text: "Hm." };
    });
    const played = await play(cancelling, { target, signal: controller.signal });
    expect(played.trajectory.ending).toBe("cancelled");
    expect(played.grade.status).toBe("unscored");
  });

  test("that breaks says whose fault it was", async () => {
    const down = puppet(() => {
      throw new ModelError("the endpoint is down");
    });
    expect((await play(cancelling, { target: down })).broken).toEqual({
      blame: "endpoint",
      why: "the endpoint is down",
    });
    expect((await play(cancelling, { target: says(notUnderstood) })).broken?.blame).toBe("target");
  });

  test("is the same again for the same seed", async () => {
    const target = careless(0.5);
    const runs = await Promise.all(
      ["a", "a", "b", "c", "d", "e"].map((seed) => play(cancelling, { target, seed })),
    );
    const endings = runs.map(({ trajectory }) => trajectory.ending);
    expect(runs[0]?.trajectory).toEqual(runs[1]?.trajectory);
    expect(new Set(endings).size).toBe(2);
  });
});
