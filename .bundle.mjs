import { existsSync, readFileSync } from "node:fs";
import { build } from "rolldown";

/**
 * Packages whose code goes into `dist` together with Faultline's own: from hundreds of small files a server starts at
 * half the speed. What is native or only sometimes needed stays outside.
 */
const inside = /^(@modelcontextprotocol\/sdk|zod|ajv|ajv-formats|commander|@stdlib\/[^/]+)(\/|$)/;

const isOutside = (id, importer) =>
  !/^[./]/.test(id) && !inside.test(id) && !importer?.includes("/node_modules/");

/** What a package wants said with its code: its licence, and its notice where it has one. */
function licenceOf(root) {
  const file = ["LICENSE", "LICENSE.md", "license", "LICENSE.txt", "license.md"]
    .map((one) => `${root}/${one}`)
    .find(existsSync);
  if (file === undefined) throw new Error(`${root} has no licence text: leave it outside the bundle.`);
  const texts = [file, `${root}/NOTICE`].filter(existsSync).map((one) => readFileSync(one, "utf8").trim());
  return texts.join("\n\n");
}

function titleOf(root) {
  const { name, version, license } = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));
  return `${name} ${version} (${license})`;
}

/** The licences of the packages inside go along with their code, each text once. */
const licences = {
  name: "licences",
  generateBundle() {
    const roots = [...this.getModuleIds()].flatMap(
      (id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? [],
    );
    const texts = Map.groupBy([...new Set(roots)].sort(), licenceOf);
    const parts = [...texts].map(([text, alike]) => `${alike.map(titleOf).join("\n")}\n\n${text}\n`);
    this.emitFile({ type: "asset", fileName: "LICENSES.txt", source: parts.join("\n---\n\n") });
  },
};

/** What the source loads when it is first called is still run only then, but lies in the bundle. */
const lateLoads = {
  name: "late-loads",
  transform: (code, id) =>
    id.endsWith("/core/distributions.ts") ? code.replaceAll(/\bload\((?=")/g, "require(") : null,
};

await build({
  input: "src/bin.ts",
  platform: "node",
  external: isOutside,
  // Most of what is wrapped is first run long after the start, if at all: compiling it at once would slow the start.
  optimization: { pifeForModuleWrappers: false },
  plugins: [lateLoads, licences],
  output: { dir: "dist", format: "esm", cleanDir: true, comments: false },
  logLevel: "warn",
});
