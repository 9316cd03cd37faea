import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { InputError } from "../core/errors.ts";
import { canonical, type Json, type JsonObject } from "../core/json.ts";
import type { Run, RunKind } from "../store/records.ts";
import {
  brokeDown,
  head,
  type LongAnswer,
  longHead,
  runningAnswer,
  stoppedAnswer,
  type WorkAnswer,
} from "./run-answer.ts";
import type { Answer, CallContext, Deps, Progress } from "./tool.ts";

/** Milliseconds between two signs of life of a run. */
const beatMs = 2_000;
/** An owner that gave no sign of life for so long is taken for dead. */
export const staleMs = 12_000;

/** What a long piece of work is given; it should end soon after its signal aborts, keeping what it has. */
export interface On {
  readonly runId: string;
  readonly signal: AbortSignal;
  progress(update: Progress): void;
}

export interface LongCall {
  readonly session: string;
  readonly kind: RunKind;
  readonly input: JsonObject;
  readonly ctx: CallContext;
}

/** The output schema of a long verb, from the members of its finished answer. */
export function longOutput<S extends z.ZodRawShape>(shape: S) {
  return z.object({ ...z.object(shape).partial().shape, ...longHead });
}

type Ended =
  | { readonly status: "done"; readonly answer: Answer }
  | { readonly status: "cancelled" | "interrupted"; readonly answer: Answer | null }
  | { readonly status: "failed"; readonly error: unknown };

/** One run while this process works on it. */
interface Piece {
  readonly run: Run;
  readonly ended: Promise<Ended>;
  latest(): Progress | null;
  follow(listener: (update: Progress) => void): () => void;
  stop(as: "cancelled" | "interrupted"): void;
}

/** What is under way for one set of `Deps`, so that the end of the process can stop it. */
interface Desk {
  readonly pieces: Set<Piece>;
  trouble: (error: unknown, run: string) => void;
}

const desks = new WeakMap<Deps, Desk>();

function deskOf(deps: Deps): Desk {
  const desk = desks.get(deps) ?? { pieces: new Set(), trouble: () => undefined };
  desks.set(deps, desk);
  return desk;
}

/** Names who hears of errors that no call is left to hear of. */
export function onWorkTrouble(deps: Deps, listener: (error: unknown, run: string) => void): void {
  deskOf(deps).trouble = listener;
}

/**
 * Does long work as a run. While the call is patient it waits; then it answers with the run's id and the work goes
 * on. A call that its client cancels cancels the run. Of a session's harvests one runs at a time, of its
 * retests one of the same input, and an interrupted one of the same input is taken up again under its old id.
 */
export async function runLong<S extends object>(
  deps: Deps,
  call: LongCall,
  work: (on: On) => Promise<WorkAnswer<S>>,
): Promise<LongAnswer<S>> {
  const run = await openRun(deps, call);
  const piece = begin(deps, run, work as unknown as (on: On) => Promise<Answer>);
  const answer = await waitFor(piece, deps, call.ctx);
  return answer as unknown as LongAnswer<S>;
}

async function waitFor(piece: Piece, deps: Deps, ctx: CallContext): Promise<Answer> {
  const unfollow = piece.follow(ctx.progress);
  const cancel = () => piece.stop("cancelled");
  ctx.signal.addEventListener("abort", cancel);
  if (ctx.signal.aborted) cancel();
  const patience = new AbortController();
  const outOfPatience = sleep(deps.patienceMs, null, { signal: patience.signal, ref: false });
  const ended = await Promise.race([piece.ended, outOfPatience.catch(() => null)]);
  patience.abort();
  unfollow();
  ctx.signal.removeEventListener("abort", cancel);
  if (ended === null) {
    leave(piece, deps);
    return runningAnswer(piece.run, piece.latest());
  }
  if (ended.status === "failed") throw ended.error;
  return ended.status === "done" ? ended.answer : stoppedAnswer(piece.run, ended.status, ended.answer);
}

/** From here on nobody waits: a foreign error has only the log to go to. */
function leave(piece: Piece, deps: Deps): void {
  void piece.ended.then((ended) => {
    if (ended.status !== "failed" || ended.error instanceof InputError) return;
    deskOf(deps).trouble(ended.error, piece.run.id);
  });
}

async function openRun(deps: Deps, call: LongCall): Promise<Run> {
  let seen: string | undefined;
  for (;;) {
    const opened = deps.store.atomically(() => tryOpen(deps, call));
    if ("run" in opened) return opened.run;
    const { busy } = opened;
    const alive = busy.owner === deps.owner || (seen !== undefined && seen !== busy.heartbeatAt);
    if (alive || call.ctx.signal.aborted) {
      throw new InputError(
        `Session ${busy.session} has a ${busy.kind} under way (${busy.id}): await it with await_run or stop it with cancel_run before you start another.`,
      );
    }
    seen = busy.heartbeatAt;
    call.ctx.progress({ done: 0, total: 1, message: `looking whether the owner of ${busy.id} is alive` });
    // Longer than a beat: an owner that lives has given a sign by then.
    await sleep(beatMs * 1.5);
  }
}

