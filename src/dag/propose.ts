import { type Choosing, choose } from "../frontier/choose.ts";
import { counted, tallyOf } from "../frontier/space-filling.ts";
import { fillParameters } from "./draw.ts";
import { fillingOf, type Proposed } from "./parameters.ts";

/** The next parameters, one after the other, each knowing of those before it. Ends where the domain yields no more. */
export function* proposeParameters(on: Choosing): Generator<Proposed> {
  const { domain, trials, rng } = on;
  let tally = tallyOf(trials);
  let i = 0;
  for (const { composition, vein, prior, reason } of choose(on)) {
    const parameters = fillParameters(composition, { domain, tally, rng: rng.fork(`filling ${i++}`) });
    yield { parameters, vein, prior, reason };
    tally = counted(tally, fillingOf(parameters));
  }
}
