import { anyOf } from "../core/errors.ts";
import { isObject, type Json, type JsonObject, refuseHostileKeys, sha256 } from "../core/json.ts";
import { recordText } from "../core/table.ts";
import { type Call, type Domain, type State, type Tool, ToolError } from "./domain.ts";
import { advance, type Course, courseOf, type Event, interruption, patched } from "./event.ts";

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
  /** What happens on the way; null where nothing does, so that nothing is counted either. */
  readonly course: Course | null;
}

/** What an environment may be opened with. */
export interface Opening {
  /** The names of the tools that can be called; by default all of the domain's. */
  readonly allowed?: readonly string[];
  readonly events?: readonly Event[];
}

/** What became of a call whose arguments were already an object. */
export type Ran =
  | { readonly status: "ok"; readonly state: State; readonly result: Json; readonly call: Call }
  | { readonly status: "refused"; readonly state: State; readonly text: string; readonly call: Call }
  | { readonly status: "unknown_tool" | "malformed"; readonly state: State; readonly text: string };

type Refused =
  | { readonly status: "refused"; readonly text: string; readonly call: Call }
  | { readonly status: "unknown_tool" | "malformed"; readonly text: string };

/** One call in an environment, and the environment after it. `call` is there if it was well formed. */
export type Acted = { readonly environment: Environment } & (
  | { readonly status: "ok"; readonly result: Json; readonly call: Call }
  | Refused
);

/** One step: what was done, and the text that the caller sees. */
export type Step = Acted & { readonly text: string };

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

/** Opens an environment on a state. */
export function openEnvironment(
  domain: Acting,
  state: State,
  { allowed, events = [] }: Opening = {},
): Environment {
  const all = toolsByName(domain.tools);
  const tools = allowed === undefined ? all : new Map([...all].filter(([name]) => allowed.includes(name)));
  return { state, tools, course: courseOf(events) };
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

/** A call that can be run, or what is wrong with it. */
type Read =
  | { readonly tool: Tool; readonly call: Call }
  | { readonly status: "unknown_tool" | "malformed"; readonly text: string };

function readCall(tools: ReadonlyMap<string, Tool>, { name, arguments: args }: Call): Read {
  const tool = tools.get(name);
  if (tool === undefined) {
    return {
      status: "unknown_tool",
      text: `There is no tool ${quoted(name)}: expected ${anyOf([...tools.keys()])}.`,
    };
  }
  const wrong = wrongKeys(args);
  if (wrong !== undefined) return { status: "malformed", text: malformed(name, wrong) };
  const parsed = tool.input.safeParse(args);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where =
      issue === undefined || issue.path.length === 0 ? "" : `at ${issue.path.map(String).join("/")}, `;
    return { status: "malformed", text: malformed(name, `${where}${issue?.message ?? "wrong form"}`) };
  }
  return { tool, call: { name, arguments: parsed.data } };
}

type Run = Extract<Ran, { status: "ok" | "refused" }>;

function runTool(tool: Tool, state: State, call: Call): Run {
  try {
    return { status: "ok", call, ...tool.run(state, call.arguments) };
  } catch (error) {
    if (error instanceof ToolError) return { status: "refused", state, text: error.message, call };
    throw error;
  }
}

/** Runs one call on a state without writing its answer out: for gold, and for whoever has no use for text. */
export function run(domain: Acting, state: State, call: Call): Ran {
  const read = readCall(toolsByName(domain.tools), call);
  return "tool" in read ? runTool(read.tool, state, read.call) : { ...read, state };
}

function runIn(environment: Environment, tool: Tool, call: Call): Acted {
  const ran = runTool(tool, environment.state, call);
  if (ran.status === "refused") return { environment, status: "refused", text: ran.text, call };
  const { tools, course } = environment;
  return {
    environment: ran.state === environment.state ? environment : { state: ran.state, tools, course },
    status: "ok",
    result: ran.result,
    call,
  };
}

/**
 * Takes one call without writing its answer out. Only well-formed calls of known tools count towards an event; what
 * an event changes stays changed even if the call is then refused.
 */
export function act(environment: Environment, raw: Call): Acted {
  const read = readCall(environment.tools, raw);
  if (!("tool" in read)) return { environment, status: read.status, text: read.text };
  const { tool, call } = read;
  if (environment.course === null) return runIn(environment, tool, call);
  const { course, due } = advance(environment.course, call.name);
  const state = patched(
    environment.state,
    due.flatMap(({ patches }) => patches),
  );
  const here: Environment = { ...environment, state, course };
  if (due.some(({ interrupts }) => interrupts)) {
    return { environment: here, status: "refused", text: interruption, call };
  }
  return runIn(here, tool, call);
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
  const acted = act(environment, { name: raw.name, arguments: parsed.args });
  if (acted.status !== "ok") return acted;
  const { environment: after, result, call } = acted;
  const text = typeof result === "string" ? result : recordText(result);
  return { environment: after, status: "ok", text, result, call };
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
