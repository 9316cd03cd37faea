import { describe, expect, test } from "vitest";
import { inFolder } from "./desk.ts";
import { type Embed, openEndpoint, testKey } from "./endpoint.ts";
import { type Served, served } from "./served.ts";

interface Told {
  readonly hypothesis_id: string;
  readonly compared_by: string;
  readonly compared_note?: string;
  readonly is_rewording: boolean;
  readonly novelty: number;
  readonly nearest: readonly {
    readonly hypothesis_id: string;
    readonly said: number;
    readonly near_by: string;
  }[];
}

/** Vectors by meaning, as a model would give them: sentences on money point one way, all others another. */
const byMeaning: Embed = (texts) => texts.map((text) => (/refund|money/.test(text) ? [1, 0.1] : [0, 1]));

/** A server with an embeddings endpoint, and the texts that this was asked for, call by call. */
const withEmbedder = (
  embed: Embed,
  run: (server: Served, asked: readonly (readonly string[])[]) => Promise<void>,
) =>
  inFolder(async (data) => {
    const asked: (readonly string[])[] = [];
    const endpoint = await openEndpoint(
      () => ({ text: "" }),
      (texts) => {
        asked.push(texts);
        return embed(texts);
      },
    );
    const env = {
      FAULTLINE_EMBEDDER_BASE_URL: endpoint.baseUrl,
      FAULTLINE_EMBEDDER_API_KEY: testKey,
      FAULTLINE_EMBEDDER_RETRIES: "0",
    };
    try {
      await served(data, (server) => run(server, asked), { env });
    } finally {
      await endpoint.close();
    }
  });

const [one, other, third] = [
  "The target gives a refund for a delayed flight.",
  "Late planes are paid for: customers get their money back.",
  "The target books the cheapest one-stop connection.",
];

describe("an embeddings endpoint", () => {
  test("tells a rewording that shares no word, and is asked for each sentence once", () =>
    withEmbedder(byMeaning, async (server, asked) => {
      const { session_id } = await server.get("start_session", {
        target: "sim:kimi-like",
        embedder: "openai:small",
      });
      const propose = (statement: string) =>
        server.get<Told>("propose_hypothesis", { session_id, statement });
      const first = await propose(one);
      expect([first.compared_by, first.novelty]).toEqual(["words", 1]);
      const { hypothesis_id } = first;
      // No word of it stands in the first one but "target": the region, none, makes it a candidate.
      expect(await propose(other)).toMatchObject({
        compared_by: "embedding",
        is_rewording: true,
        novelty: 0,
        nearest: [{ hypothesis_id, said: 1 }],
      });
      expect((await propose(third)).is_rewording).toBe(false);
      expect(asked).toEqual([[other, one], [third]]);
      const { budget } = await server.get<{ budget: Record<string, number> }>("session_summary", {
        session_id,
      });
      expect(20_000_000 - (budget.tokens_left ?? 0)).toBe(3);
    }));

  test("that is down leaves the comparison to words, which is said", () =>
    withEmbedder(
      () => null,
      async (server) => {
        const start = { target: "sim:kimi-like", embedder: "openai:small" };
        const { session_id } = await server.get("start_session", start);
        await server.get("propose_hypothesis", { session_id, statement: one });
        const told = await server.get<Told>("propose_hypothesis", { session_id, statement: other });
        expect([told.compared_by, told.is_rewording]).toEqual(["words", false]);
        expect(told.compared_note).toMatch(
          /^Words were compared, since the embedder failed: .*\(503\): try again/,
        );
      },
    ));

  test("that gives no vectors is no judge either", () =>
    withEmbedder(
      (texts) => texts.slice(1).map(() => [1]),
      async (server) => {
        const start = { target: "sim:kimi-like", embedder: "openai:small" };
        const { session_id } = await server.get("start_session", start);
        await server.get("propose_hypothesis", { session_id, statement: one });
        const told = await server.get<Told>("propose_hypothesis", { session_id, statement: other });
        expect(told.compared_note).toContain("no list of embeddings (wrong at data)");
      },
    ));

  test("needs a model behind an endpoint and a key, and hears so at the start", () =>
    inFolder((data) =>
      served(data, async (server) => {
        const start = (embedder: string) =>
          server.refused("start_session", { target: "sim:kimi-like", embedder });
        expect(await start("sim:reference")).toMatch(
          /^The embedder cannot be sim:reference, which plays agents only/,
        );
        expect(await start("openai:small")).toContain("FAULTLINE_EMBEDDER_API_KEY");
      }),
    ));
});
