import { InputError } from "../core/errors.ts";

/** A model by name: one behind an OpenAI-compatible endpoint, or a simulated one by its fault file's name. */
export type ModelSpec =
  | { readonly kind: "openai"; readonly spec: string; readonly model: string }
  | { readonly kind: "sim"; readonly spec: string; readonly name: string };

/** Printable, no blanks: endpoints use slashes, colons, dots and at signs in their models' names. */
const modelName = /^[\x21-\x7e]{1,200}$/;

/** A name and never a path: fault files are registered at start and looked up, not opened from here. */
const faultFileName = /^[a-z0-9][a-z0-9_-]{0,63}$/i;

/** Parses `openai:MODEL` or `sim:NAME`; anything else is an InputError. */
export function parseSpec(text: string): ModelSpec {
  const [, kind, name = ""] = /^(openai|sim):(.*)$/s.exec(text) ?? [];
  if (kind === "openai" && modelName.test(name)) return { kind, spec: text, model: name };
  if (kind === "sim" && faultFileName.test(name)) return { kind, spec: text, name };
  const came = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
  throw new InputError(
    `Expected a model as openai:MODEL or sim:NAME, got ${came}: name one as in openai:gpt-4.1 or sim:reference.`,
  );
}

/** The name of a model that can only stand behind an endpoint; a simulated one is an InputError. */
export function behindEndpoint(text: string, role: string): string {
  const spec = parseSpec(text);
  if (spec.kind === "openai") return spec.model;
  throw new InputError(
    `The ${role} cannot be ${text}, which plays agents only: leave ${role} out, or name openai:MODEL.`,
  );
}
