import { describe, expect, test } from "vitest";
import { parseFaultFile } from "../src/agents/fault-file.ts";
import { readFaultSources } from "../src/agents/fault-sources.ts";
import { registerFaultFiles } from "../src/agents/registry.ts";
import { createRng } from "../src/core/rng.ts";
import { domains, findDomain } from "../src/domains/index.ts";

const airline = findDomain("airline");
const sources = readFaultSources([]);

describe("ready-made fault files", () => {
  test("there are six, each with strong faults and decoys on one to three axes", () => {
    expect(sources.map(({ name }) => name)).toEqual([
      "forgetful",
      "kimi-like",
      "over-eager",
      "qwen-like",
      "sloppy-payments",
      "transfer-happy",
    ]);
    for (const { name, where, text } of sources) {
      const file = parseFaultFile(JSON.parse(text), airline, where);
      expect(file.name).toBe(name);
      const strong = file.faults.filter((fault) => fault.probability >= 0.75);
      const weak = file.faults.filter((fault) => fault.probability <= 0.6);
      expect(strong.length + weak.length).toBe(file.faults.length);
      expect([strong.length >= 3 && strong.length <= 6, weak.length >= 1 && weak.length <= 2]).toEqual([
        true,
        true,
      ]);
      for (const { when } of file.faults) {
        expect(Object.keys(when).length).toBeGreaterThanOrEqual(1);
        expect(Object.keys(when).length).toBeLessThanOrEqual(3);
      }
    }
  });

  const faults = sources.flatMap(({ text, where }) =>
    parseFaultFile(JSON.parse(text), airline, where).faults.map(
      (fault) => [`${where} ${fault.id}`, fault] as const,
    ),
  );

  test.each(faults)("%s strikes where worlds can be sampled", (_, { when }) => {
    const request = Object.fromEntries(
      Object.entries(when).filter(
        ([name]) => airline.axes.find((axis) => axis.name === name)?.scope === "request",
      ),
    );
    const found = Array.from({ length: 10 }, (_, i) =>
      airline.sampleScenario({ requests: [request], noise: 0, distractors: 0 }, createRng(`strikes/${i}`)),
    );
    expect(found.some((scenario) => scenario !== null)).toBe(true);
  });
});

describe("registered models", () => {
  const source = (name: string, text: string) => ({ name, where: `${name}.json`, text });

  test("a bad file is refused by name when it is used, and keeps no other from use", () => {
    const faulty = `{"name": "odd", "faults": [{"id": "a", "when": {}, "fault": "sing", "probability": 1}]}`;
    const models = registerFaultFiles([...sources, source("odd", faulty), source("torn", "{")], domains);
    expect(() => models.open("odd", airline)).toThrow(
      /Unknown fault in odd.json "sing": expected drop_request/,
    );
    expect(() => models.open("torn", airline)).toThrow(/torn.json is not JSON/);
    expect(models.open("kimi-like", airline).spec).toBe("sim:kimi-like");
    expect(models.listed.find(({ spec }) => spec === "sim:odd")?.summary).toContain("Cannot be used");
  });

  test("two files of one name are refused, and the reference keeps its name", () => {
    const empty = (name: string) => source(name, `{"name": "${name}", "faults": []}`);
    const models = registerFaultFiles([empty("twin"), empty("twin"), empty("reference")], domains);
    expect(() => models.open("twin", airline)).toThrow(/The name "twin" is taken/);
    expect(models.open("reference", airline).spec).toBe("sim:reference");
  });

  test("a folder that cannot be read is named", () => {
    expect(() => readFaultSources(["/no/such/folder"])).toThrow(/in \/no\/such\/folder cannot be read/);
  });
});
