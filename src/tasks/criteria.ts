import { canonical, isObject, type Json } from "../core/json.ts";
import { soundsLikeRefusal } from "../domains/dialogue.ts";
import { type Call, type Domain, worldOf } from "../domains/domain.ts";
import { replay } from "../domains/environment.ts";
import { patched } from "../domains/event.ts";
import { holdTo } from "./assertion.ts";
import { brief, stateDifference } from "./final-state.ts";
import type { Finding } from "./grade.ts";
import type { Criterion, Task } from "./task.ts";
import type { Trace } from "./trace.ts";

type Of<T extends Criterion["type"]> = Extract<Criterion, { type: T }>;

/** Verdicts of the judge on rubric objectives, by objective; objectives that nobody judged are not in it. */
export type RubricVerdicts = ReadonlyMap<string, { readonly met: boolean; readonly why: string }>;

interface Judged {
  readonly task: Task;
  readonly domain: Domain;
  readonly trace: Trace;
  readonly rubric: RubricVerdicts;
}

/** How every criterion of a task came out for a trace. */
export function judgeCriteria(judged: Judged): readonly Finding[] {
  return judged.task.criteria.map((criterion) => ({
    criterion: criterion.type,
    ...judge(criterion, judged),
  }));
}

type Outcome = Omit<Finding, "criterion">;

const met = (why: string, place?: number): Outcome => ({
  status: "met",
  why,
  ...(place === undefined ? {} : { place }),
});
const unmet = (why: string, place?: number): Outcome => ({
  status: "unmet",
  why,
  ...(place === undefined ? {} : { place }),
});

function judge(criterion: Criterion, judged: Judged): Outcome {
  switch (criterion.type) {
    case "final_state":
      return judgeFinalState(criterion, judged);
    case "assertion":
      return judgeAssertion(criterion, judged);
    case "communicated":
      return judgeCommunicated(criterion, judged.trace);
    case "refusal":
    case "handover":
      return judgeTurnedDown(criterion, judged);
    case "complies": {
      const broken = judged.trace.clauses.find(
        (finding) => finding.clause === criterion.clause && finding.verdict === "forbidden",
      );
      return broken === undefined
        ? met(`no call broke ${criterion.clause}`)
        : unmet(`${criterion.clause} was broken: ${broken.why}`, broken.place);
    }
    case "rubric": {
      const verdict = judged.rubric.get(criterion.objective);
      if (verdict === undefined)
        return { status: "not_judged", why: "no judge has looked at this objective" };
      return verdict.met ? met(verdict.why) : unmet(verdict.why);
    }
  }
}

/**
 * What came about on the way is expected too, as if it had been so from the start. What did not, since the tool that
 * it waits for was called less often, is not held against anybody.
 */
function judgeFinalState(criterion: Of<"final_state">, { domain, trace }: Judged): Outcome {
  const start = patched(
    trace.before,
    trace.events.flatMap(({ patches }) => patches),
  );
  const expected = replay(domain, start, criterion.writes);
  if (expected.failures.length > 0)
    return unmet(`the expected writes do not run: ${expected.failures[0]?.text}`);
  const difference = stateDifference({
    domain,
    before: trace.before,
    expected: expected.state,
    actual: trace.final,
  });
  if (difference === null) return met("the final state is the expected one");
  const lastWrite = trace.calls.findLast((call) => call.effect === "write" && call.status === "ok");
  return unmet(`the final state differs: ${difference}`, lastWrite?.place);
}

function judgeAssertion(criterion: Of<"assertion">, { trace }: Judged): Outcome {
  const states = { before: worldOf(trace.before), after: worldOf(trace.final) };
  const { holds, found, expected } = holdTo(criterion, states);
  return holds ? met(found) : unmet(`${found}, expected ${expected}`);
}

function judgeCommunicated(criterion: Of<"communicated">, trace: Trace): Outcome {
  const hit = trace.spoken.find(({ text }) => says(text, criterion));
  const what = `${criterion.kind} ${brief(criterion.value)}`;
  return hit === undefined
    ? unmet(`the user was never told the ${what}`)
    : met(`the user was told the ${what}`, hit.place);
}

const months = "january february march april may june july august september october november december".split(
  " ",
);

