import { canonical } from "../core/json.ts";
import type { ChatModel } from "../models/chat.ts";
import type { Staged } from "../rollout/attempt.ts";
import type { SimplifyStep } from "../simplify/certificate.ts";
import { lengthPiece, type Rewrite, type Rewriting, type Rewritten } from "../simplify/reword.ts";
import type { StoredTask } from "../store/records.ts";
import { writeInstruction } from "../tasks/instruction.ts";
import { rewriteTask } from "../tasks/rewrite.ts";
import type { Workbench } from "./workbench.ts";

/** The models that put a user's side into words and hear it back. */
export interface PhrasingModels {
  readonly phraser: ChatModel;
  readonly listener: ChatModel;
  /** True if the phraser hears itself. */
  readonly isAlone: boolean;
}

/** A session's phraser, and who hears it back; null where it has none. */
export function phrasingModels({ session, oracle, open }: Workbench): PhrasingModels | null {
  if (session.phraser === undefined) return null;
  // A second model hears it back: the oracle's. Where that one is simulated the phraser is asked anew, and it is said so.
  const isAlone = oracle.simulated || session.oracle === session.phraser;
  return {
    phraser: open(session.phraser, "phraser"),
    listener: open(isAlone ? session.phraser : session.oracle, "judge"),
    isAlone,
  };
}

/** How the smallest form of a task is told in fewer words: by the phraser, if a model or an assistant wrote its words. */
export function rewriterFor(
  bench: Workbench,
  key: string,
  signal: AbortSignal,
): { readonly rewrite?: Rewrite } {
  const stored = bench.deps.store.task(key, bench.session.id);
  if (stored === null || !isAuthored(stored, bench)) return {};
  const models = phrasingModels(bench);
  if (models === null) return {};
  return {
    rewrite: async (rewriting) =>
      rewrittenBefore(bench, key, rewriting) ?? askForFewer(bench, models, { ...rewriting, signal }),
  };
}

/** True unless the words are the house's own: its plain list, or the sentences of a walk that no model worded. */
function isAuthored({ task, construction }: StoredTask, { domain }: Workbench): boolean {
  return task.instruction !== writeInstruction(task.user, domain) && construction?.words.by !== "offline";
}

async function askForFewer(
  { domain, session }: Workbench,
  { phraser, listener }: PhrasingModels,
  { form, text, longest, signal }: Rewriting & { readonly signal: AbortSignal },
): Promise<Rewritten> {
  const { task, gold, key } = form;
  if (gold === null) return { status: "misheard", why: "nobody knows what it should be heard as" };
  const written = await rewriteTask({
    ...{ domain, user: task.user, gold, phraser, listener, text, longest, signal },
    seed: `${session.seed}/rewrite-${key}`,
  });
  if (written.status === "heard")
    return { status: "rewritten", instruction: written.text, by: phraser.spec, heardBy: written.heardBy };
  // The model's own sentence may name an endpoint, which is nobody's business where tasks are exported.
  const why =
    written.trouble === "unanswered"
      ? `${phraser.spec} or who hears it back did not answer`
      : `none of ${written.tries} texts of ${phraser.spec} says the same in fewer words`;
  return { status: written.trouble, why };
}

/** What the phraser made of a form before: nobody is asked twice for what was had, and a call made again goes the same way. */
function rewrittenBefore(
  { deps: { store }, session }: Workbench,
  parent: string,
  { form }: Rewriting,
): Rewritten | null {
  for (const { key, origin } of store.tasks({ session: session.id })) {
    if (origin.by !== "simplified" || origin.parent !== parent || origin.words === undefined) continue;
    const task = store.task(key, session.id)?.task;
    if (task !== undefined && isTheSame({ task, form }))
      return { status: "rewritten", instruction: task.instruction, ...origin.words };
  }
  const before = store.simplification(session.id, parent);
  if (before?.minimal !== form.key) return null;
  const steps = before.steps as unknown as readonly SimplifyStep[];
  const step = steps.find(({ removes }) => removes === lengthPiece);
  return step?.result === "unsound" ? { status: "misheard", why: step.why } : null;
}

/** True if a task is a form in other words. */
const isTheSame = ({ task, form }: { readonly task: Staged["task"]; readonly form: Staged }): boolean =>
  canonical({ ...task, instruction: "" }) === canonical({ ...form.task, instruction: "" });
