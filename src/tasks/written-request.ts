import { z } from "zod";
import { anyOf } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";
import type { Domain, Request, RequestKind, ScriptedRequest } from "../domains/domain.ts";

/** Requests as a model reads of them and writes them. */

/** A request with what is wanted instead, whatever the words. */
export interface WrittenRequest {
  readonly request: Request;
  readonly otherwise?: WrittenRequest;
}

/** The request without the form of its words. */
export function withoutForm({ request, otherwise }: ScriptedRequest): WrittenRequest {
  return otherwise === undefined ? { request } : { request, otherwise: withoutForm(otherwise) };
}

/** The schema of a written request of any of the domain's kinds. */
export function writtenRequestSchema(domain: Domain): z.ZodType<WrittenRequest> {
  const request = anyRequest(domain);
  const written: z.ZodType = z.lazy(() => z.strictObject({ request, otherwise: written.exactOptional() }));
  return written as z.ZodType<WrittenRequest>;
}

/** What is wrong with a request is said in terms of its own kind, not of a union of all. */
function anyRequest(domain: Domain): z.ZodType<Request> {
  return z.unknown().transform((value, context): Request => {
    const kind = (value as { readonly kind?: unknown } | null)?.kind;
    const known = domain.requests.find((other) => other.kind === kind);
    if (known === undefined) {
      const message = `expected one of the kinds ${anyOf(domain.requests.map((other) => other.kind))}`;
      context.addIssue({ code: "custom", path: ["kind"], message });
      return z.NEVER;
    }
    const parsed = known.schema.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues) {
      context.addIssue({ code: "custom", path: [...path], message });
    }
    return z.NEVER;
  });
}

/** A schema as one line of JSON Schema. */
export function schemaLine(schema: z.ZodType): string {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return JSON.stringify(rest);
}

/** A request kind as a model is told of it. */
export function kindLines({ kind, summary, schema }: RequestKind): string {
  return `- ${kind}: ${summary}\n  ${schemaLine(schema)}`;
}

/** A request of the kind, as the sampler would make one; null if it finds none. */
export function exampleRequest(kind: RequestKind, domain: Domain, rng: Rng): Request | null {
  for (let i = 0; i < 8; i++) {
    const wish = { requests: [{ kind: kind.kind }], noise: 0, distractors: 0 };
    const found = domain.sampleScenario(wish, rng.fork(String(i)))?.requests[0]?.request;
    if (found !== undefined) return found;
  }
  return null;
}
