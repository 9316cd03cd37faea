import { fillParameters } from "../src/dag/draw.ts";
import type { Parameters } from "../src/dag/parameters.ts";
import type { Region } from "../src/domains/domain.ts";
import { drawComposition, type Filling } from "../src/frontier/compose.ts";

/** Parameters with one request in a region and everything else filling the space; null if no tries found any. */
export function drawParameters(
  wish: { readonly where: Region; readonly around?: Region },
  on: Filling,
): Parameters | null {
  const composition = drawComposition(wish, on);
  return composition === null ? null : fillParameters(composition, on);
}
