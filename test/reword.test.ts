import { describe, expect, test } from "vitest";
import { anythingElse } from "../src/domains/dialogue.ts";
import { isHeardAs, writeInstruction } from "../src/tasks/instruction.ts";
import { airline, atEndpoint, house } from "./at-endpoint.ts";
import {
  asked,
  failing,
  fenced,
  freely,
  letterOf,
  play,
  type Shrunk,
  says,
  shownOf,
  simplified,
  small,
  systemOf,
  task,
  terse,
  wording,
} from "./authored.ts";
import type { Endpoint, Reply, WireBody } from "./endpoint.ts";
import { sampleTask } from "./sampled.ts";
import type { Served } from "./served.ts";

const { sound = () => ({ text: "" }) } = house;
const letter = letterOf(task);

const spentOf = async (server: Served, { session_id }: { readonly session_id: string }) =>
  (await server.get<{ budget: object }>("session_summary", { session_id })).budget;

/** The house's own words for the one request that is left. */
const isPlain = ({ instruction }: Shrunk) => instruction.includes("\nWhat I want:\n1. ");

describe("the smallest form of a failure that an author worded", () => {
  test("is told in the phraser's words, which are fewer, heard right, and fail the same way", () =>
    atEndpoint({ customer: play, words: says((body) => `\n${terse(body)}\n`) }, async (server, endpoint) => {
      const of = await failing(server);
      const made = await simplified(server, of);
      expect(wording(made)).toEqual([
        {
          ...{ removes: "the longer wording", result: "dropped" },
          why: "said shorter by openai:words it fails the same way",
        },
      ]);
      expect(made).toMatchObject({ complete: true, harvested: true, certificate: { status: "confirmed" } });
      expect(made.certificate.removed).toContain("the longer wording");
      expect(made.certificate.removed).toContain("request 2 (cancel)");
      const { task: minimal, origin } = await shownOf(server, made);
      expect(minimal.user.requests.map(({ request }) => request.kind)).toEqual(["change_flights"]);
      expect(minimal.instruction).toBe(made.instruction);
      expect(isHeardAs(minimal.instruction, minimal.user, airline)).toBe(true);
      expect(minimal.instruction.length).toBeLessThan(writeInstruction(minimal.user, airline).length);
      expect(origin).toMatchObject({ by: "simplified", words: { by: "openai:words", heardBy: "rule" } });
      expect(asked(endpoint, "listen")).toEqual([]);
      const [prompt, ...others] = asked(endpoint, "write").map(systemOf);
      expect(others).toEqual([]);
      expect(fenced(prompt ?? "", "facts")).toBe(writeInstruction(minimal.user, airline));
      expect(fenced(prompt ?? "", "text")).toBe(letter);
      expect(prompt).not.toContain("{{");
      const before = await spentOf(server, of);
      expect(await simplified(server, of)).toEqual({ ...made, run_id: expect.any(String) });
      expect([await spentOf(server, of), asked(endpoint, "write").length]).toEqual([before, 1]);
    }));

  test("may be told in free words, if a listener hears them right", () =>
    atEndpoint({ customer: play, words: says((body) => freely(terse(body))) }, async (server, endpoint) => {
      const made = await simplified(server, await failing(server));
      const { origin } = await shownOf(server, made);
      expect(wording(made)).toMatchObject([{ result: "dropped" }]);
      expect(made.instruction).toContain("·user·id·is·");
      expect(origin).toMatchObject({ words: { by: "openai:words", heardBy: "openai:words" } });
      expect(asked(endpoint, "listen")).toHaveLength(1);
    }));

  test.each([
    [
      "that leaves out a wish",
      (body: WireBody) => freely(fenced(systemOf(body), "facts").split("\n")[0] ?? ""),
      3,
    ],
    ["that is no shorter", () => letter, 0],
  ])(
    "stays in the house's words where the phraser writes one %s, and nobody is asked twice",
    (_, write, listened) =>
      atEndpoint({ customer: play, words: says(write) }, async (server, endpoint) => {
        const of = await failing(server);
        const made = await simplified(server, of);
        expect(wording(made)).toMatchObject([
          { result: "unsound", why: "none of 3 texts of openai:words says the same in fewer words" },
        ]);
        expect(made.certificate.kept.at(-1)).toMatchObject({ what: "the longer wording", why: "unsound" });
        expect(made).toMatchObject({ complete: true, harvested: true, certificate: { status: "confirmed" } });
        expect(isPlain(made)).toBe(true);
        const counts = () => [asked(endpoint, "write").length, asked(endpoint, "listen").length];
        expect(counts()).toEqual([3, listened]);
        expect(await simplified(server, of)).toEqual({ ...made, run_id: expect.any(String) });
        expect(counts()).toEqual([3, listened]);
      }),
  );

  test("stays in the house's words while the phraser is down, and the same call tries again once it is back", () => {
    let isDown = true;
    const down: Reply = { status: 503, body: { error: { message: "secret words of the endpoint" } } };
    const words = (body: WireBody) => (isDown ? down : says(terse)(body));
    return atEndpoint(
      { customer: play, words },
      async (server) => {
        const of = await failing(server);
        const made = await simplified(server, of);
        expect(wording(made)).toMatchObject([
          { result: "undecided", why: "openai:words or who hears it back did not answer" },
        ]);
        expect(made).toMatchObject({ complete: true, harvested: true, certificate: { status: "confirmed" } });
        expect(isPlain(made)).toBe(true);
        expect(JSON.stringify(made)).not.toContain("secret words");
        isDown = false;
        const again = await simplified(server, of);
        expect(wording(again)).toMatchObject([{ result: "dropped" }]);
        expect(isPlain(again)).toBe(false);
      },
      { env: { FAULTLINE_PHRASER_RETRIES: "0" } },
    );
  });

  describe("where it is what the words say that the target fails by", () => {
    const { task: little } = sampleTask("little", [{ kind: "cancel", clause: "none", reference: "id" }]);
    // A target that loses its head over cats.
    const touchy = (body: WireBody, index: number) =>
      body.messages.some(({ role, content }) => role === "user" && content?.includes("cat"))
        ? { text: `What a lovely cat! I cannot help you with that today. ${anythingElse}` }
        : sound(body, index);
    const shrunk = (write: (body: WireBody) => string, check: (made: Shrunk, endpoint: Endpoint) => void) =>
      atEndpoint({ customer: play, touchy, words: says(write) }, async (server, endpoint) => {
        const of = await failing(server, { target: "openai:touchy" }, { task: little });
        check(await simplified(server, of), endpoint);
      });

    test("the author's stay if the phraser's lose it, and the counts say so", () =>
      shrunk(terse, (made, endpoint) => {
        expect(made.instruction).toContain(small);
        expect(made.instruction).not.toContain("I hope that this finds you well");
        const [step] = wording(made);
        expect(step).toMatchObject({ result: "needed" });
        expect(step?.why).toMatch(/^said shorter by openai:words the target passes (\d+) of \1$/);
        expect(made.certificate.kept.at(-1)).toMatchObject({
          ...{ what: "the longer wording", why: "needed" },
          without: { failed: 0 },
        });
        expect(made.certificate.about).toContain("the longer wording");
        expect(fenced(systemOf(asked(endpoint, "write")[0] as WireBody), "text")).toBe(made.instruction);
      }));

    test("the phraser's take their place if these say it, too", () =>
      shrunk(
        (body) => `I have a cat. ${terse(body)}`,
        (made) => {
          expect(wording(made)).toMatchObject([{ result: "dropped" }]);
          expect(made.instruction).toMatch(/^I have a cat\. /);
          expect(made).toMatchObject({ harvested: true, certificate: { status: "confirmed" } });
          expect(made.certificate.kept.map(({ what }) => what)).toContain("the author's own words");
        },
      ));
  });

  test("is gone on with where the budget ended it, and the text that was had is used", () =>
    atEndpoint({ customer: play, words: says(terse) }, async (server, endpoint) => {
      const whole = await simplified(server, await failing(server));
      const of = await failing(server);
      const cut = await simplified(server, { ...of, max_rollouts: whole.rollouts - 2 });
      expect(cut).toMatchObject({ complete: false, certificate: { status: "confirmed" } });
      expect(wording(cut)).toMatchObject([
        {
          result: "undecided",
          why: expect.stringMatching(/^said shorter by openai:words the target passes 0 of \d+$/),
        },
      ]);
      expect(asked(endpoint, "write")).toHaveLength(2);
      const resumed = await simplified(server, of);
      expect(resumed.certificate).toEqual(whole.certificate);
      expect(resumed.minimal_task_key).toBe(whole.minimal_task_key);
      expect(asked(endpoint, "write")).toHaveLength(2);
    }));

  test("is gone on with where it was cancelled while the phraser wrote", () => {
    let think: Promise<void> | null = null;
    let begun: () => void = () => undefined;
    const words = async (body: WireBody) => {
      if (think !== null) {
        begun();
        await think;
      }
      return says(terse)(body);
    };
    return atEndpoint({ customer: play, words }, async (server) => {
      const of = await failing(server);
      const call = new AbortController();
      const writes = new Promise<void>((resolve) => {
        begun = resolve;
      });
      let done: () => void = () => undefined;
      think = new Promise((resolve) => {
        done = resolve;
      });
      const request = { name: "simplify_failure", arguments: { ...of } };
      const cut = server.client.callTool(request, undefined, { signal: call.signal }).catch(() => "cut");
      await writes;
      call.abort("enough");
      expect(await cut).toBe("cut");
      const { runs } = await server.get<{ runs: readonly { run_id: string }[] }>("session_summary", {
        session_id: of.session_id,
      });
      const told = await server.get<Shrunk & { status: string }>("await_run", { run_id: runs[0]?.run_id });
      expect(told).toMatchObject({ status: "cancelled", complete: false, harvested: false });
      expect(wording(told)).toMatchObject([
        { result: "undecided", why: "it was stopped before a shorter one was had" },
      ]);
      think = null;
      done();
      const made = await simplified(server, of);
      expect(made).toMatchObject({ complete: true, harvested: true });
      expect(wording(made)).toMatchObject([{ result: "dropped" }]);
    });
  });
});

describe("nobody is asked to say shorter", () => {
  test.each([
    ["what the house worded itself", {}, { words: null }],
    ["anything in a session without a phraser", { phraser: undefined }, {}],
  ])("%s", (_, session, found) =>
    atEndpoint({ customer: play, words: says(terse) }, async (server, endpoint) => {
      const made = await simplified(server, await failing(server, session, found));
      expect(wording(made)).toEqual([]);
      expect(made.certificate.status).toBe("confirmed");
      expect(endpoint.requests.filter(({ body }) => body.model === "words")).toEqual([]);
    }),
  );
});
