import { afterEach, describe, expect, test } from "vitest";
import { createRng } from "../src/core/rng.ts";
import { airline } from "../src/domains/airline/airline.ts";
import { readEndpoints } from "../src/models/config.ts";
import { type Phrased, phraseTask } from "../src/tasks/phrase.ts";
import { wordUser } from "../src/tasks/wording.ts";
import { withoutForm } from "../src/tasks/written-request.ts";
import { type Endpoint, modelAt, openEndpoint, type Reply } from "./endpoint.ts";
import { cancelled, type Passed, sampleTask } from "./sampled.ts";

const plain = sampleTask("phrase", [
  { kind: "book", clause: "none", pays_with: "card", passengers: 1, payments: 1, reference: "id" },
  cancelled,
]);
const conditional = sampleTask("phrase", [{ kind: "book", clause: "book_one_certificate" }, cancelled], {
  schedule: "late",
});

/** The offline wording of a sample, and what a faithful listener notes down. */
function sides({ task }: Passed) {
  const { user, instruction } = wordUser(task.user, airline, createRng("phrase"));
  const note = { identity: user.identity, requests: user.requests.map(withoutForm) };
  return { user, instruction, note };
}

const bookDate = String(plain.task.user.requests[0]?.request.date);
const otherDate = `${bookDate.slice(0, 8)}${bookDate.endsWith("9") ? "08" : "09"}`;
const flight = /"flight_number":"(\w+)"/.exec(JSON.stringify(plain.gold?.solutions))?.[1] ?? "";

let endpoint: Endpoint | undefined;
afterEach(async () => {
  await endpoint?.close();
  endpoint = undefined;
});

interface Parts {
  /** What each model answers, in order; the last answer stays. */
  readonly phraser: readonly (string | Reply)[];
  readonly listener?: readonly (object | Reply)[];
}

const isReply = (answer: object): answer is Reply =>
  "status" in answer || "drop" in answer || "text" in answer;

/** Has a sample phrased by two models behind one local endpoint. */
async function phrased(sample: Passed, { phraser, listener = [] }: Parts): Promise<Phrased> {
  const asked = { phraser: 0, listener: 0 };
  endpoint = await openEndpoint(({ model }) => {
    const role = model === "phraser" ? "phraser" : "listener";
    const answers = { phraser, listener }[role];
    const answer = answers[Math.min(asked[role]++, answers.length - 1)] ?? { status: 500, body: {} };
    if (typeof answer === "string") return { text: answer };
    return isReply(answer) ? answer : { text: JSON.stringify(answer) };
  });
  const { baseUrl } = endpoint;
  if (sample.gold === null) throw new Error("a sampled task has a gold");
  return phraseTask({
    domain: airline,
    user: sides(sample).user,
    gold: sample.gold,
    phraser: modelAt(baseUrl, { model: "phraser" }),
    listener: modelAt(baseUrl, { model: "listener" }),
    seed: "s",
    signal: new AbortController().signal,
  });
}

/** All that one of the models was sent, call by call. */
const sent = (model: string) =>
  (endpoint?.requests ?? [])
    .filter(({ body }) => body.model === model)
    .map(({ body }) => body.messages.map(({ content }) => content ?? ""));

const freely = "Hi there! So, I need a flight, and there is another trip that has to go.";

describe("a phrased text", () => {
  test("in which the rule hears exactly what is wanted is taken at once, and no listener is asked", async () => {
    const { instruction } = sides(plain);
    const outcome = await phrased(plain, { phraser: [`\n${instruction}\n`] });
    const usage = { inputTokens: 10, outputTokens: 5 };
    expect(outcome).toEqual({ status: "phrased", instruction, heardBy: "rule", tries: 1, usage });
    expect(sent("listener")).toEqual([]);
  });

  test("in free words is taken if the listener hears in it what is wanted", async () => {
    const outcome = await phrased(plain, { phraser: [freely], listener: [sides(plain).note] });
    const usage = { inputTokens: 20, outputTokens: 10 };
    expect(outcome).toEqual({
      ...{ status: "phrased", instruction: freely, heardBy: "openai:listener", tries: 1 },
      usage,
    });
  });

  test("needs a listener where something is wanted only if something else is refused", async () => {
    const { instruction, note } = sides(conditional);
    const heard = await phrased(conditional, { phraser: [instruction], listener: [note] });
    expect(heard).toMatchObject({ status: "phrased", heardBy: "openai:listener", tries: 1 });
    await endpoint?.close();
    const flat = note.requests.flatMap(({ request, otherwise }) => [
      { request },
      ...(otherwise === undefined ? [] : [otherwise]),
    ]);
    const outcome = await phrased(conditional, {
      phraser: [instruction],
      listener: [{ ...note, requests: flat }],
    });
    expect(outcome).toMatchObject({ status: "offline", tries: 3 });
    expect(sent("phraser")[1]?.at(-1)).toContain("- /requests/0/otherwise: the text does not say {");
  });

  test("is written from the plain facts, the manner and the timing, and heard without them", async () => {
    const { user, note } = sides(conditional);
    await phrased(conditional, { phraser: [freely], listener: [note] });
    const [system = ""] = sent("phraser")[0] ?? [];
    for (const part of [
      airline.identity.say(user.identity),
      user.persona,
      "Keep the last thing to yourself",
    ]) {
      expect(system).toContain(part);
    }
    for (const { request } of user.requests) {
      const kind = airline.requests.find((one) => one.kind === request.kind);
      expect(system).toContain(kind?.say(request, 0));
      expect(JSON.stringify(sent("listener"))).not.toContain(kind?.say(request, 0));
    }
    const [[heard = "", text = ""] = []] = sent("listener");
    expect(text).toMatch(/<(text-[0-9a-f]{16})>\n.*\n<\/\1>$/s);
    for (const { kind, summary } of airline.requests) expect(heard).toContain(`- ${kind}: ${summary}`);
    for (const prompt of [system, heard]) expect(prompt).not.toContain("{{");
  });
});

