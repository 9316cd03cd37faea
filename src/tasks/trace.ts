import { hearOffer, hearRequests, isConfirmation } from "../domains/dialogue.ts";
import type { Call, ClauseContext, Domain, Request, State } from "../domains/domain.ts";
import { stateOf } from "../domains/domain.ts";
import { type CallStatus, type Environment, openEnvironment, step } from "../domains/environment.ts";
import type { Event } from "../domains/event.ts";
import type { ClauseFinding } from "./grade.ts";
import type { Task } from "./task.ts";
import type { Message, Trajectory } from "./trajectory.ts";

/** One call of a trajectory, run again. */
export interface TracedCall {
  /** The index of the message that made it. */
  readonly place: number;
  readonly name: string;
  readonly status: CallStatus;
  /** The call itself, if it was well formed. */
  readonly call: Call | null;
  readonly effect: "read" | "write" | "generic" | "transfer" | "none";
  /** The arguments as the target wrote them. */
  readonly emitted: string;
}

/** A trajectory run again on its task's world: what its calls did, showed and broke. */
export interface Trace {
  readonly before: State;
  readonly final: State;
  /** The task's events that came about, in that order. */
  readonly events: readonly Event[];
  readonly calls: readonly TracedCall[];
  /** Records shown in full, as `table/id`. */
  readonly shown: ReadonlySet<string>;
  readonly clauses: readonly ClauseFinding[];
  /** How many times a clause was held against a call. */
  readonly checks: number;
  /** The target's words to the user after the user first spoke. */
  readonly spoken: readonly { readonly place: number; readonly text: string }[];
}

interface Facts {
  readonly identity: ClauseContext["identity"];
  readonly stated: readonly Request[];
  readonly offered: readonly Call[];
  readonly confirmed: readonly Call[];
  readonly writes: readonly Call[];
  readonly spoken: boolean;
}

/** Runs a trajectory's calls again and checks each against the clauses that the task shows. */
export function traceTrajectory(task: Task, trajectory: Pick<Trajectory, "messages">, domain: Domain): Trace {
  const before = stateOf(task.world);
  let environment = openEnvironment(domain, before, { allowed: task.tools, events: task.events });
  let facts: Facts = {
    identity: undefined,
    stated: [],
    offered: [],
    confirmed: [],
    writes: [],
    spoken: false,
  };
  const calls: TracedCall[] = [];
  const clauses: ClauseFinding[] = [];
  let checks = 0;
  const shown = new Set<string>();
  const spoken: { place: number; text: string }[] = [];
  for (const [place, message] of trajectory.messages.entries()) {
    if (message.role === "user") facts = hearUser(facts, message.text, domain);
    if (message.role !== "assistant") continue;
    const done = runCalls(message, { environment, facts, place, task, domain, shown });
    environment = done.environment;
    facts = { ...facts, writes: [...facts.writes, ...done.writes] };
    calls.push(...done.calls);
    clauses.push(...done.clauses);
    checks += done.checks;
    if (message.text.trim() === "") continue;
    const heardUser = trajectory.messages.slice(0, place).some((earlier) => earlier.role === "user");
    if (heardUser) spoken.push({ place, text: message.text });
    facts = { ...facts, spoken: facts.spoken || heardUser, offered: hearOffer(message.text) ?? [] };
  }
  const events = environment.course?.happened ?? [];
  return { before, final: environment.state, events, calls, shown, clauses, checks, spoken };
}

function hearUser(facts: Facts, text: string, domain: Domain): Facts {
  return {
    ...facts,
    identity: domain.identity.hear(text) ?? facts.identity,
    stated: [...facts.stated, ...hearRequests(text, domain)],
    confirmed: isConfirmation(text) ? [...facts.confirmed, ...facts.offered] : facts.confirmed,
    offered: [],
  };
}

interface Running {
  readonly environment: Environment;
  readonly facts: Facts;
  readonly place: number;
  readonly task: Task;
  readonly domain: Domain;
  readonly shown: Set<string>;
}

function runCalls(message: Extract<Message, { role: "assistant" }>, running: Running) {
  const { facts, place, task, domain, shown } = running;
  let environment = running.environment;
  const calls: TracedCall[] = [];
  const clauses: ClauseFinding[] = [];
  let checks = 0;
  const writes: Call[] = [];
  const everyCall = message.calls.map(({ name }) => ({ name, arguments: {} }));
  for (const [i, emitted] of message.calls.entries()) {
    const state = environment.state;
    const stepped = step(environment, emitted);
    environment = stepped.environment;
    const tool = domain.tools.find((known) => known.name === emitted.name);
    const call = "call" in stepped ? stepped.call : null;
    const { name, arguments: text } = emitted;
    calls.push({ place, name, status: stepped.status, call, effect: tool?.effect ?? "none", emitted: text });
    if (call === null || tool === undefined) continue;
    if (stepped.status === "ok") {
      for (const record of tool.shows(call.arguments, stepped.result)) shown.add(record);
    }
    const beside = everyCall.toSpliced(i, 1);
    const context = {
      ...facts,
      state,
      call,
      beside,
      text: message.text,
      writes: [...facts.writes, ...writes],
    };
    // A call that the tool refused was tried all the same: what forbids it holds against it.
    const checked = checkClauses(context, { task, domain, place });
    clauses.push(...checked.findings.filter((finding) => !isTold(finding, { clauses, domain })));
    checks += checked.checks;
    if (tool.effect === "write" && stepped.status === "ok") writes.push(call);
  }
  return { environment, calls, clauses, checks, writes };
}

/** A clause about any call is about the message: broken once, however many calls stand side by side. */
function isTold(
  finding: ClauseFinding,
  { clauses, domain }: { readonly clauses: readonly ClauseFinding[]; readonly domain: Domain },
): boolean {
  const clause = domain.clauses.find(({ id }) => id === finding.clause);
  return clause?.tools.length === 0 && clauses.some((told) => told.clause === finding.clause);
}

function checkClauses(
  context: ClauseContext,
  { task, domain, place }: { readonly task: Task; readonly domain: Domain; readonly place: number },
): { readonly findings: readonly ClauseFinding[]; readonly checks: number } {
  const about = domain.clauses.filter(
    ({ id, tools }) => task.clauses.includes(id) && (tools.length === 0 || tools.includes(context.call.name)),
  );
  const findings = about.flatMap((clause): readonly ClauseFinding[] => {
    const verdict = clause.check(context);
    if (verdict.verdict === "allowed") return [];
    const why = verdict.verdict === "forbidden" ? verdict.evidence : verdict.why;
    return [{ clause: clause.id, verdict: verdict.verdict, why, place }];
  });
  return { findings, checks: about.length };
}
