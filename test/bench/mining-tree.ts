import type { Fault, FaultFile } from "../../src/agents/fault-file.ts";
import { createSimulated, type Draw, drawStrike } from "../../src/agents/simulated.ts";
import { canonical } from "../../src/core/json.ts";
import { airline } from "../../src/domains/airline/airline.ts";
import type { Request } from "../../src/domains/domain.ts";
import type { Gold, Task } from "../../src/tasks/task.ts";
import { play } from "../sampled.ts";

/** A task with its gold, as conversations need it. */
export interface Named {
  readonly task: Task;
  readonly gold: Gold | null;
}

/** One draw that a conversation depends on. */
interface Question {
  readonly key: string;
  readonly fault: Fault;
  readonly request: Request;
  /** What was drawn so far, by seed. */
  readonly drawn: Map<string, boolean>;
}

/** Where a branch leads: the next draw, or how the conversation ends. Empty where none has come by. */
interface Branch {
  to:
    | { readonly question: Question; readonly yes: Branch; readonly no: Branch }
    | { readonly passed: boolean }
    | null;
}

/**
 * What a simulated target does on one task, for any seed: a conversation follows from the draws of its planted faults
 * alone, so all seeds that draw alike share one.
 */
export interface Tree {
  /** Whether the rollout of a seed passes; with `without`, that of the same seed with this fault gone from the file. */
  passes(seed: string, without?: string): Promise<boolean>;
  /** The ids of the faults that any conversation so far has drawn for. */
  asked(): readonly string[];
  /** Conversations held so far. */
  conversations(): number;
}

/** The tree of a target and a task; a conversation is held only for draws that none has come by yet. */
export function createTree(file: FaultFile, named: Named): Tree {
  const root: Branch = { to: null };
  const questions = new Map<string, Question>();
  let conversations = 0;

  const questionOf = (fault: Fault, request: Request): Question => {
    const key = `${fault.id} ${canonical(request)}`;
    const known = questions.get(key) ?? { key, fault, request, drawn: new Map<string, boolean>() };
    questions.set(key, known);
    return known;
  };
  const answerTo = ({ fault, request, drawn }: Question, seed: string, without: string | undefined) => {
    if (fault.id === without) return false;
    const answer = drawn.get(seed) ?? drawStrike({ fault, request, seed });
    drawn.set(seed, answer);
    return answer;
  };
  const converse = async (seed: string, without: string | undefined): Promise<boolean> => {
    const path = new Map<Question, boolean>();
    const draw: Draw = ({ fault, request }) => {
      const question = questionOf(fault, request);
      const answer = path.get(question) ?? answerTo(question, seed, without);
      path.set(question, answer);
      return answer;
    };
    const { grade } = await play(named, { target: createSimulated(file, airline, { draw }), seed });
    if (grade.status === "unscored") throw new Error(`the bench could not score a rollout: ${grade.why}`);
    conversations += 1;
    const passed = grade.status === "passed";
    grow(root, [...path], passed);
    return passed;
  };
  return {
    passes: async (seed, without) => {
      let branch = root;
      while (branch.to !== null && "question" in branch.to)
        branch = answerTo(branch.to.question, seed, without) ? branch.to.yes : branch.to.no;
      return branch.to === null ? converse(seed, without) : branch.to.passed;
    },
    asked: () => [...new Set([...questions.values()].map(({ fault }) => fault.id))],
    conversations: () => conversations,
  };
}

/** Lays a conversation's draws, in the order in which they were asked, and its end into the tree. */
function grow(root: Branch, path: readonly (readonly [Question, boolean])[], passed: boolean): void {
  let branch = root;
  for (const [question, answer] of path) {
    branch.to ??= { question, yes: { to: null }, no: { to: null } };
    if (!("question" in branch.to) || branch.to.question !== question)
      throw new Error("the bench saw equal draws lead to different conversations");
    branch = answer ? branch.to.yes : branch.to.no;
  }
  branch.to = { passed };
}

/** The share of seeds that pass. */
export async function rateOf(tree: Tree, seeds: readonly string[], without?: string): Promise<number> {
  let passed = 0;
  for (const seed of seeds) if (await tree.passes(seed, without)) passed += 1;
  return passed / seeds.length;
}
