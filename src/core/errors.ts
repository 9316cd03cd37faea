/**
 * Something the caller can mend: wrong input, an unknown name, a limit reached. Its message is one sentence
 * that says what was expected, what came and what to do next, and it is safe to show to anybody.
 */
export class InputError extends Error {
  override readonly name = "InputError";
}

/** Joins names for a sentence: `a, b or c`. */
export function anyOf(names: readonly string[]): string {
  if (names.length <= 1) return names[0] ?? "nothing";
  return `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

/** An input error for a name that is not among the known ones. */
export function unknownName(what: string, came: string, known: readonly string[]): InputError {
  const shown = known.length > 30 ? [...known.slice(0, 25), `${known.length - 25} more`] : known;
  return new InputError(`Unknown ${what} "${came}": expected ${anyOf(shown)}.`);
}
