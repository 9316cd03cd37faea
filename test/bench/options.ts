import { basename } from "node:path";
import { type ParseArgsConfig, parseArgs } from "node:util";

type Option = NonNullable<ParseArgsConfig["options"]>[string];

/** The options of a benchmark, each with what it is for in a few words. */
export type Described = Readonly<Record<string, Option & { readonly about: string }>>;

/** What was given on the command line. `--help` lists the options; one that is not known ends the run in a sentence. */
export function readOptions<const T extends Described>(options: T) {
  if (process.argv.includes("--help")) {
    console.log(listed(options));
    process.exit(0);
  }
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    // The rest of the message is about file names that begin with a dash.
    const [why = ""] = (error instanceof Error ? error.message : String(error)).split(". ");
    console.error(`${why}: give --help for the options of ${basename(process.argv[1] ?? "")}.`);
    process.exit(2);
  }
}

function listed(options: Described): string {
  const named = Object.entries(options).map(([name, { type, default: value, about }]) => {
    const beginning =
      value === undefined || value === false || String(value) === "" ? "" : ` (default: ${value})`;
    return [`--${name}${type === "string" ? " VALUE" : ""}`, `${about}${beginning}`] as const;
  });
  const width = Math.max(...named.map(([flag]) => flag.length));
  return named.map(([flag, about]) => `${flag.padEnd(width)}  ${about}`).join("\n");
}
