import { z } from "zod";
import { InputError } from "../core/errors.ts";
import { isObject, type JsonObject, refuseHostileKeys } from "../core/json.ts";
import type { Domain, World } from "../domains/domain.ts";
import { composeTask, type Parts } from "../tasks/compose.ts";
import { type Gated, misfit, passGates, worldGate } from "../tasks/gates.ts";
import { writeInstruction } from "../tasks/instruction.ts";
import type { Rejection } from "../tasks/rejection.ts";
import type { Criterion, Schedule, Task } from "../tasks/task.ts";
import { scriptedSchema } from "../tasks/task-schema.ts";
import type { Workbench } from "./workbench.ts";

/** A world and what goes with it as an assistant wrote it: nothing in it has been checked. */
export interface Written {
  readonly world: Readonly<Record<string, unknown>>;
  readonly identity?: Readonly<Record<string, unknown>>;
  readonly requests?: readonly Readonly<Record<string, unknown>>[];
  readonly instruction?: string;
  readonly persona?: string;
  readonly schedule?: Schedule;
  readonly criteria?: readonly Readonly<Record<string, unknown>>[];
}

/** What an assistant wrote, read as a task. Every part is checked for its form before anything is derived from it. */
export function gateWritten(bench: Workbench, written: Written): Gated {
  if (written.identity === undefined) {
    throw new InputError('A world came without an identity: say who the user is, such as {"user_id": "…"}.');
  }
  refuseHostileKeys(written, "the world that came");
  const { domain } = bench;
  const requests = (written.requests ?? []).map(asScripted);
  const misfit = formGate({ ...written, requests }, domain);
  if (misfit.length > 0) return { status: "rejected", rejections: misfit };
  const world = written.world as unknown as World;
  const inconsistent = worldGate(world, domain);
  if (inconsistent.length > 0) return { status: "rejected", rejections: inconsistent };
  return inArguments(
    gateParts(bench, {
      world,
      user: {
        identity: written.identity as JsonObject,
        persona: written.persona ?? "",
        schedule: written.schedule ?? "together",
        requests: requests as never,
      },
      ...(written.instruction === undefined ? {} : { instruction: written.instruction }),
      ...(written.criteria === undefined
        ? {}
        : { criteria: written.criteria as unknown as readonly Criterion[] }),
    }),
  );
}

/** Paths as the one who wrote it knows them: identity and requests came as arguments, not inside a user. */
function inArguments(gated: Gated): Gated {
  if (gated.status === "passed") return gated;
  const rejections = gated.rejections.map((one) => ({ ...one, path: one.path.replace(/^\/user\//, "/") }));
  return { status: "rejected", rejections };
}

/** A request by itself, or one with what is wanted instead if it is refused. */
function asScripted(written: unknown): unknown {
  if (!isObject(written) || !("request" in written)) return { request: written, form: 0 };
  const { otherwise, ...rest } = written;
  return { form: 0, ...rest, ...(otherwise === undefined ? {} : { otherwise: asScripted(otherwise) }) };
}

function formGate(
  {
    world,
    identity,
    requests,
  }: { readonly world: unknown; readonly identity?: unknown; readonly requests: readonly unknown[] },
  domain: Domain,
): readonly Rejection[] {
  const scripted = scriptedSchema(domain);
  const checks: readonly (readonly [string, z.ZodType, unknown])[] = [
    ["/world", domain.worldSchema, world],
    ["/identity", domain.identity.schema, identity],
    ...requests.map(
      (request, i) => [`/requests/${i}`, requestForm(request, domain) ?? scripted, formOf(request)] as const,
    ),
  ];
  return checks.flatMap(([path, schema, value]) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return [];
    return parsed.error.issues.slice(0, 5).map((issue) => misfit(path, issue));
  });
}

/** A plain request is checked against its own kind, so that the complaint names the member and not the whole union. */
function requestForm(scripted: unknown, domain: Domain): z.ZodType | null {
  if (!isObject(scripted) || "otherwise" in scripted || !isObject(scripted.request)) return null;
  const { kind } = scripted.request;
  const known = domain.requests.find((one) => one.kind === kind);
  return known?.schema ?? z.object({ kind: z.enum(domain.requests.map((one) => one.kind)) });
}

const formOf = (scripted: unknown) =>
  isObject(scripted) && !("otherwise" in scripted) && isObject(scripted.request)
    ? scripted.request
    : scripted;

/** The scripted user says its requests and nothing else: an instruction of other words would be said by nobody. */
function unsaidWords({ user, instruction }: Task, domain: Domain): readonly Rejection[] {
  if (user.requests.length === 0 || instruction.trim() === writeInstruction(user, domain)) return [];
  return [
    {
      gate: "instruction",
      path: "/instruction",
      wrong: "the session's user is scripted and says the requests, not these words",
      repair: "leave instruction out, or start a session with user openai:MODEL, who plays it",
    },
  ];
}

/** Composes a task from parts of the right form and puts it through the gates, if the session can play it at all. */
export function gateParts(bench: Workbench, parts: Parts): Gated {
  const { domain, session, stage, target } = bench;
  const { task } = composeTask(domain, parts);
  const unsaid = session.user === "scripted" ? unsaidWords(task, domain) : [];
  if (unsaid.length > 0) return { status: "rejected", rejections: unsaid };
  if (task.user.requests.length === 0 && (session.user === "scripted" || target.simulated)) {
    throw new InputError(
      "A task without requests needs a model-played user and a target that is no simulated one: add requests, or start a session with user openai:MODEL.",
    );
  }
  if (task.criteria.some((criterion) => criterion.type === "rubric") && stage.judge === null) {
    throw new InputError(
      "A rubric needs a judge: start a session whose oracle is openai:MODEL, which then judges too.",
    );
  }
  return passGates(task, domain);
}
