import { describe, expect, test } from "vitest";
import { z } from "zod";
import { canonical, isObject, type Json } from "../src/core/json.ts";
import { createRng } from "../src/core/rng.ts";
import { checkGraph, findCycle, reachOf } from "../src/dag/check-graph.ts";
import { type Graph, requestGraph, type ToolNode, toolGraph } from "../src/dag/tool-graph.ts";
import { requestKind } from "../src/domains/dialogue.ts";
import { type Call, type Domain, type Request, stateOf } from "../src/domains/domain.ts";
import { run } from "../src/domains/environment.ts";
import { domains } from "../src/domains/index.ts";
import { fieldsOf } from "../src/domains/reference.ts";
import { type Solving, solve } from "../src/tasks/gold.ts";

const toolsIn = ({ nodes }: Graph) => nodes.filter((node): node is ToolNode => node.type === "tool");

/** The values at a path of a field. */
function valuesAt(value: Json | undefined, path: string): readonly Json[] {
  const steps = path === "$" ? [] : (path.match(/\[\]|\.~|\.\*|[^.[\]]+/g) ?? []);
  return steps.reduce<readonly Json[]>(
    (values, step) =>
      values.flatMap((one) => {
        if (step === "[]") return Array.isArray(one) ? one : [];
        if (!isObject(one)) return [];
        if (step === ".~") return Object.keys(one);
        if (step === ".*") return Object.values(one);
        return one[step] === undefined ? [] : [one[step]];
      }),
    value === undefined ? [] : [value],
  );
}

/** What one request's gold calls were, after those of the requests before it. */
interface Stretch {
  readonly request: Request;
  readonly calls: readonly Call[];
}

/** The gold of some requests, cut where one ends and the next begins; what is wanted otherwise is a request too. */
function stretches(domain: Domain, { world, user }: Solving): readonly Stretch[] {
  const whole = solve(domain, { world, user });
  if (whole.status !== "solved") throw new Error(whole.why);
  const requests = whole.gold.solutions.map(({ request }) => request);
  const upTo = (count: number): readonly Call[] => {
    const said = requests.slice(0, count).map((request) => ({ request, form: 0 }));
    const part = solve(domain, { world, user: { ...user, requests: said } });
    if (part.status !== "solved") throw new Error(part.why);
    return part.gold.calls;
  };
  return requests.map((request, i) => ({ request, calls: upTo(i + 1).slice(upTo(i).length) }));
}

interface Told {
  readonly node: string;
  readonly reference: string;
  readonly value: string;
}

function toldBy(node: string, schema: z.ZodType, value: Json): readonly Told[] {
  return fieldsOf(schema).flatMap(({ path, references }) =>
    references.flatMap((reference) =>
      valuesAt(value, path).map((one) => ({ node, reference, value: canonical(one) })),
    ),
  );
}

/** What of a call's arguments came along no edge of the graph. */
function unfedArguments(call: Call, graph: Graph, told: readonly Told[]): readonly string[] {
  const into = graph.edges.filter(({ to }) => to === call.name);
  const sources = (from: string, reference: string | null): readonly string[] =>
    from.startsWith("choice:")
      ? graph.edges
          .filter((edge) => edge.to === from && edge.reference === reference)
          .map((edge) => edge.from)
      : [from];
  const node = toolsIn(graph).find(({ id }) => id === call.name);
  if (node === undefined) return [`${call.name} is not in the graph`];
  return node.inputs.flatMap(({ path }) => {
    const ways = into
      .filter((edge) => edge.input === path)
      .flatMap(({ from, reference }) => sources(from, reference).map((source) => ({ source, reference })));
    const given = new Set(
      told
        .filter((one) => ways.some((way) => way.source === one.node && way.reference === one.reference))
        .map(({ value }) => value),
    );
    return valuesAt(call.arguments, path)
      .map(canonical)
      .filter((value) => !given.has(value))
      .map((value) => `${call.name} ${path} ${value}`);
  });
}

/** Follows a user's gold through the graphs; `wrong` is what does not go along them, `seen` which facts were looked up. */
function follow(domain: Domain, { world, user }: Solving) {
  const wrong: string[] = [];
  const seen = new Set<string>();
  let state = stateOf(world);
  let told: readonly Told[] = [];
  const answered = (call: Call, result: Json) => {
    const tool = domain.tools.find(({ name }) => name === call.name);
    if (tool === undefined) return;
    if (!tool.output.safeParse(result).success) wrong.push(`${call.name} answers in another form`);
    told = [...told, ...toldBy(call.name, tool.output, result)];
    for (const echo of tool.echoes?.(call.arguments, result) ?? []) answered(echo, result);
  };
  for (const { request, calls } of stretches(domain, { world, user })) {
    const kind = requestKind(request, domain);
    const graph = requestGraph(kind, domain);
    const words = [
      ...toldBy("words", domain.identity.schema, user.identity),
      ...toldBy("words", kind.schema, request),
    ];
    const ends = calls.map(({ name }) => domain.tools.find((tool) => tool.name === name)?.effect !== "read");
    if (ends.includes(true) && ends.slice(ends.indexOf(true)).includes(false))
      wrong.push(`${kind.kind} reads after it was decided`);
    for (const call of calls) {
      wrong.push(...unfedArguments(call, graph, [...words, ...told]));
      const ran = run(domain, state, call);
      state = ran.state;
      if (ran.status === "ok") answered(call, ran.result);
    }
    for (const { reference } of told) seen.add(`${kind.kind} ${reference}`);
  }
  return { wrong, seen };
}

