import type { Json } from "../core/json.ts";
import type { Cell } from "../domains/cell.ts";
import type { AxisValues } from "../domains/domain.ts";

/** What one task has shown of the target. */
export interface Evidence {
  readonly task: string;
  /** The cell that was run: rollouts and failure rates count here. */
  readonly cell: Cell;
  /** The cell of its minimal form, where it has one: a confirmed failure is marked here. */
  readonly minimal: Cell | null;
  /** The key of its minimal form; the task itself is the smallest that is known where this is left out. */
  readonly smallest?: string;
  /** The hypothesis that it was made to try. */
  readonly hypothesis: string | null;
  /** What a strategist claims of it on axes that the domain does not have; nobody has checked it. */
  readonly claims?: AxisValues;
  /** Scored rollouts that decided its window verdict, and how many passed. */
  readonly n: number;
  readonly passed: number;
  /** True once the oracle (or gold, for a simulated target) has shown that it can be done, and the target fails it. */
  readonly confirmed: boolean;
  /** The clauses that failing rollouts broke, for hypotheses about a clause. */
  readonly broken: readonly string[];
  /** What went wrong, by fingerprint; null while nothing did. */
  readonly mode: string | null;
}

/** What is kept beside a verification: how the target fails. */
export interface VerificationNote {
  readonly modes: readonly string[];
  readonly broken: readonly string[];
  readonly why: string;
}

export function readNote(why: Json): VerificationNote {
  const note = why as unknown as Partial<VerificationNote> | null;
  return { modes: note?.modes ?? [], broken: note?.broken ?? [], why: note?.why ?? "" };
}

/** All that is on record of one task, and that its evidence follows from. */
export interface TaskRecord {
  readonly task: string;
  readonly cell: Cell;
  readonly origin: { readonly by: string; readonly cells?: readonly AxisValues[] };
  readonly hypothesis: string | null;
  readonly claims: AxisValues | null;
  readonly n: number;
  readonly passed: number;
  readonly verification: { readonly confirmed: boolean; readonly why: Json } | null;
  readonly minimal: { readonly task: string; readonly cell: Cell } | null;
  readonly analysis: {
    readonly rollouts: number;
    readonly notes: readonly { readonly request: number | null; readonly count: number }[];
  } | null;
}

/**
 * Where the failure of a constructed task lies: its cell with the requests alone that the analysis blames in at least
 * half of the failed rollouts; null where it blames none.
 */
export function blamedCell({ origin, cell, analysis }: TaskRecord): Cell | null {
  if (origin.by !== "walk" || analysis === null) return null;
  const often = analysis.notes.filter(({ count }) => 2 * count >= analysis.rollouts);
  const blamed = new Set(often.flatMap(({ request }) => request ?? []));
  const requests = (origin.cells ?? []).filter((_, i) => blamed.has(i));
  return requests.length === 0 ? null : { ...cell, requests };
}

/** The evidence of one task; a smaller form of it need not be what was claimed, so that claims stay with the task itself. */
export function evidenceFrom(known: TaskRecord): Evidence {
  const { task, cell, minimal, hypothesis, claims, origin, n, passed, verification } = known;
  const { broken, modes } = readNote(verification?.why ?? null);
  return {
    task,
    cell,
    minimal: minimal?.cell ?? blamedCell(known),
    ...(minimal === null ? {} : { smallest: minimal.task }),
    hypothesis,
    ...(claims === null || origin.by === "simplified" ? {} : { claims }),
    n,
    passed,
    confirmed: verification?.confirmed === true,
    broken,
    mode: modes.length === 0 ? null : modes.join(" + "),
  };
}
