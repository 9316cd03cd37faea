import { unknownName } from "../core/errors.ts";
import type { Domain } from "../domains/domain.ts";
import type { Choosing } from "../frontier/choose.ts";
import type { HarvestedCell } from "../frontier/diversity.ts";
import type { Quotas, Session } from "../store/records.ts";

/** A kind in a session's quotas that the domain does not have is an InputError. */
export function checkQuotas({ kinds = {} }: Quotas, { name, requests }: Domain): void {
  const known = requests.map(({ kind }) => kind);
  const foreign = Object.keys(kinds).find((kind) => !known.includes(kind));
  if (foreign !== undefined) throw unknownName(`request kind of ${name} in quotas`, foreign, known);
}

/** Tasks of one vein at most where a session sets no share: a third of what is wanted, and two. */
const defaultPerVein = (wanted: number) => Math.max(2, Math.ceil(wanted / 3));

/** How a harvest that is to keep so many tasks chooses under its session's quotas. */
export function choosingFor({ quotas = {} }: Pick<Session, "quotas">, wanted: number) {
  const { vein, new: leastNew, kinds } = quotas;
  return {
    // 0.07 × 100 is a hair above 7 for a computer.
    perVein: vein === undefined ? defaultPerVein(wanted) : Math.max(1, Math.ceil(vein * wanted - 1e-9)),
    ...(leastNew === undefined ? {} : { leastNew }),
    ...(kinds === undefined ? {} : { kinds }),
  } satisfies Partial<Choosing>;
}

/** Tasks that are taken to be wanted where nobody said: a harvest's default, or what is kept and one more. */
const likelyWanted = 10;

/** The same for one step by hand: no vein is held back there unless the session says so. */
export function choosingByHand(session: Pick<Session, "quotas">, kept: number): Partial<Choosing> {
  const { perVein, ...rest } = choosingFor(session, Math.max(likelyWanted, kept + 1));
  return session.quotas?.vein === undefined ? rest : { ...rest, perVein };
}

/** The kinds of request that a task fails by: those that its failure's cause names, or else all that it has. */
export function failingKinds({ cell, mode }: HarvestedCell): readonly string[] {
  const all = [...new Set(cell.requests.map(({ kind }) => String(kind)))];
  const named = all.filter((kind) => mode.startsWith(`${kind}:`));
  return named.length > 0 ? named : all;
}

/** The kind of a task whose quota is full; null if it has room. */
export function fullKind(
  { quotas = {} }: Pick<Session, "quotas">,
  task: HarvestedCell,
  harvest: readonly HarvestedCell[],
): string | null {
  const { kinds = {} } = quotas;
  const kept = (kind: string) => harvest.filter((one) => failingKinds(one).includes(kind)).length;
  return failingKinds(task).find((kind) => kept(kind) >= (kinds[kind] ?? Number.POSITIVE_INFINITY)) ?? null;
}

/** A session's quotas in words; nothing where it has none. */
export function quotasText({ quotas }: Pick<Session, "quotas">): readonly string[] {
  if (quotas === undefined) return [];
  const { vein, new: leastNew, kinds = {} } = quotas;
  const parts = [
    ...(vein === undefined ? [] : [`one vein fills at most ${vein} of the harvest`]),
    ...(leastNew === undefined ? [] : [`at least ${leastNew} of screening looks where nobody asked`]),
    ...Object.entries(kinds).map(([kind, most]) => `at most ${most} tasks that fail by ${kind}`),
  ];
  return parts.length === 0 ? [] : [`Quotas: ${parts.join(", ")}.`];
}
