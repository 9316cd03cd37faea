import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { allTools } from "../src/tools/index.ts";

export const readmePath = resolve(import.meta.dirname, "../README.md");

const between = /(<!-- tools:[^>]*-->\n)[\s\S]*?(<!-- \/tools -->)/;

/** The table of the tools, made from their schemas; arguments that may be left out stand in brackets. */
export function toolTable(): string {
  const rows = allTools.map(({ name, description, input }) => {
    const schema = z.toJSONSchema(input, { io: "input" }) as {
      properties?: object;
      required?: readonly string[];
    };
    const names = Object.keys(schema.properties ?? {}).map((key) =>
      schema.required?.includes(key) ? `\`${key}\`` : `[\`${key}\`]`,
    );
    return `| \`${name}\` | ${description} | ${names.join(" ")} |`;
  });
  return ["| tool | what it does | arguments |", "|---|---|---|", ...rows, ""].join("\n");
}

/** The README with its table of tools as it should be. */
export function readmeWithTable(): string {
  return readFileSync(readmePath, "utf8").replace(
    between,
    (_, open: string, close: string) => `${open}${toolTable()}${close}`,
  );
}

if (process.argv[1] === import.meta.filename) writeFileSync(readmePath, readmeWithTable());
