import { describe, expect, test } from "vitest";
import { straightWalk } from "../src/dag/golden-walk.ts";
import type { Walk } from "../src/dag/walk.ts";
import { airline } from "../src/domains/airline/airline.ts";
import { callsOf, grantedTask } from "./kept.ts";
import { type Passed, sampleAny } from "./sampled.ts";

describe("a golden trajectory", () => {
  const sampled = Array.from({ length: 60 }, (_, i) => sampleAny(`walk ${i}`)).filter(
    (one): one is Passed => one !== "none" && one.status === "passed",
  );

  test("of any sampled task makes the gold's calls in order, a walk for each request as it comes up", () => {
    expect(sampled.length).toBeGreaterThan(30);
    for (const { task, gold } of sampled) {
      const walk = straightWalk(airline, task) as Walk;
      expect(callsOf(walk)).toEqual(gold?.calls);
      expect(walk.walks.map(({ intent }) => intent)).toEqual(
        gold?.solutions.map(({ request }) => request.kind),
      );
      const names = walk.walks.flatMap(({ nodes }) => nodes);
      for (const letter of ["T", "R"]) {
        const numbered = names.filter((name) => name.startsWith(letter));
        expect(numbered).toEqual(numbered.map((_, i) => `${letter}${i + 1}`));
      }
      expect(Object.keys(walk.nodes).toSorted()).toEqual(names.toSorted());
    }
  });

  test("has each choice between the search that offers it and the write that takes it", () => {
    const { walks, nodes } = straightWalk(airline, grantedTask.task) as Walk;
    const told = walks[0]?.nodes.map((name) => {
      const node = nodes[name];
      return node?.type === "choice" ? `${node.of}: ${node.options - 1} lost` : node?.role;
    });
    expect(told).toEqual([
      "user_lookup",
      "flight_search",
      "flight: 1 lost",
      "flight_search",
      "flight: 1 lost",
      "write",
    ]);
    for (const node of Object.values(nodes)) {
      if (node.type === "choice") expect(JSON.stringify(nodes)).toContain(`"flight_number":"${node.taken}"`);
    }
  });

  test("has none for a task without requests", () => {
    const { task } = grantedTask;
    expect(straightWalk(airline, { ...task, user: { ...task.user, requests: [] } })).toBeNull();
  });
});
