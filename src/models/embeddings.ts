import type { Usage } from "./chat.ts";

/** What an embeddings model made of some texts: one vector for each, in their order, all of one length. */
export interface Embedded {
  readonly vectors: readonly Float32Array[];
  readonly usage: Usage;
}

/** A model that turns texts into vectors. Rejects with a ModelError when it failed for good. */
export interface Embedder {
  readonly spec: string;
  /** Everything that changes its vectors: spec and endpoint's name. Vectors are kept under it. */
  readonly fingerprint: string;
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Embedded>;
}

/** The cosine of the angle between two vectors, 0 where they have no length or not the same one; at most 1, at least 0. */
export function vectorLikeness(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return 0;
  let [dot, left, right] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    dot += x * y;
    left += x * x;
    right += y * y;
  }
  const both = Math.sqrt(left * right);
  return both === 0 ? 0 : Math.min(1, Math.max(0, dot / both));
}
