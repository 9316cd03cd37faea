import { fillSlots, readAsset } from "../assets.ts";
import { InputError, unknownName } from "../core/errors.ts";
import { domains } from "../domains/index.ts";
import { defaultDomain } from "../tools/lookup.ts";

export interface PromptArgument {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
}

/** A prompt that a client offers to its user. */
export interface Prompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly arguments: readonly PromptArgument[];
  /** The prompt's text; a missing or an unknown argument is an InputError. */
  render(given: Readonly<Record<string, string>>): string;
}

interface Slot extends PromptArgument {
  /** What stands in the text where the argument is not given. */
  readonly otherwise: string;
}

function definePrompt(
  head: Pick<Prompt, "name" | "title" | "description">,
  file: `prompts/${string}`,
  slots: readonly Slot[],
): Prompt {
  return {
    ...head,
    arguments: slots.map(({ name, description, required }) => ({ name, description, required })),
    render: (given) => {
      const known = slots.map(({ name }) => name);
      const foreign = Object.keys(given).find((name) => !known.includes(name));
      if (foreign !== undefined) throw unknownName(`argument of the prompt ${head.name}`, foreign, known);
      const values = slots.map(({ name, required, otherwise }) => {
        const value = given[name]?.trim() ?? "";
        if (value === "" && required) {
          throw new InputError(
            `The prompt ${head.name} needs the argument "${name}": give it and ask again.`,
          );
        }
        return [name, value === "" ? otherwise : value];
      });
      return fillSlots(readAsset(file), Object.fromEntries(values));
    },
  };
}

/** Every prompt there is. */
export const prompts: readonly Prompt[] = [
  definePrompt(
    {
      name: "strategist",
      title: "Be the strategist",
      description: "Drives the mining loop step by step: hypotheses, worlds, rollouts, verification.",
    },
    "prompts/strategist.md",
    [
      { name: "session_id", description: "the session to work in", required: true, otherwise: "" },
      {
        name: "focus",
        description: "where to look first, in words; default anywhere",
        required: false,
        otherwise: "anywhere: let the frontier decide",
      },
      {
        name: "tasks",
        description: "how many harvested tasks to stop at; default 5",
        required: false,
        otherwise: "5",
      },
    ],
  ),
  definePrompt(
    {
      name: "mine",
      title: "Mine tasks",
      description: "From nothing to exported tasks: opens a session, harvests, shows the frontier, exports.",
    },
    "prompts/mine.md",
    [
      {
        name: "target",
        description: "the model under test, as openai:MODEL or sim:NAME",
        required: true,
        otherwise: "",
      },
      {
        name: "domain",
        description: `the domain; default ${defaultDomain({ domains })}`,
        required: false,
        otherwise: defaultDomain({ domains }),
      },
      {
        name: "oracle",
        description: "the stronger model; default sim:reference",
        required: false,
        otherwise: "sim:reference",
      },
      { name: "tasks", description: "how many tasks; default 10", required: false, otherwise: "10" },
    ],
  ),
];

/** A prompt by its name. Throws an InputError that lists the known ones. */
export function findPrompt(name: string): Prompt {
  const prompt = prompts.find((known) => known.name === name);
  if (prompt !== undefined) return prompt;
  throw unknownName(
    "prompt",
    name,
    prompts.map((known) => known.name),
  );
}
