#!/usr/bin/env node
// Nothing may be imported before the check: the database's native code ends an older Node without a word.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major > 22 || (major === 22 && minor >= 14)) {
  const { main } = await import("./cli.ts");
  await main(process.argv);
} else {
  process.stderr.write(
    `Faultline needs Node 22.14 or newer and runs on ${process.versions.node}: install a newer Node, or use the one in node_modules/.bin after "npm ci".\n`,
  );
  process.exitCode = 1;
}

export {};