function tryOpen(
  deps: Deps,
  { session, kind, input }: LongCall,
): { readonly run: Run } | { readonly busy: Run } {
  const { store, owner } = deps;
  const now = deps.now();
  store.interruptStale(now, staleMs);
  if (kind === "harvest" || kind === "retest_tasks") {
    const isSame = (run: Run) => canonical(run.input) === canonical(input);
    const running = store.runs({ session, kind, status: "running" });
    // Retests of one harvest on several targets have sessions of their own, and do not get in each other's way.
    const busy = kind === "harvest" ? running[0] : running.find(isSame);
    if (busy !== undefined) return { busy };
    const left = store.runs({ session, kind, status: "interrupted" }).find(isSame);
    const claimed = left === undefined ? null : store.claimRun({ run: left.id, owner, now });
    if (claimed !== null) return { run: claimed };
  }
  return {
    run: store.startRun({ id: deps.newId("run"), session, kind, input, owner, heartbeatAt: now }),
  };
}

/** Starts the work and its heartbeat. The piece stays on the desk until its end is stored. */
function begin(deps: Deps, run: Run, work: (on: On) => Promise<Answer>): Piece {
  const desk = deskOf(deps);
  const controller = new AbortController();
  const listeners = new Set<(update: Progress) => void>();
  let latest: Progress | null = null;
  let stopped: "cancelled" | "interrupted" | null = null;
  const stop = (as: "cancelled" | "interrupted") => {
    if (stopped !== null) return;
    stopped = as;
    controller.abort(new InputError(`Run ${run.id} was ${as}: start it again to go on.`));
  };
  const progress = (update: Progress) => {
    latest = update;
    for (const listener of listeners) listener(update);
  };
  const timer = setInterval(() => {
    beat(deps, run, { progress: latest, stop });
    // Said again even if nothing is new: clients extend their time-outs by it.
    if (latest !== null) progress(latest);
  }, beatMs);
  const attempt = async (): Promise<Ended> => {
    try {
      const answer = await work({ runId: run.id, signal: controller.signal, progress });
      const structured = { ...answer.structured, ...head(run, "done") } as unknown as JsonObject;
      const whole = { ...answer, structured };
      return stopped === null ? { status: "done", answer: whole } : { status: stopped, answer: whole };
    } catch (error) {
      return stopped === null ? { status: "failed", error } : { status: stopped, answer: null };
    }
  };
  const ended = Promise.resolve()
    .then(attempt)
    .then((end) => {
      clearInterval(timer);
      desk.pieces.delete(piece);
      return keepEnd(deps, run, end);
    });
  const piece: Piece = {
    run,
    ended,
    latest: () => latest,
    follow: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop,
  };
  desk.pieces.add(piece);
  return piece;
}

function beat(
  deps: Deps,
  run: Run,
  on: { readonly progress: Progress | null; readonly stop: Piece["stop"] },
): void {
  try {
    const progress = on.progress as unknown as Json;
    const pulse = deps.store.heartbeat({ run: run.id, owner: deps.owner, now: deps.now(), progress });
    if (pulse.status === "lost") on.stop("interrupted");
    else if (pulse.cancelRequested) on.stop("cancelled");
  } catch (error) {
    deskOf(deps).trouble(error, run.id);
  }
}

/** Stores how a run ended. Where that fails (a full disk) the run counts as failed, and what it did stays. */
function keepEnd(deps: Deps, run: Run, end: Ended): Ended {
  const result =
    end.status === "failed"
      ? { error: end.error instanceof InputError ? end.error.message : brokeDown(run) }
      : end.answer === null
        ? null
        : { answer: end.answer };
  try {
    const kept = { run: run.id, owner: deps.owner, status: end.status, result: result as unknown as Json };
    deps.store.finishRun(kept);
    return end;
  } catch (error) {
    return end.status === "failed" ? end : { status: "failed", error };
  }
}

/** Stops this process's work on a run at once; false if it is not this process's. */
export function stopRun(deps: Deps, id: string): boolean {
  const piece = [...deskOf(deps).pieces].find((known) => known.run.id === id);
  piece?.stop("cancelled");
  return piece !== undefined;
}

/** Interrupts all work of this process, waits at most `waitMs` for it to end, and marks what is left. */
export async function stopWork(deps: Deps, waitMs = 1_500): Promise<void> {
  const { pieces } = deskOf(deps);
  for (const piece of pieces) piece.stop("interrupted");
  const all = Promise.all([...pieces].map((piece) => piece.ended));
  await Promise.race([all, sleep(waitMs, null, { ref: false })]);
  for (const { run } of pieces) keepEnd(deps, run, { status: "interrupted", answer: null });
}

/** Resolves when this process has no work left. */
export async function workDone(deps: Deps): Promise<void> {
  const { pieces } = deskOf(deps);
  while (pieces.size > 0) await Promise.all([...pieces].map((piece) => piece.ended));
}
