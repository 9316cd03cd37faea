import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const source = join(root, "src");

/** The floors of the house, lowest first. A folder imports from itself and from floors below its own. */
const floors: readonly (readonly string[])[] = [
  ["core"],
  ["assets.ts"],
  ["domains", "models"],
  ["tasks", "agents"],
  ["rollout"],
  ["frontier", "simplify"],
  ["dag", "worlds", "store"],
  ["report"],
  ["tools"],
  ["mcp"],
  ["cli.ts"],
  ["bin.ts"],
];

const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".ts"),
);

const roomOf = (file: string) => relative(source, file).split("/")[0] ?? "";
const floorOf = (room: string) => floors.findIndex((rooms) => rooms.includes(room));

function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(source, file), "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
}

function localImports(file: string): readonly string[] {
  return importsOf(file)
    .filter((path) => path.startsWith("."))
    .map((path) => resolve(dirname(join(source, file)), path));
}

describe("the house", () => {
  it("has a floor for every room", () => {
    expect(
      [...new Set(files.map((file) => roomOf(join(source, file))))].filter((room) => floorOf(room) < 0),
    ).toEqual([]);
  });

  it.each(files)("%s imports only from its own room and from floors below", (file) => {
    const room = roomOf(join(source, file));
    const wrong = localImports(file).filter((path) => {
      const other = roomOf(path);
      return other !== room && floorOf(other) >= floorOf(room);
    });
    expect(wrong).toEqual([]);
  });

  it("has no circle of imports that run", () => {
    const open = new Set<string>();
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]) => {
      if (open.has(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
      if (open.has(file) || done.has(file)) return;
      open.add(file);
      for (const next of runningImports(file)) visit(next, [...path, file]);
      open.delete(file);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  it("lets only the composition root touch the environment, the clock, chance and the console", () => {
    const guarded = /\bprocess\.env\b|\bDate\.now\(|\bMath\.random\(|\bconsole\.|\bnew Date\(\)/;
    const wrong = files.filter(
      (file) =>
        file !== "cli.ts" &&
        file !== "bin.ts" &&
        guarded.test(withoutComments(readFileSync(join(source, file), "utf8"))),
    );
    expect(wrong).toEqual([]);
  });

  it("makes OpenAI clients in one file and speaks MCP in one room", () => {
    const openai = files.filter((file) => importsOf(file).includes("openai"));
    const sdk = files.filter((file) =>
      importsOf(file).some((path) => path.startsWith("@modelcontextprotocol/")),
    );
    expect(openai).toEqual(["models/openai.ts"]);
    expect(sdk.filter((file) => !file.startsWith("mcp/") && file !== "cli.ts")).toEqual([]);
  });

  it("names a domain's own files only within that domain and in the list of domains", () => {
    const wrong = files
      .filter((file) => !file.startsWith("domains/"))
      .filter((file) => localImports(file).some((path) => path.includes("/domains/airline/")));
    expect(wrong).toEqual([]);
  });

  it("keeps files small: about 300 lines, with a little room", () => {
    const lines = (path: string) => readFileSync(path, "utf8").split("\n").length;
    const tests = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".ts"),
    );
    expect(files.filter((file) => lines(join(source, file)) > 320)).toEqual([]);
    expect(tests.filter((file) => lines(join(root, "test", file)) > 330)).toEqual([]);
  });

  it("has nothing at its top but what the plan names", () => {
    const allowed =
      /^(package\.json|package-lock\.json|tsconfig\.json|src|resources|prompts|test|README\.md|LICENSE|node_modules|dist|coverage|\..*)$/;
    expect(readdirSync(root).filter((name) => !allowed.test(name))).toEqual([]);
  });
});

function runningImports(file: string): readonly string[] {
  const text = readFileSync(join(source, file), "utf8").replaceAll(/import type [^;]+;/g, "");
  return [...text.matchAll(/from "(\.[^"]+)"/g)].map((match) =>
    relative(source, resolve(dirname(join(source, file)), match[1] ?? "")),
  );
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/\/\/.*$/gm, "");
}
