import type { AxisValue, AxisValues } from "../domains/domain.ts";
import type { Part, Whole } from "./pieces.ts";

/** What goes from a whole, and what stays. */
export interface Cut {
  readonly whole: Whole;
  readonly gone: readonly Part[];
  /** The requests that are kept, by index. */
  readonly requests: readonly number[];
  readonly kept: ReadonlySet<string>;
}

/** True if a piece of that kind goes. */
export const has = ({ gone }: Cut, part: Part["part"]): boolean => gone.some((one) => one.part === part);

/** The values that go from a request, each replaced by the simplest that is left on its axis. */
export function simplerValues({ whole, gone }: Cut, request: number): AxisValues {
  const values: Record<string, AxisValue> = {};
  const axes = whole.domain.axes;
  for (const part of gone) {
    if (part.part !== "shared" && !(part.part === "value" && part.request === request)) continue;
    const order = axes.find(({ name }) => name === part.axis)?.values ?? [];
    const before = values[part.axis];
    if (before === undefined || order.indexOf(part.simpler) < order.indexOf(before))
      values[part.axis] = part.simpler;
  }
  return values;
}
