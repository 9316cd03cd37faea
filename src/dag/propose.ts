import { type Choosing, choose } from "../frontier/choose.ts";
import { counted, countedCell, emptyTally } from "../frontier/space-filling.ts";
import { fillParameters } from "./draw.ts";
import { fillingOf, type Proposed } from "./parameters.ts";

/** The next parameters, one after the other, each knowing of those before it. Ends where the domain yields no more. */
export function* proposeParameters(on: Choosing): Generator<Proposed> {
  const { domain, trials, rng } = on;
  let tally = trials.reduce((so, { cell, filling }) => counted(countedCell(so, cell), filling), emptyTally);
  let i = 0;
  for (const { composition, vein, prior, reason } of choose(on)) {
    const parameters = fillParameters(composition, { domain, tally, rng: rng.fork(`filling ${i++}`) });
    yield { parameters, vein, prior, reason };
    tally = counted(tally, fillingOf(parameters));
  }
}