/** Every required text of a schema that is free, by its path, and that refers to nothing. */
function freeTexts(schema: z.ZodType): readonly string[] {
  const referring = fieldsOf(schema).map(({ path }) => path);
  const walk = (node: Json | undefined, path: string): readonly string[] => {
    if (!isObject(node) || referring.includes(path)) return [];
    if (node.type === "string" && node.enum === undefined && node.const === undefined) return [path];
    const properties = isObject(node.properties) ? Object.entries(node.properties) : [];
    return [
      ...properties.flatMap(([name, part]) => walk(part, path === "" ? name : `${path}.${name}`)),
      ...walk(node.items, `${path}[]`),
    ];
  };
  return walk(z.toJSONSchema(schema, { io: "input" }) as Json, "");
}

describe.each(domains)("the graphs of $name", (domain) => {
  test("join up", () => {
    expect(() => checkGraph(domain)).not.toThrow();
  });

  test("have no cycle, and their nodes stand in an order in which every edge goes forward", () => {
    const graphs = [toolGraph(domain.tools), ...domain.requests.map((kind) => requestGraph(kind, domain))];
    for (const graph of graphs) {
      expect(findCycle(graph)).toBeNull();
      const place = (id: string) => graph.nodes.findIndex((node) => node.id === id);
      const backwards = graph.edges.filter(({ from, to }) => !(place(from) >= 0 && place(from) < place(to)));
      expect(backwards).toEqual([]);
    }
  });

  test("lead to every write, and to all that a request weighs", () => {
    const reached = domain.requests.map((kind) => ({ kind, ...reachOf(requestGraph(kind, domain)) }));
    const writes = domain.tools.filter(({ effect }) => effect === "write").map(({ name }) => name);
    expect(writes.filter((name) => !reached.some(({ tools }) => tools.has(name)))).toEqual([]);
    for (const { kind, references, tools } of reached) {
      expect([...kind.writes].filter((name) => !tools.has(name))).toEqual([]);
      expect(kind.weighs.filter((fact) => !references.has(fact))).toEqual([]);
    }
  });

  test("feed every required input from the words or from an answer, in every request", () => {
    for (const kind of domain.requests) {
      const graph = requestGraph(kind, domain);
      const hungry = toolsIn(graph).flatMap(({ id, inputs }) =>
        inputs
          .filter(({ required }) => required)
          .filter(({ path }) => !graph.edges.some((edge) => edge.to === id && edge.input === path))
          .map(({ path }) => `${kind.kind}: ${id} ${path}`),
      );
      expect(hungry).toEqual([]);
    }
  });

  test("know where every free text comes from that a write takes", () => {
    const writes = domain.tools.filter(({ effect }) => effect === "write");
    expect(writes.flatMap(({ name, input }) => freeTexts(input).map((path) => `${name} ${path}`))).toEqual(
      [],
    );
  });

  test("hold every gold: each argument that refers to something came along an edge", () => {
    const seen = new Set<string>();
    let followed = 0;
    const wishes = [
      ...domain.requests.flatMap(({ kind }) => Array.from({ length: 40 }, () => [{ kind }])),
      ...Array.from({ length: 100 }, (_, i) => Array.from({ length: 2 + (i % 2) }, () => ({}))),
    ];
    for (const [i, requests] of wishes.entries()) {
      const scenario = domain.sampleScenario({ requests, noise: 1, distractors: 2 }, createRng(`graph/${i}`));
      if (scenario === null) continue;
      followed++;
      const { world, identity } = scenario;
      const end = follow(domain, {
        world,
        user: { identity, requests: scenario.requests, schedule: "together" },
      });
      expect(end.wrong, `graph/${i}`).toEqual([]);
      for (const fact of end.seen) seen.add(fact);
    }
    expect(followed).toBeGreaterThan(wishes.length * 0.9);
    const weighed = domain.requests.flatMap(({ kind, weighs }) => weighs.map((fact) => `${kind} ${fact}`));
    expect(weighed.filter((fact) => !seen.has(fact))).toEqual([]);
  });

  test("are no part of what a target reads of its tools", () => {
    const read = JSON.stringify(domain.tools.map(({ input }) => z.toJSONSchema(input, { io: "input" })));
    expect(read).not.toMatch(/"(refers|offers)"/);
  });
});
