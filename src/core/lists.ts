/** True if two lists hold the very same items, by identity, in the same order. */
export const haveSameItems = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a.length === b.length && a.every((one, i) => one === b[i]);
