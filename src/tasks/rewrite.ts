import { fillSlots, readAsset } from "../assets.ts";
import { fenceAs } from "../core/fence.ts";
import { factsOf, mannerOf, type Phrasing, type Written, writeUntilHeard } from "./phrase.ts";

export interface RewritingTask extends Phrasing {
  /** The user's side as somebody told it; it may want more than the user does. */
  readonly text: string;
  /** Characters that the new text may have at most. */
  readonly longest: number;
}

/** Has a model tell the user's side of a task in fewer words; taken only if it is heard as `phraseTask`'s texts are. */
export function rewriteTask(rewriting: RewritingTask): Promise<Written> {
  const { user, domain, text, longest } = rewriting;
  const system = fillSlots(readAsset("prompts/rewrite.md"), {
    domain: domain.name,
    summary: domain.summary,
    facts: factsOf(user, domain),
    text: fenceAs("text", text),
    manner: mannerOf(user),
    longest: String(longest),
  });
  return writeUntilHeard({ ...rewriting, system });
}
