import { anyOf } from "../core/errors.ts";
import { isObject, type Json, type JsonObject, refuseHostileKeys, sha256 } from "../core/json.ts";
import { recordText } from "../core/table.ts";
import { type Call, type Domain, type State, type Tool, ToolError } from "./domain.ts";

/** How a tool call ended: run, refused by the tool, or never run. */
export type CallStatus = "ok" | "refused" | "unknown_tool" | "malformed";

/** What of a domain an environment needs. */
export type Acting = Pick<Domain, "tools">;

/** A call as it comes in; a model's arguments are the raw text that it wrote. */
export interface RawCall {
  readonly name: string;
  readonly arguments: string | JsonObject;
}

/** A world being acted on. It never changes: a step makes another one, and keeping the old one is a fork. */
export interface Environment {
  readonly state: State;
  /** The tools that may be called, by name. */
  readonly tools: ReadonlyMap<string, Tool>;
}

/** What became of a call whose arguments were already an object. */
export type Ran =
  | { readonly status: "ok"; readonly state: State; readonly result: Json; readonly call: Call }
  | { readonly status: "refused"; readonly state: State; readonly text: string; readonly call: Call }
  | { readonly status: "unknown_tool" | "malformed"; readonly state: State; readonly text: string };

/** One step: the environment after it and the text that the caller sees. `call` is there if it was well formed. */
export type Step = { readonly environment: Environment; readonly text: string } & (
  | { readonly status: "ok"; readonly result: Json; readonly call: Call }
  | { readonly status: "refused"; readonly call: Call }
  | { readonly status: "unknown_tool" | "malformed" }
);

/** Longest text of arguments, in characters. */
const maxArguments = 100_000;
/** Longest text of ours about a malformed call; it quotes names that the caller chose. */
const maxComplaint = 400;

const byName = new WeakMap<readonly Tool[], ReadonlyMap<string, Tool>>();

function toolsByName(tools: readonly Tool[]): ReadonlyMap<string, Tool> {
  const known = byName.get(tools);
  if (known !== undefined) return known;
  const made = new Map(tools.map((tool) => [tool.name, tool]));
  byName.set(tools, made);
  return made;
}

/** Opens an environment on a state; with `allowed`, only the tools of these names can be called. */
export function openEnvironment(domain: Acting, state: State, allowed?: readonly string[]): Environment {
  const tools = toolsByName(domain.tools);
  if (allowed === undefined) return { state, tools };
  return { state, tools: new Map([...tools].filter(([name]) => allowed.includes(name))) };
}

function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

function malformed(name: string, wrong: string): string {
  const text = `The arguments of ${name} do not fit: ${wrong}`;
  const short = text.length > maxComplaint ? `${text.slice(0, maxComplaint)}…` : text;
  return `${short}; correct them and call again.`;
}

type Parsed = { readonly args: JsonObject } | { readonly wrong: string };

/** Reads the raw text of arguments; empty text stands for no arguments, as some models write it. */
function parseArguments(raw: string): Parsed {
  if (raw.length > maxArguments)
    return { wrong: `expected at most ${maxArguments} characters, got ${raw.length}` };
  if (raw.trim() === "") return { args: {} };
  try {
    const value: unknown = JSON.parse(raw);
    return isObject(value) ? { args: value } : { wrong: "expected a JSON object" };
  } catch {
    return { wrong: "expected the text of a JSON object, got text that is not JSON" };
  }
}

/** What is wrong with the keys of arguments (hostile, or nested beyond the stack), or undefined. */
function wrongKeys(args: JsonObject): string | undefined {
  try {
    refuseHostileKeys(args, "they");
    return undefined;
  } catch (error) {
    return error instanceof RangeError
      ? "they are nested too deeply"
      : 'a key such as "__proto__" is not allowed';
  }
}

function runTool(tools: ReadonlyMap<string, Tool>, state: State, { name, arguments: args }: Call): Ran {
  const tool = tools.get(name);
  if (tool === undefined) {
    return {
      status: "unknown_tool",
      state,
      text: `There is no tool ${quoted(name)}: expected ${anyOf([...tools.keys()])}.`,
    };
  }
  const wrong = wrongKeys(args);
  if (wrong !== undefined) return { status: "malformed", state, text: malformed(name, wrong) };
  const parsed = tool.input.safeParse(args);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where =
      issue === undefined || issue.path.length === 0 ? "" : `at ${issue.path.map(String).join("/")}, `;
    return { status: "malformed", state, text: malformed(name, `${where}${issue?.message ?? "wrong form"}`) };
  }
  const call = { name, arguments: parsed.data };
  try {
    return { status: "ok", call, ...tool.run(state, parsed.data) };
  } catch (error) {
    if (error instanceof ToolError) return { status: "refused", state, text: error.message, call };
    throw error;
  }
}

/** Runs one call on a state without writing its answer out: for gold, and for whoever has no use for text. */
export function run(domain: Acting, state: State, call: Call): Ran {
  return runTool(toolsByName(domain.tools), state, call);
}

/**
 * Takes one call of a target. Whatever the target wrote is an observation: unknown tools, malformed arguments and
 * refusals come back as text with their status. Throws only what a tool throws by a fault of ours.
 */
export function step(environment: Environment, raw: RawCall): Step {
  const parsed =
    typeof raw.arguments === "string" && environment.tools.has(raw.name)
      ? parseArguments(raw.arguments)
      : { args: typeof raw.arguments === "string" ? {} : raw.arguments };
  if ("wrong" in parsed) return { environment, status: "malformed", text: malformed(raw.name, parsed.wrong) };
  const ran = runTool(environment.tools, environment.state, { name: raw.name, arguments: parsed.args });
  if (ran.status === "refused") {
    return { environment, status: "refused", text: ran.text, call: ran.call };
  }
  if (ran.status !== "ok") return { environment, status: ran.status, text: ran.text };
  return {
    environment: ran.state === environment.state ? environment : { ...environment, state: ran.state },
    status: "ok",
    text: typeof ran.result === "string" ? ran.result : recordText(ran.result),
    result: ran.result,
    call: ran.call,
  };
}

/** A call of a replay that did not run. */
export interface ReplayFailure {
  readonly index: number;
  readonly call: Call;
  readonly status: Exclude<CallStatus, "ok">;
  readonly text: string;
}

/** Runs calls one after the other; those that fail change nothing and are reported. */
export function replay(
  domain: Acting,
  state: State,
  calls: readonly Call[],
): { readonly state: State; readonly failures: readonly ReplayFailure[] } {
  const failures: ReplayFailure[] = [];
  let here = state;
  for (const [index, call] of calls.entries()) {
    const ran = run(domain, here, call);
    here = ran.state;
    if (ran.status !== "ok") failures.push({ index, call, status: ran.status, text: ran.text });
  }
  return { state: here, failures };
}

/** The name of a state by its content: a Merkle hash over its tables, whatever order the writes came in. */
export function contentHash(state: State): string {
  const parts = Object.keys(state)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${state[name]?.hash()}`);
  return sha256(parts.join("\n"));
}
