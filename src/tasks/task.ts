import type { Json, JsonObject } from "../core/json.ts";
import { contentKey } from "../core/json.ts";
import type { AxisValues, Call, Domain, ScriptedRequest, World } from "../domains/domain.ts";
import type { Event } from "../domains/event.ts";

/** One condition of success. Data only: never code, never a regular expression. */
export type Criterion =
  | {
      /** The final state equals the one that these writes lead to, up to renaming of generated ids. */
      readonly type: "final_state";
      readonly writes: readonly Call[];
    }
  | {
      readonly type: "assertion";
      /** JSON Pointer into the final state: /table/id/field… */
      readonly path: string;
      readonly op: "equals" | "absent" | "count" | "delta" | "contains";
      readonly value?: Json;
    }
  | {
      readonly type: "communicated";
      readonly kind: "number" | "id" | "date" | "text";
      readonly value: string | number;
      readonly tolerance?: number;
    }
  | {
      /** A request is turned down (`refusal`) or handed to a human (`handover`), on the ground of these records. */
      readonly type: "refusal" | "handover";
      readonly about: string;
      readonly clauses: readonly string[];
      readonly restsOn: readonly string[];
      readonly forbids: readonly Call[];
    }
  | {
      /** No call breaks this clause. */
      readonly type: "complies";
      readonly clause: string;
    }
  | { readonly type: "rubric"; readonly objective: string };

/** When the scripted user brings up the requests: all at once, each after the last, or the last one late. */
export type Schedule = "together" | "one_by_one" | "late";

export const schedules: readonly Schedule[] = ["together", "one_by_one", "late"];

/** Who plays which part, and says what. */
export interface UserScript {
  readonly identity: JsonObject;
  /** How the user talks, for a model-played user: one sentence of plain text. */
  readonly persona: string;
  /** Small talk that the user opens with, before the requests; it says neither who they are nor what they want. */
  readonly aside?: string;
  readonly schedule: Schedule;
  readonly requests: readonly ScriptedRequest[];
}

/** All that decides how a task is read and graded. Its key is the hash of this and the domain's version. */
export interface Task {
  readonly domain: string;
  readonly world: World;
  readonly user: UserScript;
  /** The user's side in words, for a model-played user and for exports. */
  readonly instruction: string;
  /** The ids of the clauses that the policy shows, in the domain's order. */
  readonly clauses: readonly string[];
  /** The names of the tools that the target may call. */
  readonly tools: readonly string[];
  /** What happens while the conversation goes on; empty for a world that stands still but for what is done in it. */
  readonly events: readonly Event[];
  readonly criteria: readonly Criterion[];
}

/** Where a task came from. */
export type Origin =
  | {
      readonly by: "sampled";
      readonly seed: string;
      /** As a walk has them; those of tasks from before they were kept are not known. */
      readonly cells?: readonly AxisValues[];
      readonly follows?: string | null;
    }
  | { readonly by: "written"; readonly hypothesis?: string }
  | { readonly by: "world-actor"; readonly model: string; readonly description: string }
  | {
      /** Built around a golden walk, which stands in its construction. */
      readonly by: "walk";
      readonly seed: string;
      /** The cells of its requests in the order they come up, and what its world was filled with. */
      readonly cells: readonly AxisValues[];
      readonly filling: AxisValues;
      /** The way to fail that it was made to follow; null if none. */
      readonly follows: string | null;
    }
  | {
      readonly by: "simplified";
      readonly parent: string;
      readonly removed: string;
      /** Who told it in fewer words, and who heard that back ("rule", or a model); left out where nobody did. */
      readonly words?: { readonly by: string; readonly heardBy: string };
    };

/** How one request ends when it is handled right. */
export interface Solution {
  readonly request: ScriptedRequest["request"];
  readonly status: "granted" | "refused" | "handover";
  /** Its writes that take effect. */
  readonly writes: readonly Call[];
  readonly clauses: readonly string[];
  readonly restsOn: readonly string[];
  readonly forbids: readonly Call[];
}

/** One right way through a task, never required of the target. */
export interface Gold {
  /** Every call in order, reads and writes; those that an event interrupts or makes refused stand where they happen. */
  readonly calls: readonly Call[];
  /** One per request in the order they come up, each refused one followed by its `otherwise`. */
  readonly solutions: readonly Solution[];
}

/** A task's name: the hash of what decides it. Without events it is what it was before there were any. */
export function taskKey({ events, ...rest }: Task, domain: Domain): string {
  const eventful = events.length === 0 ? {} : { events };
  return contentKey({ ...rest, ...eventful, domainVersion: domain.version });
}