describe("a phrased text is refused, and the phraser hears why,", () => {
  test("when the listener hears another date", async () => {
    const { note } = sides(plain);
    const [first, ...others] = note.requests;
    const changed = [{ request: { ...first?.request, date: otherDate } }, ...others];
    const outcome = await phrased(plain, {
      phraser: [freely],
      listener: [{ ...note, requests: changed }, note],
    });
    expect(outcome).toMatchObject({ status: "phrased", heardBy: "openai:listener", tries: 2 });
    expect(sent("phraser")[1]?.slice(-2)).toEqual([
      freely,
      expect.stringContaining(
        `- /requests/0/request/date: the text says "${otherDate}", not "${bookDate}"\n`,
      ),
    ]);
  });

  test("when the rule hears another date or another user: that costs no listener", async () => {
    const { instruction, user } = sides(plain);
    const misdated = instruction.replace(bookDate, otherDate);
    const misnamed = instruction.replace(String(user.identity.user_id), "eve_li_1");
    const outcome = await phrased(plain, { phraser: [misdated, misnamed, instruction] });
    expect(outcome).toMatchObject({ status: "phrased", heardBy: "rule", tries: 3 });
    expect(sent("phraser")[1]?.at(-1)).toMatch(/- the text asks for \{"kind":"book".*, which nobody wants\n/);
    expect(sent("phraser")[2]?.at(-1)).toContain(
      '- the text says that the customer is {"user_id":"eve_li_1"}',
    );
    expect(sent("listener")).toEqual([]);
  });

  test("when it gives away what gold finds out, though all is heard right", async () => {
    const { instruction } = sides(plain);
    const outcome = await phrased(plain, {
      phraser: [`${instruction} I think it is ${flight}.`, instruction],
    });
    expect(outcome).toMatchObject({ status: "phrased", heardBy: "rule", tries: 2, instruction });
    expect(sent("phraser")[1]?.at(-1)).toContain(`- "${flight}" must not be in the text`);
  });

  test.each([
    ["empty", " "],
    ["endless", "x".repeat(4_001)],
  ])("when it is %s", async (_, text) => {
    const outcome = await phrased(plain, { phraser: [text, sides(plain).instruction] });
    expect(outcome).toMatchObject({ status: "phrased", tries: 2 });
    expect(sent("phraser")[1]?.at(-1)).toContain("- the text should have 1 to 4000 characters");
  });

  test("when the listener notes down nothing of the right form", async () => {
    const outcome = await phrased(plain, { phraser: [freely, sides(plain).instruction], listener: [{}] });
    expect(outcome).toMatchObject({ status: "phrased", heardBy: "rule", tries: 2 });
    expect(sent("listener")).toHaveLength(3);
    expect(outcome.usage).toEqual({ inputTokens: 50, outputTokens: 25 });
  });
});

describe("the offline wording stands", () => {
  test("after three texts that are heard wrong, and the last fault is told", async () => {
    const { note } = sides(plain);
    const outcome = await phrased(plain, {
      phraser: [freely],
      listener: [{ ...note, requests: note.requests.slice(0, 1) }],
    });
    expect(outcome).toMatchObject({ status: "offline", tries: 3 });
    expect(outcome.status === "offline" && outcome.why).toMatch(
      /^none of 3 texts of openai:phraser says what the user wants; wrong in the last: \/requests\/1: the text does not say/,
    );
    expect(outcome.usage).toEqual({ inputTokens: 60, outputTokens: 30 });
  });

  const down: Reply = { status: 503, body: { error: { message: "secret words of the endpoint" } } };

  test.each([
    ["phraser", { phraser: [down] }, 0],
    ["listener", { phraser: [freely], listener: [down] }, 1],
  ] as const)("when the %s is down, in a sentence of the house", async (_, parts, tries) => {
    const outcome = await phrased(plain, parts);
    expect(outcome).toMatchObject({ status: "offline", tries });
    expect(outcome.status === "offline" && outcome.why).toMatch(
      /failed to answer for \w+ \(503\): try again/,
    );
    expect(JSON.stringify(outcome)).not.toContain("secret words");
  });
});

test("a phraser has an endpoint of its own, like every role", () => {
  const endpoints = readEndpoints({
    FAULTLINE_API_KEY: "key-house",
    FAULTLINE_PHRASER_BASE_URL: "http://phraser.example/v1",
    FAULTLINE_PHRASER_API_KEY: "key-phraser",
    FAULTLINE_PHRASER_TEMPERATURE: "1",
  });
  expect(endpoints("phraser")).toMatchObject({
    ...{ baseUrl: "http://phraser.example/v1", apiKey: "key-phraser", temperature: 1 },
  });
  expect(endpoints("target")).toMatchObject({ apiKey: "key-house" });
});
