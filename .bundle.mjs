import { existsSync, readFileSync } from "node:fs";
import { build } from "rolldown";

/**
 * Packages whose code goes into `dist` together with Faultline's own: from hundreds of small files a server starts at
 * half the speed. What is native or only sometimes needed stays outside.
 */
const inside = /^(@modelcontextprotocol\/sdk|zod|ajv|ajv-formats|commander)(\/|$)/;

const isOutside = (id, importer) =>
  !/^[./]/.test(id) && !inside.test(id) && !importer?.includes("/node_modules/");

/** The licences of the packages inside go along with their code. */
const licences = {
  name: "licences",
  generateBundle() {
    const roots = [...this.getModuleIds()].flatMap(
      (id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? [],
    );
    const texts = [...new Set(roots)].sort().map((root) => {
      const { name, version, license } = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));
      const file = ["LICENSE", "LICENSE.md", "license", "LICENSE.txt"]
        .map((one) => `${root}/${one}`)
        .find(existsSync);
      if (file === undefined) throw new Error(`${name} has no licence text: leave it outside the bundle.`);
      return `${name} ${version} (${license})\n\n${readFileSync(file, "utf8").trim()}\n`;
    });
    this.emitFile({ type: "asset", fileName: "LICENSES.txt", source: texts.join("\n---\n\n") });
  },
};

await build({
  input: "src/bin.ts",
  platform: "node",
  external: isOutside,
  plugins: [licences],
  output: { dir: "dist", format: "esm", cleanDir: true },
  logLevel: "warn",
});
