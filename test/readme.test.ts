import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { listAssets, readAsset } from "../src/assets.ts";
import { readmePath, readmeWithTable } from "./readme.ts";

const readme = readFileSync(readmePath, "utf8");

describe("the README", () => {
  it("has the table of the tools that their schemas give (npm run readme writes it)", () => {
    expect(readme).toBe(readmeWithTable());
  });

  it("opens with a frontier that was measured", () => {
    const [block = ""] = /```text\n[\s\S]*?```/.exec(readme) ?? [];
    expect(block).toMatch(/Frontier of sim:[\w-]+ \(simulated\)/);
    expect(block).toMatch(/^boundary +kind=\w+ +\d+ +\d+\/\d+ .*█/m);
    expect(readme).not.toContain("FRONTIER");
  });

  it("names only npm scripts that there are", () => {
    const { scripts } = JSON.parse(readFileSync(resolve(readmePath, "../package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const named = [...readme.matchAll(/npm run ([\w:]+)/g)].map((match) => match[1] ?? "");
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it("names every ready-made simulated target", () => {
    const names = listAssets("resources/faults").map((file) => `sim:${file.replace(".json", "")}`);
    expect(names.filter((name) => !readme.includes(name))).toEqual([]);
  });
});

describe("the format of exported tasks", () => {
  it("is documented for as many fields as a line has", () => {
    const [, all = ""] = readAsset("resources/task-format.md").split(/^## /m);
    const documented = [...all.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1] ?? "");
    const source = readFileSync(resolve(readmePath, "../src/report/task-lines.ts"), "utf8");
    const line = source.slice(source.indexOf("return canonical({"));
    const written = [...line.matchAll(/^ {4}(\w+)[:,]/gm)].map((match) => match[1] ?? "");
    expect(documented.toSorted()).toEqual(written.toSorted());
  });
});