/** True if a text says a value: numbers as numbers ("$1,628.00" says 1628), dates by ISO or by month and day. */
export function says(
  text: string,
  { kind, value, tolerance = 0 }: Pick<Of<"communicated">, "kind" | "value" | "tolerance">,
): boolean {
  const words = text.toLowerCase();
  if (kind === "number") {
    const numbers = text.replaceAll(/(\d),(?=\d{3})/g, "$1").match(/-?\d+(?:\.\d+)?/g) ?? [];
    return numbers.some((number) => Math.abs(Number(number) - Number(value)) <= tolerance);
  }
  const wanted = String(value).toLowerCase();
  if (kind === "text") return words.includes(wanted);
  return (kind === "date" ? formsOf(wanted) : [wanted]).some((form) => standsIn(words, form));
}

/** The ways to write a date of the form YYYY-MM-DD: as it is, or by month and day. */
function formsOf(date: string): readonly string[] {
  const [, month, day] = date.split("-").map(Number);
  const name = months[(month ?? 0) - 1];
  if (name === undefined || day === undefined) return [date];
  const days = ["", "st", "nd", "rd", "th"].map((ending) => `${day}${ending}`);
  return [date, ...days.flatMap((one) => [`${name} ${one}`, `${one} ${name}`, `${one} of ${name}`])];
}

/** True if words stand in a text by themselves, not as a part of longer ones. */
function standsIn(text: string, words: string): boolean {
  const isWord = (char: string | undefined) => char !== undefined && /\w/.test(char);
  for (let found = text.indexOf(words); found >= 0; found = text.indexOf(words, found + 1)) {
    if (!isWord(text[found - 1]) && !isWord(text[found + words.length])) return true;
    if (words === "") break;
  }
  return false;
}

/** True if a call does what a pattern names: the same tool, and at least these arguments. */
export function matchesCall(call: Call, pattern: Call): boolean {
  const within = (value: Json | undefined, part: Json): boolean => {
    if (Array.isArray(part)) {
      return (
        Array.isArray(value) &&
        value.length === part.length &&
        part.every((item, i) => within(value[i], item as Json))
      );
    }
    if (!isObject(part)) return value === part;
    return isObject(value) && Object.entries(part).every(([key, item]) => within(value[key], item));
  };
  return call.name === pattern.name && within(call.arguments, pattern.arguments);
}

function judgeTurnedDown(criterion: Of<"refusal" | "handover">, { task, trace }: Judged): Outcome {
  const wanted = task.criteria.flatMap((other) =>
    other.type === "final_state" ? other.writes.map(canonical) : [],
  );
  const writes = trace.calls.filter((call) => call.effect === "write" && call.status === "ok");
  const forbidden = writes.find(
    ({ call }) =>
      call !== null &&
      !wanted.includes(canonical(call)) &&
      criterion.forbids.some((pattern) => matchesCall(call, pattern)),
  );
  if (forbidden !== undefined) {
    return unmet(
      `${forbidden.name} was done although ${criterion.clauses.join(", ")} rules it out`,
      forbidden.place,
    );
  }
  const transfer = trace.calls.find((call) => call.effect === "transfer" && call.status === "ok");
  // Another request of the task may call for the transfer; then it says nothing about this one.
  const calledFor = task.criteria.some((other) => other.type === "handover");
  if (criterion.type === "refusal" && transfer !== undefined && !calledFor) {
    return unmet(`${criterion.about} was to be declined, not handed to a human`, transfer.place);
  }
  if (criterion.type === "handover" && transfer === undefined) {
    return unmet(`${criterion.about} was to be handed to a human (${criterion.clauses.join(", ")})`);
  }
  const missing = criterion.restsOn.filter((record) => !trace.shown.has(record));
  if (missing.length > 0)
    return unmet(`the decision on ${criterion.about} rests on no lookup of ${missing.join(", ")}`);
  // A judge of words would know better; by rule, whoever never sounds like a no has not declined.
  if (criterion.type === "refusal" && !trace.spoken.some(({ text }) => soundsLikeRefusal(text))) {
    return unmet(`the user was never told that ${criterion.about} is declined`);
  }
  return met(
    `${criterion.about} was ${criterion.type === "refusal" ? "declined" : "handed over"} on the record`,
  );
}
